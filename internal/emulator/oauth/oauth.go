package oauth

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
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
