package emulator

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const restletURL = restletsURL + restletPath + "?script=1&deploy=1"

// restletCode is the code of a RESTlet's JSON error.
func restletCode(t testing.TB, r response) (code, message string) {
	t.Helper()
	var e map[string]map[string]string
	if err := json.Unmarshal([]byte(r.body), &e); err != nil || len(e) != 1 || len(e["error"]) != 2 {
		t.Fatalf("status %d: not a RESTlet error: %s", r.status, r.body)
	}
	return e["error"]["code"], e["error"]["message"]
}

func TestRESTlet(t *testing.T) {
	f := newFixture(t)
	f.config.Accounts[0].RESTlets = append(DefaultRESTlets(), RESTlet{Script: "2", Deploy: "1", Audience: []int{99}})
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").claim("scope", "restlets").sign(t))
	rest := c.token(t, f.genuine("p-256", "ES256").sign(t))
	const asJSON = "application/json"
	for _, tt := range []struct {
		name, method, url, body string
		token, contentType      string
		status                  int
		text                    string // the body, or the code of the error
		code                    string // of the verdict
		basis                   Basis
	}{
		{"GET", "GET", restletURL + "&id=7", "", token, asJSON, 200, `{"parameters":{"id":"7"}}`, "", Guess},
		{"GET without a type", "GET", restletURL, "", token, "", 200, `{"parameters":{}}`, "", Guess},
		{"by script IDs", "GET", restletsURL + restletPath + "?script=customscript_nsauth&deploy=customdeploy_nsauth", "", token, asJSON, 200, `{"parameters":{}}`, "", Guess},
		{"POST", "POST", restletURL, `{"a":[1]}`, token, asJSON, 200, `{"parameters":{},"body":{"a":[1]}}`, "", Guess},
		{"POST with a charset", "POST", restletURL, `1`, token, "application/json; charset=utf-8", 200, `{"parameters":{},"body":1}`, "", Guess},
		{"POST text", "POST", restletURL, "hello", token, "text/plain", 200, "hello", "", Guess},
		{"POST no JSON", "POST", restletURL, "hello", token, asJSON, 400, "SYNTAX_ERROR", "api.invalid-request", Guess},
		{"POST nothing", "POST", restletURL, "", token, asJSON, 400, "SYNTAX_ERROR", "api.invalid-request", Guess},
		{"POST a form", "POST", restletURL, "a=b", token, "application/x-www-form-urlencoded", 415, "SSS_INVALID_CONTENT_TYPE", "request.content-type", Guess},
		{"POST without a type", "POST", restletURL, "{}", token, "", 415, "SSS_INVALID_CONTENT_TYPE", "request.content-type", Guess},
		{"POST too big", "POST", restletURL, strings.Repeat("1", maxRESTletBody+1), token, asJSON, 400, "INVALID_REQUEST", "api.invalid-request", Guess},
		{"GET with a body", "GET", restletURL, "{}", token, asJSON, 400, "INVALID_REQUEST", "api.invalid-request", Guess},
		{"DELETE", "DELETE", restletURL, "", token, asJSON, 405, "SSS_INVALID_METHOD", "request.wrong-method", Guess},
		{"unknown script", "GET", restletsURL + restletPath + "?script=9&deploy=1", "", token, asJSON, 404, "SSS_INVALID_SCRIPTLET_ID", "api.restlet-error", Observed},
		{"unknown deployment", "GET", restletsURL + restletPath + "?script=1&deploy=9", "", token, asJSON, 404, "SSS_INVALID_SCRIPTLET_ID", "api.restlet-error", Observed},
		{"no script", "GET", restletsURL + restletPath, "", token, asJSON, 404, "SSS_INVALID_SCRIPTLET_ID", "api.restlet-error", Observed},
		{"not in the audience", "GET", restletsURL + restletPath + "?script=2&deploy=1", "", token, asJSON, 403, "INSUFFICIENT_PERMISSION", "api.permission-missing", Guess},
		{"on the other host", "GET", restURL + restletPath + "?script=1&deploy=1", "", token, asJSON, 403, "INVALID_DOMAIN", "api.restlet-error", Guess},
		{"no token", "GET", restletURL, "", "", asJSON, 401, "INVALID_LOGIN_ATTEMPT", "request.authorization-missing", Official},
		{"bad token", "GET", restletURL, "", "rubbish", asJSON, 401, "INVALID_LOGIN_ATTEMPT", "token.invalid", Official},
		{"two tokens", "GET", restletURL, "", "a b", asJSON, 400, "INVALID_REQUEST", "request.authorization-malformed", Official},
		{"no scope", "GET", restletURL, "", rest, asJSON, 401, "INVALID_LOGIN_ATTEMPT", "token.scope", Official},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.contentType != "" {
				header = append(header, "Content-Type", tt.contentType)
			}
			if tt.token != "" {
				header = append(header, "Authorization", "Bearer "+tt.token)
			}
			res := c.do(t, request(t, tt.method, tt.url, tt.body, header...))
			v := c.last()
			if res.status != tt.status || v.Basis != tt.basis {
				t.Errorf("status %d, basis %s: %.200s", res.status, v.Basis, res.body)
			}
			if tt.status == 200 {
				if res.body != tt.text || !v.Accepted {
					t.Errorf("%s, verdict %+v", res.body, v)
				}
				return
			}
			if code, message := restletCode(t, res); code != tt.text || message == "" {
				t.Errorf("%s: %s", code, message)
			}
			if !slices.Equal(codesOf(v), []string{tt.code}) {
				t.Errorf("verdict %v", codesOf(v))
			}
			if got := res.header.Get("WWW-Authenticate"); (tt.status == 401) != strings.Contains(got, `Bearer realm="1234567", error="invalid_token"`) {
				t.Errorf("WWW-Authenticate %q", got)
			}
		})
	}
	if trail := c.AuditTrail(); trail[len(trail)-1].Detail != "ScopeMismatched" {
		t.Errorf("audit trail %+v", trail[len(trail)-1])
	}
	// A scope of RESTlets opens nothing else.
	if res := c.get(t, token, timeURL); res.status != 401 {
		t.Errorf("serverTime: status %d", res.status)
	}
	// Cookies beside the token break the call.
	if res := c.get(t, token, restletURL, "Cookie", "JSESSIONID=x"); res.status != 401 || codesOf(c.last())[0] != "request.cookie" {
		t.Errorf("cookie: status %d", res.status)
	}
}

// An error comes in the format of the request's Content-Type.
func TestRESTletErrorFormats(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").claim("scope", "restlets").sign(t))
	for format, body := range map[string]string{
		"application/json": `{"error":{"code":"SSS_INVALID_SCRIPTLET_ID","message":"That Suitelet is invalid, disabled, or no longer exists."}}`,
		"text/plain":       "error code: SSS_INVALID_SCRIPTLET_ID\nerror message: That Suitelet is invalid, disabled, or no longer exists.\n",
		"application/xml":  `<?xml version="1.0" encoding="UTF-8"?>` + "\n<error><code>SSS_INVALID_SCRIPTLET_ID</code><message>That Suitelet is invalid, disabled, or no longer exists.</message></error>\n",
	} {
		res := c.get(t, token, restletsURL+restletPath+"?script=9&deploy=9", "Content-Type", format)
		if res.body != body || mediaType(res.header.Get("Content-Type")) != format {
			t.Errorf("%s: %q %q", format, res.header.Get("Content-Type"), res.body)
		}
	}
}

func TestRESTletsOfAnAccount(t *testing.T) {
	for name, bad := range map[string][]RESTlet{
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
