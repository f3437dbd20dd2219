package exchange

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Answer is an HTTP response without its Date.
type Answer struct {
	Status      int
	ContentType string
	Header      map[string]string
	Body        []byte
	Basis       verdict.Basis
}

// By is the same answer with another basis.
func (a Answer) By(basis verdict.Basis) Answer {
	a.Basis = basis
	return a
}

func (a Answer) Write(w http.ResponseWriter) {
	h := w.Header()
	for name, value := range a.Header {
		h.Set(name, value)
	}
	h.Set("Content-Type", a.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client may be gone
}

const (
	TypeJSON       = "application/json;charset=utf-8"
	TypeError      = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"
	TypeSingular   = "application/vnd.oracle.resource+json; type=singular; charset=UTF-8"
	TypeCollection = "application/vnd.oracle.resource+json; type=collection; charset=UTF-8"
)

// JSON is an answer with a JSON body.
func JSON(status int, contentType string, basis verdict.Basis, body any) Answer {
	b, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("emulator: cannot encode an answer: %v", err)) // a mistake in the emulator
	}
	return Answer{Status: status, ContentType: contentType, Body: b, Basis: basis}
}

// RESTErrorBody is the error body of SuiteTalk REST Web Services (Oracle
// NetSuite Help, section_156570709583).
type RESTErrorBody struct {
	Type    string            `json:"type"`
	Title   string            `json:"title"`
	Status  int               `json:"status"`
	Details []RESTErrorDetail `json:"o:errorDetails"`
}

type RESTErrorDetail struct {
	Detail     string `json:"detail"`
	Path       string `json:"o:errorPath,omitempty"`
	Header     string `json:"o:errorHeader,omitempty"`
	QueryParam string `json:"o:errorQueryParam,omitempty"`
	Code       string `json:"o:errorCode"`
}

// statusPages are the sections of RFC 9110 that NetSuite's "type" points to, as
// reports since 2024 show it (airbytehq/airbyte#34137); older ones have RFC 2616.
var statusPages = map[int]string{400: "15.5.1", 401: "15.5.2", 403: "15.5.4", 404: "15.5.5", 405: "15.5.6", 415: "15.5.16", 500: "15.6.1"}

// StatusPage is the "type" of an error with this status.
func StatusPage(status int) string {
	section, known := statusPages[status]
	if !known {
		section = "15.5" // client errors in general
	}
	return "https://www.rfc-editor.org/rfc/rfc9110.html#section-" + section
}

// RESTError is an error of SuiteTalk REST Web Services.
func RESTError(status int, basis verdict.Basis, code, detail string) Answer {
	return RESTErrorAt(status, basis, RESTErrorDetail{Detail: detail, Code: code})
}

// RESTErrorAt is a RESTError that names a header or parameter.
func RESTErrorAt(status int, basis verdict.Basis, detail RESTErrorDetail) Answer {
	return JSON(status, TypeError, basis, RESTErrorBody{
		Type:    StatusPage(status),
		Title:   http.StatusText(status),
		Status:  status,
		Details: []RESTErrorDetail{detail},
	})
}

// InvalidLogin is the answer to every invalid token (section_156570709583,
// subsect_158521885412).
func InvalidLogin(account string) Answer {
	a := RESTError(http.StatusUnauthorized, verdict.Official, "INVALID_LOGIN",
		"Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.")
	a.Header = map[string]string{"WWW-Authenticate": fmt.Sprintf(`Bearer realm=%q, error="invalid_token", error_description="Invalid login attempt."`, account)}
	return a
}

// InvalidLoginTBA is the same answer to a request with a token of token-based
// authentication. That its header names the scheme OAuth is a guess.
func InvalidLoginTBA(account string) Answer {
	a := InvalidLogin(account)
	a.Header = map[string]string{"WWW-Authenticate": fmt.Sprintf("OAuth realm=%q", account)}
	return a.By(verdict.Guess)
}

// MalformedAuthorization answers an invalid Authorization header (subsect_158521885412).
func MalformedAuthorization(account string) Answer {
	const text = "The request could not be understood by the server due to malformed syntax."
	a := RESTError(http.StatusBadRequest, verdict.Official, "INVALID_REQUEST", text)
	a.Header = map[string]string{"WWW-Authenticate": fmt.Sprintf(`Bearer realm=%q, error="invalid_request", error_description=%q`, account, text)}
	return a
}

// WrongMethod answers a method that is not in allow.
func WrongMethod(allow string) Answer {
	a := RESTError(http.StatusMethodNotAllowed, verdict.Guess, "METHOD_NOT_ALLOWED", "The method is not allowed at this URL.")
	a.Header = map[string]string{"Allow": allow}
	return a
}

// UnexpectedError answers a mistake of the emulator's own.
func UnexpectedError() Answer {
	return RESTError(http.StatusInternalServerError, verdict.Official, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: emulator")
}
