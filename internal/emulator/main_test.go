package emulator

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/testkit/keypool"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the server's clock in these tests.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// testKeys are the keys of these tests, one of each kind, made once.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
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

// certify makes a certificate for a key, valid from a day before noon.
func certify(t testing.TB, key crypto.Signer, days int) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: serial(), NotBefore: noon.Add(-day), NotAfter: noon.Add(time.Duration(days-1) * day)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// fixture is an account in order, with a mapped certificate of each kind.
type fixture struct {
	config Config
	kid    map[string]string // by key type
}

func newFixture(t testing.TB) *fixture {
	f := &fixture{kid: make(map[string]string)}
	account := Account{
		ID:       "1234567",
		Features: Features{true, true},
		Integrations: []Integration{
			{Name: "main", ClientID: clientID("main"), ApplicationID: applicationID("main"), Enabled: true, ClientCredentialsGrant: true, Scopes: []string{"rest_webservices", "restlets"}},
			{Name: "second", ClientID: clientID("second"), ApplicationID: applicationID("second"), Enabled: true, ClientCredentialsGrant: true, Scopes: []string{"rest_webservices"}},
		},
	}
	for kind, key := range testKeys() {
		der := certify(t, key, 730)
		f.kid[kind] = CertificateID(der)
		account.Mappings = append(account.Mappings, Mapping{Certificate: der, ClientID: clientID("main"), Role: usualRole(), Entity: Entity{ID: 1042, Name: "Integration User"}})
	}
	sandbox := Account{ID: "1234567_SB1", Features: Features{true, true}}
	f.config = Config{Accounts: []Account{account, sandbox}, Now: atNoon, GenerateKey: keypool.Generate}
	return f
}

func usualRole() Role {
	return Role{ID: 1012, Name: "nsauth Integration", Permissions: []string{PermissionLogin, PermissionREST, PermissionWorkbook, PermissionCertificates, "Customers"}}
}

func (f *fixture) own(kind string) *Mapping {
	for i := range f.config.Accounts[0].Mappings {
		if m := &f.config.Accounts[0].Mappings[i]; CertificateID(m.Certificate) == f.kid[kind] {
			return m
		}
	}
	return nil
}

// client is a server that runs, and the means to reach it.
type client struct {
	*Server
	http *http.Client
}

func start(t testing.TB, c Config) *client {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Addr())
		},
		TLSClientConfig:   &tls.Config{RootCAs: s.CertPool()},
		ForceAttemptHTTP2: true,
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &client{s, &http.Client{
		Transport:     transport,
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

const (
	restURL     = "https://1234567" + suitetalkSuffix
	restletsURL = "https://1234567" + restletsSuffix
	tokenURL    = restURL + tokenPath
)

type response struct {
	status int
	header http.Header
	body   string
}

func (c *client) do(t testing.TB, r *http.Request) response {
	t.Helper()
	res, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, string(body)}
}

func request(t testing.TB, method, url, body string, header ...string) *http.Request {
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

func form(assertion string) url.Values {
	return url.Values{
		"grant_type":            {"client_credentials"},
		"client_assertion_type": {assertionType},
		"client_assertion":      {assertion},
	}
}

func (c *client) exchange(t testing.TB, assertion string) response {
	t.Helper()
	return c.do(t, request(t, "POST", tokenURL, form(assertion).Encode(), "Content-Type", "application/x-www-form-urlencoded"))
}

func (c *client) token(t testing.TB, assertion string) string {
	t.Helper()
	res := c.exchange(t, assertion)
	var got tokenResponse
	if err := json.Unmarshal([]byte(res.body), &got); err != nil || res.status != 200 || got.AccessToken == "" {
		t.Fatalf("no token: status %d, refusals %+v", res.status, c.last().Refusals)
	}
	return got.AccessToken
}

func (c *client) last() Verdict {
	all := c.Requests()
	if len(all) == 0 {
		return Verdict{}
	}
	return all[len(all)-1]
}

// draft is an assertion before it is signed; the signer is independent of the
// package's own verification, but for the base64 of the standard library.
type draft struct {
	header, claims map[string]any
	rawHeader      string // instead of header
	rawClaims      string // instead of claims
	key            crypto.Signer
	salt           int // RSA-PSS; 0 means the hash's
	der            bool
	pkcs1          bool
	alter          func(string) string // of the finished text
}

// genuine is an assertion with nothing wrong.
func (f *fixture) genuine(kind, alg string) *draft {
	return &draft{
		header: map[string]any{"typ": "JWT", "alg": alg, "kid": f.kid[kind]},
		claims: map[string]any{
			"iss": clientID("main"), "scope": "rest_webservices", "aud": tokenURL,
			"iat": noon.Unix(), "exp": noon.Add(5 * time.Minute).Unix(),
		},
		key: testKeys()[kind],
	}
}

func (d *draft) sign(t testing.TB) string {
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
	input := encode(d.header, d.rawHeader) + "." + encode(d.claims, d.rawClaims)
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}
	alg, _ := d.header["alg"].(string)
	h, ok := hash[alg[max(0, len(alg)-3):]]
	if !ok {
		h = crypto.SHA256
	}
	sum := h.New()
	sum.Write([]byte(input))
	digest := sum.Sum(nil)
	var signature []byte
	var err error
	switch key := d.key.(type) {
	case *rsa.PrivateKey:
		if d.pkcs1 {
			signature, err = rsa.SignPKCS1v15(rand.Reader, key, h, digest)
			break
		}
		salt := d.salt
		if salt == 0 {
			salt = h.Size()
		}
		signature, err = rsa.SignPSS(rand.Reader, key, h, digest, &rsa.PSSOptions{SaltLength: salt})
	case *ecdsa.PrivateKey:
		if d.der {
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
	if d.alter != nil {
		text = d.alter(text)
	}
	return text
}

func (d *draft) claim(name string, value any) *draft {
	d.claims = maps.Clone(d.claims)
	if value == nil {
		delete(d.claims, name)
	} else {
		d.claims[name] = value
	}
	return d
}

func (d *draft) head(name string, value any) *draft {
	d.header = maps.Clone(d.header)
	if value == nil {
		delete(d.header, name)
	} else {
		d.header[name] = value
	}
	return d
}

// prepared is a scenario's server, and the assertion its client would send.
func prepared(t testing.TB, p *Prepared) (*client, string) {
	t.Helper()
	c := start(t, p.Config)
	if p.Assertion != "" {
		return c, p.Assertion
	}
	key := p.key
	d := &draft{header: map[string]any{"typ": "JWT", "kid": p.Profile["certificate_id"]}, key: key}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		d.header["alg"] = "PS256"
	case *ecdsa.PrivateKey:
		d.header["alg"] = map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}[key.Curve]
	}
	if alg := p.Profile["algorithm"]; alg != "" {
		d.header["alg"], d.pkcs1 = alg, strings.HasPrefix(alg, "RS")
	}
	aud := p.Profile["audience"]
	if aud == "" {
		aud = p.tokenURL()
	}
	local := noon.Add(p.Scenario.Client.ClockOffset)
	d.claims = map[string]any{
		"iss": p.Profile["client_id"], "aud": aud, "scope": strings.Split(p.Profile["scope"], ","),
		"iat": local.Unix(), "exp": local.Add(5 * time.Minute).Unix(),
	}
	return c, d.sign(t)
}

func (p *Prepared) tokenURL() string {
	label := strings.ToLower(strings.ReplaceAll(p.Profile["account"], "_", "-"))
	return "https://" + label + suitetalkSuffix + tokenPath
}

func contains(haystack []byte, needles ...string) string {
	for _, n := range needles {
		if n != "" && bytes.Contains(haystack, []byte(n)) {
			return n
		}
	}
	return ""
}
