package oauth

import (
	"fmt"
	"net/http"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Errors is a way to answer refused assertions.
type Errors string

const (
	// ErrorsBare answers every refused assertion with the bare status 500
	// {"error":"server_error"}, which is all that real users report.
	ErrorsBare Errors = "bare"
	// ErrorsOAuth answers with the codes of RFC 6749 section 5.2.
	ErrorsOAuth Errors = "oauth"
)

// bareServerError is the answer that two users report for a refused assertion,
// and the only public one.
func bareServerError() exchange.Answer {
	a := exchange.JSON(http.StatusInternalServerError, exchange.TypeJSON, verdict.Observed, errorBody{"server_error"})
	a.Header = map[string]string{"Cache-Control": "no-store"}
	return a
}

// errorBody is the body that Oracle documents: the one member, and no
// error_description (Oracle NetSuite Help, subsect_158521832417).
type errorBody struct {
	Error string `json:"error"`
}

func oauthAnswer(code, account string, basis verdict.Basis) exchange.Answer {
	a := exchange.JSON(statusOf(code), exchange.TypeJSON, basis, errorBody{code})
	a.Header = map[string]string{"Cache-Control": "no-store"}
	if code == verdict.InvalidClient {
		a.Header["WWW-Authenticate"] = fmt.Sprintf("Basic realm=%q", account)
	}
	return a
}

// statusOf is the status of an OAuth error: 400, and 401 for invalid_client
// (RFC 6749 section 5.2; Oracle NetSuite Help, subsect_158521832417).
func statusOf(oauth string) int {
	if oauth == verdict.InvalidClient {
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}
