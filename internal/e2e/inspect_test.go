//go:build e2e

package e2e

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/jwtgen"
)

// assertionMakers are five programs that sign assertions, none of them ours.
var assertionMakers = map[string]func(*testing.T, counterpart, []attempt) []reply{
	"jose":         batch(strangerNode("sign.mjs", "jose")),
	"jsonwebtoken": batch(strangerNode("sign.mjs", "jsonwebtoken")),
	"PyJWT":        batch(strangerPython("sign.py")),
	"golang-jwt":   golangSigner,
	"openssl":      opensslSigner,
}

// TestInspectVerifiesStrangers: what each of them signs is verified with the
// certificate and with a key set, and no longer once a bit is changed or another
// key is at hand. What they sign with a shared secret or not at all never is.
func TestInspectVerifiesStrangers(t *testing.T) {
	pairs := slices.Concat(pssPairs, ecdsaPairs)
	c := startCounterpart(t, nil)
	for name, maker := range assertionMakers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var attempts []attempt
			for _, p := range pairs {
				attempts = append(attempts, newAttempt(strangerKey(t, p.kind), p.alg, p.alg, []string{"restlets", "rest_webservices"}))
			}
			for _, p := range twoPairs {
				for _, alg := range []string{"HS256", "none"} {
					attempts = append(attempts, newAttempt(strangerKey(t, p.kind), alg+" on "+p.kind, alg, "restlets"))
				}
			}
			replies := maker(t, c, attempts)
			if len(replies) != len(attempts) {
				t.Fatalf("%d replies to %d attempts", len(replies), len(attempts))
			}
			for i, r := range replies {
				if r.Error != "" {
					// A library may refuse to sign with a public key; nobody may refuse the six.
					if i < len(pairs) || !strings.HasPrefix(attempts[i].Alg, "HS") {
						t.Errorf("%s: %s", r.Name, r.Error)
					}
					continue
				}
				k := keyOfAttempt(t, attempts[i])
				if i >= len(pairs) {
					facts, _ := inspectWith(t, r.JWT, "--cert", certificateFile(t, k))
					if facts.text("signature") == "verified" || !slices.Contains(facts.codes(), "assertion.alg-unsupported") {
						t.Errorf("%s: signature %s, %v", r.Name, facts.text("signature"), facts.codes())
					}
					continue
				}
				for _, by := range [][]string{{"--cert", certificateFile(t, k)}, {"--jwks", setFile(t, k)}} {
					facts, r := inspectWith(t, r.JWT, append(by, "--account", strangersAccount, "--client-id", clientID, "--certificate-id="+k.id)...)
					if facts.Status != "pass" || facts.text("signature") != "verified" || r.exit != 0 {
						t.Errorf("%s, %s: %s, %v, %v", attempts[i].Name, by[0], facts.Status, facts.Facts, facts.codes())
					}
				}
				if facts, _ := inspectWith(t, tampered(t, r.JWT), "--cert", certificateFile(t, k)); facts.text("signature") != "invalid" {
					t.Errorf("%s, changed: signature %s", r.Name, facts.text("signature"))
				}
			}
		})
	}
}

func keyOfAttempt(t *testing.T, a attempt) registered {
	t.Helper()
	all, err := strangersKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if k.key == a.Key {
			return k
		}
	}
	t.Fatalf("no key %s", a.Key)
	return registered{}
}

func certificateFile(t *testing.T, k registered) string {
	t.Helper()
	return write(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.certificate}))
}

// setFile is a JWK Set that node makes of the public key.
func setFile(t *testing.T, k registered) string {
	t.Helper()
	const script = `const {createPublicKey} = require('node:crypto'), {readFileSync} = require('node:fs');
		console.log(JSON.stringify({keys: [{...createPublicKey(readFileSync(process.argv[1])).export({format: 'jwk'}), kid: process.argv[2]}]}))`
	r := run(t, nil, nil, "node", "-e", script, "--", k.public, k.id)
	if r.exit != 0 {
		t.Fatal(r)
	}
	return write(t, "set.json", r.stdout)
}

// inspectWith is jwt inspect on a token that is pasted with a prefix.
func inspectWith(t *testing.T, token string, args ...string) (check, result) {
	t.Helper()
	d, r := report(t, append([]string{"jwt", "inspect", write(t, "token.txt", []byte("Bearer "+token+"\n"))}, args...)...)
	return d.check(t, "assertion"), r
}

// TestBuildRoundTrip: whatever jwt build makes, for every kind of key that NetSuite
// takes, every algorithm that goes with it and every option, jose accepts and jwt
// inspect verifies.
func TestBuildRoundTrip(t *testing.T) {
	t.Parallel()
	pss := []string{"PS256", "PS384", "PS512"}
	kinds := []struct {
		name, key  string
		algorithms []string // "" is what nsauth chooses
	}{
		{"RSA 3072", makeRSA(t, 3072), append(pss, "")},
		{"RSA 4096", makeRSA(t, 4096), append(pss, "")},
		{"P-256", makeEC(t, "P-256"), []string{"ES256", ""}},
		{"P-384", makeEC(t, "P-384"), []string{"ES384", ""}},
		{"P-521", makeEC(t, "P-521"), []string{"ES512", ""}},
		{"RSA-PSS", makeKey(t, "RSA-PSS", "rsa_keygen_bits:3072"), append(pss, "")},
		{"RSA-PSS for SHA-384 only", makeKey(t, "RSA-PSS", "rsa_keygen_bits:3072", "rsa_pss_keygen_md:sha384",
			"rsa_pss_keygen_mgf1_md:sha384", "rsa_pss_keygen_saltlen:48"), []string{""}},
	}
	two := []string{"--scope", "restlets", "--scope", "rest_webservices"}
	options := [][]string{
		nil,
		{"--lifetime", "59m"},
		{"--at", "-1m", "--jti", "auto"},
		{"--claim", `sub="3;-5"`, "--claim", `list=[1,{"a":null}]`},
		two,
		append([]string{"--scope-format", "array"}, two...),
		append([]string{"--scope-format", "string"}, two...),
		append([]string{"--scope-format", "comma"}, two...),
	}
	var cases []request
	for _, kind := range kinds {
		certificate := write(t, "cert.pem", openssl(t, nil, "req", "-new", "-x509", "-key", kind.key, "-sha384", "-days", "365", "-subj", "/CN=nsauth"))
		id := certificateID(t, certificate)
		spki := string(plainPublicPEM(t, kind.key))
		for _, alg := range kind.algorithms {
			for _, o := range options {
				name := strings.TrimSpace(fmt.Sprintf("%s %s %s", kind.name, alg, strings.Join(o, " ")))
				known := []string{"--account", strangersAccount, "--client-id", clientID, "--certificate-id=" + id}
				args := append(append([]string{"jwt", "build", "--key", kind.key}, known...), o...)
				if alg != "" {
					args = append(args, "--algorithm", alg)
				}
				r := nsauth(t, args...)
				if r.exit != 0 {
					t.Fatalf("%s\n%v", name, r)
				}
				token := strings.TrimSpace(string(r.stdout))
				facts, r := inspectWith(t, token, append(known, "--cert", certificate)...)
				if facts.text("signature") != "verified" || r.exit != 0 || slices.Contains(facts.codes(), "assertion.alg-key-mismatch") {
					t.Errorf("%s: exit %d, %v, %v", name, r.exit, facts.Facts["signature"], facts.codes())
				}
				made, err := jwtgen.Parse(token)
				if err != nil {
					t.Fatal(err)
				}
				cases = append(cases, request{Name: name, Alg: made.Algorithm(), JWT: token, SPKI: spki, Issuer: clientID, Audience: tokenURL})
			}
		}
	}
	var answers []answer
	script(t, cases, &answers, node(t, "jose.mjs", "verify")...)
	if len(answers) != len(cases) || len(cases) < 100 {
		t.Fatalf("%d answers to %d cases", len(answers), len(cases))
	}
	for i, a := range answers {
		if a.Error != "" {
			t.Errorf("%s: jose says %s", cases[i].Name, a.Error)
		}
		if i > 0 && cases[i].Name == "RSA-PSS for SHA-384 only" && cases[i].Alg != "PS384" {
			t.Errorf("a key for SHA-384 signs %s", cases[i].Alg)
		}
	}
}

// plainPublicPEM is the public key as rsaEncryption or EC: what JWT libraries read.
func plainPublicPEM(t *testing.T, key string) []byte {
	t.Helper()
	if describeKey(t, key).kind != "RSA-PSS" {
		return publicPEM(t, key)
	}
	pkcs1 := openssl(t, nil, "rsa", "-in", key, "-RSAPublicKey_out", "-outform", "DER")
	return openssl(t, pkcs1, "rsa", "-RSAPublicKey_in", "-inform", "DER", "-pubout")
}

// BenchmarkInspectProcess compares whole processes that show what is in an
// assertion: nsauth, which judges it too, a Node.js script with jose, and, where
// the variable STEP names it, smallstep's "step crypto jwt inspect --insecure".
//
//	go test -tags e2e -run '^$' -bench InspectProcess ./internal/e2e
func BenchmarkInspectProcess(b *testing.B) {
	bin, err := buildOnce()
	if err != nil {
		b.Fatal(err)
	}
	token, err := os.ReadFile("../../testdata/jwt/es256.jwt")
	if err != nil {
		b.Fatal(err)
	}
	file := b.TempDir() + "/token.jwt"
	if err := os.WriteFile(file, token, 0o600); err != nil {
		b.Fatal(err)
	}
	programs := map[string][]string{
		"nsauth": {bin, "jwt", "inspect", file},
		"jose":   {"node", "npm/inspect.mjs", file},
	}
	if step := os.Getenv("STEP"); step != "" {
		programs["step"] = []string{step, "crypto", "jwt", "inspect", "--insecure"}
	}
	for name, argv := range programs {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command(argv[0], argv[1:]...)
				cmd.Stdin = bytes.NewReader(token) // where step reads it
				out, _ := cmd.Output()             // nsauth finds an old token at fault: exit code 1
				if !bytes.Contains(out, []byte("rest_webservices")) {
					b.Fatalf("%v: %s", argv, out)
				}
			}
		})
	}
}
