package checks

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// apiRule maps one kind of API error to a finding. The error code decides before the
// status, because NetSuite answers permission problems with several statuses (Oracle
// NetSuite Help, page section_156570709583).
type apiRule struct {
	status int                            // 0: any
	code   string                         // o:errorCode or RESTlet error.code; "": any
	detail []string                       // lower-case parts that the detail must all have
	call   func(method, path string) bool // the kind of call; nil: any
	result finding.Code
	reason string // the variant of the finding in the catalog
}

var apiRules = []apiRule{
	{code: "INVALID_LOGIN", result: "api.invalid-login"},
	{code: "INVALID_LOGIN_ATTEMPT", result: "api.invalid-login"},
	{code: "INVALID_LOGIN_CREDENTIALS", result: "api.invalid-login"},
	{code: "TWO_FA_REQD", result: "api.invalid-login"},
	{code: "invalid_token", result: "api.invalid-login"}, // in the header WWW-Authenticate
	{code: "USER_ERROR", detail: []string{"permission"}, call: isOneRecord, result: "api.permission-missing", reason: "one-record"},
	{code: "USER_ERROR", detail: []string{"permission"}, call: isREST, result: "api.workbook-permission-missing"},
	{code: "USER_ERROR", detail: []string{"permission"}, result: "api.permission-missing"},
	{code: "USER_ERROR", result: "api.invalid-request"},
	{code: "INSUFFICIENT_PERMISSION", detail: []string{"beta"}, result: "api.permission-missing", reason: "beta"},
	{code: "INSUFFICIENT_PERMISSION", call: isRESTlet, result: "api.permission-missing", reason: "restlet"},
	{code: "INSUFFICIENT_PERMISSION", result: "api.permission-missing"},
	{code: "INVALID_PARAMETER", detail: []string{"reason: "}, result: "api.query-invalid", reason: "field"}, // REMOVED, NOT_EXPOSED
	{code: "INVALID_PARAMETER", detail: []string{"unknown identifier"}, result: "api.query-invalid", reason: "field"},
	{code: "INVALID_PARAMETER", detail: []string{"record '", "was not found"}, result: "api.record-not-visible"},
	{code: "INVALID_PARAMETER", detail: []string{"invalid search query"}, result: "api.query-invalid"},
	{code: "NONEXISTENT_ID", result: "api.not-found"},
	{code: "CONCURRENCY_LIMIT_EXCEEDED", result: "api.rate-limited"},
	{code: "SSS_REQUEST_LIMIT_EXCEEDED", result: "api.rate-limited"},
	{code: "SSS_INVALID_SCRIPTLET_ID", result: "api.restlet-error", reason: "deployment"},
	{code: "UNEXPECTED_ERROR", call: isREST, result: "api.unexpected-response", reason: "internal"},
	{status: 500, code: "UNEXPECTED_ERROR", result: "api.unexpected-response", reason: "internal"},
	{status: 406, call: isREST, result: "api.invalid-request", reason: "accept"},
	{status: 409, call: isREST, result: "api.invalid-request", reason: "conflict"},
	{status: 412, call: isREST, result: "api.invalid-request", reason: "conflict"},
	{status: 413, result: "api.invalid-request", reason: "too-large"},
	{code: "INVALID_CONTENT", result: "api.invalid-request"},
	{code: "INVALID_REQUEST", result: "api.invalid-request"},
	{code: "INVALID_PARAMETER", result: "api.invalid-request"},
	{status: 400, detail: []string{"prefer"}, call: isSuiteQL, result: "api.query-invalid", reason: "prefer"},
	{status: 401, result: "api.invalid-login"},
	{status: 403, call: isRESTlet, result: "api.permission-missing", reason: "restlet"},
	{status: 403, result: "api.permission-missing"},
	{status: 404, result: "api.not-found"},
	{status: 429, result: "api.rate-limited"},
	{status: 502, result: "api.unavailable"},
	{status: 503, result: "api.unavailable"},
	{status: 504, result: "api.unavailable"},
	{status: 405, result: "api.invalid-request", reason: "method"},
	{status: 415, result: "api.invalid-request", reason: "content-type"},
	{code: "INVALID_RETURN_DATA_FORMAT", call: isRESTlet, result: "api.restlet-error", reason: "return-format"},
	{status: 400, call: isRESTlet, result: "api.restlet-error", reason: "script"},
	{status: 500, call: isRESTlet, result: "api.restlet-error", reason: "system"},
	{call: isRESTlet, result: "api.restlet-error"},
	{status: 400, result: "api.invalid-request"},
}

func (r apiRule) matches(a *netsuite.Answer, path string, e *netsuite.APIError) bool {
	detail := strings.ToLower(e.Detail)
	return (r.status == 0 || r.status == a.Status) && (r.code == "" || r.code == e.Code) &&
		!slices.ContainsFunc(r.detail, func(part string) bool { return !strings.Contains(detail, part) }) &&
		(r.call == nil || r.call(a.Method, path)) && (r.status != 0 || e.Code != "")
}

const (
	restPath    = "/services/rest/"
	recordsPath = restPath + "record/v1/"
	RESTletPath = "/app/site/hosting/restlet.nl"
)

// isREST reports whether a call goes to REST web services. A RESTlet does not.
func isREST(_, path string) bool { return strings.HasPrefix(path, restPath) }

func isRESTlet(_, path string) bool { return withoutQuery(path) == RESTletPath }

func isSuiteQL(_, path string) bool { return withoutQuery(path) == SuiteQLPath }

// isOneRecord reports whether a call names one record by its ID, or creates one. Only
// lists and queries need SuiteAnalytics Workbook.
func isOneRecord(method, path string) bool {
	rest, isRecord := strings.CutPrefix(withoutQuery(path), recordsPath)
	kind, id, _ := strings.Cut(rest, "/")
	if !isRecord || kind == "metadata-catalog" {
		return false
	}
	return id != "" || method != http.MethodGet && method != http.MethodHead
}

// recordPathOf is the path of a record, as nsauth call reads it, that a path without
// record/v1 may mean; "" for one that has it, and for another service.
func recordPathOf(path string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(path, restPath), "/")
	if strings.HasPrefix(path, recordsPath) {
		return ""
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "record/"), "v1/")
	first, _, _ := strings.Cut(withoutQuery(rest), "/")
	if !recordType().MatchString(first) || slices.Contains(notRecords, first) {
		return ""
	}
	return strings.TrimPrefix(recordsPath, restPath) + rest
}

var (
	recordType = text.Regexp(`^[A-Za-z_][A-Za-z0-9_]+$`)
	// notRecords begin the paths of other services.
	notRecords = []string{"app", "auth", "async", "query", "record", "rest", "services", "system"}
)

func withoutQuery(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// isInvalidJSON reports whether the answer to a REST call claims to be JSON and is
// not. Of a truncated answer only the first character counts.
func isInvalidJSON(a *netsuite.Answer, path string) bool {
	body := bytes.TrimLeft(a.Body, " \t\r\n")
	if !isREST(a.Method, path) || len(body) == 0 || !strings.Contains(a.ContentType(), "json") || a.IsJSON() {
		return false
	}
	return !a.Truncated || body[0] != '{' && body[0] != '['
}

// isOwnPage reports whether a web page is what a RESTlet answers: it may (Oracle NetSuite
// Help, section_0618021129). A sign-in page comes from something else.
func isOwnPage(a *netsuite.Answer, path string) bool {
	return isRESTlet(a.Method, path) && a.Status/100 == 2 && !signIn().MatchString(a.HTMLTitle())
}

var signIn = text.Regexp(`(?i)\b(log ?in|sign ?in)\b`)

// contentEncoding is how the body is compressed, "" if it is not.
func contentEncoding(a *netsuite.Answer) string {
	if how := a.Header.Get("Content-Encoding"); !strings.EqualFold(how, "identity") {
		return how
	}
	return ""
}

// JudgeAnswer returns what is wrong with the answer to a call; false if nothing is.
// A probe is a call that only nsauth makes: whatever answers it is information, except
// that NetSuite refuses the token.
func JudgeAnswer(r netsuite.Request, a *netsuite.Answer, probe bool) (finding.Finding, bool) {
	f, bad := judgeAnswer(r, a, probe)
	if probe && bad && f.Code != "api.invalid-login" {
		f = f.With(finding.Info)
	}
	return f, bad
}

func judgeAnswer(r netsuite.Request, a *netsuite.Answer, probe bool) (finding.Finding, bool) {
	path := fault.PathOf(r.URL)
	ev := finding.Evidence{"status": a.Status, "method": a.Method, "path": path}
	if a.Status == http.StatusNotModified && netsuite.IsConditional(r.Header) {
		return finding.Finding{}, false
	}
	if a.Status >= 300 && a.Status < 400 && a.Status != http.StatusNotModified {
		ev.Set("location_host", fault.LocationHost(a))
		return catalog.New("api.redirected", ev), true
	}
	compressed := contentEncoding(a) != "" && r.Header.Get("Accept-Encoding") != "" // as the user asked
	page := a.IsHTML() && !isOwnPage(a, path)
	if a.Status >= 200 && a.Status < 300 && !page && (compressed || !isInvalidJSON(a, path)) {
		return finding.Finding{}, false
	}
	e := netsuite.APIErrorFrom(a)
	if e == nil { // status 200, but not the API's answer
		e = &netsuite.APIError{}
	}
	ev.Set("error_code", e.Code)
	ev.Set("detail", e.Detail)
	ev.Set("error_id", e.ErrorID)
	ev.Set("www_authenticate", a.Header.Get("WWW-Authenticate"))
	ev.Set("retry_after", a.Header.Get("Retry-After"))
	code := finding.Code("api.unexpected-response")
	switch {
	case page && a.Status != 429 && !fault.IsUnavailable(a.Status): // a busy server may send a page, the API never does
		ev["reason"], ev["title"] = "html", a.HTMLTitle()
	case a.Status < 300 && contentEncoding(a) != "":
		ev["reason"], ev["encoding"] = "packed", contentEncoding(a)
	case a.Status < 300:
		ev["reason"] = "not-json"
	case a.Status >= 400:
		if i := slices.IndexFunc(apiRules, func(rule apiRule) bool { return rule.matches(a, path, e) }); i >= 0 {
			code = apiRules[i].result
			ev.Set("reason", apiRules[i].reason)
		} else if e.Detail != "" {
			ev["reason"] = "detail"
		}
	}
	addNames(ev, code, e.Detail)
	if guess := recordPathOf(path); guess != "" && code == "api.not-found" {
		ev["reason"], ev["record_path"] = "record-path", guess
	}
	if r.TBA != nil {
		ev["auth"] = profile.AuthTBA
	}
	switch {
	case code != "api.invalid-login":
	case r.TBA != nil:
		explainSignature(ev, r.TBA, a)
	default:
		explainLogin(ev, r.AccessToken, a, path)
	}
	if probe && ev["reason"] == nil {
		ev["reason"] = "probe"
	}
	return catalog.New(code, ev), true
}

var (
	permissionName = text.Regexp(`'([^']{2,80})' permission`)
	recordName     = text.Regexp(`(?i)\brecord '([^']{1,80})' was not found`)
)

// addNames adds what NetSuite's text names: the missing permission, or the record
// type that the role cannot see.
func addNames(ev finding.Evidence, code finding.Code, detail string) {
	switch code {
	case "api.permission-missing":
		if m := permissionName().FindStringSubmatch(detail); m != nil {
			ev["permission"] = m[1]
		}
	case "api.record-not-visible":
		if m := recordName().FindStringSubmatch(detail); m != nil {
			ev["record"] = m[1]
		}
	}
}

// maxTBAOffset is how far the timestamp of a TBA signature may be from NetSuite's clock
// (Oracle NetSuite Help, page subsect_156935170194).
const maxTBAOffset = 5 * time.Minute

// explainSignature adds what a rejected TBA signature was made from, and the offset of the
// clock if that alone is a reason.
func explainSignature(ev finding.Evidence, t *netsuite.TBA, a *netsuite.Answer) {
	ev["reason"] = "tba"
	ev.Set("realm", t.Account.ID)
	if date, dated := a.Date(); dated && !a.Received.IsZero() {
		if offset := a.Received.Sub(date).Round(time.Second); offset.Abs() > maxTBAOffset {
			ev["reason"], ev["offset"] = "tba-clock", map[bool]string{true: "ahead", false: "behind"}[offset > 0]
			ev["minutes"] = int(offset.Abs().Round(time.Minute) / time.Minute)
		}
	}
}

// explainLogin adds what the rejected access token says. Oracle does not document its
// form, so what cannot be read is left out.
func explainLogin(ev finding.Evidence, token netsuite.Secret, a *netsuite.Answer, path string) {
	t, err := jwtgen.ReadAccessToken(token.Reveal())
	if err != nil {
		return
	}
	ev.Set("role_id", t.RoleID)
	ev.Set("entity_id", t.EntityID)
	ev.Set("token_account", t.Account)
	if len(t.Scope) > 0 {
		ev["token_scope"] = t.Scope
	}
	now, dated := a.Date() // NetSuite's clock decides
	if !dated {
		now = a.Received
	}
	needed := restScope
	if isRESTlet("", path) {
		needed = "restlets"
	}
	switch {
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		ev["reason"], ev["expired_at"] = "expired", t.Expires.UTC().Format(time.RFC3339)
	case len(t.Scope) > 0 && !slices.Contains(t.Scope, needed):
		ev["reason"], ev["missing"] = "scope", needed
	}
}
