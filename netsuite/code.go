package netsuite

import "fmt"

// Code is an error code for errors.Is: the error of an OAuth answer (RFC 6749,
// section 5.2), an o:errorCode, or the code of a RESTlet's error.
//
//	if errors.Is(err, netsuite.InvalidLogin) { ... }
//	if errors.Is(err, netsuite.Code("RCRD_DSNT_EXIST")) { ... }
type Code string

func (c Code) Error() string { return string(c) }

// The well-known codes. Sources: RFC 6749, section 5.2; Oracle NetSuite Help, pages
// section_156570709583 and bridgehead_1525252812. The meanings of server_error and
// USER_ERROR were observed.
const (
	ServerError            = Code("server_error") // the token endpoint sends it for nearly every cause
	InvalidGrant           = Code("invalid_grant")
	InvalidClient          = Code("invalid_client")
	InvalidRequest         = Code("invalid_request")
	InvalidScope           = Code("invalid_scope")
	UnauthorizedClient     = Code("unauthorized_client")
	UnsupportedGrantType   = Code("unsupported_grant_type")
	InvalidLogin           = Code("INVALID_LOGIN")
	InsufficientPermission = Code("INSUFFICIENT_PERMISSION")
	UserError              = Code("USER_ERROR") // a 400, perhaps for a missing permission
	NonexistentID          = Code("NONEXISTENT_ID")
	ConcurrencyLimit       = Code("CONCURRENCY_LIMIT_EXCEEDED")
	RequestLimit           = Code("SSS_REQUEST_LIMIT_EXCEEDED") // a 400 of a RESTlet
	UnexpectedError        = Code("UNEXPECTED_ERROR")
)

// Status is the HTTP status of an answer, for errors.Is.
type Status int

func (s Status) Error() string { return fmt.Sprintf("HTTP %d", int(s)) }

// Is reports whether target is this error's [Code] or [Status].
func (e *TokenError) Is(target error) bool { return matches(target, e.Code, e.Answer) }

// Is reports whether target is this error's [Code] or [Status].
func (e *APIError) Is(target error) bool { return matches(target, e.Code, e.Answer) }

func matches(target error, code string, a *Answer) bool {
	switch t := target.(type) {
	case Code:
		return code != "" && code == string(t)
	case Status:
		return a != nil && a.Status == int(t)
	}
	return false
}
