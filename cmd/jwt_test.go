package cmd

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// assertionOf gives the facts of the check "assertion" as programs read them.
func assertionOf(t *testing.T, r run) (facts struct {
	Kind        string
	Signature   string
	CheckedWith *string `json:"checked_with"`
}, codes []string) {
	t.Helper()
	var report struct {
		Checks []struct {
			Facts    json.RawMessage
			Findings []finding.Finding
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || len(report.Checks) != 2 {
		t.Fatalf("%v\n%s\n%s", err, r.stdout, r.stderr)
	}
	if err := json.Unmarshal(report.Checks[0].Facts, &facts); err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Checks[0].Findings {
		codes = append(codes, string(f.Code))
	}
	return facts, codes
}

// The signed examples of RFC 7515 and RFC 7520, held against the keys that the
// standards print: what an asymmetric key signed is verified, whatever else is
// wrong with it as an assertion, and what one secret or nobody signed never is.
func TestRFCExamples(t *testing.T) {
	for row, tt := range []struct{ name, signature, finds, lacks string }{
		{"rfc7515-a1-hs256", "not-checked", "assertion.alg-unsupported", "assertion.keys-unavailable"},
		{"rfc7515-a2-rs256", "verified", "assertion.alg-deprecated", "assertion.malformed"},
		{"rfc7515-a3-es256", "verified", "assertion.scope-missing", "assertion.malformed"},
		{"rfc7515-a4-es512", "verified", "assertion.malformed", "assertion.scope-missing"},
		{"rfc7515-a5-none", "not-checked", "assertion.alg-unsupported", "assertion.keys-unavailable"},
		{"rfc7520-4.1-rs256", "verified", "assertion.alg-deprecated", "assertion.scope-missing"},
		{"rfc7520-4.2-ps384", "verified", "assertion.malformed", "assertion.salt-length"},
		{"rfc7520-4.3-es512", "verified", "assertion.malformed", "assertion.signature-invalid"},
		{"rfc7520-4.4-hs256", "not-checked", "assertion.alg-unsupported", "assertion.keys-unavailable"},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			token := strings.TrimSpace(string(l.read("../testdata/rfc/" + tt.name + ".jwt")))
			set := mustAbs("../testdata/rfc/" + tt.name[:len("rfc7515")] + ".jwks.json")
			inspect := func(token string) (string, []string) {
				r := l.nsauth(setup{stdin: token}, "jwt", "inspect", "--jwks", set)
				facts, codes := assertionOf(t, r)
				if r.code != 1 || (facts.Signature == "not-checked") != (facts.CheckedWith == nil) {
					t.Errorf("exit %d, %+v", r.code, facts)
				}
				return facts.Signature, codes
			}
			signature, codes := inspect(token)
			if signature != tt.signature || !slices.Contains(codes, tt.finds) || slices.Contains(codes, tt.lacks) {
				t.Errorf("signature %s, want %s; %v, want %s and not %s", signature, tt.signature, codes, tt.finds, tt.lacks)
			}
			if tt.signature != "verified" {
				return
			}
			// One bit of what is signed, in the middle of the payload's base64.
			at := strings.IndexByte(token, '.') + 6
			changed := token[:at] + string(token[at]^1) + token[at+1:]
			if signature, _ := inspect(changed); signature == "verified" {
				t.Error("verified with another payload")
			}
		})
	}
}

// What an attacker or a broken library makes is never called verified.
func TestNeverVerified(t *testing.T) {
	l := newLab(t)
	block, _ := pem.Decode(l.read(l.path(labKey + "-cert.pem")))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]any{}
	if err := json.Unmarshal(l.jwks("ec-p256-other"), &own); err != nil {
		t.Fatal(err)
	}
	other, _ := pem.Decode(l.read(l.path("ec-p256-other-cert.pem")))
	strangers := func(f *forgery) { f.sign = l.ecdsa("ec-p256-other") }
	row := 0
	for name, change := range map[string]func(*forgery){
		// The old attack: the public key, as text or as bytes, taken for a shared secret.
		"HS256 with the certificate's PEM": func(f *forgery) {
			f.header["alg"] = "HS256"
			f.sign = hmacWith(l.read(l.path(labKey + "-cert.pem")))
		},
		"HS256 with the public key's DER": func(f *forgery) { f.header["alg"] = "HS256"; f.sign = hmacWith(spki) },
		"none":                            func(f *forgery) { f.header["alg"] = "none"; f.sign = func(string) []byte { return nil } },
		"None":                            func(f *forgery) { f.header["alg"] = "None"; f.sign = func(string) []byte { return nil } },
		"an empty signature":              func(f *forgery) { f.sign = func(string) []byte { return nil } },
		"zeros for r and s":               func(f *forgery) { f.sign = func(string) []byte { return make([]byte, 64) } },
		"a salt of 20":                    func(f *forgery) { f.signedBy(l, "rsa-3072", "PS256", &rsa.PSSOptions{SaltLength: 20, Hash: 5}) },
		"its own key, as jwk":             func(f *forgery) { strangers(f); f.header["jwk"] = own["keys"].([]any)[0] },
		"its own certificate, as x5c":     func(f *forgery) { strangers(f); f.header["x5c"] = []any{other.Bytes} },
		"the way to its own keys, as jku": func(f *forgery) { strangers(f); f.header["jku"] = "https://attacker.example/keys" },
		"a kid with a path to its own key": func(f *forgery) {
			strangers(f)
			f.header["kid"] = l.path("ec-p256-other-cert.pem")
		},
		"a kid that climbs": func(f *forgery) { strangers(f); f.header["kid"] = "../../../../dev/null" },
		"alg twice":         func(f *forgery) { strangers(f); f.header["alg"] = "ES256"; f.header["Alg"] = "none" },
	} {
		if row++; testkit.LeftOut(row, 1, 4) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			l := l.in(t)
			for _, args := range [][]string{nil, {"--jwks", l.write("set.json", l.jwks(labKey))}} {
				r := l.inspect(change, args...)
				if facts, codes := assertionOf(t, r); facts.Signature == "verified" || r.code == 0 {
					t.Errorf("%v: signature %s, exit %d, %v", args, facts.Signature, r.code, codes)
				}
			}
		})
	}
	if facts, _ := assertionOf(t, l.inspect(nil)); facts.Signature != "verified" {
		t.Errorf("a good one is %s", facts.Signature)
	}
}

func hmacWith(secret []byte) func(string) []byte {
	return func(input string) []byte {
		h := hmac.New(sha256.New, secret)
		h.Write([]byte(input))
		return h.Sum(nil)
	}
}

// Whoever sits at a terminal sees that it is waited for.
func TestInspectOnATerminalSaysSo(t *testing.T) {
	at := func(quiet ...string) run {
		return nsauth(t, setup{stdin: "x", world: func(w *cli.World) { w.Terminal = func(io.Reader) bool { return true } }},
			append([]string{"jwt", "inspect"}, quiet...)...)
	}
	if r := at(); !strings.Contains(r.stderr, "paste the text") || r.code != 1 {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
	if r := at("-q"); strings.Contains(r.stderr, "paste") {
		t.Errorf("%q", r.stderr)
	}
}

// A text that a terminal cut is called cut, and nothing about it is certain. The exit
// codes are those of any text without an assertion.
func TestCutTextIsNotCertain(t *testing.T) {
	works := mustAbs("../testdata/jwt/ps256.jwt")
	data, err := os.ReadFile(works)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(data))
	cut := "curl -H 'X-Trace: "
	cut += strings.Repeat("x", 4095-len(cut))
	short := "curl -H 'X-Trace: "
	short += strings.Repeat("x", 1024-len(short)-400) + "' -d client_assertion=" + token
	short = short[:1024]
	for _, tt := range []struct {
		text  string
		bytes float64
		args  []string
	}{
		{cut, 4095, []string{"jwt", "inspect", "-"}},
		{short, 1024, []string{"jwt", "inspect", "-"}},
		{short, 1024, []string{"doctor", "--offline", "--assertion", "-"}},
		{token[:100], 100, []string{"jwt", "inspect", "-"}},
	} {
		r := nsauth(t, setup{stdin: tt.text}, append(tt.args, "-o", "json")...)
		report := r.report(t)
		f := check(t, report, "assertion").Findings[0]
		if r.code != 1 || f.Code != "assertion.malformed" || f.Evidence["reason"] != "cut" || f.Evidence["bytes"] != tt.bytes {
			t.Errorf("%v: exit %d, %s %v", tt.args, r.code, f.Code, f.Evidence)
		}
		for _, c := range report.Diagnosis.Causes {
			if c.Confidence == finding.Certain && !strings.HasPrefix(string(c.Code), "profile.") {
				t.Errorf("%v: %s is certain", tt.args, c.Code)
			}
		}
	}
	if r := nsauth(t, setup{stdin: cut}, "jwt", "diff", works, "-"); r.code != 2 || !strings.Contains(r.stderr, "looks cut at 4095 bytes") {
		t.Errorf("jwt diff: exit %d\n%s", r.code, r.stderr)
	}
	if r := nsauth(t, setup{stdin: short}, "jwt", "diff", works, "-"); r.code != 2 || !strings.Contains(r.stderr, "looks cut at 1024 bytes") {
		t.Errorf("jwt diff: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := nsauth(t, setup{stdin: strings.Repeat("x", 4095)}, "explain", "-"); r.code != 1 || !strings.Contains(r.stderr, "looks cut at 4095 bytes") {
		t.Errorf("explain: exit %d\n%s", r.code, r.stderr)
	}
}
