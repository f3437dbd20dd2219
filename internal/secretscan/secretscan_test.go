package secretscan

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func jwt(header, claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + "." + enc([]byte(strings.Repeat("planted signature ", 5)))
}

// folded is s in lines of n characters.
func folded(s string, n int, end string) string {
	var lines []string
	for ; len(s) > n; s = s[n:] {
		lines = append(lines, s[:n])
	}
	return strings.Join(append(lines, s), end)
}

// Each secret of planted.json is found once, also if the text repeats it. All are made
// up and work nowhere.
func TestFind(t *testing.T) {
	data, err := os.ReadFile("testdata/planted.json")
	if err != nil {
		t.Fatal(err)
	}
	var planted []struct{ Name, Text, Value, Kind, Live, Expires string }
	if err := json.Unmarshal(data, &planted); err != nil {
		t.Fatal(err)
	}
	for _, p := range planted {
		t.Run(p.Name, func(t *testing.T) {
			for _, text := range []string{p.Text, "x " + p.Text + " " + p.Text} {
				found := Find(text, now)
				if len(found) != 1 {
					t.Fatalf("got %+v, want one %s", found, p.Kind)
				}
				expires := ""
				if !found[0].Expires.IsZero() {
					expires = found[0].Expires.UTC().Format(time.RFC3339)
				}
				if found[0].Kind != p.Kind || found[0].Live != p.Live || expires != p.Expires {
					t.Errorf("got %+v, want %s, %s, %q", found[0], p.Kind, p.Live, p.Expires)
				}
			}
		})
	}
}

// Tokens on lines of their own are counted apart.
func TestTokensOnLinesAreCounted(t *testing.T) {
	var lines []string
	for i := range 3 {
		lines = append(lines, jwt(`{"alg":"RS256"}`, fmt.Sprintf(`{"iss":"https://system.netsuite.com","jti":%d}`, i)))
	}
	if found := Find(strings.Join(lines, "\n"), now); len(found) != 3 {
		t.Errorf("%+v", found)
	}
}

// What only looks like a secret is not reported.
func TestPlaceholdersAreNotSecrets(t *testing.T) {
	token := jwt(`{"alg":"PS256"}`, `{"iss":"x"}`)
	unsigned := token[:strings.LastIndexByte(token, '.')+1]
	for _, text := range []string{
		"Authorization: Bearer <token>", "Bearer ACCESS_TOKEN_GOES_HERE_PLEASE", "Bearer $NETSUITE_ACCESS_TOKEN", "Bearer xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"Bearer eyJhbGciOiJQUzI1NiJ9...", unsigned, unsigned + "REDACTED", "eyJhbGciOiJQUzI1NiJ9.eyJpIjoxfQ.\nsignature-was-left-out-of-this-mail", "eyJhbGciOi[...]", `WWW-Authenticate: Basic realm="1234567"`,
		`WWW-Authenticate: Bearer realm="1234567", error="invalid_token"`, "client_secret=****", "client_secret: <your secret>", "client_secret is not used",
		"-----BEGIN PRIVATE KEY-----\n[removed]\n-----END PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----\n" + strings.Repeat("MIIDazCCAlOgAwIBAgIU", 20) + "\n-----END CERTIFICATE-----",
		"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0123456789\n-----END PUBLIC KEY-----",
		folded("MIIDazCCAlOgAwIBAgIUAAECAwQFBgcICQoL"+strings.Repeat("MIIEvQIBADAN", 40), 64, "\n"), base64.StdEncoding.EncodeToString([]byte("-----BEGIN CERTIFICATE-----\n" + strings.Repeat("MIIDazCCAlOgAwIBAgIU", 20))),
		strings.Repeat("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", 6), "MICROSOFT" + strings.Repeat("A1b2", 60),
		"iss 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0", "kid NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA",
		"Set-Cookie: JSESSIONID=abc; path=/", "access_token missing", "the basic idea is this",
		"Password: wrong", "password = ********", `"password":"${NETSUITE_PASSWORD1}"`, "<password>[removed1]</password>", "the password policy of 2026 asks for 10 characters",
	} {
		if found := Find(text, now); len(found) > 0 {
			t.Errorf("%q: %+v", text, found)
		}
	}
}

// TestD3TokenAnywhere: a token is one after whatever stands before it.
func TestD3TokenAnywhere(t *testing.T) {
	const token = "eyJhbGciOiJQUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJhIn0.c2lnbmF0dXJl"
	for _, before := range []string{"", "x/", "/tmp/", "a b ", "file:", "--x=", "@", "foo,", "x%20", "https://h/?t=", `C:\x\`, "token=", "(", "Bearer "} {
		if got := Value(before + token + ".txt"); got != "a token" {
			t.Errorf("%q: %q", before, got)
		}
	}
	for _, path := range []string{"/home/eyJ/key.pem", "keys/honey.pem", "eyes/eyJohnson.pem", "./a.b/eyJabc.pem", "AbcDeyJhbGciOiJQUzI1NiIsImtpZCI6IngifQ.pem"} {
		if got := Value(path); got != "" {
			t.Errorf("%q: %q", path, got)
		}
	}
}
