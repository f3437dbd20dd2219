package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// answer is a whole HTTP answer but for the Date.
type answer struct {
	status      int
	contentType string
	header      map[string]string
	body        []byte
	basis       Basis
}

// by is the answer on another basis.
func (a answer) by(basis Basis) answer {
	a.basis = basis
	return a
}

func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	for name, value := range a.header {
		h.Set(name, value)
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that is gone needs no answer
}

const (
	typeJSON       = "application/json;charset=utf-8"
	typeError      = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"
	typeSingular   = "application/vnd.oracle.resource+json; type=singular; charset=UTF-8"
	typeCollection = "application/vnd.oracle.resource+json; type=collection; charset=UTF-8"
)

func jsonAnswer(status int, contentType string, basis Basis, body any) answer {
	b, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("emulator: an answer that is no JSON: %v", err)) // a mistake in this package
	}
	return answer{status: status, contentType: contentType, body: b, basis: basis}
}

// bareServerError is the answer that two users report for a refused assertion,
// and the only public one.
func bareServerError() answer {
	a := jsonAnswer(http.StatusInternalServerError, typeJSON, Observed, oauthError{"server_error"})
	a.header = map[string]string{"Cache-Control": "no-store"}
	return a
}

// oauthError is the body that Oracle documents: the one member, and no
// error_description (Oracle NetSuite Help, subsect_158521832417).
type oauthError struct {
	Error string `json:"error"`
}

func (s *Server) oauthAnswer(code, account string, basis Basis) answer {
	a := jsonAnswer(statusOf(code), typeJSON, basis, oauthError{code})
	a.header = map[string]string{"Cache-Control": "no-store"}
	if code == invalidClient {
		a.header["WWW-Authenticate"] = fmt.Sprintf("Basic realm=%q", account)
	}
	return a
}

// restEnvelope is the error body of SuiteTalk REST Web Services (Oracle
// NetSuite Help, section_156570709583).
type restEnvelope struct {
	Type    string       `json:"type"`
	Title   string       `json:"title"`
	Status  int          `json:"status"`
	Details []restDetail `json:"o:errorDetails"`
}

type restDetail struct {
	Detail     string `json:"detail"`
	Path       string `json:"o:errorPath,omitempty"`
	Header     string `json:"o:errorHeader,omitempty"`
	QueryParam string `json:"o:errorQueryParam,omitempty"`
	Code       string `json:"o:errorCode"`
}

// statusPages are the sections of RFC 9110 that NetSuite's "type" points to, as
// reports since 2024 show it (airbytehq/airbyte#34137); older ones have RFC 2616.
func statusPages() map[int]string {
	return map[int]string{400: "15.5.1", 401: "15.5.2", 403: "15.5.4", 404: "15.5.5", 405: "15.5.6", 415: "15.5.16", 500: "15.6.1"}
}

func statusPage(status int) string {
	section, known := statusPages()[status]
	if !known {
		section = "15.5" // of client errors as such
	}
	return "https://www.rfc-editor.org/rfc/rfc9110.html#section-" + section
}

func restError(status int, basis Basis, code, detail string) answer {
	return restErrorAt(status, basis, restDetail{Detail: detail, Code: code})
}

// restErrorAt is restError with the header or parameter at fault.
func restErrorAt(status int, basis Basis, detail restDetail) answer {
	return jsonAnswer(status, typeError, basis, restEnvelope{
		Type:    statusPage(status),
		Title:   http.StatusText(status),
		Status:  status,
		Details: []restDetail{detail},
	})
}

// invalidLogin is the one answer to every token that is no good (section_156570709583,
// subsect_158521885412).
func invalidLogin(account string) answer {
	a := restError(http.StatusUnauthorized, Official, "INVALID_LOGIN",
		"Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.")
	a.header = map[string]string{"WWW-Authenticate": fmt.Sprintf(`Bearer realm=%q, error="invalid_token", error_description="Invalid login attempt."`, account)}
	return a
}

// malformedAuthorization answers an Authorization header that is none (subsect_158521885412).
func malformedAuthorization(account string) answer {
	const text = "The request could not be understood by the server due to malformed syntax."
	a := restError(http.StatusBadRequest, Official, "INVALID_REQUEST", text)
	a.header = map[string]string{"WWW-Authenticate": fmt.Sprintf(`Bearer realm=%q, error="invalid_request", error_description=%q`, account, text)}
	return a
}

// workbookMissing is the misleading 400 for a role without SuiteAnalytics
// Workbook, bisected in a field report.
func workbookMissing() answer {
	return restError(http.StatusBadRequest, Observed, "USER_ERROR",
		"Your current role does not have permission to perform this action.")
}

// permissionMissing names the permission, as field reports show it.
func permissionMissing(permission string) answer {
	return restError(http.StatusForbidden, Observed, "INSUFFICIENT_PERMISSION",
		fmt.Sprintf("Permission Violation: You need the '%s' permission to access this page. Please contact your account administrator.", permission))
}

func nonexistentID() answer {
	return restError(http.StatusNotFound, Official, "NONEXISTENT_ID",
		"The record instance does not exist. Provide a valid record instance ID.")
}

func notFound() answer {
	return restError(http.StatusNotFound, Guess, "NOT_FOUND", "There is no resource at this URL.")
}

func wrongMethod(allow string) answer {
	a := restError(http.StatusMethodNotAllowed, Guess, "METHOD_NOT_ALLOWED", "The method is not allowed at this URL.")
	a.header = map[string]string{"Allow": allow}
	return a
}

func unexpectedError() answer {
	return restError(http.StatusInternalServerError, Official, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: emulator")
}

// noService answers a host that is no account's here (Oracle NetSuite Help,
// chapter_157011836591).
func noService() answer {
	return answer{http.StatusServiceUnavailable, "text/html; charset=utf-8", nil,
		[]byte(noServicePage), Official}
}

const noServicePage = "<html><head><title>Service Unavailable</title></head><body>Service Unavailable. No service is available at this URL.</body></html>\n"

func loginPage() answer {
	return answer{http.StatusOK, "text/html; charset=utf-8", nil,
		[]byte("<!DOCTYPE html>\n<html><head><title>NetSuite - Customer Login</title></head><body></body></html>\n"), Guess}
}
