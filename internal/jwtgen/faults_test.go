//lint:file-ignore SA1019 keys that no constructor would make are what these tests are about

package jwtgen_test

import (
	"crypto"
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/authserver"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
)

// row is one way to go wrong and everything that must be said about it.
type row struct {
	name   string
	want   []string // labels, complete and in order
	faults func(t *testing.T) []*jwtgen.Fault
}

// TestFaults has one row for each kind and reason, and TestEveryReasonHasARow
// sees to it.
func TestFaults(t *testing.T) {
	filled := map[string]bool{}
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			faults := r.faults(t)
			if diff := cmp.Diff(r.want, labels(faults)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			for _, f := range faults {
				noteFilled(filled, f)
				if !strings.HasPrefix(f.Error(), "assertion: "+string(f.Kind)) {
					t.Errorf("Error() = %q", f.Error())
				}
			}
		})
	}
	// What is measured under another name than the message has is never seen.
	byChecks := []string{"{span}", "{local_time}", "{reference_time}", "{reference_source}", "script-id {certificate}", "script-id {computed}"} // the package that knows the clocks
	for placeholder, is := range filled {
		if !is && !slices.ContainsFunc(byChecks, func(s string) bool { return strings.HasSuffix(placeholder, s) }) {
			t.Errorf("no fault has a value for %s in the catalog's message", placeholder)
		}
	}
}

// noteFilled notes which placeholders of the fault's message have a value.
func noteFilled(filled map[string]bool, f *jwtgen.Fault) {
	label := labels([]*jwtgen.Fault{f})[0]
	for _, name := range placeholders(f) {
		v, ok := f.Evidence[name]
		filled[label+" {"+name+"}"] = filled[label+" {"+name+"}"] || ok && v != ""
	}
}

func placeholders(f *jwtgen.Fault) []string {
	entry, _ := catalog.Lookup(finding.Code("assertion." + string(f.Kind)))
	message := entry.Message
	if v := entry.Variants[f.Reason]; v.Message != "" {
		message = v.Message
	}
	var names []string
	for _, m := range regexp.MustCompile(`\{([a-z_]+)`).FindAllStringSubmatch(message, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestEveryReasonHasARow(t *testing.T) {
	raised := map[string]bool{}
	for _, r := range rows() {
		for _, label := range r.want {
			raised[label] = true
		}
	}
	declared := map[string]bool{}
	for _, k := range jwtgen.Kinds() {
		for _, reason := range k.Reasons {
			label := labels([]*jwtgen.Fault{{Kind: k.Kind, Reason: reason}})[0]
			if declared[label] = true; !raised[label] {
				t.Errorf("no row raises %q", label)
			}
		}
	}
	// The shape functions of Expect bring reasons of their own.
	fromShapes := []string{"kid-malformed: length", "issuer-malformed: length"}
	for label := range raised {
		if !declared[label] && !slices.Contains(fromShapes, label) {
			t.Errorf("Kinds does not list %q", label)
		}
	}
}

func rows() []row {
	return slices.Concat(parseRows(), buildRows(), verifyRows(), judgeRows())
}

// parseRows: what Parse refuses.
func parseRows() []row {
	good := b64(goodHeader().String()) + "." + b64(goodClaims().String()) + "." + b64("signature")
	parts := strings.Split(good, ".")
	withHeader := func(json string) string { return b64(json) + "." + parts[1] + "." + parts[2] }
	var rows []row
	for _, c := range []struct{ name, raw, want string }{
		{"nothing", "", "empty"},
		{"space only", " \n\t", "empty"},
		{"64 KiB and one", strings.Repeat("a", jwtgen.MaxBytes+1), "too-large"},
		{"a private key", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "pem"},
		{"a header's value", "Bearer " + good, "bearer-prefix"},
		{"a whole header", "Authorization: Bearer " + good, "bearer-prefix"},
		{"a form", "client_assertion=" + good, "form-parameter"},
		{"the wrong form parameter", "assertion=" + good, "form-parameter"},
		{"a token response", `{"access_token":"` + good + `"}`, "json-document"},
		{"quotation marks", `"` + good + `"`, "quoted"},
		{"line break at the end", good + "\n", "space"},
		{"line break within", good[:20] + "\r\n" + good[20:], "space"},
		{"two parts", parts[0] + "." + parts[1], "parts"},
		{"four parts", good + ".", "parts"},
		{"one part", parts[0], "parts"},
		{"five parts", good + ".a.b", "parts"},
		{"JWE", b64(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a.b.c.d", "encrypted"},
		{"dots in place of the middle", good[:90] + "..." + good[len(good)-9:], "shortened"},
		{"an ellipsis in place of the end", good[:90] + "…", "shortened"},
		{"opaque", "abc", "no-jwt"},
		{"a URL of five parts", "https://1234567.suitetalk.api.netsuite.com/token", "no-jwt"},
		{"a sentence", `the answer was "no". Then nothing. Why?`, "no-jwt"},
		{"a page", "<!DOCTYPE html>\n<title>a...</title>", "no-jwt"},
		{"bytes", "\x00\xff.\x01'.\x02", "no-jwt"},
		{"characters", parts[0] + ".!" + parts[1] + "." + parts[2], "base64"},
		{"impossible length", "eyAAA." + parts[1] + "." + parts[2], "base64"},
		{"not ASCII", "eyÄÄÄ." + parts[1] + "." + parts[2], "base64"},
		{"base64 with +", good[:len(good)-1] + "+", "base64-std"},
		{"base64 with /", parts[0] + ".//" + parts[1] + "." + parts[2], "base64-std"},
		{"padding", good + "==", "base64-padding"},
		{"stray bits", parts[0] + "." + parts[1] + ".AB", "base64-trailing-bits"},
		{"byte order mark", withHeader("\xef\xbb\xbf{}"), "byte-order-mark"},
		{"UTF-16", withHeader("\xff\xfe{\x00}\x00"), "not-utf8"},
		{"no JSON", withHeader("alg=PS256"), "json"},
		{"empty part", "." + parts[1] + "." + parts[2], "json"},
		{"cut JSON", withHeader(`{"alg":"PS256"`), "json"},
		{"two JSON values", withHeader(`{"alg":"PS256"}{}`), "json"},
		{"comma at the end", withHeader(`{"alg":"PS256",}`), "json"},
		{"an array", withHeader(`["PS256"]`), "not-object"},
		{"null", withHeader(`null`), "not-object"},
		{"nested deep", withHeader(`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`), "too-deep"},
		{"nested far deeper than JSON may", withHeader(strings.Repeat("[", 20000)), "json"},
	} {
		rows = append(rows, row{"parse/" + c.name, []string{"malformed: " + c.want}, func(t *testing.T) []*jwtgen.Fault {
			_, err := jwtgen.Parse(c.raw)
			return asFaults(t, err)
		}})
	}
	return rows
}

// brokenSigner answers with what is given.
type brokenSigner struct {
	pub crypto.PublicKey
	sig []byte
	err error
}

func (b brokenSigner) Public() crypto.PublicKey { return b.pub }
func (b brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return b.sig, b.err
}

// buildRows: what Build and AlgorithmFor refuse.
func buildRows() []row {
	type build struct {
		name   string
		change func(*jwtgen.Params)
		signer func(t *testing.T) crypto.Signer
		want   string
	}
	ec := func(t *testing.T) crypto.Signer { return key(t, "ec256.pem") }
	rsaKey := func(t *testing.T) crypto.Signer { return key(t, "rsa.pem") }
	algorithm := func(name string) func(*jwtgen.Params) { return func(p *jwtgen.Params) { p.Algorithm = name } }
	pub := func(k crypto.PublicKey) func(*testing.T) crypto.Signer {
		return func(*testing.T) crypto.Signer { return brokenSigner{pub: k} }
	}
	answer := func(sig []byte, err error) func(t *testing.T) crypto.Signer {
		return func(t *testing.T) crypto.Signer { return brokenSigner{public(t, "ec256.pem"), sig, err} }
	}
	var rows []row
	for _, c := range []build{
		{"no signer", nil, func(*testing.T) crypto.Signer { return nil }, "alg-key-mismatch: no-key"},
		{"nil pointer", nil, func(*testing.T) crypto.Signer { return (*rsa.PrivateKey)(nil) }, "alg-key-mismatch: no-key"},
		{"no public key", nil, pub(nil), "alg-key-mismatch: no-key"},
		{"no point", nil, pub(&ecdsa.PublicKey{Curve: elliptic.P256()}), "alg-key-mismatch: no-key"},
		{"no public key, algorithm named", algorithm("PS256"), pub((*rsa.PublicKey)(nil)), "alg-key-mismatch: no-key"},
		{"Ed25519", nil, pub(ed25519.PublicKey(make([]byte, 32))), "alg-key-mismatch: no-algorithm"},
		{"DSA", nil, pub(&dsa.PublicKey{}), "alg-key-mismatch: no-algorithm"},
		{"another type", nil, pub("a key"), "alg-key-mismatch: no-algorithm"},
		{"P-224", nil, pub(&ecdsa.PublicKey{Curve: elliptic.P224(), X: big.NewInt(1), Y: big.NewInt(1)}), "alg-key-mismatch: no-algorithm"},
		{"PS with an EC key", algorithm("PS256"), ec, "alg-key-mismatch: key-type"},
		{"ES with an RSA key", algorithm("ES256"), rsaKey, "alg-key-mismatch: key-type"},
		{"ES with another curve", algorithm("ES384"), ec, "alg-key-mismatch: curve"},
		{"RSA too small for the hash", algorithm("PS512"), func(*testing.T) crypto.Signer {
			return brokenSigner{pub: &rsa.PublicKey{N: big.NewInt(15), E: 3}, err: rsa.ErrMessageTooLong}
		}, "alg-key-mismatch: key-too-small"},
		{"signer fails", nil, answer(nil, io.ErrUnexpectedEOF), "alg-key-mismatch: signing-failed"},
		{"signer gives no signature", nil, answer(nil, nil), "alg-key-mismatch: signing-failed"},
		{"signer gives zeros", nil, answer([]byte{0x30, 6, 2, 1, 0, 2, 1, 0}, nil), "alg-key-mismatch: signing-failed"},
		{"signer gives zero for r", nil, answer([]byte{0x30, 6, 2, 1, 0, 2, 1, 1}, nil), "alg-key-mismatch: signing-failed"},
		{"signer gives zero for s", nil, answer([]byte{0x30, 6, 2, 1, 1, 2, 1, 0}, nil), "alg-key-mismatch: signing-failed"},
		{"signer gives too long numbers", nil, answer(slices.Concat([]byte{0x30, 38, 2, 33, 1}, make([]byte, 32), []byte{2, 1, 1}), nil), "alg-key-mismatch: signing-failed"},
		{"unknown algorithm", algorithm("EdDSA"), rsaKey, "alg-unsupported: other"},
		{"RS512 is never made", algorithm("RS512"), rsaKey, "alg-unsupported: other"},
		{"none", algorithm("none"), rsaKey, "alg-unsupported: none"},
		{"HS256", algorithm("HS256"), rsaKey, "alg-unsupported: symmetric"},
		{"lower case", algorithm("ps256"), rsaKey, "alg-unsupported: case"},
		{"no time", func(p *jwtgen.Params) { p.IssuedAt = time.Time{} }, ec, "time-claim-invalid: missing"},
		{"too large", func(p *jwtgen.Params) { p.Subject = strings.Repeat("x", jwtgen.MaxBytes) }, ec, "malformed: too-large"},
	} {
		rows = append(rows, row{"build/" + c.name, []string{c.want}, func(t *testing.T) []*jwtgen.Fault {
			p := params()
			if c.change != nil {
				c.change(&p)
			}
			_, err := jwtgen.Build(p, c.signer(t))
			if c.name == "signer fails" && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the signer's error is lost: %v", err)
			}
			return asFaults(t, err)
		}})
	}
	return rows
}

// verifyRows: what Verify finds. The tokens were made by openssl.
func verifyRows() []row {
	odd := func(bits uint) *big.Int { return new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1) }
	var rows []row
	for _, c := range []struct {
		name, token string
		key         string           // a file, or
		pub         crypto.PublicKey // a key
		signature   jwtgen.Signature
		want        string
	}{
		{name: "salt of 0", token: "ps256-salt-0.jwt", key: "rsa.pem", signature: "invalid", want: "salt-length"},
		{name: "salt of 20", token: "ps256-salt-20.jwt", key: "rsa.pem", signature: "invalid", want: "salt-length"},
		{name: "salt of 33", token: "ps256-salt-33.jwt", key: "rsa.pem", signature: "invalid", want: "salt-length"},
		{name: "salt of the most", token: "ps256-salt-max.jwt", key: "rsa.pem", signature: "invalid", want: "salt-length"},
		{name: "A11 signed by RS256", token: "ps256-signed-rs256.jwt", key: "rsa.pem", signature: "invalid", want: "signature-invalid: pkcs1"},
		{name: "A11 MGF1 with SHA-1", token: "ps256-mgf1-sha1.jwt", key: "rsa.pem", signature: "invalid", want: "signature-invalid: pss-parameters"},
		{name: "A11 PSS with SHA-1", token: "ps256-pss-sha1.jwt", key: "rsa.pem", signature: "invalid", want: "signature-invalid: pss-parameters"},
		{name: "signed by PS256", token: "ps512-signed-ps256.jwt", key: "rsa.pem", signature: "invalid", want: "signature-invalid: other-algorithm"},
		{name: "ASN.1", token: "es256-der.jwt", key: "ec256.pem", signature: "invalid", want: "signature-encoding-der"},
		{name: "ASN.1, P-384", token: "es384-der.jwt", key: "ec384.pem", signature: "invalid", want: "signature-encoding-der"},
		{name: "ASN.1, P-521", token: "es512-der.jwt", key: "ec512.pem", signature: "invalid", want: "signature-encoding-der"},
		{name: "ASN.1, no key", token: "es256-der.jwt", signature: "not-checked", want: "signature-encoding-der: not-checked"},
		{name: "ASN.1, another key", token: "es256-der.jwt", pub: otherEC(), signature: "invalid", want: "signature-encoding-der: other-key"},
		{name: "another key", token: "es256.jwt", pub: otherEC(), signature: "invalid", want: "signature-invalid: other"},
		{name: "another length of RSA key", token: "ps256.jwt", pub: &rsa.PublicKey{N: odd(2048), E: 65537}, signature: "invalid", want: "signature-invalid: length"},
		{name: "RSA key of 512 bits", token: "ps256.jwt", pub: &rsa.PublicKey{N: odd(512), E: 65537}, signature: "not-checked", want: "alg-key-mismatch: key-too-small"},
		{name: "RSA key of 20000 bits", token: "ps256.jwt", pub: &rsa.PublicKey{N: odd(20000), E: 65537}, signature: "not-checked", want: "alg-key-mismatch: key-too-large"},
		{name: "RSA key with exponent 1", token: "ps256.jwt", pub: &rsa.PublicKey{N: odd(3072), E: 1}, signature: "not-checked", want: "alg-key-mismatch: key-unusable"},
		{name: "EC key off its curve", token: "es256.jwt", pub: &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}, signature: "not-checked", want: "alg-key-mismatch: key-unusable"},
		{name: "key of another type", token: "ps256.jwt", key: "ec256.pem", signature: "invalid", want: "alg-key-mismatch: key-type"},
		{name: "key on another curve", token: "es256.jwt", key: "ec384.pem", signature: "invalid", want: "alg-key-mismatch: curve"},
		{name: "Ed25519 key", token: "es256.jwt", pub: ed25519.PublicKey(make([]byte, 32)), signature: "invalid", want: "alg-key-mismatch: key-type"},
	} {
		rows = append(rows, row{"verify/" + c.name, []string{c.want}, func(t *testing.T) []*jwtgen.Fault {
			pub := c.pub
			if c.key != "" {
				pub = public(t, c.key)
			}
			signature, f := mustParse(t, readFile(t, "jwt", c.token)).Verify(pub)
			if signature != c.signature {
				t.Errorf("signature %s, want %s", signature, c.signature)
			}
			return []*jwtgen.Fault{f}
		}})
	}
	return rows
}

// withRSASignature is the token of ps256.jwt with a signature of n bytes.
func withRSASignature(n int) func(t *testing.T) string {
	return func(t *testing.T) string {
		token := readFile(t, "jwt", "ps256.jwt")
		return token[:strings.LastIndex(token, ".")+1] + b64(strings.Repeat("\x83", n))
	}
}

// TestCutSignature: a signature that no key has the length of looks cut, of every
// algorithm and with and without a key; and nothing is certain about one.
func TestCutSignature(t *testing.T) {
	for _, c := range []struct {
		token, key string
		bytes      int // that are left, or more than there are
		want       string
	}{
		{"ps256.jwt", "", 378, "cut"}, {"ps256.jwt", "rsa.pem", 378, "cut"}, {"rs256.jwt", "", 383, "cut"}, {"rs256.jwt", "rsa.pem", 1, "cut"},
		{"ps256.jwt", "", 256, ""}, {"ps256.jwt", "rsa.pem", 256, "length"}, {"ps256.jwt", "rsa.pem", 64, "length"},
		{"ps256.jwt", "", 390, "cut"}, {"ps256.jwt", "rsa.pem", 390, "length"}, {"ps256.jwt", "", 520, "length"},
		{"es256.jwt", "", 58, "cut"}, {"es256.jwt", "ec256.pem", 58, "cut"}, {"es256.jwt", "", 65, "length"},
		{"es512.jwt", "", 64, "length"}, {"es512.jwt", "", 131, "cut"}, {"es256-der.jwt", "", 68, "cut"},
	} {
		token := readFile(t, "jwt", c.token)
		dot := strings.LastIndex(token, ".") + 1
		sig := append(unb64(token[dot:]), make([]byte, 512)...)[:c.bytes]
		var pub crypto.PublicKey
		if c.key != "" {
			pub = public(t, c.key)
		}
		_, f := mustParse(t, token[:dot]+b64(string(sig))).Verify(pub)
		got := ""
		if f != nil {
			if got = f.Reason; (got == "cut") != (f.Evidence["unclear"] == true) {
				t.Errorf("%s of %d bytes is %s, unclear %v", c.token, c.bytes, got, f.Evidence["unclear"])
			}
		}
		if got != c.want {
			t.Errorf("%s of %d bytes, key %q: got %q, want %q", c.token, c.bytes, c.key, got, c.want)
		}
	}
}

// otherEC is a P-256 key that signed nothing: the point of RFC 7515, appendix
// A.3.
func otherEC() *ecdsa.PublicKey {
	return rfcKey("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
}

// judgeRows: what Judge finds in an assertion that is right but for one thing.
func judgeRows() []row {
	type edit struct {
		name           string
		header, claims j
		expect         func(*jwtgen.Expect)
		raw            func(t *testing.T) string // instead of header and claims
		want           []string
	}
	const restlets = "https://1234567.restlets.api.netsuite.com/services/rest/auth/oauth2/v1/token"
	iat := issued.Unix()
	aud := func(v any) j { return j{"aud": v} }
	noAccount := func(e *jwtgen.Expect) { e.Audience = "" }
	foreign := func(e *jwtgen.Expect) { e.Rules, e.Audience = authserver.Generic, "https://as.example/realms/x/token" }
	edits := []edit{
		{name: "nothing wrong", want: []string{}},
		{name: "scope of one in an array", claims: j{"scope": []string{"restlets"}}, want: []string{}},
		{name: "all scopes", claims: j{"scope": []string{"restlets", "rest_webservices", "suite_analytics"}}, want: []string{}},
		{name: "jti, sub and nbf", claims: j{"jti": "x", "sub": "3;7", "nbf": iat}, want: []string{}},
		{name: "nothing to compare with", claims: j{"iss": "x", "iat": 1, "exp": 2, "scope": "y"},
			expect: func(e *jwtgen.Expect) { *e = jwtgen.Expect{Rules: withoutShapes()} }, want: []string{}},

		{name: "access token", raw: func(t *testing.T) string { return readFile(t, "oracle", "oracle-sample-access-token.jwt") },
			want: []string{"is-access-token"}},
		{name: "access token of 2026", header: j{"kid": "c.1234567.2026-01-18_02-18-17", "alg": "RS256"}, claims: j{"sub": "3;-5", "iss": "https://system.netsuite.com"},
			want: []string{"is-access-token"}},
		{name: "access token by two marks", claims: j{"sub": "3;-5", "iss": "https://system.netsuite.com"},
			want: []string{"is-access-token"}},

		{name: "RS256", raw: func(t *testing.T) string { return readFile(t, "jwt", "rs256.jwt") },
			expect: rsaPublic, want: []string{"alg-deprecated"}},
		{name: "RS512", raw: func(t *testing.T) string { return readFile(t, "jwt", "rs512.jwt") },
			expect: rsaPublic, want: []string{"alg-deprecated"}},
		{name: "alg missing", header: j{"alg": nil}, want: []string{"alg-unsupported: missing"}},
		{name: "alg a number", header: j{"alg": 256}, want: []string{"alg-unsupported: not-a-string"}},
		{name: "alg none", header: j{"alg": "None"}, want: []string{"alg-unsupported: none"}},
		{name: "alg HS256", header: j{"alg": "HS256"}, want: []string{"alg-unsupported: symmetric"}},
		{name: "alg in lower case", header: j{"alg": "es256"}, want: []string{"alg-unsupported: case"}},
		{name: "alg ES256K", header: j{"alg": "ES256K"}, want: []string{"alg-unsupported: other"}},
		{name: "alg of another key", header: j{"alg": "PS256"}, want: []string{"alg-key-mismatch: key-type"}},
		{name: "alg of another curve", header: j{"alg": "ES512"}, want: []string{"alg-key-mismatch: curve"}},

		{name: "typ missing", header: j{"typ": nil}, want: []string{"typ-unexpected: missing"}},
		{name: "typ a number", header: j{"typ": 1}, want: []string{"typ-unexpected: not-a-string"}},
		{name: "typ in lower case", header: j{"typ": "jwt"}, want: []string{"typ-unexpected: case"}},
		{name: "typ of an access token", header: j{"typ": "at+jwt"}, want: []string{"typ-unexpected: other"}},
		{name: "crit", header: j{"crit": []string{"b64"}, "b64": false}, want: []string{"crit-unsupported"}},
		{name: "crit of another type", header: j{"crit": 7}, want: []string{"crit-unsupported"}},

		{name: "kid missing", header: j{"kid": nil}, want: []string{"kid-missing: absent"}},
		{name: "kid empty", header: j{"kid": " "}, want: []string{"kid-missing: empty"}},
		{name: "kid null", header: j{"kid": null}, want: []string{"kid-missing: empty"}},
		{name: "x5t in place of kid", header: j{"kid": nil, "x5t": "abc"}, want: []string{"kid-missing: other-name"}},
		{name: "Kid in place of kid", header: j{"kid": nil, "Kid": "abc"}, want: []string{"kid-missing: other-name"}},
		{name: "kid a number", header: j{"kid": 1}, want: []string{"kid-malformed: not-a-string"}},
		{name: "kid too short", header: j{"kid": certificateID[:42]}, want: []string{"kid-malformed: length"}},
		{name: "kid a thumbprint", header: j{"kid": strings.Repeat("ab", 20)}, want: []string{"kid-is-thumbprint: thumbprint"}},
		{name: "A7 kid a script ID", header: j{"kid": "custcertificate3"}, want: []string{"kid-is-script-id: script-id"}},
		{name: "A12 kid a placeholder", header: j{"kid": "{{certificate_id}}"}, want: []string{"placeholder: kid"}},
		{name: "A12 kid, iss, aud, scope and times", header: j{"alg": "${ALG}", "kid": "undefined"}, claims: j{"iss": "YOUR_CLIENT_ID", "aud": "https://<account>.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", "scope": []string{"{{scope}}"}, "iat": "{{$timestamp}}", "exp": "[exp]", "nbf": "None"},
			want: []string{"placeholder", "placeholder: kid", "placeholder: iss", "placeholder: aud", "placeholder", "placeholder", "placeholder", "placeholder"}},
		{name: "A12 another server's words", header: j{"kid": "kid"}, claims: j{"iss": "account", "aud": "https://as.example/realms/x/token"}, expect: func(e *jwtgen.Expect) { foreign(e); e.ClientID, e.CertificateID = "account", "" }, want: []string{}},
		{name: "kid in another case", header: j{"kid": strings.ToLower(certificateID)}, want: []string{"kid-mismatch: case"}},
		{name: "kid of another certificate", header: j{"kid": "-" + certificateID[1:]}, want: []string{"kid-mismatch: other"}},

		{name: "iss missing", claims: j{"iss": nil}, want: []string{"issuer-missing: absent"}},
		{name: "iss empty", claims: j{"iss": ""}, want: []string{"issuer-missing: empty"}},
		{name: "client_id in place of iss", claims: j{"iss": nil, "client_id": clientID}, want: []string{"issuer-missing: other-name"}},
		{name: "iss an object", claims: j{"iss": j{}}, want: []string{"issuer-malformed: not-a-string"}},
		{name: "iss too short", claims: j{"iss": "abc"}, want: []string{"issuer-malformed: length"}},
		{name: "iss an Application ID", claims: j{"iss": "1C61CD58-044D-497A-AA29-7A3E9A9BB924"}, want: []string{"issuer-is-application-id: application-id"}},
		{name: "iss in another case", claims: j{"iss": strings.ToUpper(clientID)}, want: []string{"issuer-mismatch: case"}},
		{name: "iss of another integration", claims: j{"iss": "0" + clientID[1:]}, want: []string{"issuer-mismatch: other"}},

		{name: "aud missing", claims: j{"aud": nil}, want: []string{"audience-missing: absent"}},
		{name: "aud empty", claims: aud(""), want: []string{"audience-missing: empty"}},
		{name: "aud an empty array", claims: aud([]string{}), want: []string{"audience-missing: empty"}},
		{name: "audience in place of aud", claims: j{"aud": nil, "audience": audience}, want: []string{"audience-missing: other-name"}},
		{name: "aud a number", claims: aud(1), want: []string{"audience-mismatch: not-a-string"}},
		{name: "aud an array with a number", claims: aud([]any{audience, 1}), want: []string{"audience-mismatch: not-a-string"}},
		{name: "aud right, in an array", claims: aud([]string{audience}), want: []string{"audience-mismatch: list"}},
		{name: "aud right, one of two", claims: aud([]string{"https://example.com", audience}), want: []string{"audience-mismatch: list"}},
		{name: "aud wrong, in an array", claims: aud([]string{restlets}), want: []string{"audience-mismatch: restlets-host"}},

		{name: "aud and exp and kid and signature", header: j{"kid": "x", "typ": "jwt"}, claims: j{"aud": audience + "/", "exp": iat + 7200, "scope": "a,b"},
			expect: func(e *jwtgen.Expect) { e.Public = otherEC() },
			want: []string{"typ-unexpected: case", "kid-malformed: length", "audience-mismatch: trailing-slash", "lifetime-too-long: over",
				"scope-unknown", "scope-separator: comma", "signature-invalid: other"}},

		{name: "iat missing", claims: j{"iat": nil}, want: []string{"time-claim-invalid: missing"}},
		{name: "exp null", claims: j{"exp": null}, want: []string{"time-claim-invalid: missing"}},
		{name: "iat a string", claims: j{"iat": "1795446000"}, want: []string{"time-claim-invalid: string"}},
		{name: "iat a fraction", claims: j{"iat": 1795446000.5}, want: []string{"time-claim-invalid: float"}},
		{name: "exp whole but written as a fraction", raw: withClaims(`"iat":1795446000,"exp":1795446300.0`), want: []string{"time-claim-invalid: float"}},
		{name: "exp with an exponent", raw: withClaims(`"iat":1795446000,"exp":1e400`), want: []string{"time-claim-invalid: range"}},
		{name: "A8 a fraction of milliseconds", raw: withClaims(`"iat":1795446000,"exp":1795446300000.5`), want: []string{"time-claim-invalid: milliseconds"}},
		{name: "A8 floats 3600 s apart", raw: withClaims(`"iat":1795446000.9999998,"exp":1795449601.0000012`), want: []string{"lifetime-too-long: exact", "time-claim-invalid: float", "time-claim-invalid: float"}},
		{name: "A8 floats a second more", raw: withClaims(`"iat":1795446000.5,"exp":1795449601.6`), want: []string{"lifetime-too-long: over", "time-claim-invalid: float", "time-claim-invalid: float"}},
		{name: "A8 a float that has expired", raw: withClaims(`"iat":1795445000.5,"exp":1795445300.5`), want: []string{"expired", "time-claim-invalid: float", "time-claim-invalid: float"}},
		{name: "both in milliseconds", claims: j{"iat": iat * 1000, "exp": iat*1000 + 300000},
			want: []string{"time-claim-invalid: milliseconds", "time-claim-invalid: milliseconds"}},
		{name: "exp negative", claims: j{"exp": -1}, want: []string{"time-claim-invalid: negative"}},
		{name: "exp in microseconds", claims: j{"exp": iat * 1000000}, want: []string{"time-claim-invalid: range"}},
		{name: "exp beyond 64 bits", raw: withClaims(`"iat":1795446000,"exp":99999999999999999999`), want: []string{"time-claim-invalid: range"}},
		{name: "nbf a boolean", claims: j{"nbf": true}, want: []string{"time-claim-invalid: not-a-number"}},
		{name: "exp not after iat", claims: j{"exp": iat},
			expect: func(e *jwtgen.Expect) { e.Now = issued.Add(-time.Second); e.Now = time.Time{} }, want: []string{"time-claim-invalid: order"}},
		{name: "60 minutes less a second", claims: j{"exp": iat + 3599}, want: []string{}},
		{name: "60 minutes", claims: j{"exp": iat + 3600}, want: []string{"lifetime-too-long: exact"}},
		{name: "60 minutes and a second", claims: j{"exp": iat + 3601}, want: []string{"lifetime-too-long: over"}},
		{name: "last moment", expect: at(300*time.Second - 1), want: []string{}},
		{name: "expired", expect: at(300 * time.Second), want: []string{"expired"}},
		{name: "first moment", expect: at(0), want: []string{}},
		{name: "a moment early", expect: at(-1), want: []string{"issued-in-future"}},
		{name: "ten minutes early", expect: at(-10 * time.Minute), want: []string{"issued-in-future"}},
		{name: "local time for UTC", expect: at(-2*time.Hour + 20*time.Second), want: []string{"issued-in-future: time-zone"}},
		{name: "A13 India", expect: at(-5*time.Hour - 30*time.Minute + 3*time.Second), want: []string{"issued-in-future: time-zone"}},
		{name: "A13 Nepal", expect: at(-5*time.Hour - 45*time.Minute), want: []string{"issued-in-future: time-zone"}},
		{name: "A13 local time west of UTC", expect: at(5*time.Hour + 4*time.Second), want: []string{"expired: time-zone"}},
		{name: "A13 utcnow().timestamp() in India", expect: at(5*time.Hour + 31*time.Minute), want: []string{"expired: time-zone"}},
		{name: "A13 sent as it ended", expect: at(8*time.Hour + 5*time.Minute), want: []string{"expired: time-zone"}},
		{name: "A13 only old", expect: at(5*time.Hour + 12*time.Minute), want: []string{"expired"}},
		{name: "A13 half an hour is no time zone", expect: at(30 * time.Minute), want: []string{"expired"}},
		{name: "A13 older than any time zone", expect: at(15 * time.Hour), want: []string{"expired"}},
		{name: "a day early", expect: at(-24 * time.Hour), want: []string{"issued-in-future"}},
		{name: "nbf later", claims: j{"nbf": iat + 60}, want: []string{"not-before"}},

		{name: "scope missing", claims: j{"scope": nil}, want: []string{"scope-missing: absent"}},
		{name: "scope empty", claims: j{"scope": ""}, want: []string{"scope-missing: empty"}},
		{name: "scopes in place of scope", claims: j{"scope": nil, "scopes": "restlets"}, want: []string{"scope-missing: other-name"}},
		{name: "scope a number", claims: j{"scope": 1}, want: []string{"scope-missing: not-a-string"}},
		{name: "scope an array with null", claims: j{"scope": []any{"restlets", null}}, want: []string{"scope-missing: not-a-string"}},
		{name: "scope unknown", claims: j{"scope": "SuiteAnalytics"}, want: []string{"scope-unknown: connect-sample"}},
		{name: "scope as on the form", claims: j{"scope": []string{"RESTlets", "REST"}}, want: []string{"scope-unknown", "scope-unknown: case"}},
		{name: "scope mcp", claims: j{"scope": []string{"restlets", "mcp"}}, want: []string{"scope-not-for-m2m"}},
		{name: "scope with a space", claims: j{"scope": "restlets rest_webservices"}, want: []string{"scope-separator: space"}},
		{name: "scope with commas", claims: j{"scope": "restlets,rest_webservices"}, want: []string{"scope-separator: comma"}},
		{name: "scope with comma and space", claims: j{"scope": "restlets, rest_webservices"}, want: []string{"scope-separator: space", "scope-separator: comma"}},
		{name: "scope with plus", claims: j{"scope": "restlets+rest_webservices"}, want: []string{"scope-separator: other"}},
		{name: "scope with a space in an array", claims: j{"scope": []string{"restlets rest_webservices"}}, want: []string{"scope-separator: space"}},

		{name: "exp twice", raw: withClaims(`"iat":1795446000,"exp":1,"exp":1795446300`), want: []string{"duplicate-member"}},
		{name: "alg twice, once escaped", raw: func(t *testing.T) string {
			return forge(t, `{"alg":"none","\u0061lg":"ES256","typ":"JWT","kid":"`+certificateID+`","jwk":{"kty":"EC","kty":"oct"}}`, goodClaims().String())
		}, want: []string{"key-embedded", "duplicate-member"}},
		{name: "RSA-PSS key for another hash", raw: func(t *testing.T) string { return readFile(t, "jwt", "ps256.jwt") },
			expect: func(e *jwtgen.Expect) { rsaPublic(e); e.PSSHash = crypto.SHA512 }, want: []string{"alg-key-mismatch: pss-hash"}},
		{name: "RSA-PSS key for this hash", raw: func(t *testing.T) string { return readFile(t, "jwt", "ps256.jwt") },
			expect: func(e *jwtgen.Expect) { rsaPublic(e); e.PSSHash = crypto.SHA256 }, want: []string{}},
		{name: "RS256 with an RSA-PSS key", raw: func(t *testing.T) string { return readFile(t, "jwt", "rs256.jwt") },
			expect: func(e *jwtgen.Expect) { rsaPublic(e); e.PSSHash = crypto.SHA256 }, want: []string{"alg-deprecated"}},

		{name: "signature empty", raw: func(t *testing.T) string { return b64(goodHeader().String()) + "." + b64(goodClaims().String()) + "." },
			want: []string{"signature-invalid: empty"}},
		{name: "signature empty, no key", raw: func(t *testing.T) string { return b64(goodHeader().String()) + "." + b64(goodClaims().String()) + "." },
			expect: func(e *jwtgen.Expect) { e.Public = nil }, want: []string{"signature-invalid: empty"}},
		{name: "signature cut", raw: func(t *testing.T) string {
			return strings.TrimRight(forge(t, goodHeader().String(), goodClaims().String()), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") + b64("short")
		}, want: []string{"signature-invalid: cut"}},
		{name: "signature of PS256 cut, no key", raw: withRSASignature(378), expect: func(e *jwtgen.Expect) { e.Public = nil }, want: []string{"signature-invalid: cut"}},
		{name: "signature of PS256 too long, no key", raw: withRSASignature(520), expect: func(e *jwtgen.Expect) { e.Public = nil }, want: []string{"signature-invalid: length"}},
		{name: "signature of ES256 too long", raw: withSignature(strings.Repeat("\x83", 65)), want: []string{"signature-invalid: length"}},
		{name: "A11 signature a boolean", raw: withSignature("1"), want: []string{"signature-invalid: boolean"}},
		{name: "A11 signature true", raw: withSignature("true"), want: []string{"signature-invalid: boolean"}},
		{name: "A11 signature a promise", raw: withSignature("[object Promise]"), want: []string{"signature-invalid: not-bytes"}},
		{name: "A11 signature undefined", raw: withSignature("undefined"), want: []string{"signature-invalid: not-bytes"}},
		{name: "A11 signature in hex", raw: withSignature(strings.Repeat("0aF3", 32)), want: []string{"signature-invalid: hex"}},
		{name: "A11 hex as the part", raw: withPart(strings.Repeat("0aF3", 32)), want: []string{"signature-invalid: hex-part"}},
		{name: "A11 true as the part", raw: withPart("true"), want: []string{"signature-invalid: boolean"}},
		{name: "A11 signature in hex, no key", raw: withSignature(strings.Repeat("0aF3", 32)), expect: func(e *jwtgen.Expect) { e.Public = nil }, want: []string{"signature-invalid: hex"}},
		{name: "A11 signature in base64 twice", raw: withSignature(strings.Repeat("QUJDRA+/", 11)), want: []string{"signature-invalid: encoded-twice"}},
		{name: "A11 a line break signed too", raw: signedInput(func(h, c string) string { return h + "." + c + "\n" }), want: []string{"signature-invalid: other-input"}},
		{name: "A11 the claims signed alone", raw: signedInput(func(_, c string) string { return c }), want: []string{"signature-invalid: other-input"}},
		{name: "A11 padding signed too", raw: signedInput(func(h, c string) string {
			return base64.URLEncoding.EncodeToString(unb64(h)) + "." + base64.URLEncoding.EncodeToString(unb64(c))
		}), want: []string{"signature-invalid: other-input"}},
		{name: "A11 the hash signed", raw: signedInput(func(h, c string) string { sum := sha256.Sum256([]byte(h + "." + c)); return string(sum[:]) }), want: []string{"signature-invalid: other-input"}},
		{name: "embedded key is not trusted", header: j{"jwk": j{"kty": "EC"}, "x5c": []string{"MIIB"}, "jku": "https://evil.example/"},
			expect: func(e *jwtgen.Expect) { e.Public = otherEC() }, want: []string{"key-embedded", "signature-invalid: other"}},
		{name: "RSA signature by another key", raw: func(t *testing.T) string {
			good := readFile(t, "jwt", "ps256.jwt")
			return good[:strings.LastIndexByte(good, '.')] + "." + b64(strings.Repeat("\x01\x80", 192))
		}, expect: rsaPublic, want: []string{"signature-invalid: other"}},

		{name: "foreign: only RFC rules", header: j{"typ": nil, "kid": nil}, claims: j{"scope": nil, "iss": "me", "aud": "https://as.example/realms/x/token", "exp": iat + 7200},
			expect: func(e *jwtgen.Expect) { foreign(e); e.ClientID = "me" }, want: []string{}},
		{name: "foreign: issuer as audience", claims: aud("https://as.example"), expect: foreign, want: []string{}},
		{name: "foreign: array", claims: aud([]string{"https://as.example/realms/x/token"}), expect: foreign, want: []string{}},
		{name: "foreign: another host", claims: aud("https://other.example/token"), expect: foreign, want: []string{"audience-mismatch: host"}},
		{name: "foreign: slash", claims: aud("https://as.example/realms/x/token/"), expect: foreign, want: []string{"audience-mismatch: trailing-slash"}},
		{name: "foreign: EdDSA is not judged", header: j{"alg": "EdDSA"}, claims: aud("https://as.example/realms/x/token"), expect: foreign, want: []string{}},
		{name: "foreign: none is", header: j{"alg": "none"}, claims: aud("https://as.example/realms/x/token"), expect: foreign, want: []string{"alg-unsupported: none"}},
	}
	for _, c := range []struct {
		aud, want string
		expect    func(*jwtgen.Expect)
	}{
		{"https://<accountID>.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", "placeholder: aud", nil},
		{"https://{account}.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", "placeholder: aud", noAccount},
		{"https://undefined.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", "placeholder: aud", nil},
		{"https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/{version}/token", "placeholder: aud", nil},
		{"{{token_url}}", "placeholder: aud", noAccount},
		{" " + audience + "\n", "mismatch: surrounding-space", nil},
		{"https%3A%2F%2F1234567.suitetalk.api.netsuite.com%2Fservices%2Frest%2Fauth%2Foauth2%2Fv1%2Ftoken", "mismatch: percent-encoded", nil},
		{strings.TrimPrefix(audience, "https://"), "mismatch: scheme", nil},
		{"http" + strings.TrimPrefix(audience, "https"), "mismatch: http", nil},
		{strings.ToUpper(audience), "mismatch: upper-case", nil},
		{strings.Replace(audience, "token", "Token", 1), "mismatch: upper-case", nil},
		{sandbox("1234567_sb1"), "mismatch: underscore", inSandbox},
		{sandbox("1234567-SB1"), "mismatch: upper-case", inSandbox},
		{sandbox("1234567_SB1"), "mismatch: upper-case", inSandbox},
		{strings.Replace(audience, ".com/", ".com:443/", 1), "mismatch: port", nil},
		{audience + "?x=1", "mismatch: query", nil},
		{audience + "#", "mismatch: query", nil},
		{audience + "/", "mismatch: trailing-slash", nil},
		{strings.Replace(audience, "/v1/", "/v2/", 1), "mismatch: path", nil},
		{strings.Replace(audience, "/services", "//services", 1), "mismatch: path", nil},
		{sandbox("1234567"), "mismatch: production-for-sandbox", inSandbox},
		{sandbox("1234567-sb2"), "mismatch: sandbox-for-production", nil},
		{sandbox("1234567-sb2"), "mismatch: other-account", inSandbox},
		{sandbox("7654321"), "mismatch: other-account", nil},
		{strings.Replace(restlets, "1234567", "7654321", 1) + "/", "mismatch: other-account", nil},
		{restlets, "mismatch: restlets-host", nil},
		{restlets + "/", "mismatch: trailing-slash", nil},
		{strings.Replace(audience, "suitetalk", "connect", 1), "mismatch: connect-host", nil},
		{strings.Replace(audience, "suitetalk.api", "app", 1), "mismatch: app-host", nil},
		{audience, "mismatch: suitetalk-host", func(e *jwtgen.Expect) { e.Audience, e.AudienceExplicit = restlets, true }},
		{strings.Replace(audience, "netsuite.com", "netsuite.com.evil.example", 1), "mismatch: host", nil},
		{"https://example.com/token", "mismatch: host", nil},
		{"https://example.com/token", "mismatch: not-netsuite", noAccount},
		{"1234567", "mismatch: not-a-url", nil},
		{"https://", "mismatch: not-a-url", nil},
		{"1234567", "mismatch: not-a-url", noAccount},
		{"https://as.example/realms/X/token?a=2", "mismatch: path", func(e *jwtgen.Expect) { e.Audience = "https://as.example/realms/x/TOKEN?a=1" }},
		{"https://127.0.0.1:8080/token", "mismatch: scheme", func(e *jwtgen.Expect) { e.Audience = "http://127.0.0.1:8080/token" }},
		{"//" + strings.TrimPrefix(audience, "https://"), "mismatch: scheme", nil},
		{"https://1234567.suitetalk.api.netsuite.com", "is-issuer: origin", nil},
		{"https://1234567.suitetalk.api.netsuite.com/", "is-issuer: origin", noAccount},
		{"https://system.netsuite.com", "is-issuer: system-host", nil},
		{"https://system.netsuite.com/", "is-issuer: system-host", noAccount},
		// Without an account, by the account that the audience itself names.
		{audience, "", noAccount},
		{restlets, "mismatch: restlets-host", noAccount},
		{sandbox("1234567_SB1"), "mismatch: upper-case", noAccount},
		{audience + "/", "mismatch: trailing-slash", noAccount},
	} {
		want := []string{}
		switch {
		case strings.HasPrefix(c.want, "placeholder"):
			want = append(want, c.want)
		case c.want != "":
			want = append(want, "audience-"+c.want)
		}
		edits = append(edits, edit{name: "aud " + c.aud, claims: aud(c.aud), expect: c.expect, want: want})
	}
	var rows []row
	for _, c := range edits {
		rows = append(rows, row{"judge/" + c.name, c.want, func(t *testing.T) []*jwtgen.Fault {
			var raw string
			if c.raw != nil {
				raw = c.raw(t)
			} else {
				raw = forge(t, goodHeader().edit(c.header).String(), goodClaims().edit(c.claims).String())
			}
			e := expect(t)
			if c.expect != nil {
				c.expect(&e)
			}
			if e.Public == rsaKey {
				e.Public = public(t, "rsa.pem")
			}
			return mustParse(t, raw).Judge(e)
		}})
	}
	return rows
}

// rsaKey stands for the RSA key, which only a running test can read.
const rsaKey = "rsa.pem"

func rsaPublic(e *jwtgen.Expect) { e.Public = rsaKey }

func at(d time.Duration) func(*jwtgen.Expect) {
	return func(e *jwtgen.Expect) { e.Now = issued.Add(d) }
}

func sandbox(label string) string {
	return "https://" + label + ".suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
}

func inSandbox(e *jwtgen.Expect) { e.Audience = sandbox("1234567-sb1") }

// withClaims makes an assertion whose times are written just so.
func withClaims(times string) func(t *testing.T) string {
	return func(t *testing.T) string {
		rest := goodClaims().edit(j{"iat": nil, "exp": nil}).String()
		return forge(t, goodHeader().String(), rest[:len(rest)-1]+","+times+"}")
	}
}

// withSignature makes an assertion whose signature is this text.
func withSignature(text string) func(t *testing.T) string {
	return func(*testing.T) string {
		return b64(goodHeader().String()) + "." + b64(goodClaims().String()) + "." + b64(text)
	}
}

// withPart makes an assertion whose third part is this text as it is.
func withPart(text string) func(t *testing.T) string {
	return func(*testing.T) string {
		return b64(goodHeader().String()) + "." + b64(goodClaims().String()) + "." + text
	}
}

// signedInput makes an assertion in which other text than the signing input is signed.
func signedInput(of func(header, claims string) string) func(t *testing.T) string {
	return func(t *testing.T) string {
		header, claims := b64(goodHeader().String()), b64(goodClaims().String())
		sum := sha256.Sum256([]byte(of(header, claims)))
		der, err := key(t, "ec256.pem").Sign(nil, sum[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return header + "." + claims + "." + b64(string(rawSignature(t, der, 32)))
	}
}

func unb64(part string) []byte {
	data, _ := base64.RawURLEncoding.DecodeString(part)
	return data
}
