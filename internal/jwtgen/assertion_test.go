//lint:file-ignore SA1019 a public key is made from the coordinates that RFC 7515 prints

package jwtgen_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/authserver"
	"github.com/nsauth/nsauth/internal/jwtgen"
)

func rfcKey(x, y string) *ecdsa.PublicKey {
	coordinate := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			panic(err)
		}
		return new(big.Int).SetBytes(b)
	}
	return &ecdsa.PublicKey{Curve: elliptic.P256(), X: coordinate(x), Y: coordinate(y)}
}

func rawSignature(t testing.TB, der []byte, size int) []byte {
	t.Helper()
	raw, err := jwtgen.RawFromDER(der, size)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestBuild makes each algorithm, with a key in memory and behind a bare
// crypto.Signer, and has the result verified here and by golang-jwt, a stranger
// to this package's verification.
func TestBuild(t *testing.T) {
	for _, alg := range append(jwtgen.Algorithms(), "RS256") {
		t.Run(alg, func(t *testing.T) {
			signer := key(t, keyFiles[alg])
			p := params()
			p.Algorithm = alg
			a := mustBuild(t, p, signerOnly{signer})

			if state, f := a.Verify(signer.Public()); state != jwtgen.Verified || f != nil {
				t.Errorf("Verify = %s, %v", state, f)
			}
			e := expect(t)
			e.Public = signer.Public()
			want := []string{}
			if alg == "RS256" {
				want = []string{"alg-deprecated"}
			}
			if diff := cmp.Diff(want, labels(a.Judge(e))); diff != "" {
				t.Errorf("Judge (-want +got):\n%s", diff)
			}

			parser := jwt.NewParser(jwt.WithValidMethods([]string{alg}), jwt.WithAudience(audience), jwt.WithIssuer(clientID),
				jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(),
				jwt.WithTimeFunc(func() time.Time { return issued }))
			token, err := parser.Parse(a.Raw().Reveal(), func(*jwt.Token) (any, error) { return signer.Public(), nil })
			if err != nil || !token.Valid {
				t.Fatalf("golang-jwt: %v", err)
			}
			if token.Header["kid"] != certificateID || token.Header["typ"] != "JWT" {
				t.Errorf("header = %v", token.Header)
			}
		})
	}
}

func TestBuildClaims(t *testing.T) {
	signer := key(t, "ec256.pem")
	number := func(s string) json.Number { return json.Number(s) }
	for name, c := range map[string]struct {
		change         func(*jwtgen.Params)
		header, claims map[string]any
	}{
		"one scope": {
			func(*jwtgen.Params) {},
			map[string]any{"alg": "ES256", "typ": "JWT", "kid": certificateID},
			map[string]any{"iss": clientID, "aud": audience, "scope": "rest_webservices", "iat": number("1795446000"), "exp": number("1795446300")},
		},
		"several scopes, sub and jti, a part of a second": {
			func(p *jwtgen.Params) {
				p.Scope = []string{"restlets", "rest_webservices"}
				p.Subject, p.JTI, p.IssuedAt, p.Lifetime = "me", "1", issued.Add(999*time.Millisecond), 1500*time.Millisecond
			},
			map[string]any{"alg": "ES256", "typ": "JWT", "kid": certificateID},
			map[string]any{"iss": clientID, "aud": audience, "sub": "me", "jti": "1", "scope": []any{"restlets", "rest_webservices"},
				"iat": number("1795446000"), "exp": number("1795446001")},
		},
		"as little as can be": {
			func(p *jwtgen.Params) { *p = jwtgen.Params{IssuedAt: issued} },
			map[string]any{"alg": "ES256", "typ": "JWT"},
			map[string]any{"iat": number("1795446000"), "exp": number("1795446300")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := params()
			c.change(&p)
			a := mustBuild(t, p, signer)
			if diff := cmp.Diff(c.header, a.Header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.claims, a.Claims); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccessors(t *testing.T) {
	a := mustBuild(t, params(), key(t, "ec384.pem"))
	iat, okIat := a.IssuedAt()
	exp, okExp := a.Expires()
	lifetime, ok := a.Lifetime()
	if a.Algorithm() != "ES384" || a.KeyID() != certificateID || a.Issuer() != clientID || !okIat || !iat.Equal(issued) ||
		!okExp || !exp.Equal(issued.Add(jwtgen.DefaultLifetime)) || !ok || lifetime != 5*time.Minute {
		t.Error(a.Algorithm(), a.KeyID(), a.Issuer(), iat, exp, lifetime)
	}
	if raw := a.Raw().Reveal(); !strings.HasPrefix(raw, a.SigningInput()+".") || strings.Count(a.SigningInput(), ".") != 1 {
		t.Error("SigningInput is not the first two parts")
	}
	if _, ok := mustParse(t, forge(t, `{}`, `{"iat":1,"exp":"2"}`)).Lifetime(); ok {
		t.Error("a lifetime from a time that is none")
	}
}

func TestAlgorithmFor(t *testing.T) {
	for file, want := range map[string]string{"rsa.pem": "PS256", "ec256.pem": "ES256", "ec384.pem": "ES384", "ec512.pem": "ES512"} {
		if got, err := jwtgen.AlgorithmFor(public(t, file), 0); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", file, got, err, want)
		}
	}
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		id, err := jwtgen.NewID()
		if err != nil || len(id) != 22 || seen[id] {
			t.Fatal(id, err)
		}
		seen[id] = true
	}
}

// TestStrangers verifies the tokens that the openssl command line made.
func TestVerifiesOtherLibraries(t *testing.T) {
	for alg, file := range keyFiles {
		name := strings.ToLower(alg) + ".jwt"
		a := mustParse(t, readFile(t, "jwt", name))
		if state, f := a.Verify(public(t, file)); state != jwtgen.Verified || f != nil {
			t.Errorf("%s: %s, %v", name, state, f)
		}
		if state, f := a.Verify(nil); state != jwtgen.NotChecked || f != nil {
			t.Errorf("%s without a key: %s, %v", name, state, f)
		}
	}
}

// TestSaltLength measures the salts that make.sh chose. 3072/8 - 2 - 32 bytes is
// the longest.
func TestSaltLength(t *testing.T) {
	for salt, want := range map[string]int{"0": 0, "20": 20, "33": 33, "max": 350} {
		_, f := mustParse(t, readFile(t, "jwt", "ps256-salt-"+salt+".jwt")).Verify(public(t, "rsa.pem"))
		want := map[string]any{"alg": "PS256", "salt_length": want, "expected": 32}
		if f == nil || !cmp.Equal(want, f.Evidence) {
			t.Errorf("salt %s: %+v, want %v", salt, f, want)
		}
	}
	// Several, because a padding bit of the encoding is random.
	for range 8 {
		_, f := mustBuild(t, params(), longestSalt{key(t, "rsa.pem")}).Verify(public(t, "rsa.pem"))
		if f == nil || f.Evidence["salt_length"] != 350 {
			t.Errorf("longest salt: %+v", f)
		}
	}
}

// longestSalt signs as OpenSSL does when it is told nothing.
type longestSalt struct{ crypto.Signer }

func (s longestSalt) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.Signer.Sign(rand, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: opts.HashFunc()})
}

// TestRFC7515 is the example of appendix A.3, and the same with one bit changed.
func TestRFC7515(t *testing.T) {
	const raw = "eyJhbGciOiJFUzI1NiJ9." +
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	a := mustParse(t, raw)
	if state, f := a.Verify(otherEC()); state != jwtgen.Verified || f != nil {
		t.Errorf("Verify = %s, %v", state, f)
	}
	if a.Issuer() != "joe" || a.Claims["http://example.com/is_root"] != true {
		t.Errorf("claims = %v", a.Claims)
	}
	changed := mustParse(t, strings.Replace(raw, ".DtE", ".DtF", 1))
	if state, f := changed.Verify(otherEC()); state != jwtgen.Invalid || f == nil {
		t.Errorf("changed: Verify = %s, %v", state, f)
	}
}

// TestOracleSample judges the assertion that Oracle's help prints: exactly 3600
// seconds, and the restlets host.
func TestOracleSample(t *testing.T) {
	a := mustParse(t, readFile(t, "oracle", "oracle-sample-assertion.jwt"))
	e := expect(t)
	e.ClientID, e.CertificateID, e.Audience, e.Public = "", "", "", nil
	e.Now = time.Unix(1742574430, 0)
	faults := a.Judge(e)
	want := []string{"audience-mismatch: restlets-host", "lifetime-too-long: exact"}
	if diff := cmp.Diff(want, labels(faults)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{
		"actual":   "https://3829855.restlets.api.netsuite.com/services/rest/auth/oauth2/v1/token",
		"expected": "https://3829855.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", "expected_from": "assertion",
		"first_difference": 16, "expected_character": "s", "actual_character": "r", "differences": []string{"restlets-host"},
	}, faults[0].Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if a.IsAccessToken() {
		t.Error("IsAccessToken")
	}
}

// TestEvidence looks at the evidence that the catalog's words are filled with.
func TestFaultEvidence(t *testing.T) {
	long := strings.Repeat("ü", 5000)
	for name, c := range map[string]struct {
		header, claims j
		now            time.Duration
		want           map[string]any
	}{
		"expired": {now: 20 * time.Minute, want: map[string]any{"exp": "2026-11-23T15:05:00Z", "now": "2026-11-23T15:20:00Z", "seconds": 900.0}},
		"A13 zone": {now: 5*time.Hour + 30*time.Minute, want: map[string]any{"exp": "2026-11-23T15:05:00Z", "iat": "2026-11-23T15:00:00Z", "now": "2026-11-23T20:30:00Z",
			"seconds": 19500.0, "offset": "5 h 30 min"}},
		"future": {now: -1500 * time.Millisecond, want: map[string]any{"iat": "2026-11-23T15:00:00Z", "now": "2026-11-23T14:59:58Z", "seconds": 1.5}},
		"long":   {header: j{"typ": long}, want: map[string]any{"expected": "JWT", "typ": strings.Repeat("ü", 128) + "..."}},
		"many":   {claims: j{"scope": strings.Split(strings.Repeat("x ", 40)+"x", " ")}, want: map[string]any{"scope": slices.Repeat([]string{"x"}, 32)}},
		"string": {claims: j{"exp": "soon"}, want: map[string]any{"claim": "exp", "actual": "soon", "actual_type": "string"}},
		"alias":  {claims: j{"iss": nil, "Iss": 1, "ISS": 2}, want: map[string]any{"member": "iss", "found": "ISS"}},
		"kid":    {header: j{"kid": "abc"}, want: map[string]any{"kid": "abc", "length": 3, "expected": certificateID}},
		"curve": {header: j{"alg": "ES384"}, want: map[string]any{
			"alg": "ES384", "alg_curve": "P-384", "key_type": "EC", "curve": "P-256", "expected": []string{"ES256"}}},
		"account": {claims: j{"aud": sandbox("7654321-sb2")}, want: map[string]any{
			"actual": sandbox("7654321-sb2"), "expected": audience, "expected_from": "account",
			"actual_account": "7654321-sb2", "expected_account": "1234567", "differences": []string{"other-account"},
			"first_difference": 8, "expected_character": "1", "actual_character": "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := expect(t)
			e.Now = issued.Add(c.now)
			faults := mustParse(t, forge(t, goodHeader().edit(c.header).String(), goodClaims().edit(c.claims).String())).Judge(e)
			if len(faults) != 1 {
				t.Fatal(labels(faults))
			}
			if diff := cmp.Diff(c.want, faults[0].Evidence); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDuplicates: each name once, with its path, and the last value counts.
func TestDuplicates(t *testing.T) {
	a := mustParse(t, forge(t, `{"a":{"x":1,"x":2,"x":3},"b":[{"y":1,"y":2}],"a":1}`, `{"exp":1,"exp":2}`))
	var got []any
	for _, f := range a.Judge(jwtgen.Expect{Rules: authserver.Generic}) {
		if f.Kind == jwtgen.KindDuplicateMember {
			got = append(got, f.Evidence["part"], f.Evidence["name"])
		}
	}
	if diff := cmp.Diff([]any{"header", []string{"a.x", "b.y", "a"}, "claims", []string{"exp"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"exp": json.Number("2")}, a.Claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestNumbersAreExact(t *testing.T) {
	a := mustParse(t, forge(t, `{}`, `{"n":12345678901234567890123,"f":1.10,"e":1e2}`))
	want := map[string]any{"n": json.Number("12345678901234567890123"), "f": json.Number("1.10"), "e": json.Number("1e2")}
	if diff := cmp.Diff(want, a.Claims); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestParseFault: part and offset are said, the text is not.
func TestParseFault(t *testing.T) {
	_, err := jwtgen.Parse(b64(`{"alg":"ES256"}`) + "." + b64(`{"iss": x}`) + ".AA")
	f := asFaults(t, err)[0]
	if want := (map[string]any{"part": "claims", "offset": 9}); !cmp.Equal(want, f.Evidence) {
		t.Errorf("evidence %v, want %v", f.Evidence, want)
	}
	if want := "assertion: malformed: json (claims)"; f.Error() != want {
		t.Errorf("error %q, want %q", f.Error(), want)
	}
}

// TestNothingPrintsAnAssertion formats, marshals and logs it in every way.
func TestNothingPrintsAnAssertion(t *testing.T) {
	a := mustBuild(t, params(), key(t, "ec256.pem"))
	raw := a.Raw().Reveal()
	signature := raw[strings.LastIndexByte(raw, '.')+1:]
	type holder struct {
		A *jwtgen.Assertion
		V jwtgen.Assertion
		v jwtgen.Assertion
	}
	h := holder{a, *a, *a}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", a)
		fmt.Fprintf(&out, verb+"\n", *a)
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", &h)
	}
	for _, v := range []any{a, *a, h, &h} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	for what, secret := range map[string]string{
		"text": raw, "signature": signature, "signature in hex": fmt.Sprintf("%x", signature),
	} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the %s is in the output", what)
		}
	}
	if !strings.Contains(out.String(), a.SHA256()) || !strings.Contains(out.String(), certificateID) {
		t.Error("neither name nor header is in the output: the test looks at nothing")
	}
}

// TestECDSAForms goes from r||s to ASN.1 and back, leading zeros included.
func TestECDSAForms(t *testing.T) {
	for _, size := range []int{32, 48, 66} {
		raw := make([]byte, 2*size)
		raw[size-1], raw[size] = 1, 0x7f
		der, err := jwtgen.DERFromRaw(raw, size)
		if err != nil {
			t.Fatal(err)
		}
		if got := rawSignature(t, der, size); !bytes.Equal(got, raw) {
			t.Errorf("%x, want %x", got, raw)
		}
		if _, err := jwtgen.RawFromDER(append(der, 0), size); err == nil {
			t.Error("a byte behind the signature is accepted")
		}
		if _, err := jwtgen.DERFromRaw(raw[1:], size); err == nil {
			t.Error("a short signature is accepted")
		}
	}
}

// TestNoClock: the time is an argument of this package, always.
func TestReadsNoClock(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), "_test.go") || !strings.HasSuffix(file.Name(), ".go") {
			continue
		}
		data, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{"time.Now", "time.Since", "time.Until"} {
			if bytes.Contains(data, []byte(call+"(")) {
				t.Errorf("%s calls %s", file.Name(), call)
			}
		}
	}
}

// TestRead: all that is wrong with the text at once, and what can be read of it
// is judged as well.
func TestRead(t *testing.T) {
	good := forge(t, goodHeader().String(), goodClaims().edit(j{"scope": "mcp"}).String())
	parts := strings.Split(good, ".")
	pad := func(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4) }
	std := strings.NewReplacer("-", "+", "_", "/")
	for _, tt := range []struct {
		name, raw   string
		faults      []string
		judged      []string
		noAssertion bool
	}{
		{name: "good", raw: good, faults: []string{}, judged: []string{"scope-not-for-m2m"}},
		{name: "padded throughout", raw: parts[0] + "=." + pad(parts[1]) + "." + pad(parts[2]),
			faults: []string{"malformed: base64-padding header", "malformed: base64-padding claims", "malformed: base64-padding signature"},
			judged: []string{"scope-not-for-m2m", "signature-invalid: other"}},
		{name: "plain base64", raw: std.Replace(parts[0]) + "." + parts[1] + "." + std.Replace(parts[2]) + "+/",
			faults: []string{"malformed: base64-std signature"}, judged: []string{"scope-not-for-m2m", "signature-invalid: length"}},
		{name: "no signature", raw: parts[0] + "." + parts[1], faults: []string{"malformed: parts"},
			judged: []string{"scope-not-for-m2m", "signature-invalid: empty"}},
		{name: "four parts", raw: good + ".x", faults: []string{"malformed: parts"}, judged: []string{"scope-not-for-m2m"}},
		{name: "claims are no JSON", raw: parts[0] + "." + b64("exp=1") + "." + parts[2], faults: []string{"malformed: json claims"},
			judged: []string{"signature-invalid: other"}},
		{name: "claims are an array, the signature no base64", raw: parts[0] + "." + b64("[]") + ".!",
			faults: []string{"malformed: not-object claims", "malformed: base64 signature"}, judged: []string{}},
		{name: "stray bits", raw: parts[0] + "." + parts[1] + ".AB", faults: []string{"malformed: base64-trailing-bits signature"},
			judged: []string{"scope-not-for-m2m", "signature-invalid: cut"}},
		{name: "header and claims", raw: b64("no") + "." + b64("no") + ".AA", noAssertion: true,
			faults: []string{"malformed: json header", "malformed: json claims"}},
		{name: "encrypted", raw: b64(`{"alg":"dir","enc":"A128GCM"}`) + ".a.b.c.d", faults: []string{"malformed: encrypted"}, noAssertion: true},
		{name: "five parts", raw: good + ".a.b", faults: []string{"malformed: parts"}, judged: []string{"scope-not-for-m2m"}},
		{name: "shortened", raw: good[:90] + "...", faults: []string{"malformed: shortened"}, noAssertion: true},
		{name: "a URL", raw: "https://1234567.suitetalk.api.netsuite.com/x", faults: []string{"malformed: no-jwt"}, noAssertion: true},
		{name: "one part", raw: parts[0], faults: []string{"malformed: parts"}, noAssertion: true},
		{name: "too large", raw: strings.Repeat("a.", jwtgen.MaxBytes), faults: []string{"malformed: too-large"}, noAssertion: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, faults := jwtgen.Read(tt.raw)
			got := labels(faults)
			for i, f := range faults {
				if part, ok := f.Evidence["part"].(string); ok {
					got[i] += " " + part
				}
			}
			if diff := cmp.Diff(tt.faults, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if (a == nil) != tt.noAssertion {
				t.Fatalf("assertion %v", a)
			}
			if a == nil {
				return
			}
			if diff := cmp.Diff(tt.judged, labels(a.Judge(expect(t)))); diff != "" {
				t.Errorf("judged (-want +got):\n%s", diff)
			}
		})
	}
}

// The claims of the examples of RFC 7520 are no JSON; their signatures verify all
// the same. See also the tables of package checks.
func TestReadVerifiesWithoutClaims(t *testing.T) {
	good := forge(t, goodHeader().String(), "It's a dangerous business, Frodo")
	a, faults := jwtgen.Read(good)
	if state, f := a.Verify(public(t, "ec256.pem")); state != jwtgen.Verified || f != nil || len(faults) != 1 {
		t.Errorf("%s, %v, %v", state, f, faults)
	}
}

// What follows on a signature may be anything: of the whole nothing is verified.
func TestFurtherPartsAreNotVerified(t *testing.T) {
	good := forge(t, goodHeader().String(), goodClaims().String())
	for _, raw := range []string{good + ".", good + ".x", good + ".a.b"} {
		a, _ := jwtgen.Read(raw)
		if state, f := a.Verify(public(t, "ec256.pem")); state != jwtgen.NotChecked || f != nil {
			t.Errorf("%s, %v", state, f)
		}
	}
}

// TestDraft: what is drafted without a key is what is signed with one.
func TestDraft(t *testing.T) {
	for _, p := range []jwtgen.Params{
		{Algorithm: "ES256"},
		{Algorithm: "ES256", Scope: []string{"a", "b"}, ScopeFormat: jwtgen.ScopeComma, Lifetime: time.Minute},
		{Algorithm: "ES256", Claims: map[string]any{"n": json.RawMessage("1.10"), "iat": json.RawMessage(`"x"`)}},
	} {
		p.IssuedAt, p.KeyID, p.Issuer = issued, certificateID, clientID
		draft, err := jwtgen.Draft(p)
		if err != nil {
			t.Fatal(err)
		}
		built := mustBuild(t, p, key(t, "ec256.pem"))
		if draft.SigningInput() != built.SigningInput() || !strings.HasSuffix(draft.Raw().Reveal(), ".") {
			t.Errorf("drafted %v, built %v", draft.Claims, built.Claims)
		}
	}
	for want, p := range map[string]jwtgen.Params{
		"alg-unsupported: other":      {IssuedAt: issued, Algorithm: "RS512"},
		"alg-unsupported: none":       {IssuedAt: issued, Algorithm: "none"},
		"time-claim-invalid: missing": {Algorithm: "PS256"},
		"malformed: json":             {IssuedAt: issued, Algorithm: "PS256", Claims: map[string]any{"a": json.RawMessage("{")}},
		"malformed: too-large":        {IssuedAt: issued, Algorithm: "PS256", JTI: strings.Repeat("x", jwtgen.MaxBytes)},
	} {
		_, err := jwtgen.Draft(p)
		if got := labels(asFaults(t, err)); !slices.Equal(got, []string{want}) {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

func TestScopeFormats(t *testing.T) {
	for _, tt := range []struct {
		format jwtgen.ScopeFormat
		scope  []string
		want   any
	}{
		{jwtgen.ScopeAuto, nil, nil},
		{jwtgen.ScopeAuto, []string{"a"}, "a"},
		{jwtgen.ScopeAuto, []string{"a", "b"}, []any{"a", "b"}},
		{jwtgen.ScopeArray, []string{"a"}, []any{"a"}},
		{jwtgen.ScopeString, []string{"a", "b"}, "a b"},
		{jwtgen.ScopeComma, []string{"a", "b"}, "a,b"},
		{jwtgen.ScopeComma, []string{"a"}, "a"},
	} {
		p := params()
		p.Scope, p.ScopeFormat = tt.scope, tt.format
		if got := mustBuild(t, p, key(t, "ec256.pem")).Claims["scope"]; !cmp.Equal(got, tt.want) {
			t.Errorf("%q of %v: %v, want %v", tt.format, tt.scope, got, tt.want)
		}
	}
}

// An RSA-PSS key that is for one hash only is used with that hash.
func TestPSSHash(t *testing.T) {
	for hash, want := range map[crypto.Hash]string{0: "PS256", crypto.SHA256: "PS256", crypto.SHA384: "PS384", crypto.SHA512: "PS512",
		crypto.SHA1: "PS256"} { // no algorithm has that one: Judge says so
		p := params()
		p.PSSHash = hash
		if got := mustBuild(t, p, key(t, "rsa.pem")).Algorithm(); got != want {
			t.Errorf("%v: %s, want %s", hash, got, want)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, alg := range jwtgen.Algorithms() {
		signer, p := key(b, keyFiles[alg]), params()
		p.Algorithm = alg
		b.Run(alg, func(b *testing.B) {
			for b.Loop() {
				mustBuild(b, p, signer)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	raw := readFile(b, "jwt", "ps256.jwt")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		mustParse(b, raw)
	}
}

func BenchmarkJudge(b *testing.B) {
	for name, verifying := range map[string]bool{"without a key": false, "verifying": true} {
		b.Run(name, func(b *testing.B) {
			a, e := mustParse(b, readFile(b, "jwt", "es256.jwt")), expect(b)
			if !verifying {
				e.Public = nil
			}
			b.ReportAllocs()
			for b.Loop() {
				if faults := a.Judge(e); len(faults) > 0 {
					b.Fatal(labels(faults))
				}
			}
		})
	}
}
