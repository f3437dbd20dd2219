package cmd

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

// tokenPath is the path of the token endpoint.
const tokenPath = "/services/rest/auth/oauth2/v1/token"

// wrongURLs are URLs of a token request with a good assertion for account 1234567, and
// why each is wrong; "" for one that is not.
var wrongURLs = []struct {
	name, url, reason string
	severity          finding.Severity
}{
	{"app host", "https://1234567.app.netsuite.com" + tokenPath, "host", "warning"},
	{"restlets host", "https://1234567.restlets.api.netsuite.com" + tokenPath, "host", "warning"},
	{"system host", "https://system.netsuite.com" + tokenPath, "no-account", "warning"},
	{"rest host", "https://rest.netsuite.com" + tokenPath, "no-account", "warning"},
	{"connect host", "https://1234567.connect.api.netsuite.com" + tokenPath, "host", "warning"},
	{"another account", "https://7654321.suitetalk.api.netsuite.com" + tokenPath, "account-of-", "error"},
	{"sandbox with production's aud", "https://1234567-sb1.suitetalk.api.netsuite.com" + tokenPath, "account-of-", "error"},
	{"_SB1 in the host", "https://1234567_SB1.suitetalk.api.netsuite.com" + tokenPath, "account-of-", "error"},
	{"trailing slash", "https://1234567.suitetalk.api.netsuite.com" + tokenPath + "/", "slash", "warning"},
	{"another path", "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v2/token", "path", "error"},
	{"no path", "https://1234567.suitetalk.api.netsuite.com", "path", "error"},
	{"http", "http://1234567.suitetalk.api.netsuite.com" + tokenPath, "http", "error"},
	{"port", "https://1234567.suitetalk.api.netsuite.com:8443" + tokenPath, "port", "warning"},
	{"query", "https://1234567.suitetalk.api.netsuite.com" + tokenPath + "?realm=1234567", "query", "warning"},
	{"fragment", "https://1234567.suitetalk.api.netsuite.com" + tokenPath + "#x", "fragment", "warning"},
	{"path in capitals", "https://1234567.suitetalk.api.netsuite.com" + strings.ToUpper(tokenPath), "path-case", "warning"},
	{"another server", "https://login.example.com" + tokenPath, "foreign-host", "warning"},
	{"host in capitals", "HTTPS://1234567.SUITETALK.API.NETSUITE.COM" + tokenPath, "", ""},
	{"port of https", "https://1234567.suitetalk.api.netsuite.com:443" + tokenPath, "", ""},
	{"right", tokenURL, "", ""},
}

// posts is a good assertion posted to a URL.
func posts(t *testing.T, url string) string {
	t.Helper()
	token, err := os.ReadFile("../testdata/jwt/ps256.jwt")
	if err != nil {
		t.Fatal(err)
	}
	return "curl '" + url + "' \\\n -d grant_type=client_credentials \\\n -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\\n -d client_assertion=" +
		strings.TrimSpace(string(token))
}

func at1501(w *cli.World) {
	w.Now = func() time.Time { return time.Date(2026, 11, 23, 15, 1, 0, 0, time.UTC) }
}

// TestA4WrongURL: whatever is wrong with the URL is one finding, whose message names the
// right URL, with the profile's account and without a profile.
func TestA4WrongURL(t *testing.T) {
	for _, tt := range wrongURLs {
		for of, args := range map[string][]string{"profile": {"--account", "1234567"}, "aud": nil} {
			r := nsauth(t, setup{stdin: posts(t, tt.url), world: at1501}, append([]string{"jwt", "inspect", "-o", "json"}, args...)...)
			request := check(t, r.report(t), finding.CheckRequest)
			want := finding.StatusOf([]finding.Finding{{Severity: tt.severity}})
			exit := 0
			switch {
			case tt.reason == "":
				want = finding.Pass
			case tt.severity == finding.Error:
				exit = 1
			}
			if request.Status != want || r.code != exit {
				t.Errorf("%s, by the %s: %s, exit %d, want %s, exit %d", tt.name, of, request.Status, r.code, want, exit)
			}
			if tt.reason == "" {
				continue
			}
			if len(request.Findings) != 1 {
				t.Errorf("%s: findings %v", tt.name, request.Findings)
				continue
			}
			f, reason := request.Findings[0], tt.reason
			if strings.HasSuffix(reason, "-") {
				reason += of
			}
			if f.Code != "request.wrong-url" || f.Evidence["reason"] != reason || !strings.Contains(f.Message, tokenURL) {
				t.Errorf("%s, by the %s: %s %v: %s", tt.name, of, f.Code, f.Evidence["reason"], f.Message)
			}
		}
	}
}

// TestA9ClientSecret: a client secret in place of an assertion is one fault, however the
// request or the settings are written, and no broken assertion.
func TestA9ClientSecret(t *testing.T) {
	const form = "grant_type=client_credentials&client_id=abc&client_secret=PLANTED"
	for name, text := range map[string]string{
		"form":         form,
		"curl":         "curl -X POST " + tokenURL + " -d '" + form + "'",
		"Basic header": "curl " + tokenURL + " -u abc:PLANTED -d grant_type=client_credentials",
		"HTTP message": "POST " + tokenPath + " HTTP/1.1\nHost: 1234567.suitetalk.api.netsuite.com\nAuthorization: Basic UExBTlRFRA==\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=client_credentials",
		"lines":        "grant_type: client_credentials\nclient_id: abc\nclient_secret: PLANTED",
		"JSON":         `{"grant_type":"client_credentials","client_id":"abc","client_secret":"PLANTED"}`,
		"n8n":          `{"grantType":"clientCredentials","accessTokenUrl":"` + tokenURL + `","clientId":"abc","clientSecret":"PLANTED","scope":"rest_webservices"}`,
		"Boomi":        "Authentication Type: OAuth 2.0\nGrant Type: Client Credentials\nClient ID: abc\nClient Secret: PLANTED\nAccess Token URL: " + tokenURL,
		"Python":       `requests.post(url, data={"grant_type": "client_credentials", "client_id": "abc", "client_secret": "PLANTED"})`,
	} {
		r := nsauth(t, setup{stdin: text}, "jwt", "inspect", "-o", "json")
		report := r.report(t)
		assertion, request := check(t, report, finding.CheckAssertion), check(t, report, finding.CheckRequest)
		if r.code != 1 || assertion.Status != finding.Skip || len(request.Findings) != 1 || request.Findings[0].Code != "request.client-secret-flow" {
			t.Errorf("%s: exit %d, assertion %s, request %v", name, r.code, assertion.Status, request.Findings)
		}
		if explained := nsauth(t, setup{stdin: text}, "explain", "-"); name != "Basic header" && !strings.Contains(explained.stdout, "This flow has no client secret") || strings.Contains(explained.stdout, "PLANTED") {
			t.Errorf("%s: explain says\n%s", name, explained.stdout)
		}
		if strings.Contains(r.stdout, "PLANTED") || strings.Contains(r.stdout, "UExBTlRFRA") {
			t.Errorf("%s: the secret is repeated", name)
		}
	}
	for name, text := range map[string]string{
		"another flow":            "curl " + tokenURL + " -d 'grant_type=authorization_code&code=x&client_id=abc&client_secret=x'",
		"body in a file":          "curl " + tokenURL + " -u abc:x -d @body.txt",
		"words about it":          "In NetSuite, client credentials need no client secret.",
		"settings with a key too": "Grant Type: Client Credentials\nClient ID: abc\nClient Secret: x\nPrivate Key: y",
	} {
		if r := nsauth(t, setup{stdin: text}, "jwt", "inspect", "-o", "json"); slices.Contains(codes(r.report(t)), "request.client-secret-flow") {
			t.Errorf("%s: called a client secret flow", name)
		}
	}
}

// TestA11EncodedTwice: the assertion itself is judged as if it was encoded once, and the
// message has the value that must be received.
func TestA11EncodedTwice(t *testing.T) {
	const kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	good := posts(t, tokenURL)
	_, token, _ := strings.Cut(good, "client_assertion=")
	for name, tt := range map[string]struct{ text, says string }{
		"client_assertion_type": {strings.Replace(good, kind, strings.ReplaceAll(kind, ":", "%253A"), 1), kind},
		"grant_type":            {strings.Replace(good, "client_credentials", "client%255Fcredentials", 1), "client_credentials"},
		"client_assertion":      {strings.Replace(good, token, strings.ReplaceAll(token, ".", "%252E"), 1), "not with %2E"},
		"thrice":                {strings.Replace(good, kind, strings.ReplaceAll(kind, ":", "%25253A"), 1), kind},
	} {
		r := nsauth(t, setup{stdin: tt.text, world: at1501}, "jwt", "inspect", "--account", "1234567", "-o", "json")
		report := r.report(t)
		request := check(t, report, finding.CheckRequest)
		if r.code != 1 || check(t, report, finding.CheckAssertion).Status != finding.Pass || len(request.Findings) != 1 ||
			request.Findings[0].Code != "request.encoded-twice" || !strings.Contains(request.Findings[0].Message, tt.says) {
			t.Errorf("%s: exit %d, %v", name, r.code, codes(report))
		}
		if strings.Contains(r.stdout, token[strings.LastIndex(token, ".")+1:]) {
			t.Errorf("%s: the signature is repeated", name)
		}
	}
	once := strings.Replace(good, kind, strings.ReplaceAll(kind, ":", "%3A"), 1)
	if r := nsauth(t, setup{stdin: once, world: at1501}, "jwt", "inspect", "--account", "1234567"); r.code != 0 {
		t.Errorf("encoded once: exit %d\n%s", r.code, r.stdout)
	}
}

// TestFixBelongsToTheVariant: the fix of a fault of the request is that of this fault, and
// not one for all faults of its code.
func TestFixBelongsToTheVariant(t *testing.T) {
	good := posts(t, tokenURL)
	const kind = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for _, tt := range []struct{ name, text, code, fix string }{
		{"misnamed", strings.Replace(good, "client_assertion=", "assertion=", 1), "request.parameter-missing", "Rename the parameter assertion to client_assertion."},
		{"wrong value", strings.Replace(good, "=client_credentials", "=clientCredentials", 1), "request.parameter-missing", "Send grant_type=client_credentials, exactly so."},
		{"in the URL", strings.Replace(good, "curl ", "curl -G -X POST ", 1), "request.parameter-missing", "Move the parameters from the URL to the body"},
		{"missing", strings.Replace(good, kind, "x=y", 1), "request.parameter-missing", "Send all three parameters"},
		{"repeated", good + " -d grant_type=client_credentials", "request.parameter-repeated", "Send grant_type once."},
		{"a secret too", good + " -d client_secret=x", "request.client-authentication", "Leave out client_secret."},
		{"encoded twice", strings.ReplaceAll(good, ":jwt-bearer", "%253Ajwt-bearer"), "request.encoded-twice", "Give the library the plain value, urn:ietf"},
		{"JSON", strings.Replace(good, "curl ", "curl --json '{\"grant_type\":\"client_credentials\"}' ", 1), "request.content-type", "Send the parameters as a url-encoded form."},
	} {
		r := nsauth(t, setup{stdin: tt.text, world: at1501}, "jwt", "inspect", "--account", "1234567", "-o", "json")
		i := slices.IndexFunc(check(t, r.report(t), finding.CheckRequest).Findings, func(f finding.Finding) bool { return string(f.Code) == tt.code })
		if i < 0 {
			t.Errorf("%s: %v", tt.name, codes(r.report(t)))
			continue
		}
		if got := check(t, r.report(t), finding.CheckRequest).Findings[i].Remedy.Summary; !strings.HasPrefix(got, tt.fix) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}
