package checks

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

const (
	listOfRecords = "/services/rest/record/v1/customer?limit=1"
	oneRecord     = "/services/rest/record/v1/customer/107"
	aQuery        = "/services/rest/query/v1/suiteql"
	aRESTlet      = "https://1234567.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=1&deploy=1"
	noPermission  = "Your current role does not have permission to perform this action."
)

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
		{"one record, the same error", "GET", oneRecord, fresh, 400, rest("USER_ERROR", noPermission), "api.permission-missing", "one-record", "is not why"},
		{"a new record, the same error", "POST", "/services/rest/record/v1/customer", fresh, 400, rest("USER_ERROR", noPermission), "api.permission-missing", "one-record", "is not why"},
		{"the catalogue is no record", "GET", "/services/rest/record/v1/metadata-catalog/customer", fresh, 400, rest("USER_ERROR", noPermission), "api.workbook-permission-missing", "", ""},
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
		{"a script that fails", "GET", aRESTlet, fresh, 400, restlet("UNEXPECTED_ERROR", "TypeError: x is undefined"), "api.restlet-error", "", "TypeError"},
		{"a token without the scope for RESTlets", "GET", aRESTlet, fresh, 401, restlet("INVALID_LOGIN_ATTEMPT", "Invalid login attempt."), "api.invalid-login", "scope", "scope restlets"},
		{"a token that ended", "GET", oneRecord, stale, 401, rest("INVALID_LOGIN", "Invalid login attempt."), "api.invalid-login", "expired", "expired at 2026-11-23 14:59:59 UTC"},
		{"a token in order", "GET", oneRecord, fresh, 401, rest("INVALID_LOGIN", "Invalid login attempt."), "api.invalid-login", "", "role 1012, entity 1042, scope rest_webservices"},
		{"an opaque token", "GET", oneRecord, netsuite.NewSecret("opaque"), 401, rest("INVALID_LOGIN", "Invalid login attempt."), "api.invalid-login", "", "invalid login attempt"},
		{"another method", "PUT", oneRecord, fresh, 405, ``, "api.invalid-request", "method", "does not take the method PUT there, at"},
		{"another method of a RESTlet", "DELETE", aRESTlet, fresh, 405, restlet("SSS_INVALID_SCRIPT", "No function."), "api.invalid-request", "method", "method DELETE there: No function, at"},
		{"another type of body", "POST", "/services/rest/record/v1/customer", fresh, 415, ``, "api.invalid-request", "content-type", "Content-Type"},
		{"a gateway's page", "GET", oneRecord, fresh, 403, "<!DOCTYPE html><html><head><title>Blocked by policy</title>", "api.unexpected-response", "html", "Blocked by policy"},
		{"a maintenance page", "GET", oneRecord, fresh, 503, "<!DOCTYPE html><html><head><title>Down</title>", "api.unavailable", "", ""},
		{"an error of NetSuite's own", "GET", oneRecord, fresh, 500, rest("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: k2x9q"), "api.unexpected-response", "", "error ID k2x9q"},
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

func jsonText(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}

// A call by ID tells the two causes of the misleading 400 apart.
func TestACallByIDSettles(t *testing.T) {
	refused, bad := JudgeAnswer(netsuite.Request{Method: "GET", URL: listOfRecords}, &netsuite.Answer{Method: "GET", Status: 400,
		Header: http.Header{}, Body: []byte(`{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"` + noPermission + `"}]}`)}, false)
	if !bad || !NeedsByID(refused) {
		t.Fatalf("%+v", refused)
	}
	for _, tt := range []struct {
		status int
		body   string
		code   finding.Code
		reason any
	}{
		{200, `{"id":"1042"}`, "api.workbook-permission-missing", "by-id-works"},
		{403, `{"o:errorDetails":[{"o:errorCode":"INSUFFICIENT_PERMISSION","detail":"You need the 'Employees' permission"}]}`, "api.workbook-permission-missing", "by-id-works"},
		{404, `{"o:errorDetails":[{"o:errorCode":"NONEXISTENT_ID"}]}`, "api.workbook-permission-missing", "by-id-works"},
		{400, `{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"` + noPermission + `"}]}`, "api.permission-missing", "one-record"},
		{429, ``, "api.workbook-permission-missing", nil},
		{200, `<!DOCTYPE html>`, "api.workbook-permission-missing", nil},
	} {
		f := settledByID(refused, oneRecord, &netsuite.Answer{Method: "GET", Status: tt.status, Header: http.Header{}, Body: []byte(tt.body)})
		if f.Code != tt.code || f.Evidence["reason"] != tt.reason {
			t.Errorf("%d %s: %s for %v", tt.status, tt.body, f.Code, f.Evidence["reason"])
		}
	}
	probe, _ := JudgeAnswer(netsuite.Request{Method: "POST", URL: aQuery}, &netsuite.Answer{Method: "POST", Status: 400, Header: http.Header{},
		Body: []byte(`{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"` + noPermission + `"}]}`)}, true)
	if NeedsByID(probe) {
		t.Error("a probe's refusal needs no second call")
	}
}

func TestByID(t *testing.T) {
	entity := func(id string) netsuite.Secret {
		return testkit.UnsignedJWT(t, map[string]any{"alg": "RS256"}, map[string]any{"sub": "1012;" + id})
	}
	for _, tt := range []struct {
		path  string
		token netsuite.Secret
		want  string // "" for none
	}{
		{"record/v1/customer/107", entity("1042"), oneRecord},
		{"record/v1/customer?limit=1", entity("1042"), "/services/rest/record/v1/employee/1042"},
		{"", entity("1042"), "/services/rest/record/v1/employee/1042"},
		{"", entity("-5"), ""},
		{"", entity("1/../2"), ""},
		{"", netsuite.NewSecret("opaque"), ""},
	} {
		flags := map[string][]string{"account": {"1234567"}}
		if tt.path != "" {
			flags["api-path"] = []string{tt.path}
		}
		p, err := profile.Resolve(profile.Input{Flags: flags})
		if err != nil {
			t.Fatal(err)
		}
		r, ok := ByID(p, tt.token)
		if ok != (tt.want != "") || r.URL != tt.want || ok && (r.Method != "GET" || r.AccessToken.IsZero()) {
			t.Errorf("%s: %v %s %s", tt.path, ok, r.Method, r.URL)
		}
	}
}
