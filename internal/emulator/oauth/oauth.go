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

// Config describes how token requests are answered. Everything but Accounts
// and StartedAt has a useful zero value.
type Config struct {
	Accounts       map[string]*account.Snapshot // by host label
	StartedAt      time.Time                    // is in the names of the signing keys
	Errors         Errors
	Accept, Refuse []verdict.Habit // against the defaults of Habits
	NarrowScope    bool
	ExpiresIn      ExpiresIn
	TokenShape     TokenShape
	GenerateKey    keygen.Generator // of the key that signs access tokens; nil means keygen.Generate
}

// Server is the authorization server of all accounts.
type Server struct {
	accounts  map[string]*account.Snapshot
	startedAt time.Time
	errors    Errors
	takes     verdict.HabitSet
	narrow    bool
	expiresIn ExpiresIn
	shape     TokenShape
	// signingKey signs access tokens. It is made for the first token: most
	// scenarios never issue one.
	signingKey func() (*rsa.PrivateKey, error)
}

// New checks the configuration.
func New(c Config) (*Server, error) {
	takes, unknown := verdict.SettleHabits(c.Accept, c.Refuse)
	s := &Server{
		accounts: c.Accounts, startedAt: c.StartedAt, takes: takes, narrow: c.NarrowScope,
		errors:    cmp.Or(c.Errors, ErrorsBare),
		expiresIn: cmp.Or(c.ExpiresIn, ExpiresInNumber),
		shape:     cmp.Or(c.TokenShape, Shape2026),
		signingKey: sync.OnceValues(func() (*rsa.PrivateKey, error) {
			return tokenKey(c.GenerateKey)
		}),
	}
	switch {
	case unknown != "":
		return nil, fmt.Errorf("emulator: unknown habit %q", unknown)
	case s.errors != ErrorsBare && s.errors != ErrorsOAuth:
		return nil, fmt.Errorf("emulator: unknown way to answer errors %q", c.Errors)
	case s.expiresIn != ExpiresInNumber && s.expiresIn != ExpiresInString:
		return nil, fmt.Errorf("emulator: unknown way to write expires_in %q", c.ExpiresIn)
	case s.shape != Shape2026 && s.shape != Shape2021:
		return nil, fmt.Errorf("emulator: unknown token shape %q", c.TokenShape)
	}
	return s, nil
}

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
