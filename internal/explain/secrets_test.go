package explain

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/secretscan"
)

// A planted secret, and what it has to be called. All are made up here and
// belong to nothing.
type planted struct {
	name   string
	text   string
	value  string // must be in no output
	kind   string
	live   string
	endsAt string
}

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

func plantedSecrets() []planted {
	const (
		hex64  = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
		other  = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90"
		opaque = "d41d8cd98f00b204e9800998ecf8427e.planted-9"
	)
	future, past := now().Add(4*time.Minute).Unix(), now().Add(-time.Hour).Unix()
	assertion := func(exp int64) string {
		return jwt(`{"typ":"JWT","alg":"PS256","kid":"NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"}`,
			fmt.Sprintf(`{"iss":"%s","aud":"https:\/\/1234567.suitetalk.api.netsuite.com\/services\/rest\/auth\/oauth2\/v1\/token","exp":%d}`, hex64, exp))
	}
	access := func(exp int64) string {
		return jwt(`{"kid":"c.1234567.2026-01-18_02-18-17","typ":"JWT","alg":"RS256"}`,
			fmt.Sprintf(`{"sub":"3;-5","iss":"https://system.netsuite.com","exp":%d,"scope":["rest_webservices"]}`, exp))
	}
	body := strings.Repeat("MIIEvplantedKeyMaterial0123456789", 8)
	pem := "-----BEGIN PRIVATE KEY-----\n" + body[:64] + "\n" + body[64:] + "\n-----END PRIVATE KEY-----"
	bare := "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + strings.Repeat("plantedBody1", 30)
	basic := base64.StdEncoding.EncodeToString([]byte(hex64 + ":" + other))
	unsigned := func(token string) string { return token[strings.LastIndexByte(token, '.')+1:] }
	return []planted{
		{name: "a live assertion in a form", text: "curl -d grant_type=client_credentials -d client_assertion=" + assertion(future), value: unsigned(assertion(future)), kind: secretscan.Assertion, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "an assertion that has ended", text: "client_assertion: '" + assertion(past) + "'", value: unsigned(assertion(past)), kind: secretscan.Assertion, live: secretscan.LiveNo, endsAt: "2026-11-24T08:00:00Z"},
		{name: "a live access token in a header", text: "> Authorization: Bearer " + access(future) + "\n< HTTP/1.1 401\n{\"o:errorCode\":\"INVALID_LOGIN\"}", value: unsigned(access(future)), kind: secretscan.AccessToken, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "a token answer", text: `{"access_token":"` + access(future) + `","expires_in":"3600","token_type":"bearer"}`, value: unsigned(access(future)), kind: secretscan.AccessToken, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "an access token that has ended", text: "Bearer " + access(past), value: unsigned(access(past)), kind: secretscan.AccessToken, live: secretscan.LiveNo, endsAt: "2026-11-24T08:00:00Z"},
		{name: "a JWT that cannot be read", text: "token eyJhbGciOiJQUzI1NiJ9.bm8ganNvbg." + strings.Repeat("plantedsig", 9), value: "plantedsigplantedsig", kind: secretscan.JWT, live: secretscan.LiveUnknown},
		{name: "a token without an end", text: "Bearer " + jwt(`{"alg":"RS256"}`, `{"sub":"x"}`), value: unsigned(jwt("", "")), kind: secretscan.AccessToken, live: secretscan.LiveUnknown},
		{name: "a token broken by a mail", text: "Bearer " + access(future)[:len(access(future))-115] + "\n> " + access(future)[len(access(future))-115:], value: access(future)[len(access(future))-100:], kind: secretscan.AccessToken, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "an assertion folded at 60 columns", text: "client_assertion=" + folded(assertion(future), 60, "\n"), value: assertion(future)[70:110], kind: secretscan.Assertion, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "an assertion in a quoted answer", text: "> it says\n> " + folded(assertion(future), 74, "\r\n> ") + "\r\n> what now?", value: assertion(future)[80:120], kind: secretscan.Assertion, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "a header on lines of its own", text: "Bearer " + jwt("{\n  \"alg\": \"PS256\"}", fmt.Sprintf(`{ "iss":"https://system.netsuite.com","exp":%d}`, past)), value: unsigned(jwt("", "")), kind: secretscan.AccessToken, live: secretscan.LiveNo, endsAt: "2026-11-24T08:00:00Z"},
		{name: "encoded dots", text: "token=" + strings.ReplaceAll(access(future), ".", "%2E"), value: unsigned(access(future)), kind: secretscan.AccessToken, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "an end that is no time", text: "Bearer " + jwt(`{"alg":"RS256"}`, `{"iss":"https://system.netsuite.com","exp":1e300}`), value: unsigned(jwt("", "")), kind: secretscan.AccessToken, live: secretscan.LiveUnknown},
		{name: "an opaque token", text: "Authorization: Bearer " + opaque, value: opaque, kind: secretscan.AccessToken, live: secretscan.LiveUnknown},
		{name: "a refresh token", text: `"refresh_token": "` + jwt(`{"alg":"RS256"}`, fmt.Sprintf(`{"exp":%d}`, future)) + `"`, value: unsigned(jwt("", "")), kind: secretscan.RefreshToken, live: secretscan.LiveYes, endsAt: "2026-11-24T09:04:00Z"},
		{name: "a private key", text: "key:\n" + pem, value: body[:64], kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "a private key in one line", text: `NS_KEY="` + strings.ReplaceAll(pem, "\n", `\n`) + `"`, value: body[:64], kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "an RSA private key of old", text: strings.ReplaceAll(pem, "PRIVATE", "RSA PRIVATE"), value: body[:64], kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "an encrypted private key", text: strings.ReplaceAll(pem, "PRIVATE", "ENCRYPTED PRIVATE"), value: body[:64], kind: secretscan.EncryptedKey, live: secretscan.LiveUnknown},
		{name: "a private key without its frame", text: "PRIVATE_KEY=" + bare, value: bare[40:], kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "a private key without its frame, folded", text: "key:\n" + folded(bare, 64, "\n") + "\n", value: bare[40:60], kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "an EC private key of old without its frame", text: "MHcCAQEEI" + strings.Repeat("plantedBody3", 13), value: "plantedBody3plantedBody3", kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "a PEM file in base64", text: "NS_KEY_B64: " + base64.StdEncoding.EncodeToString([]byte(pem)), value: base64.StdEncoding.EncodeToString([]byte(pem))[40:90], kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "a PKCS#12 file in base64", text: folded("MIIJeAIBAzCCCT4GCSqGSIb3DQEHAaCCCS8E"+strings.Repeat("plantedBody4", 20), 76, "\n"), value: "plantedBody4plantedBody4", kind: secretscan.EncryptedKey, live: secretscan.LiveUnknown},
		{name: "an EC private key without its frame", text: "key: MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg" + strings.Repeat("plantedBody2", 12), value: "plantedBody2plantedBody2", kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "PuTTY's", text: "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 2\n" + body[:64] + "\n" + body[64:128], value: body[:64], kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "copied from NetSuite's page", text: "CONSUMER KEY / CLIENT ID\n" + other + "\nCONSUMER SECRET / CLIENT SECRET\n" + hex64, value: hex64, kind: secretscan.ClientSecret, live: secretscan.LiveUnknown},
		{name: "a private JWK", text: `{"kty":"EC","crv":"P-256","x":"AAAA","y":"BBBB","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`, value: "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE", kind: secretscan.PrivateKey, live: secretscan.LiveUnknown},
		{name: "a client secret in a form", text: "grant_type=authorization_code&client_secret=" + hex64, value: hex64, kind: secretscan.ClientSecret, live: secretscan.LiveUnknown},
		{name: "a client secret in JSON", text: `{"clientId":"x","clientSecret":"` + hex64 + `"}`, value: hex64, kind: secretscan.ClientSecret, live: secretscan.LiveUnknown},
		{name: "a consumer secret", text: "Consumer Secret: " + hex64, value: hex64, kind: secretscan.ClientSecret, live: secretscan.LiveUnknown},
		{name: "a TBA token secret", text: "'tokenSecret' => '" + other + "'", value: other, kind: secretscan.TokenSecret, live: secretscan.LiveUnknown},
		{name: "curl -u", text: "curl -u " + hex64 + ":" + other + " https://x", value: other, kind: secretscan.ClientSecret, live: secretscan.LiveUnknown},
		{name: "a Basic header", text: "authorization: Basic " + basic, value: basic, kind: secretscan.Basic, live: secretscan.LiveUnknown},
		{name: "NLAuth", text: "Authorization: NLAuth nlauth_account=1234567, nlauth_email=a@example.com, nlauth_signature=Planted!Pass1, nlauth_role=3", value: "Planted", kind: secretscan.Password, live: secretscan.LiveUnknown},
		{name: "a password in SOAP", text: "<platformCore:password xsi:type=\"xsd:string\">Planted!Pass2</platformCore:password>", value: "Planted", kind: secretscan.Password, live: secretscan.LiveUnknown},
		{name: "a password in JSON", text: `{"email":"a@example.com","password":"Planted!Pass3"}`, value: "Planted", kind: secretscan.Password, live: secretscan.LiveUnknown},
		{name: "a password in a mail", text: "User: a@example.com\nPassword: plantedpass4\n", value: "plantedpass4", kind: secretscan.Password, live: secretscan.LiveUnknown},
		{name: "a session", text: "> Cookie: JSESSIONID=planted0123456789; NS_VER=2026\n", value: "planted0123456789", kind: secretscan.SessionCookie, live: secretscan.LiveUnknown},
	}
}

func TestSecretsAreNamedAndNeverRepeated(t *testing.T) {
	for _, p := range plantedSecrets() {
		t.Run(p.name, func(t *testing.T) {
			if !strings.Contains(p.text, p.value) && p.name != "a token broken by a mail" {
				t.Fatal("nothing was planted")
			}
			for _, text := range []string{p.text, "x " + p.text + " " + p.text, utf16le(p.text), strings.TrimPrefix(utf16le(p.text), "\xff\xfe")} {
				a := Text(text, now())
				if len(a.Secrets) == 0 || a.Secrets[0].Kind != p.kind || a.Secrets[0].Live != p.live || a.Secrets[0].Count != 1 {
					t.Fatalf("got %+v, want %s, %s", a.Secrets, p.kind, p.live)
				}
				if len(a.Secrets) > 1 {
					t.Errorf("and also %+v", a.Secrets[1:])
				}
				ends := ""
				if a.Secrets[0].EndsAt != nil {
					ends = *a.Secrets[0].EndsAt
				}
				if ends != p.endsAt {
					t.Errorf("ends %q, want %q", ends, p.endsAt)
				}
				raw, err := json.Marshal(a)
				if err != nil {
					t.Fatal(err)
				}
				said := string(raw) + strings.Join(Reply(a), " ") + fmt.Sprintf("%v %+v %#v", a, a, a)
				if strings.Contains(said, p.value) || strings.Contains(said, p.value[:min(len(p.value), 16)]) {
					t.Errorf("the secret is repeated: %s", said)
				}
				if !a.Known() {
					t.Error("not known")
				}
			}
		})
	}
}

// Tokens on lines of their own stay apart.
func TestTokensOnLinesAreCounted(t *testing.T) {
	var lines []string
	for i := range 3 {
		lines = append(lines, jwt(`{"alg":"RS256"}`, fmt.Sprintf(`{"iss":"https://system.netsuite.com","jti":%d}`, i)))
	}
	if a := Text(strings.Join(lines, "\n"), now()); len(a.Secrets) != 1 || a.Secrets[0].Count != 3 {
		t.Errorf("%+v", a.Secrets)
	}
}

// An assertion that is sent as an access token is what is wrong with the call.
func TestAssertionAsBearer(t *testing.T) {
	assertion := jwt(`{"alg":"PS256"}`, `{"aud":"https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token","exp":1}`)
	refused := "\n{\"o:errorDetails\":[{\"o:errorCode\":\"INVALID_LOGIN\"}]}"
	a := Text("Authorization: Bearer "+assertion+refused, now())
	if len(a.Explanations) != 2 || a.Explanations[0].Name != "api.is-assertion" || a.Explanations[1].Name != "INVALID_LOGIN" {
		t.Errorf("%+v", a.Explanations)
	}
	if a := Text("client_assertion="+assertion+refused, now()); a.Explanations[0].Name != "INVALID_LOGIN" {
		t.Errorf("in a form: %+v", a.Explanations[0].Name)
	}
}

// What only looks like a secret is not called one.
func TestWhatIsNoSecret(t *testing.T) {
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
		if a := Text(text, now()); len(a.Secrets) > 0 {
			t.Errorf("%q: %+v", text, a.Secrets)
		}
	}
}
