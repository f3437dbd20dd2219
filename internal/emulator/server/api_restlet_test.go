package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

const restletURL = restletsURL + api.RESTletPath + "?script=1&deploy=1"

// restletCode is the code of a RESTlet's JSON error.
func restletCode(t testing.TB, r emulatortest.Response) (code, message string) {
	t.Helper()
	var e map[string]map[string]string
	if err := json.Unmarshal([]byte(r.Body), &e); err != nil || len(e) != 1 || len(e["error"]) != 2 {
		t.Fatalf("status %d: not a RESTlet error: %s", r.Status, r.Body)
	}
	return e["error"]["code"], e["error"]["message"]
}

func TestRESTlet(t *testing.T) {
	f := newFixture(t)
	f.config.Accounts[0].RESTlets = append(account.DefaultRESTlets(), account.RESTlet{Script: "2", Deploy: "1", Audience: []int{99}})
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Claim("scope", "restlets").Sign(t))
	rest := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	const asJSON = "application/json"
	for _, tt := range []struct {
		name, method, url, body string
		token, contentType      string
		status                  int
		text                    string // the body, or the code of the error
		code                    string // of the verdict
		basis                   verdict.Basis
	}{
		{"GET", "GET", restletURL + "&id=7", "", token, asJSON, 200, `{"parameters":{"id":"7"}}`, "", verdict.Guess},
		{"GET without a type", "GET", restletURL, "", token, "", 200, `{"parameters":{}}`, "", verdict.Guess},
		{"by script IDs", "GET", restletsURL + api.RESTletPath + "?script=customscript_nsauth&deploy=customdeploy_nsauth", "", token, asJSON, 200, `{"parameters":{}}`, "", verdict.Guess},
		{"POST", "POST", restletURL, `{"a":[1]}`, token, asJSON, 200, `{"parameters":{},"body":{"a":[1]}}`, "", verdict.Guess},
		{"POST with a charset", "POST", restletURL, `1`, token, "application/json; charset=utf-8", 200, `{"parameters":{},"body":1}`, "", verdict.Guess},
		{"POST text", "POST", restletURL, "hello", token, "text/plain", 200, "hello", "", verdict.Guess},
		{"POST no JSON", "POST", restletURL, "hello", token, asJSON, 400, "SYNTAX_ERROR", "api.invalid-request", verdict.Guess},
		{"POST nothing", "POST", restletURL, "", token, asJSON, 400, "SYNTAX_ERROR", "api.invalid-request", verdict.Guess},
		{"POST a form", "POST", restletURL, "a=b", token, "application/x-www-form-urlencoded", 415, "SSS_INVALID_CONTENT_TYPE", "request.content-type", verdict.Guess},
		{"POST without a type", "POST", restletURL, "{}", token, "", 415, "SSS_INVALID_CONTENT_TYPE", "request.content-type", verdict.Guess},
		{"POST too big", "POST", restletURL, strings.Repeat("1", 10<<20+1), token, asJSON, 400, "INVALID_REQUEST", "api.invalid-request", verdict.Guess},
		{"GET with a body", "GET", restletURL, "{}", token, asJSON, 400, "INVALID_REQUEST", "api.invalid-request", verdict.Guess},
		{"DELETE", "DELETE", restletURL, "", token, asJSON, 405, "SSS_INVALID_METHOD", "request.wrong-method", verdict.Guess},
		{"unknown script", "GET", restletsURL + api.RESTletPath + "?script=9&deploy=1", "", token, asJSON, 404, "SSS_INVALID_SCRIPTLET_ID", "api.restlet-error", verdict.Observed},
		{"unknown deployment", "GET", restletsURL + api.RESTletPath + "?script=1&deploy=9", "", token, asJSON, 404, "SSS_INVALID_SCRIPTLET_ID", "api.restlet-error", verdict.Observed},
		{"no script", "GET", restletsURL + api.RESTletPath, "", token, asJSON, 404, "SSS_INVALID_SCRIPTLET_ID", "api.restlet-error", verdict.Observed},
		{"not in the audience", "GET", restletsURL + api.RESTletPath + "?script=2&deploy=1", "", token, asJSON, 403, "INSUFFICIENT_PERMISSION", "api.permission-missing", verdict.Guess},
		{"on the other host", "GET", restURL + api.RESTletPath + "?script=1&deploy=1", "", token, asJSON, 403, "INVALID_DOMAIN", "api.restlet-error", verdict.Guess},
		{"no token", "GET", restletURL, "", "", asJSON, 401, "INVALID_LOGIN_ATTEMPT", "request.authorization-missing", verdict.Official},
		{"bad token", "GET", restletURL, "", "rubbish", asJSON, 401, "INVALID_LOGIN_ATTEMPT", "token.invalid", verdict.Official},
		{"two tokens", "GET", restletURL, "", "a b", asJSON, 400, "INVALID_REQUEST", "request.authorization-malformed", verdict.Official},
		{"no scope", "GET", restletURL, "", rest, asJSON, 401, "INVALID_LOGIN_ATTEMPT", "token.scope", verdict.Official},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.contentType != "" {
				header = append(header, "Content-Type", tt.contentType)
			}
			if tt.token != "" {
				header = append(header, "Authorization", "Bearer "+tt.token)
			}
			res := c.do(t, emulatortest.Request(t, tt.method, tt.url, tt.body, header...))
			v := c.last()
			if res.Status != tt.status || v.Basis != tt.basis {
				t.Errorf("status %d, basis %s: %.200s", res.Status, v.Basis, res.Body)
			}
			if tt.status == 200 {
				if res.Body != tt.text || !v.Accepted {
					t.Errorf("%s, verdict %+v", res.Body, v)
				}
				return
			}
			if code, message := restletCode(t, res); code != tt.text || message == "" {
				t.Errorf("%s: %s", code, message)
			}
			if !slices.Equal(emulatortest.Codes(v), []string{tt.code}) {
				t.Errorf("verdict %v", emulatortest.Codes(v))
			}
			if got := res.Header.Get("WWW-Authenticate"); (tt.status == 401) != strings.Contains(got, `Bearer realm="1234567", error="invalid_token"`) {
				t.Errorf("WWW-Authenticate %q", got)
			}
		})
	}
	if trail := c.AuditTrail(); trail[len(trail)-1].Detail != "ScopeMismatched" {
		t.Errorf("audit trail %+v", trail[len(trail)-1])
	}
	// A scope of RESTlets opens nothing else.
	if res := c.get(t, token, timeURL); res.Status != 401 {
		t.Errorf("serverTime: status %d", res.Status)
	}
	// Cookies beside the token break the call.
	if res := c.get(t, token, restletURL, "Cookie", "JSESSIONID=x"); res.Status != 401 || emulatortest.Codes(c.last())[0] != "request.cookie" {
		t.Errorf("cookie: status %d", res.Status)
	}
}

// An error comes in the format of the request's Content-Type.
func TestRESTletErrorFormats(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Claim("scope", "restlets").Sign(t))
	for format, body := range map[string]string{
		"application/json": `{"error":{"code":"SSS_INVALID_SCRIPTLET_ID","message":"That Suitelet is invalid, disabled, or no longer exists."}}`,
		"text/plain":       "error code: SSS_INVALID_SCRIPTLET_ID\nerror message: That Suitelet is invalid, disabled, or no longer exists.\n",
		"application/xml":  `<?xml version="1.0" encoding="UTF-8"?>` + "\n<error><code>SSS_INVALID_SCRIPTLET_ID</code><message>That Suitelet is invalid, disabled, or no longer exists.</message></error>\n",
	} {
		res := c.get(t, token, restletsURL+api.RESTletPath+"?script=9&deploy=9", "Content-Type", format)
		if res.Body != body || exchange.MediaType(res.Header.Get("Content-Type")) != format {
			t.Errorf("%s: %q %q", format, res.Header.Get("Content-Type"), res.Body)
		}
	}
}

func TestRESTletsOfAnAccount(t *testing.T) {
	for name, bad := range map[string][]account.RESTlet{
		"no script":     {{Deploy: "1"}},
		"no deployment": {{Script: "1"}},
		"twice":         {{Script: "1", Deploy: "1"}, {Script: "1", Deploy: "1"}},
	} {
		f := newFixture(t)
		f.config.Accounts[0].RESTlets = bad
		if s, err := New(f.config); err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
		}
	}
}
