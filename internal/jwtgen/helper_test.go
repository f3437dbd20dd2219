package jwtgen_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/authserver"
	"github.com/nsauth/nsauth/internal/jwtgen"
)

// What the tokens under testdata/jwt say, and what the tests build.
const (
	clientID      = "1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2"
	certificateID = "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"
	audience      = "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
)

var issued = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// keyFiles are the throwaway keys of testdata/jwt that go with each algorithm.
var keyFiles = map[string]string{
	"PS256": "rsa.pem", "PS384": "rsa.pem", "PS512": "rsa.pem",
	"ES256": "ec256.pem", "ES384": "ec384.pem", "ES512": "ec512.pem",
	"RS256": "rsa.pem", "RS384": "rsa.pem", "RS512": "rsa.pem",
}

func readFile(t testing.TB, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "testdata"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

func key(t testing.TB, file string) crypto.Signer {
	t.Helper()
	block, _ := pem.Decode([]byte(readFile(t, "jwt", file)))
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return k.(crypto.Signer)
}

func public(t testing.TB, file string) crypto.PublicKey {
	t.Helper()
	return key(t, file).Public()
}

// signerOnly hides the type of a private key, as signing hardware does.
type signerOnly struct{ crypto.Signer }

func params() jwtgen.Params {
	return jwtgen.Params{
		KeyID: certificateID, Issuer: clientID, Audience: audience,
		Scope: []string{"rest_webservices"}, IssuedAt: issued,
	}
}

func mustBuild(t testing.TB, p jwtgen.Params, signer crypto.Signer) *jwtgen.Assertion {
	t.Helper()
	a, err := jwtgen.Build(p, signer)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustParse(t testing.TB, raw string) *jwtgen.Assertion {
	t.Helper()
	a, err := jwtgen.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// j is a JSON object. An edit by nil removes a member; null stands for JSON null.
type j map[string]any

var null = json.RawMessage("null")

func (o j) edit(changes j) j {
	o = maps.Clone(o)
	for name, v := range changes {
		if v == nil {
			delete(o, name)
		} else {
			o[name] = v
		}
	}
	return o
}

func (o j) String() string {
	data, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func goodHeader() j { return j{"typ": "JWT", "alg": "ES256", "kid": certificateID} }

func goodClaims() j {
	return j{
		"iss": clientID, "aud": audience, "scope": "restlets",
		"iat": issued.Unix(), "exp": issued.Unix() + 300,
	}
}

// forge signs any header and claims with the ES256 key, by the standard library
// and this package's own conversion, whatever the header says.
func forge(t testing.TB, header, claims string) string {
	t.Helper()
	input := b64(header) + "." + b64(claims)
	h := crypto.SHA256.New()
	h.Write([]byte(input))
	der, err := key(t, "ec256.pem").Sign(nil, h.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(string(rawSignature(t, der, 32)))
}

// expect is a complete expectation for the good header and claims. The shapes
// are stand-ins for those of package nsid.
func expect(t testing.TB) jwtgen.Expect {
	rules := authserver.NetSuite
	rules.ClientIDShape = func(s string) string {
		switch {
		case strings.Count(s, "-") == 4:
			return "application-id"
		case len(s) != len(clientID):
			return "length"
		}
		return ""
	}
	rules.CertificateIDShape = func(s string) string {
		switch {
		case strings.HasPrefix(s, "custcertificate"):
			return "script-id"
		case len(s) == 40:
			return "thumbprint"
		case len(s) != 43:
			return "length"
		}
		return ""
	}
	rules.ScopeShape = func(s string) string {
		switch s {
		case "restlets", "rest_webservices", "suite_analytics":
			return ""
		case "mcp":
			return "not-for-m2m"
		}
		return "unknown"
	}
	return jwtgen.Expect{
		Now: issued.Add(10 * time.Second), ClientID: clientID, CertificateID: certificateID, Audience: audience,
		Public: public(t, "ec256.pem"), Rules: rules,
	}
}

// withoutShapes are NetSuite's rules but for the shapes of ids and scopes.
func withoutShapes() authserver.Rules {
	rules := authserver.NetSuite
	rules.ClientIDShape, rules.CertificateIDShape, rules.ScopeShape = nil, nil, nil
	return rules
}

// labels are faults as "kind" or "kind: reason".
func labels(faults []*jwtgen.Fault) []string {
	list := []string{}
	for _, f := range faults {
		s := string(f.Kind)
		if f.Reason != "" {
			s += ": " + f.Reason
		}
		list = append(list, s)
	}
	return list
}

// asFaults is the fault behind an error, as a list; an error of another type
// fails the test.
func asFaults(t testing.TB, err error) []*jwtgen.Fault {
	t.Helper()
	if err == nil {
		return nil
	}
	var f *jwtgen.Fault
	if !errors.As(err, &f) {
		t.Fatalf("error is a %T, want *jwtgen.Fault: %v", err, err)
	}
	return []*jwtgen.Fault{f}
}
