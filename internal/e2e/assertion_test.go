//go:build e2e

package e2e

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
)

const (
	clientID = "1c34a5d1f1b6b2a7a0b7f2f4dd5e2c9a8e1f0c3b6d7a4e5f9081726354a5b6c7"
	tokenURL = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
)

// algorithm is one that NetSuite takes, with the key that openssl makes for it
// and its hash as openssl names it.
type algorithm struct {
	name, hash string
	saltBytes  int // of PS*: as long as the hash
	key        func(*testing.T) string
}

// algorithms are all six.
var algorithms = []algorithm{
	{"PS256", "-sha256", 32, func(t *testing.T) string { return makeRSA(t, 3072) }},
	{"PS384", "-sha384", 48, func(t *testing.T) string { return makeRSA(t, 3072) }},
	{"PS512", "-sha512", 64, func(t *testing.T) string { return makeRSA(t, 4096) }},
	{"ES256", "-sha256", 0, func(t *testing.T) string { return makeEC(t, "P-256") }},
	{"ES384", "-sha384", 0, func(t *testing.T) string { return makeEC(t, "P-384") }},
	{"ES512", "-sha512", 0, func(t *testing.T) string { return makeEC(t, "P-521") }},
}

// build makes an assertion as nsauth does, with a key that openssl made.
func build(t *testing.T, algorithm, key string, scope ...string) string {
	t.Helper()
	k, err := new(keys.Loader).Key(t.Context(), keys.Source{Name: key})
	if err != nil {
		t.Fatal(err)
	}
	a, err := jwtgen.Build(jwtgen.Params{
		Algorithm: algorithm,
		KeyID:     "NPMnu2Rq3kQvJxT0c0SgJ6r2uWfYk9c1sV8bqkq7l4E",
		Issuer:    clientID,
		Audience:  tokenURL,
		Scope:     scope,
		IssuedAt:  time.Now(),
	}, k.Signer())
	if err != nil {
		t.Fatal(err)
	}
	return a.Raw().Reveal()
}

// request is what jose.mjs and pyjwt.py read, answer what they print.
type request struct {
	Name     string         `json:"name"`
	Alg      string         `json:"alg"`
	JWT      string         `json:"jwt,omitempty"`
	SPKI     string         `json:"spki,omitempty"`
	PKCS8    string         `json:"pkcs8,omitempty"`
	Issuer   string         `json:"issuer,omitempty"`
	Audience string         `json:"audience,omitempty"`
	Header   map[string]any `json:"header,omitempty"`
	Claims   map[string]any `json:"claims,omitempty"`
}

type answer struct {
	Name   string         `json:"name"`
	Error  string         `json:"error"`
	JWT    string         `json:"jwt"`
	Header map[string]any `json:"header"`
	Claims map[string]any `json:"claims"`
}

// libraries are the two that speak JWT, by name.
var libraries = map[string]func(t *testing.T, verb string) []string{
	"jose":  func(t *testing.T, verb string) []string { return node(t, "jose.mjs", verb) },
	"PyJWT": func(t *testing.T, verb string) []string { return python(t, "pyjwt.py", verb) },
}

// tampered changes one bit in the middle of an assertion's signature.
func tampered(t *testing.T, jwt string) string {
	t.Helper()
	dot := strings.LastIndexByte(jwt, '.')
	signature := decode(t, jwt[dot+1:])
	signature[len(signature)/2] ^= 1
	return jwt[:dot+1] + base64.RawURLEncoding.EncodeToString(signature)
}

func decode(t *testing.T, part string) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOpenSSLVerifiesAssertions: the signature of each algorithm holds by
// openssl's judgement, and no longer does once a bit of it is changed or, with
// RSA-PSS, another salt length is demanded.
func TestOpenSSLVerifiesAssertions(t *testing.T) {
	// Oracle's own pages also make keys that are for RSA-PSS only.
	pss := algorithm{"PS256", "-sha256", 32, func(t *testing.T) string { return makeKey(t, "RSA-PSS", "rsa_keygen_bits:3072") }}
	for _, a := range append(slices.Clone(algorithms), pss) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			key := a.key(t)
			public := write(t, "public.pem", publicPEM(t, key))
			jwt := build(t, a.name, key, "rest_webservices")

			verify := func(jwt string, salt int) (string, int) {
				dot := strings.LastIndexByte(jwt, '.')
				args := []string{"dgst", a.hash}
				signature := decode(t, jwt[dot+1:])
				if a.saltBytes > 0 {
					args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", fmt.Sprintf("rsa_pss_saltlen:%d", salt))
				} else {
					signature = derSignature(t, signature)
				}
				args = append(args, "-verify", public, "-signature", write(t, "signature", signature))
				r := run(t, []byte(jwt[:dot]), nil, "openssl", args...)
				return strings.TrimSpace(string(r.stdout)), r.exit
			}

			if said, exit := verify(jwt, a.saltBytes); said != "Verified OK" || exit != 0 {
				t.Errorf("openssl says %q, exit %d", said, exit)
			}
			if said, exit := verify(tampered(t, jwt), a.saltBytes); exit == 0 {
				t.Errorf("openssl says %q of a changed signature", said)
			}
			if a.saltBytes > 0 {
				if said, exit := verify(jwt, a.saltBytes-1); exit == 0 {
					t.Errorf("openssl says %q with a salt that is a byte shorter", said)
				}
			}
		})
	}
}

// derSignature turns the r||s of a JWS into the SEQUENCE that openssl reads.
func derSignature(t *testing.T, raw []byte) []byte {
	t.Helper()
	half := len(raw) / 2
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestLibrariesVerifyAssertions: jose and PyJWT take the assertions of all six
// algorithms, read from them what went in, and refuse them once changed.
func TestLibrariesVerifyAssertions(t *testing.T) {
	t.Parallel()
	var good, bad []request
	scopes := map[string]any{}
	for i, a := range algorithms {
		key := a.key(t)
		scope := []string{"rest_webservices"}
		scopes[a.name] = "rest_webservices" // one scope is a string,
		if i%2 == 1 {
			scope = []string{"restlets", "rest_webservices"}
			scopes[a.name] = []any{"restlets", "rest_webservices"} // several are an array
		}
		c := request{Name: a.name, Alg: a.name, JWT: build(t, a.name, key, scope...), SPKI: string(publicPEM(t, key)), Issuer: clientID, Audience: tokenURL}
		good = append(good, c)

		c.Name = a.name + ", signature changed"
		c.JWT = tampered(t, good[i].JWT)
		bad = append(bad, c)
		c = good[i]
		c.Name = a.name + ", for another audience"
		c.Audience = strings.Replace(tokenURL, "-sb1", "", 1)
		bad = append(bad, c)
	}

	for name, library := range libraries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var answers []answer
			script(t, slices.Concat(good, bad), &answers, library(t, "verify")...)
			if len(answers) != len(good)+len(bad) {
				t.Fatalf("%d answers to %d cases", len(answers), len(good)+len(bad))
			}
			for i, got := range answers {
				if i >= len(good) {
					if got.Error == "" {
						t.Errorf("%s: accepted", got.Name)
					}
					continue
				}
				if got.Error != "" {
					t.Errorf("%s: %s", got.Name, got.Error)
					continue
				}
				wantHeader := map[string]any{"typ": "JWT", "alg": got.Name, "kid": "NPMnu2Rq3kQvJxT0c0SgJ6r2uWfYk9c1sV8bqkq7l4E"}
				if diff := cmp.Diff(wantHeader, got.Header); diff != "" {
					t.Errorf("%s: header (-want +got):\n%s", got.Name, diff)
				}
				iat, _ := got.Claims["iat"].(float64)
				want := map[string]any{"iss": clientID, "aud": tokenURL, "scope": scopes[got.Name], "iat": iat, "exp": iat + 300}
				if diff := cmp.Diff(want, got.Claims); diff != "" {
					t.Errorf("%s: claims (-want +got):\n%s", got.Name, diff)
				}
			}
		})
	}
}

// TestInspectJudgesForeignAssertions: what jose and PyJWT sign, "jwt inspect"
// verifies; and it is strict where they are not: a signature of openssl's with
// the longest possible salt, and an ECDSA signature left in DER.
func TestInspectJudgesForeignAssertions(t *testing.T) {
	for _, a := range algorithms {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			key := a.key(t)
			certificate := makeCertificate(t, key, 365)
			id := certificateID(t, certificate)
			now := time.Now().Unix()
			header := map[string]any{"typ": "JWT", "alg": a.name, "kid": id}
			claims := map[string]any{"iss": clientID, "aud": tokenURL, "scope": []string{"restlets", "rest_webservices"}, "iat": now, "exp": now + 300}
			inspect := func(t *testing.T, jwt string) (check, result) {
				d, r := report(t, "jwt", "inspect", write(t, "assertion.jwt", []byte(jwt+"\n")),
					"--cert", certificate, "--client-id", clientID, "--certificate-id", id, "--account", "1234567_SB1")
				return d.check(t, "assertion"), r
			}

			for name, library := range libraries {
				t.Run(name, func(t *testing.T) {
					var answers []answer
					in := []request{{Name: a.name, Alg: a.name, PKCS8: string(read(t, key)), Header: header, Claims: claims}}
					script(t, in, &answers, library(t, "sign")...)
					if answers[0].Error != "" {
						t.Fatal(answers[0].Error)
					}
					c, r := inspect(t, answers[0].JWT)
					if c.Status != "pass" || c.text("signature") != "verified" || c.text("made_by") != "given" || r.exit != 0 {
						t.Errorf("status %s, facts %v\n%v", c.Status, c.Facts, r)
					}
					jq(t, r.stdout, `.checks[] | select(.id == "assertion") | .facts.claims | [.iss, .aud, .exp - .iat, .scope]`,
						fmt.Sprintf(`[%q,%q,300,["restlets","rest_webservices"]]`, clientID, tokenURL))

					c, r = inspect(t, tampered(t, answers[0].JWT))
					if c.Status != "fail" || c.text("signature") != "invalid" || !slices.Contains(c.codes(), "assertion.signature-invalid") || r.exit != 1 {
						t.Errorf("changed signature: status %s, facts %v\n%v", c.Status, c.Facts, r)
					}
				})
			}

			t.Run("openssl", func(t *testing.T) {
				input := encode(t, header) + "." + encode(t, claims)
				args := []string{"dgst", a.hash, "-sign", key}
				want := "assertion.signature-encoding-der"
				if a.saltBytes > 0 {
					args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:max")
					want = "assertion.salt-length"
				}
				signature := openssl(t, []byte(input), args...)
				c, r := inspect(t, input+"."+base64.RawURLEncoding.EncodeToString(signature))
				if c.Status != "fail" || !slices.Equal(c.codes(), []string{want}) {
					t.Errorf("status %s, findings %v, want %s alone\n%v", c.Status, c.codes(), want, r)
				}
			})
		})
	}
}

func encode(t *testing.T, part map[string]any) string {
	t.Helper()
	data, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}
