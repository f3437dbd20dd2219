package oauth

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Habit is a name for TokenConfig.Accept and Refuse.
type Habit = verdict.Habit

// TokenConfig says how to answer token requests. The zero value has every default.
type TokenConfig struct {
	// Errors is how to answer a rejected assertion; "" means ErrorsBare.
	Errors Errors

	// Accept and Refuse override the defaults of habits: see Habits.
	Accept, Refuse []verdict.Habit

	// NarrowScope issues a token for the scopes that are ticked on the integration record.
	// Otherwise an assertion with a scope that is not ticked is rejected.
	NarrowScope bool

	// ExpiresIn is how a token response writes expires_in; "" means ExpiresInNumber.
	ExpiresIn ExpiresIn

	// TokenShape is the shape of access tokens; "" means Shape2026.
	TokenShape TokenShape

	// GenerateKey makes the key that signs access tokens; nil means keygen.Generate.
	GenerateKey keygen.Generator
}

// Server is the authorization server of every account.
type Server struct {
	config    TokenConfig
	accounts  map[string]*account.Snapshot // by host label
	startedAt time.Time                    // is in the names of the signing keys
	accepts   verdict.HabitSet
	sent      sent // assertions
	nonces    sent // of requests with a token of token-based authentication
	// signingKey signs access tokens. It is made for the first token, because most
	// scenarios never issue one.
	signingKey func() (*rsa.PrivateKey, error)
}

// New checks the configuration.
func New(accounts map[string]*account.Snapshot, startedAt time.Time, c TokenConfig) (*Server, error) {
	accepts, unknown := verdict.SettleHabits(c.Accept, c.Refuse)
	c.Errors, c.ExpiresIn, c.TokenShape = cmp.Or(c.Errors, ErrorsBare), cmp.Or(c.ExpiresIn, ExpiresInNumber), cmp.Or(c.TokenShape, Shape2026)
	switch {
	case unknown != "":
		return nil, fmt.Errorf("emulator: unknown habit %q", unknown)
	case c.Errors != ErrorsBare && c.Errors != ErrorsOAuth:
		return nil, fmt.Errorf("emulator: unknown way to answer errors %q", c.Errors)
	case c.ExpiresIn != ExpiresInNumber && c.ExpiresIn != ExpiresInString:
		return nil, fmt.Errorf("emulator: unknown way to write expires_in %q", c.ExpiresIn)
	case c.TokenShape != Shape2026 && c.TokenShape != Shape2021:
		return nil, fmt.Errorf("emulator: unknown token shape %q", c.TokenShape)
	}
	return &Server{
		config: c, accounts: accounts, startedAt: startedAt, accepts: accepts,
		signingKey: sync.OnceValues(func() (*rsa.PrivateKey, error) { return tokenKey(c.GenerateKey) }),
	}, nil
}

// Accepts reports whether the server accepts a habit.
func (s *Server) Accepts(h verdict.Habit) bool { return s.accepts[h] }

// tokenKey makes the key that signs access tokens.
func tokenKey(generate keygen.Generator) (*rsa.PrivateKey, error) {
	key, err := generate.OrNew()("rsa-2048")
	if err != nil {
		return nil, err
	}
	own, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("emulator: token key is a %T, not an RSA key", key)
	}
	return own, nil
}

// Errors is a way to answer rejected assertions.
type Errors string

const (
	// ErrorsBare answers every rejected assertion with the bare status 500
	// {"error":"server_error"}, the only answer that users report.
	ErrorsBare Errors = "bare"
	// ErrorsOAuth answers with the codes of RFC 6749 section 5.2.
	ErrorsOAuth Errors = "oauth"
)

// bareServerError is the only published answer to a rejected assertion, from two users.
func bareServerError() exchange.Answer {
	a := exchange.JSON(http.StatusInternalServerError, exchange.TypeJSON, verdict.Observed, errorBody{"server_error"})
	a.Header = map[string]string{"Cache-Control": "no-store"}
	return a
}

// errorBody is the body that Oracle documents, without error_description (Oracle
// NetSuite Help, subsect_158521832417).
type errorBody struct {
	Error string `json:"error"`
}

// oauthAnswer is an OAuth error: status 400, and 401 for invalid_client (RFC 6749
// section 5.2; Oracle NetSuite Help, subsect_158521832417).
func oauthAnswer(code, account string, basis verdict.Basis) exchange.Answer {
	a := exchange.JSON(http.StatusBadRequest, exchange.TypeJSON, basis, errorBody{code})
	a.Header = map[string]string{"Cache-Control": "no-store"}
	if code == verdict.InvalidClient {
		a.Status, a.Header["WWW-Authenticate"] = http.StatusUnauthorized, fmt.Sprintf("Basic realm=%q", account)
	}
	return a
}
