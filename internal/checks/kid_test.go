package checks

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// The kid of another certificate in the folder is named, whether a certificate or
// only a key is at hand; a kid that no file has stays a plain mismatch.
func TestKidOfAnotherFile(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "keys")
	load := func(name string) *keys.Certificate {
		c, err := new(keys.Loader).Certificate(t.Context(), keys.Source{Name: filepath.Join(dir, name)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	own, other := load("ec-p256-cert.pem"), load("ec-p384-cert.pem")
	key, err := new(keys.Loader).Key(t.Context(), keys.Source{Name: filepath.Join(dir, "ec-p256.pem")})
	if err != nil {
		t.Fatal(err)
	}
	thumbprint, others := sha1.Sum(own.DER), sha1.Sum(other.DER)
	sha1Hex := hex.EncodeToString(thumbprint[:])
	colons := strings.ReplaceAll(fmt.Sprintf("% X", thumbprint), " ", ":")
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, kid, field, file string
		code, reason           string
	}{
		{"its own, by the certificate", own.ID(), "cert", "ec-p256-cert.pem", "", ""},
		{"its own, by the key", own.ID(), "key", "ec-p256.pem", "", ""},
		{"another's, by the certificate", other.ID(), "cert", "ec-p256-cert.pem", "assertion.kid-mismatch", "other-file"},
		{"another's, by the key", other.ID(), "key", "ec-p256.pem", "assertion.kid-mismatch", "other-file"},
		{"its own in lower case", strings.ToLower(own.ID()), "cert", "ec-p256-cert.pem", "assertion.kid-mismatch", "case"},
		{"nobody's, by the certificate", keys.CertificateID([]byte("nobody")), "cert", "ec-p256-cert.pem", "assertion.kid-mismatch", "other"},
		{"its own thumbprint", sha1Hex, "cert", "ec-p256-cert.pem", "assertion.kid-is-thumbprint", "own-thumbprint"},
		{"as Windows shows it", strings.ToUpper(sha1Hex), "cert", "ec-p256-cert.pem", "assertion.kid-is-thumbprint", "own-thumbprint"},
		{"with colons", colons, "cert", "ec-p256-cert.pem", "assertion.kid-is-thumbprint", "own-thumbprint"},
		{"as x5t", base64.RawURLEncoding.EncodeToString(thumbprint[:]), "cert", "ec-p256-cert.pem", "assertion.kid-is-thumbprint", "own-thumbprint"},
		{"in plain base64", base64.StdEncoding.EncodeToString(thumbprint[:]), "cert", "ec-p256-cert.pem", "assertion.kid-is-thumbprint", "own-thumbprint"},
		{"another's thumbprint", base64.RawURLEncoding.EncodeToString(others[:]), "cert", "ec-p256-cert.pem", "assertion.kid-is-thumbprint", "thumbprint"},
		{"a thumbprint, by the key", sha1Hex, "key", "ec-p256.pem", "assertion.kid-is-thumbprint", "thumbprint"},
		{"nobody's, by the key", keys.CertificateID([]byte("nobody")), "key", "ec-p256.pem", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := jwtgen.Build(jwtgen.Params{KeyID: tt.kid, Issuer: "1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2",
				Audience: "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", Scope: []string{"restlets"}, IssuedAt: now}, key.Signer())
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.Resolve(profile.Input{Flags: map[string][]string{tt.field: {filepath.Join(dir, tt.file)}}})
			if err != nil {
				t.Fatal(err)
			}
			r := Inspect(host.World{Now: func() time.Time { return now }}, p, pairOf(p), capture.Read(a.Raw().Reveal()), nil)[0]
			switch {
			case tt.code == "" && len(r.Findings) > 0:
				t.Errorf("%v", r.Findings)
			case tt.code != "" && (len(r.Findings) != 1 || string(r.Findings[0].Code) != tt.code || r.Findings[0].Evidence["reason"] != tt.reason):
				t.Errorf("%v, want %s (%s)", r.Findings, tt.code, tt.reason)
			case tt.reason == "other-file" && r.Findings[0].Evidence["other"] == "":
				t.Error("the other file is not named")
			}
		})
	}
}

// What a token is for is said by where it stands; it is a fault where the other
// kind belongs.
func TestUseOfTokens(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(data))
	}
	assertion, access := read("jwt/es256.jwt"), read("oracle/oracle-sample-access-token.jwt")
	p, err := profile.Resolve(profile.Input{})
	if err != nil {
		t.Fatal(err)
	}
	w := host.World{Now: func() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }}
	const call = "GET /services/rest/system/v1/serverTime HTTP/1.1\nHost: 1234567.suitetalk.api.netsuite.com\nAuthorization: Bearer "
	form := "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion="
	ended := []string{"assertion.access-token-expired"} // in 2021
	for _, tt := range []struct {
		name, text, status string
		codes              []string
	}{
		{"an access token by itself", access, "fail", []string{"assertion.is-access-token"}},
		{"in the assertion's place", form + access, "fail", []string{"assertion.is-access-token"}},
		{"behind Bearer", "Bearer " + access, "warn", ended},
		{"in an answer", `{"access_token":"` + access + `","expires_in":3600}`, "warn", ended},
		{"in a call", call + access, "warn", ended},
		{"an assertion by itself", assertion, "pass", nil},
		{"behind Bearer, which is copied along", "Bearer " + assertion, "pass", nil},
		{"in its place", form + assertion, "pass", nil},
		{"in a call", call + assertion, "fail", []string{"api.is-assertion"}},
		{"as a header", "Authorization: Bearer " + assertion, "fail", []string{"api.is-assertion"}},
		{"in an answer", `{"access_token":"` + assertion + `"}`, "fail", []string{"api.is-assertion"}},
		{"in the header of the token request", "curl https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token -H 'Authorization: Bearer " +
			assertion + "' -d grant_type=client_credentials", "fail",
			[]string{"request.parameter-missing", "request.parameter-missing", "request.client-authentication"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var codes []string
			var findings []finding.Finding
			for _, r := range Inspect(w, p, pairOf(p), capture.Read(tt.text), nil) {
				findings = append(findings, r.Findings...)
			}
			for _, f := range findings {
				codes = append(codes, string(f.Code))
			}
			if status := finding.StatusOf(findings); string(status) != tt.status || !slices.Equal(codes, tt.codes) {
				t.Errorf("%s %v, want %s %v", status, codes, tt.status, tt.codes)
			}
		})
	}
}

// An access token in its place is held against the account and the clock: it is of no
// use from the very second in which it ends.
func TestAccessTokenOfNoUse(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "oracle", "oracle-sample-access-token.jwt"))
	if err != nil {
		t.Fatal(err)
	}
	const ends = 1627909930 // its exp
	for _, tt := range []struct {
		name, account string
		now           int64
		codes         []string
	}{
		{"its last second", "4030059", ends - 1, nil},
		{"over", "4030059", ends, []string{"assertion.access-token-expired"}},
		{"of another account", "1234567", ends - 1, []string{"role.account-mismatch"}},
		{"both", "1234567", ends + 90, []string{"assertion.access-token-expired", "role.account-mismatch"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {tt.account}}})
			if err != nil {
				t.Fatal(err)
			}
			w := host.World{Now: func() time.Time { return time.Unix(tt.now, 0) }}
			r := Inspect(w, p, pairOf(p), capture.Read("Bearer "+strings.TrimSpace(string(data))), nil)[0]
			var codes []string
			for _, f := range r.Findings {
				codes = append(codes, string(f.Code))
			}
			if !slices.Equal(codes, tt.codes) {
				t.Errorf("%v, want %v", codes, tt.codes)
			}
			if tt.name == "both" && !strings.Contains(r.Findings[0].Message, "90 s ago; it is 2021-08-02 13:13:40 UTC by this machine's clock") {
				t.Error(r.Findings[0].Message)
			}
		})
	}
}

// A query may be a secret: whatever is wrong with a key set, it is not shown.
func TestKeySetKeepsItsQuery(t *testing.T) {
	const secret = "sig=Zm9yLXRoZS1zdG9yYWdlLW9ubHk"
	p, err := profile.Resolve(profile.Input{})
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]struct {
		status int
		body   string
	}{
		"/page": {200, "<html>"}, "/another": {200, `{"error":"x"}`}, "/empty": {200, `{"keys":[]}`}, "/gone": {404, ""},
		"/large": {200, strings.Repeat(" ", 2<<20)}, "/keys": {200, `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(answers[r.URL.Path].status)
		io.WriteString(w, answers[r.URL.Path].body)
	}))
	defer server.Close()
	token, err := os.ReadFile(filepath.Join("..", "..", "testdata", "jwt", "es256.jwt"))
	if err != nil {
		t.Fatal(err)
	}
	w := host.World{Now: func() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }, LookupEnv: func(string) (string, bool) { return "", false }}
	for path := range answers {
		set, err := inspect.ReadKeySet(t.Context(), w, p, server.URL+path+"?"+secret)
		if err != nil {
			t.Fatal(path, err)
		}
		r := Inspect(w, p, pairOf(p), capture.Read(string(token)), set)[0]
		said, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		found := path == "/keys" && r.Facts.(finding.AssertionFacts).Signature != "verified" ||
			slices.ContainsFunc(r.Findings, func(f finding.Finding) bool { return f.Code == "assertion.keys-unavailable" })
		if !found || strings.Contains(string(said), secret) || !strings.Contains(string(said), path) {
			t.Errorf("%s: %s", path, said)
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	dir := filepath.Join("..", "..", "testdata", "jwt")
	key, err := new(keys.Loader).Key(b.Context(), keys.Source{Name: filepath.Join(dir, "rsa.pem")})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	a, err := jwtgen.Build(jwtgen.Params{KeyID: keys.CertificateID(nil), Issuer: "1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2",
		Audience: "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", Scope: []string{"restlets"}, IssuedAt: now}, key.Signer())
	if err != nil {
		b.Fatal(err)
	}
	raw := a.Raw().Reveal()
	for name, flags := range map[string]map[string][]string{
		"without a key":                         nil,
		"verifying, the key read from its file": {"key": {filepath.Join(dir, "rsa.pem")}},
	} {
		p, err := profile.Resolve(profile.Input{Flags: flags})
		if err != nil {
			b.Fatal(err)
		}
		w := host.World{Now: func() time.Time { return now }}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := Inspect(w, p, pairOf(p), capture.Read(raw), nil)[0]; len(r.Findings) > 0 {
					b.Fatal(r.Findings)
				}
			}
		})
	}
}
