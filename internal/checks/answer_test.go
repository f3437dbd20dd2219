package checks

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

func answered(status int, contentType, body string) *netsuite.Answer {
	return &netsuite.Answer{Method: "GET", URL: "https://1234567.suitetalk.api.netsuite.com/services/rest/x", Status: status,
		Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
}

const (
	listOfRecords = "/services/rest/record/v1/customer?limit=1"
	oneRecord     = "/services/rest/record/v1/customer/107"
	aQuery        = "/services/rest/query/v1/suiteql"
	aRESTlet      = "https://1234567.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=1&deploy=1"
	noPermission  = "Your current role does not have permission to perform this action."
)

// A path without record/v1 gets the path that it may mean.
func TestRecordPath(t *testing.T) {
	for path, want := range map[string]string{
		"/services/rest/customer":                    "record/v1/customer",
		"/services/rest/record/customer":             "record/v1/customer",
		"/services/rest/v1/salesOrder/7?expand=true": "record/v1/salesOrder/7?expand=true",
		"/customer/107":                              "record/v1/customer/107",
		oneRecord:                                    "",
		aQuery:                                       "",
		"/services/rest/system/v1/nothing":           "",
		"/app/site/hosting/other.nl":                 "",
		"/":                                          "",
	} {
		if got := recordPathOf(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestJudgeAnswer(t *testing.T) {
	envelope := func(code, detail string) string {
		return `{"type":"https://www.w3.org/","title":"x","status":1,"o:errorDetails":[{"detail":"` + detail + `","o:errorCode":"` + code + `"}]}`
	}
	for _, tt := range []struct {
		name   string
		answer *netsuite.Answer
		probe  bool
		want   finding.Code // "" for nothing wrong
		status finding.Status
	}{
		{"a record", answered(200, "application/json", `{"id":1}`), false, "", ""},
		{"no content", answered(204, "", ""), false, "", ""},
		{"a login page", answered(200, "text/html", "<html><title>Login</title>"), false, "api.unexpected-response", finding.Fail},
		{"invalid login", answered(401, "application/json", envelope("INVALID_LOGIN", "Invalid login attempt.")), false, "api.invalid-login", finding.Fail},
		{"401 alone", answered(401, "application/json", `{}`), false, "api.invalid-login", finding.Fail},
		{"the misleading 400", answered(400, "application/json", envelope("USER_ERROR", "Your current role does not have permission to perform this action.")), false, "api.workbook-permission-missing", finding.Fail},
		{"the same of a probe", answered(400, "application/json", envelope("USER_ERROR", "Your current role does not have permission to perform this action.")), true, "api.workbook-permission-missing", finding.Pass},
		{"another user error", answered(400, "application/json", envelope("USER_ERROR", "Please enter value(s) for: Name")), false, "api.invalid-request", finding.Fail},
		{"record permission", answered(403, "application/json", envelope("INSUFFICIENT_PERMISSION", "You need the 'Custom Lists' permission")), false, "api.permission-missing", finding.Fail},
		{"record not visible", answered(400, "application/json", envelope("INVALID_PARAMETER", "Invalid search query. Record 'transaction' was not found.")), false, "api.record-not-visible", finding.Fail},
		{"query", answered(400, "application/json", envelope("INVALID_PARAMETER", "Invalid search query. Unknown identifier 'x'.")), false, "api.query-invalid", finding.Fail},
		{"no such record", answered(404, "application/json", envelope("NONEXISTENT_ID", "The record instance does not exist.")), false, "api.not-found", finding.Fail},
		{"concurrency", answered(429, "application/json", envelope("CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded.")), false, "api.rate-limited", finding.Unknown},
		{"concurrency of a RESTlet", answered(400, "application/json", `{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"x"}}`), false, "api.rate-limited", finding.Unknown},
		{"maintenance", answered(503, "text/html", "<html>"), false, "api.unavailable", finding.Unknown},
		{"wrong data center", answered(302, "", ""), false, "api.redirected", finding.Fail},
		{"unexpected", answered(500, "application/json", envelope("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: abc")), false, "api.unexpected-response", finding.Fail},
		{"a probe refused login", answered(401, "application/json", envelope("INVALID_LOGIN", "x")), true, "api.invalid-login", finding.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, bad := JudgeAnswer(netsuite.Request{URL: "/services/rest/record/v1/customer"}, tt.answer, tt.probe)
			if !bad {
				f.Code = ""
			}
			if f.Code != tt.want {
				t.Fatalf("%s, want %s", f.Code, tt.want)
			}
			if bad {
				if got := finding.StatusOf([]finding.Finding{f}); got != tt.status {
					t.Errorf("status %s, want %s", got, tt.status)
				}
			}
		})
	}
}

// The same status, and even the same code, means different things for different
// calls, in different words.
func TestWhatARefusalMeans(t *testing.T) {
	received := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	token := func(exp time.Time, scope ...string) netsuite.Secret {
		return testkit.UnsignedJWT(t, map[string]any{"alg": "RS256", "kid": "c.1234567.2026-01-18_02-18-17"}, map[string]any{
			"sub": "1012;1042", "aud": []string{"1C61CD58-044D-497A-AA29-7A3E9A9BB924;1234567", strings.Repeat("a", 64)},
			"iss": "https://system.netsuite.com", "oit": 1, "scope": scope, "exp": exp.Unix()})
	}
	fresh, stale := token(received.Add(time.Hour), "rest_webservices"), token(received.Add(-time.Second), "rest_webservices")
	rest := func(code, detail string) string {
		return `{"title":"x","o:errorDetails":[{"detail":` + jsonText(detail) + `,"o:errorCode":"` + code + `"}]}`
	}
	restlet := func(code, message string) string {
		return `{"error":{"code":"` + code + `","message":` + jsonText(message) + `}}`
	}
	for _, tt := range []struct {
		name   string
		method string
		url    string
		token  netsuite.Secret
		status int
		body   string
		code   finding.Code
		reason string // "" for none
		says   string // part of the message or the remedy
	}{
		{"list without Workbook", "GET", listOfRecords, fresh, 400, rest("USER_ERROR", noPermission), "api.workbook-permission-missing", "", "SuiteAnalytics Workbook"},
		{"query without Workbook", "POST", aQuery, fresh, 400, rest("USER_ERROR", noPermission), "api.workbook-permission-missing", "", "SuiteAnalytics Workbook"},
		{"one record, the same error", "GET", oneRecord, fresh, 400, rest("USER_ERROR", noPermission), "api.permission-missing", "one-record", "is not the reason"},
		{"a new record, the same error", "POST", "/services/rest/record/v1/customer", fresh, 400, rest("USER_ERROR", noPermission), "api.permission-missing", "one-record", "is not the reason"},
		{"the catalog is no record", "GET", "/services/rest/record/v1/metadata-catalog/customer", fresh, 400, rest("USER_ERROR", noPermission), "api.workbook-permission-missing", "", ""},
		{"a RESTlet, the same error", "GET", aRESTlet, fresh, 400, restlet("USER_ERROR", noPermission), "api.permission-missing", "", ""},
		{"a user's error", "POST", "/services/rest/record/v1/customer", fresh, 400, rest("USER_ERROR", "Please enter value(s) for: Subsidiary"), "api.invalid-request", "", "Subsidiary"},
		{"named permission", "GET", oneRecord, fresh, 403, rest("INSUFFICIENT_PERMISSION", "Permission Violation: You need the 'Custom Lists' permission to access this page."), "api.permission-missing", "", "Add the permission Custom Lists to"},
		{"beta", "GET", oneRecord, fresh, 403, rest("INSUFFICIENT_PERMISSION", "This record is available as a beta record only."), "api.permission-missing", "beta", "in beta"},
		{"audience of a RESTlet", "GET", aRESTlet, fresh, 403, restlet("INSUFFICIENT_PERMISSION", "You do not have privileges to view this page."), "api.permission-missing", "restlet", "Audience"},
		{"a RESTlet's 403 alone", "GET", aRESTlet, fresh, 403, ``, "api.permission-missing", "restlet", "Audience"},
		{"a record type out of sight", "POST", aQuery, fresh, 400, rest("INVALID_PARAMETER", "Invalid search query. Detailed unprocessed description follows. Search error occurred: Record 'transaction' was not found."), "api.record-not-visible", "", "no record type transaction for this role"},
		{"a hidden field", "POST", aQuery, fresh, 400, rest("INVALID_PARAMETER", "Invalid search query. Search error occurred: Field 'unbilledorders' for record 'customer' was not found. Reason: NOT_EXPOSED."), "api.query-invalid", "field", "unbilledorders"},
		{"a removed field", "POST", aQuery, fresh, 400, rest("INVALID_PARAMETER", "Field 'x' for record 'customer' was not found. Reason: REMOVED - field is removed"), "api.query-invalid", "field", "REMOVED"},
		{"an unknown field", "POST", aQuery, fresh, 400, rest("INVALID_PARAMETER", "Invalid search query. Unknown identifier 'nosuch'."), "api.query-invalid", "field", "nosuch"},
		{"a malformed query", "POST", aQuery, fresh, 400, rest("INVALID_PARAMETER", "Invalid search query. Invalid or unsupported search"), "api.query-invalid", "", ""},
		{"no Prefer", "POST", aQuery, fresh, 400, rest("INVALID_HEADER", "Invalid value for the Prefer header: it must be transient."), "api.query-invalid", "prefer", "Prefer: transient"},
		{"a parameter", "GET", listOfRecords, fresh, 400, rest("INVALID_PARAMETER", "Invalid value of the query parameter limit"), "api.invalid-request", "", "limit"},
		{"concurrency", "GET", oneRecord, fresh, 429, rest("CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded."), "api.rate-limited", "", ""},
		{"concurrency of RESTlets", "GET", aRESTlet, fresh, 400, restlet("SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded"), "api.rate-limited", "", ""},
		{"no such script", "GET", aRESTlet, fresh, 400, restlet("SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid"), "api.restlet-error", "deployment", "no RESTlet with this script"},
		{"no such script, as text", "GET", aRESTlet, fresh, 404, "error code: SSS_INVALID_SCRIPTLET_ID\nerror message: That Suitelet is invalid\n", "api.restlet-error", "deployment", "That Suitelet"},
		{"a script that fails", "GET", aRESTlet, fresh, 400, restlet("UNEXPECTED_ERROR", "TypeError: x is undefined"), "api.restlet-error", "script", "TypeError"},
		{"a token without the scope for RESTlets", "GET", aRESTlet, fresh, 401, restlet("INVALID_LOGIN_ATTEMPT", "Invalid login attempt."), "api.invalid-login", "scope", "scope restlets"},
		{"a token that ended", "GET", oneRecord, stale, 401, rest("INVALID_LOGIN", "Invalid login attempt."), "api.invalid-login", "expired", "expired at 2026-11-23 14:59:59 UTC"},
		{"a token in order", "GET", oneRecord, fresh, 401, rest("INVALID_LOGIN", "Invalid login attempt."), "api.invalid-login", "", "role 1012, entity 1042, scope rest_webservices"},
		{"an opaque token", "GET", oneRecord, netsuite.NewSecret("opaque"), 401, rest("INVALID_LOGIN", "Invalid login attempt."), "api.invalid-login", "", "invalid login attempt"},
		{"another method", "PUT", oneRecord, fresh, 405, ``, "api.invalid-request", "method", "does not accept the method PUT there, at"},
		{"another method of a RESTlet", "DELETE", aRESTlet, fresh, 405, restlet("SSS_INVALID_SCRIPT", "No function."), "api.invalid-request", "method", "method DELETE there: No function, at"},
		{"another type of body", "POST", "/services/rest/record/v1/customer", fresh, 415, ``, "api.invalid-request", "content-type", "Content-Type"},
		{"a gateway's page", "GET", oneRecord, fresh, 403, "<!DOCTYPE html><html><head><title>Blocked by policy</title>", "api.unexpected-response", "html", "Blocked by policy"},
		{"a maintenance page", "GET", oneRecord, fresh, 503, "<!DOCTYPE html><html><head><title>Down</title>", "api.unavailable", "", ""},
		{"an error of NetSuite's own", "GET", oneRecord, fresh, 500, rest("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: k2x9q"), "api.unexpected-response", "internal", "error ID k2x9q"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := &netsuite.Answer{Method: tt.method, Status: tt.status, Header: http.Header{}, Body: []byte(tt.body), Received: received}
			f, bad := JudgeAnswer(netsuite.Request{Method: tt.method, URL: tt.url, AccessToken: tt.token}, a, false)
			reason, _ := f.Evidence["reason"].(string)
			if !bad || f.Code != tt.code || reason != tt.reason {
				t.Fatalf("%v %s for %q, want %s for %q", bad, f.Code, reason, tt.code, tt.reason)
			}
			said := f.Message + "\n" + f.Remedy.Summary + "\n" + strings.Join(f.Remedy.Steps, "\n")
			if !strings.Contains(said, tt.says) || strings.Contains(said, "unknown") {
				t.Errorf("%s\nlacks %q", said, tt.says)
			}
			if strings.Contains(said, tt.token.Reveal()) {
				t.Error("the token is shown")
			}
		})
	}
}

// What says that it is JSON and is not is a fault of the way; a compressed body is
// one only where nobody asked for it.
func TestAnAnswerThatIsNotItsJSON(t *testing.T) {
	const whole = `{"id":"107"}`
	for _, tt := range []struct {
		body, encoding, asked string
		reason                any // nil: nothing is wrong
	}{
		{whole, "", "", nil}, {whole, "identity", "", nil}, {"", "gzip", "", nil},
		{whole[:5], "", "", "not-json"}, {whole[:5], "identity", "gzip", "not-json"},
		{"\x1f\x8b\x08", "gzip", "", "packed"}, {"\x1f\x8b\x08", "gzip", "gzip", nil},
	} {
		a := &netsuite.Answer{Method: "GET", Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(tt.body)}
		r := netsuite.Request{Method: "GET", URL: oneRecord, Header: http.Header{}}
		if tt.encoding != "" {
			a.Header.Set("Content-Encoding", tt.encoding)
		}
		if tt.asked != "" {
			r.Header.Set("Accept-Encoding", tt.asked)
		}
		f, bad := JudgeAnswer(r, a, false)
		if bad != (tt.reason != nil) || bad && (f.Code != "api.unexpected-response" || f.Evidence["reason"] != tt.reason) {
			t.Errorf("%q %s, asked for %q: %v, %+v", tt.body, tt.encoding, tt.asked, bad, f)
		}
	}
}

// What a REST call's answer says that it is, it has to be; a long one may be whole.
func TestJudgeBrokenJSON(t *testing.T) {
	long := answered(200, "application/json", `{"items":[`)
	long.Truncated = true
	packed := answered(200, "application/json", "\x1f\x8b\x08")
	packed.Truncated = true
	for _, tt := range []struct {
		name   string
		answer *netsuite.Answer
		path   string
		want   bool
	}{
		{"cut", answered(200, "application/json", `{"items":[`), "/services/rest/record/v1/customer", true},
		{"packed", packed, "/services/rest/record/v1/customer", true},
		{"long", long, "/services/rest/record/v1/customer", false},
		{"empty", answered(204, "application/json", ""), "/services/rest/record/v1/customer", false},
		{"a RESTlet's number", answered(200, "application/json", "3"), "/app/site/hosting/restlet.nl", false},
	} {
		f, bad := JudgeAnswer(netsuite.Request{URL: tt.path}, tt.answer, false)
		if bad != tt.want || bad && f.Code != "api.unexpected-response" {
			t.Errorf("%s: %v %s", tt.name, bad, f.Code)
		}
	}
}

func jsonText(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}

// A redirect says the same of where it leads, whoever looks at it: the host, and
// nothing else of the address.
func TestWhereARedirectLeads(t *testing.T) {
	const own = "1234567.suitetalk.api.netsuite.com"
	for location, want := range map[string]any{
		"https://portal.example:8443/login?user=planted": "portal.example",
		"/app/login.nl":           own,
		"//other.example/planted": "other.example",
		"":                        nil,
		"://planted":              nil,
		"https://" + strings.Repeat("x", 300) + ".example/planted": nil,
	} {
		a := answered(302, "", "")
		a.Header.Set("Location", location)
		_, byNetwork := notTheServer(a, true)
		call, bad := JudgeAnswer(netsuite.Request{URL: a.URL}, a, false)
		token := fault.OfToken(&netsuite.TokenError{Answer: a}, "")
		for _, ev := range []finding.Evidence{byNetwork, call.Evidence, token.Evidence} {
			if !bad || ev["location_host"] != want {
				t.Errorf("%q leads to %v, want %v", location, ev["location_host"], want)
			}
		}
		if strings.Contains(call.Message+token.Message, "planted") {
			t.Errorf("%q %q", call.Message, token.Message)
		}
	}
}

// A RESTlet answers 400 for every error that its script does not handle; 500 is not the
// script's fault (Oracle NetSuite Help, page section_4634920277).
func TestA23RESTletErrors(t *testing.T) {
	body := func(code string) string {
		return `{"error":{"code":"` + code + `","message":"An unexpected error occurred. Error ID: k2x9q"}}`
	}
	for _, tt := range []struct {
		status int
		code   string
		reason any
	}{
		{400, "SSS_MISSING_REQD_ARGUMENT", "script"},
		{400, "UNEXPECTED_ERROR", "script"},
		{500, "UNEXPECTED_ERROR", "internal"},
		{500, "", "system"},
		{400, "INVALID_RETURN_DATA_FORMAT", "return-format"},
		{404, "SSS_INVALID_SCRIPTLET_ID", "deployment"},
	} {
		f, bad := JudgeAnswer(netsuite.Request{URL: aRESTlet}, answered(tt.status, "application/json", body(tt.code)), false)
		want := finding.Code("api.restlet-error")
		if tt.reason == "internal" { // the same as of a REST call
			want = "api.unexpected-response"
		}
		if !bad || f.Code != want || f.Evidence["reason"] != tt.reason {
			t.Errorf("%d %s: %s, %v", tt.status, tt.code, f.Code, f.Evidence)
		}
		if tt.reason == "system" && strings.Contains(f.Remedy.Summary, "script") {
			t.Errorf("%d %s: %q", tt.status, tt.code, f.Message)
		}
	}
}

// The features that nobody tested are named.
func TestA21Features(t *testing.T) {
	for _, tt := range []struct {
		scope string
		proof apiProof
		want  string
	}{
		{"rest_webservices", apiProof{rest: true}, "OAUTH 2.0 and REST WEB SERVICES are on"},
		{"rest_webservices", apiProof{rest: true, query: true}, "SuiteAnalytics Workbook are on"},
		{"restlets", apiProof{}, "not tested: Client SuiteScript and Server SuiteScript"},
		{"restlets,rest_webservices", apiProof{rest: true, restlet: true}, "a token and a REST call prove it"},
	} {
		p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {"1234567"}, "scope": strings.Split(tt.scope, ",")}})
		if err != nil {
			t.Fatal(err)
		}
		in := &inputs{job: &Job{Profile: p}, seen: map[finding.CheckID]*node{
			finding.CheckToken: {product: &netsuite.Token{}}, finding.CheckAPI: {product: tt.proof}}}
		o := checkFeatures(t.Context(), in)
		untested := strings.Contains(o.summary, "Client SuiteScript")
		if !strings.Contains(o.summary, tt.want) || untested != (strings.Contains(tt.scope, "restlets") && !tt.proof.restlet) {
			t.Errorf("%s %+v: %s", tt.scope, tt.proof, o.summary)
		}
	}
}
