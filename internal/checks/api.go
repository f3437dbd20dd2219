package checks

import (
	"bytes"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/netsuite"
)

// apiRule is one row of what an API answer means: classified by its error code
// first, because NetSuite answers permission problems with several statuses
// (Oracle NetSuite Help, page section_156570709583).
type apiRule struct {
	status int    // 0: any
	code   string // o:errorCode or RESTlet error.code; "": any
	detail string // part of the detail, lower case; "": any
	then   finding.Code
}

var apiRules = []apiRule{
	{code: "INVALID_LOGIN", then: "api.invalid-login"},
	{code: "INVALID_LOGIN_ATTEMPT", then: "api.invalid-login"},
	{code: "INVALID_LOGIN_CREDENTIALS", then: "api.invalid-login"},
	{code: "USER_ERROR", detail: "permission", then: "api.workbook-permission-missing"},
	{code: "INSUFFICIENT_PERMISSION", then: "api.permission-missing"},
	{code: "INVALID_PARAMETER", detail: "was not found", then: "api.record-not-visible"},
	{code: "INVALID_PARAMETER", detail: "invalid search query", then: "api.query-invalid"},
	{code: "NONEXISTENT_ID", then: "api.not-found"},
	{code: "CONCURRENCY_LIMIT_EXCEEDED", then: "api.rate-limited"},
	{code: "SSS_REQUEST_LIMIT_EXCEEDED", then: "api.rate-limited"},
	{code: "SSS_INVALID_SCRIPTLET_ID", then: "api.restlet-error"},
	{code: "INVALID_CONTENT", then: "api.invalid-request"},
	{code: "INVALID_REQUEST", then: "api.invalid-request"},
	{code: "INVALID_PARAMETER", then: "api.invalid-request"},
	{status: 401, then: "api.invalid-login"},
	{status: 403, then: "api.permission-missing"},
	{status: 404, then: "api.not-found"},
	{status: 429, then: "api.rate-limited"},
	{status: 502, then: "api.unavailable"},
	{status: 503, then: "api.unavailable"},
	{status: 504, then: "api.unavailable"},
	{status: 400, then: "api.invalid-request"},
	{status: 405, then: "api.invalid-request"},
	{status: 415, then: "api.invalid-request"},
}

// notItsJSON reports whether the answer to a REST call says that it is JSON and is
// not. One of which only the beginning was read may be whole.
func notItsJSON(a *netsuite.Answer, path string) bool {
	body := bytes.TrimLeft(a.Body, " \t\r\n")
	if !isREST(path) || len(body) == 0 || !strings.Contains(a.ContentType(), "json") || a.IsJSON() {
		return false
	}
	return !a.Truncated || body[0] != '{' && body[0] != '['
}

// JudgeAnswer says what is wrong with an API answer; false when nothing is.
func JudgeAnswer(a *netsuite.Answer, path string, probe bool) (finding.Finding, bool) {
	ev := finding.Evidence{"status": a.Status, "path": path}
	if a.Status >= 300 && a.Status < 400 {
		ev["location_host"] = hostOf(a.Header.Get("Location"))
		return finding.New("api.redirected", ev), true
	}
	if a.Status >= 200 && a.Status < 300 && !a.IsHTML() && !notItsJSON(a, path) {
		return finding.Finding{}, false
	}
	e := netsuite.APIErrorFrom(a)
	if e == nil { // status 200 and no API's answer
		e = &netsuite.APIError{}
	}
	for name, v := range map[string]string{"error_code": e.Code, "detail": e.Detail, "error_id": e.ErrorID,
		"www_authenticate": a.Header.Get("WWW-Authenticate"), "retry_after": a.Header.Get("Retry-After")} {
		if v != "" {
			ev[name] = v
		}
	}
	if a.IsHTML() {
		ev["reason"], ev["title"] = "html", a.HTMLTitle()
	}
	if probe {
		ev["reason"] = "probe"
	}
	code := finding.Code("api.unexpected-response")
	for _, r := range apiRules {
		if (r.status == 0 || r.status == a.Status) && (r.code == "" || r.code == e.Code) &&
			(r.detail == "" || strings.Contains(strings.ToLower(e.Detail), r.detail)) && a.Status >= 400 {
			code = r.then
			break
		}
	}
	return finding.New(code, ev), true
}
