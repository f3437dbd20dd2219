package emulatortest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

func PEM(blockType string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}

func FreshCertificate(t testing.TB, kind string, days int) ([]byte, crypto.Signer) {
	t.Helper()
	key, err := keypool.Generate(kind)
	if err != nil {
		t.Fatal(err)
	}
	return Certify(t, key, days), key
}

// Noon is the server's clock in these tests.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func AtNoon() time.Time { return Noon }

// Keys are the keys of these tests, one of each kind, made once.
var Keys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := make(map[string]crypto.Signer)
	for _, kind := range []string{"rsa-2048", "rsa-3072", "p-256", "p-384", "p-521"} {
		key, err := keypool.Generate(kind)
		if err != nil {
			panic(err)
		}
		keys[kind] = key
	}
	return keys
})

// certificates are those of Keys for two years, made once.
var certificates = sync.OnceValue(func() map[string][]byte {
	all := make(map[string][]byte)
	for kind, key := range Keys() {
		der, err := certify(key, 730)
		if err != nil {
			panic(err)
		}
		all[kind] = der
	}
	return all
})

// Certify makes a certificate for a key, valid from a day before noon.
func Certify(t testing.TB, key crypto.Signer, days int) []byte {
	t.Helper()
	der, err := certify(key, days)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func certify(key crypto.Signer, days int) ([]byte, error) {
	template := &x509.Certificate{NotBefore: Noon.Add(-24 * time.Hour), NotAfter: Noon.Add(time.Duration(days-1) * 24 * time.Hour)}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

func Role() account.Role {
	return account.Role{ID: 1012, Name: "nsauth Integration", Permissions: []string{account.PermissionLogin, account.PermissionREST, account.PermissionWorkbook, account.PermissionCertificates, "Customers"}}
}

type Response struct {
	Status int
	Header http.Header
	Body   string
}

func Request(t testing.TB, method, url, body string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func Form(assertion string) url.Values {
	return url.Values{
		"grant_type":            {"client_credentials"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
}

// Draft is an assertion before it is signed; the signer is independent of the
// package's own verification, but for the base64 of the standard library.
type Draft struct {
	Header, Claims map[string]any
	RawHeader      string // instead of header
	RawClaims      string // instead of claims
	Key            crypto.Signer
	Salt           int // RSA-PSS; 0 means the hash's
	DER            bool
	PKCS1          bool
	Alter          func(string) string // of the finished text
}

// Genuine is a valid assertion.
func (f *Registered) Genuine(kind, alg string) *Draft {
	return &Draft{
		Header: map[string]any{"typ": "JWT", "alg": alg, "kid": f.KeyIDs[kind]},
		Claims: map[string]any{
			"iss": ClientID("main"), "scope": "rest_webservices", "aud": TokenURL,
			"iat": Noon.Unix(), "exp": Noon.Add(5 * time.Minute).Unix(),
		},
		Key: Keys()[kind],
	}
}

func (d *Draft) Sign(t testing.TB) string {
	t.Helper()
	encode := func(v any, raw string) string {
		if raw == "" {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			raw = string(b)
		}
		return base64.RawURLEncoding.EncodeToString([]byte(raw))
	}
	input := encode(d.Header, d.RawHeader) + "." + encode(d.Claims, d.RawClaims)
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}
	alg, _ := d.Header["alg"].(string)
	h, ok := hash[alg[max(0, len(alg)-3):]]
	if !ok {
		h = crypto.SHA256
	}
	sum := h.New()
	sum.Write([]byte(input))
	digest := sum.Sum(nil)
	var signature []byte
	var err error
	switch key := d.Key.(type) {
	case *rsa.PrivateKey:
		if d.PKCS1 {
			signature, err = rsa.SignPKCS1v15(rand.Reader, key, h, digest)
			break
		}
		salt := d.Salt
		if salt == 0 {
			salt = h.Size()
		}
		signature, err = rsa.SignPSS(rand.Reader, key, h, digest, &rsa.PSSOptions{SaltLength: salt})
	case *ecdsa.PrivateKey:
		if d.DER {
			signature, err = ecdsa.SignASN1(rand.Reader, key, digest)
			break
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		r, s, signErr := ecdsa.Sign(rand.Reader, key, digest)
		err = signErr
		if err == nil {
			signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	text := input + "." + base64.RawURLEncoding.EncodeToString(signature)
	if d.Alter != nil {
		text = d.Alter(text)
	}
	return text
}

func (d *Draft) Claim(name string, value any) *Draft {
	d.Claims = maps.Clone(d.Claims)
	if value == nil {
		delete(d.Claims, name)
	} else {
		d.Claims[name] = value
	}
	return d
}

func (d *Draft) Head(name string, value any) *Draft {
	d.Header = maps.Clone(d.Header)
	if value == nil {
		delete(d.Header, name)
	} else {
		d.Header[name] = value
	}
	return d
}

func Contains(haystack []byte, needles ...string) string {
	for _, n := range needles {
		if n != "" && bytes.Contains(haystack, []byte(n)) {
			return n
		}
	}
	return ""
}

const TokenURL = "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"

// ClientID is a Client ID that depends on the name alone.
func ClientID(name string) string {
	sum := sha256.Sum256([]byte("nsauth scenario client " + name))
	return hex.EncodeToString(sum[:])
}

// Registered is an account in order, with a mapped certificate of each kind of key,
// and a sandbox without one.
type Registered struct {
	Accounts []account.Account
	KeyIDs   map[string]string // by key type
}

func Register(t testing.TB) *Registered {
	f := &Registered{KeyIDs: make(map[string]string)}
	shop := account.Account{
		ID:       "1234567",
		Features: account.Features{OAuth2: true, RESTWebServices: true},
		Integrations: []account.Integration{
			{Name: "main", ClientID: ClientID("main"), ApplicationID: account.ApplicationID("main"), Enabled: true, ClientCredentialsGrant: true, Scopes: []string{"rest_webservices", "restlets"}},
			{Name: "second", ClientID: ClientID("second"), ApplicationID: account.ApplicationID("second"), Enabled: true, ClientCredentialsGrant: true, Scopes: []string{"rest_webservices"}},
		},
	}
	for kind, der := range certificates() {
		f.KeyIDs[kind] = account.CertificateID(der)
		shop.Mappings = append(shop.Mappings, account.Mapping{Certificate: der, ClientID: ClientID("main"), Role: Role(), Entity: account.Entity{ID: 1042, Name: "Integration User"}})
	}
	f.Accounts = []account.Account{shop, {ID: "1234567_SB1", Features: account.Features{OAuth2: true, RESTWebServices: true}}}
	return f
}

// Do sends a request and reads the whole answer.
func Do(t testing.TB, c *http.Client, r *http.Request) Response {
	t.Helper()
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Response{res.StatusCode, res.Header, string(body)}
}

func Codes(v verdict.Verdict) []string {
	var codes []string
	for _, r := range v.Refusals {
		codes = append(codes, r.Code)
	}
	return codes
}

// SameAnswer compares to the byte what a client sees.
func SameAnswer(t *testing.T, a, b Response) {
	t.Helper()
	if a.Status != 500 || a.Body != `{"error":"server_error"}` {
		t.Errorf("status %d, body %q: not the bare error", a.Status, a.Body)
	}
	if a.Status != b.Status || a.Body != b.Body || fmt.Sprint(a.Header) != fmt.Sprint(b.Header) {
		t.Errorf("answers can be told apart:\n%+v\n%+v", a, b)
	}
}
