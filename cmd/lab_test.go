package cmd

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/testkit"
)

// lab is where real runs of nsauth are made to find something: a folder with the
// keys of testdata, a fixed clock, and a server that answers as NetSuite is
// documented or was seen to, except where a test says otherwise. The strict
// emulator cannot be made to answer everything; this server judges nothing.
type lab struct {
	*testing.T
	dir string // the files of testdata/keys under their names, mode 0600, and ca.pem
	tls tls.Certificate
}

// The identity that the lab's profile has.
const (
	labAccount = "1234567"
	labKey     = "ec-p256"
	tokenURL   = "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
	customer   = "/services/rest/record/v1/customer/107"
	restlet    = "https://1234567.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=1&deploy=1"
)

var labClientID = strings.Repeat("1c34", 16)

// labTime is what every clock says: this machine's and the server's.
func labTime() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }

// testFolder is removed when all tests of this package have run.
var testFolder string

// runs counts the runs of nsauth, each of which has a folder of its own.
var runs atomic.Int64

// withFolder is the tests of this package, run with a testFolder.
type withFolder struct{ *testing.M }

func (m withFolder) Run() int {
	dir, err := os.MkdirTemp("", "nsauth-cmd")
	if err != nil {
		panic(err)
	}
	testFolder = dir
	defer os.RemoveAll(dir)
	code := m.M.Run()
	for name, data := range ofAllLabs.files { // a test that changes one changes it in all labs
		path := filepath.Join(ofAllLabs.dir, name)
		now, err := os.ReadFile(path)
		if info, failed := os.Stat(path); err != nil || failed != nil || !bytes.Equal(now, data) ||
			runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			fmt.Fprintln(os.Stderr, "a test changed the shared", path, err, failed)
			code = 1
		}
	}
	return code
}

// ofAllLabs is what the labs have in common: made once, because new files are dear.
var ofAllLabs struct {
	once  sync.Once
	dir   string
	files map[string][]byte
	tls   tls.Certificate
	err   error
}

// share makes the shared files: those of testdata/keys, and ca.pem.
func share() {
	s := &ofAllLabs
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.err = errors.Join(s.err, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the lab's server"},
		NotBefore: time.Unix(0, 0), NotAfter: labTime().AddDate(100, 0, 0),
		DNSNames: []string{"1234567.suitetalk.api.netsuite.com", "1234567.restlets.api.netsuite.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	s.err = errors.Join(s.err, err)
	s.tls = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	s.files = map[string][]byte{"ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	entries, err := os.ReadDir("../testdata/keys")
	s.err = errors.Join(s.err, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join("../testdata/keys", e.Name()))
		s.err = errors.Join(s.err, err)
		s.files[e.Name()] = data
	}
	s.dir = filepath.Join(testFolder, "keys")
	s.err = errors.Join(s.err, os.Mkdir(s.dir, 0o700))
	for name, data := range s.files {
		s.err = errors.Join(s.err, os.WriteFile(filepath.Join(s.dir, name), data, 0o600))
	}
}

func newLab(t *testing.T) *lab {
	t.Helper()
	ofAllLabs.once.Do(share)
	if ofAllLabs.err != nil {
		t.Fatal(ofAllLabs.err)
	}
	l := &lab{T: t, dir: t.TempDir(), tls: ofAllLabs.tls}
	for name := range ofAllLabs.files {
		if err := os.Link(filepath.Join(ofAllLabs.dir, name), l.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// in gives the lab to a subtest.
func (l *lab) in(t *testing.T) *lab { return &lab{T: t, dir: l.dir, tls: l.tls} }

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

func (l *lab) read(path string) []byte {
	l.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		l.Fatal(err)
	}
	return data
}

func (l *lab) write(name string, data []byte) string {
	l.Helper()
	_ = os.Remove(l.path(name)) // it may be a link to a file of all labs
	if err := os.WriteFile(l.path(name), data, 0o600); err != nil {
		l.Fatal(err)
	}
	return l.path(name)
}

// certificateID is computed from a certificate file, also from one that nsauth
// cannot read.
func (l *lab) certificateID(name string) string {
	l.Helper()
	block, _ := pem.Decode(l.read(l.path(name)))
	if block == nil {
		l.Fatalf("%s is no PEM file", name)
	}
	sum := sha256.Sum256(block.Bytes)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// pair is the flags of the key NAME.pem and its certificate NAME-cert.pem.
func (l *lab) pair(name string) []string {
	l.Helper()
	return []string{"--key", name + ".pem", "--cert", name + "-cert.pem", "--certificate-id=" + l.certificateID(name+"-cert.pem")}
}

// identity is the flags of a profile with which nothing is wrong.
func (l *lab) identity() []string {
	l.Helper()
	return append([]string{"--account", labAccount, "--client-id", labClientID}, l.pair(labKey)...)
}

// nsauth is a run at the lab's time that prints JSON. change may be nil.
func (l *lab) nsauth(s setup, args ...string) run {
	l.Helper()
	change := s.world
	s.dir = l.dir
	s.world = func(w *cli.World) {
		w.Now = labTime
		if change != nil {
			change(w)
		}
	}
	args = append(args, "-o", "json")
	r := nsauth(l.T, s, args...)
	if _, err := testkit.Document([]byte(r.stdout)); err != nil {
		l.Errorf("nsauth %s: %v\n%s", strings.Join(args, " "), err, r.stderr)
	}
	return r
}

func (l *lab) keycheck(args ...string) run {
	l.Helper()
	return l.nsauth(setup{}, append([]string{"keycheck"}, args...)...)
}

// offline is a run of the doctor on the lab's identity; of a flag that is given
// twice the second counts.
func (l *lab) offline(args ...string) run {
	l.Helper()
	return l.nsauth(setup{}, append(append([]string{"doctor", "--offline"}, l.identity()...), args...)...)
}

// doctor is a run against a server with these answers.
func (l *lab) doctor(a answers, args ...string) run {
	l.Helper()
	return l.nsauth(setup{}, append(append([]string{"doctor"}, l.online(a)...), args...)...)
}

// online is the lab's identity and the way to a server with these answers.
func (l *lab) online(a answers) []string {
	l.Helper()
	return append(l.identity(), "--connect-to", l.serve(a), "--ca-file", "ca.pem")
}

// demo is a scenario of the emulator, at the time of the machine.
func (l *lab) demo(scenario string, args ...string) run {
	l.Helper()
	return nsauth(l.T, setup{}, append([]string{"doctor", "--demo", scenario, "-o", "json"}, args...)...)
}

// answer is what the lab's server says to one kind of request.
type answer struct {
	status      int
	contentType string // "" for JSON
	header      map[string]string
	body        string
}

// answers are those that differ from the usual ones, by the kind of request.
type answers map[string]answer

// usual is what a healthy NetSuite says.
func (l *lab) usual() answers {
	return answers{
		"probe":        {status: 401, body: errorBody(401, "INVALID_LOGIN", "Invalid login attempt.")},
		"token":        issues(accessToken("1012;1042", labAccount, "rest_webservices")),
		"serverTime":   {status: 200, body: `{"serverTime":"2026-11-23T15:00:00.000Z"}`},
		"suiteql":      {status: 200, body: `{"count":1,"items":[{"today":"11/23/2026"}]}`},
		"record":       {status: 200, body: `{"id":"107"}`},
		"list":         {status: 200, body: `{"count":1,"items":[{"id":"107"}]}`},
		"restlet":      {status: 200, body: `{}`},
		"certificates": lists(row{id: l.certificateID(labKey + "-cert.pem"), until: "2028-08-31T00:00:00Z"}),
	}
}

// serve starts the server and returns its address. A header "Date: none" leaves
// the clock out.
func (l *lab) serve(changes answers) string {
	l.Helper()
	usual := l.usual()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		kind := kindOf(r)
		a, changed := changes[kind]
		if !changed {
			a = usual[kind]
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Date", labTime().Format(http.TimeFormat))
		if a.contentType != "" {
			h.Set("Content-Type", a.contentType)
		}
		for name, value := range a.header {
			h.Set(name, value)
		}
		if h.Get("Date") == "none" {
			h["Date"] = nil
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{l.tls}}
	s.StartTLS()
	l.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// kindOf sorts the requests that nsauth makes.
func kindOf(r *http.Request) string {
	path := r.URL.Path
	switch {
	case strings.HasSuffix(path, "/token"):
		return "token"
	case r.Header.Get("Authorization") == "":
		return "probe"
	case strings.HasSuffix(path, "/serverTime"):
		return "serverTime"
	case strings.HasSuffix(path, "/suiteql"):
		return "suiteql"
	case strings.HasSuffix(path, "/certificates"):
		return "certificates"
	case strings.HasSuffix(path, "/restlet.nl"):
		return "restlet"
	case strings.Count(path, "/") == 5: // /services/rest/record/v1/TYPE
		return "list"
	}
	return "record"
}

// errorBody is the error of a REST call (Oracle NetSuite Help, page
// section_156570709583).
func errorBody(status int, code, detail string) string {
	return fmt.Sprintf(`{"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html","title":"%s","status":%d,`+
		`"o:errorDetails":[{"detail":%q,"o:errorCode":%q}]}`, http.StatusText(status), status, detail, code)
}

// refusal is a REST call that is refused.
func refusal(status int, code, detail string) answer {
	return answer{status: status, body: errorBody(status, code, detail)}
}

// oauthAnswer is an error of the token endpoint: the one member that Oracle documents.
func oauthAnswer(status int, code string) answers {
	return answers{"token": {status: status, body: `{"error":"` + code + `"}`}}
}

// page is a web page.
func page(status int, title string) answer {
	return answer{status: status, contentType: "text/html", body: "<html><head><title>" + title + "</title></head></html>"}
}

// issues is a token response.
func issues(token string) answer {
	return answer{status: 200, body: `{"access_token":"` + token + `","expires_in":"3600","token_type":"Bearer"}`}
}

// accessToken has the claims of NetSuite's (Oracle NetSuite Help, page
// section_158255317571), and a signature that nobody looks at.
func accessToken(subject, account string, scope ...string) string {
	claims := map[string]any{"sub": subject, "aud": []string{"1C61CD58-044D-497A-AA29-7A3E9A9BB924;" + account, labClientID},
		"scope": scope, "iss": "https://system.netsuite.com", "oit": labTime().Unix(),
		"iat": labTime().Unix(), "exp": labTime().Add(time.Hour).Unix()}
	return encoded(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "c.1234567.2026-01-18_02-18-17"}) + "." + encoded(claims) + ".c2ln"
}

func encoded(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// row is a row of NetSuite's list of certificates (Oracle NetSuite Help, page
// article_11111634165).
type row struct {
	id, from, until string
	revoked         bool
}

// lists is that list. from defaults to 2026-09-01.
func lists(rows ...row) answer {
	list := []map[string]any{}
	for _, r := range rows {
		if r.from == "" {
			r.from = "2026-09-01T00:00:00Z"
		}
		list = append(list, map[string]any{"certificate_id": r.id, "valid_from": r.from, "valid_until": r.until, "revoked": r.revoked,
			"application": map[string]any{"id": 1, "name": "an integration"}, "role": map[string]any{"id": 1012, "name": "a role"},
			"entity": map[string]any{"id": 1042, "name": "a user"}, "algorithm": "EC"})
	}
	data, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	return answer{status: 200, body: string(data)}
}

// forgery is an assertion of another program: header and claims as nsauth makes
// them until a test changes them, signed by the standard library.
type forgery struct {
	header, claims map[string]any
	claimsText     string // instead of claims
	sign           func(input string) []byte
	files          string // NAME of the pair to verify with
}

// inspect is a run of jwt inspect on a forgery, with all that is known about the
// lab's identity.
func (l *lab) inspect(change func(*forgery), args ...string) run {
	l.Helper()
	f := l.forge(change)
	known := []string{"jwt", "inspect", "-", "--account", labAccount, "--client-id", labClientID,
		"--certificate-id=" + l.certificateID(labKey+"-cert.pem"), "--cert", f.files + "-cert.pem"}
	return l.nsauth(setup{stdin: f.text()}, append(known, args...)...)
}

func (l *lab) forge(change func(*forgery)) *forgery {
	l.Helper()
	k, err := new(keys.Loader).Key(l.Context(), keys.Source{Name: l.path(labKey + ".pem")})
	if err != nil {
		l.Fatal(err)
	}
	a, err := jwtgen.Build(jwtgen.Params{KeyID: l.certificateID(labKey + "-cert.pem"), Issuer: labClientID, Audience: tokenURL,
		Scope: []string{"rest_webservices"}, IssuedAt: labTime()}, k.Signer())
	if err != nil {
		l.Fatal(err)
	}
	f := &forgery{header: a.Header, claims: a.Claims, sign: l.ecdsa(labKey), files: labKey}
	if change != nil {
		change(f)
	}
	return f
}

// text is the assertion in compact form.
func (f *forgery) text() string {
	claims := encoded(f.claims)
	if f.claimsText != "" {
		claims = base64.RawURLEncoding.EncodeToString([]byte(f.claimsText))
	}
	input := encoded(f.header) + "." + claims
	return input + "." + base64.RawURLEncoding.EncodeToString(f.sign(input))
}

// times sets iat and exp, each from the lab's time.
func (f *forgery) times(iat, exp time.Duration) {
	f.claims["iat"], f.claims["exp"] = labTime().Add(iat).Unix(), labTime().Add(exp).Unix()
}

// signedBy signs with an RSA key of the lab instead.
func (f *forgery) signedBy(l *lab, name, alg string, opts crypto.SignerOpts) {
	f.header["alg"], f.files = alg, name
	f.sign = func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		sig, err := privateKey[*rsa.PrivateKey](l, name).Sign(rand.Reader, sum[:], opts)
		if err != nil {
			l.Fatal(err)
		}
		return sig
	}
}

// ecdsa signs with a P-256 key: r and s in a row (RFC 7518, section 3.4).
func (l *lab) ecdsa(name string) func(string) []byte {
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, privateKey[*ecdsa.PrivateKey](l, name), sum[:])
		if err != nil {
			l.Fatal(err)
		}
		sig := make([]byte, 64)
		r.FillBytes(sig[:32])
		s.FillBytes(sig[32:])
		return sig
	}
}

// jwks is a JWK Set of the public half of a P-256 key.
func (l *lab) jwks(name string) []byte {
	l.Helper()
	point, err := privateKey[*ecdsa.PrivateKey](l, name).PublicKey.Bytes()
	if err != nil {
		l.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	return fmt.Appendf(nil, `{"keys":[{"kty":"EC","crv":"P-256","x":%q,"y":%q}]}`, b64(point[1:33]), b64(point[33:]))
}

func privateKey[T crypto.Signer](l *lab, name string) T {
	l.Helper()
	block, _ := pem.Decode(l.read(l.path(name + ".pem")))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		l.Fatal(err)
	}
	return key.(T)
}
