package server

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Config describes the accounts and how the server answers. Everything but
// Accounts has a useful zero value. New copies what it needs: a later change
// of a Config has no effect.
type Config struct {
	Accounts []account.Account

	// Now is the server's clock: of the Date header, of every judgement of a
	// time, of the logs. Nil means the machine's.
	Now func() time.Time

	// Errors is how a refused assertion is answered; "" means ErrorsBare.
	Errors oauth.Errors

	// AuditSilent keeps requests that were answered with status 500 out of
	// the Login Audit Trail, as some users report it of NetSuite.
	AuditSilent bool

	// Accept and Refuse settle habits of clients that no source documents,
	// against their defaults: see Habits.
	Accept, Refuse []verdict.Habit

	// NarrowScope issues a token for those scopes that are ticked on the
	// integration record, where otherwise an unticked one refuses the assertion.
	NarrowScope bool

	Faults []faults.Fault

	// Canned are answers in place of the right ones.
	Canned []CannedAnswer

	// ExpiresIn is how a token response writes expires_in; "" means ExpiresInNumber.
	ExpiresIn oauth.ExpiresIn

	// TokenShape is that of the access tokens; "" means Shape2026.
	TokenShape oauth.TokenShape

	// ConcurrencyLimit is how many API calls of one account may be under way at
	// once; 0 means any number.
	ConcurrencyLimit int

	// RetryAfter is the header of that name, in seconds, in the refusal of a call
	// over the limit; 0 means none, as no source shows one.
	RetryAfter int

	// Customers is how many further customers there are, beside the three with names:
	// a list of many pages. Each takes about 400 bytes. 0 means none.
	Customers int

	// CA signs the TLS certificate; nil means one of the server's own.
	CA *CA

	// GenerateKey makes the key that signs access tokens; nil means keygen.Generate.
	GenerateKey keygen.Generator

	// OnVerdict is called once for each answered request, one call at a time.
	OnVerdict func(verdict.Verdict)

	// LogSize bounds the audit trail and the request log, each; 0 means
	// DefaultLogSize.
	LogSize int

	// MaxConnections bounds how many connections are open at a time: for a new
	// one the one goes that has waited longest. 0 means DefaultMaxConnections.
	MaxConnections int
}

// DefaultLogSize is how many entries each log holds before the oldest goes.
const DefaultLogSize = 1000

// ring keeps the newest entries.
type ring[T any] struct {
	mu      sync.Mutex
	limit   int
	entries []T
	next    int // where the next goes, once full
}

func (r *ring[T]) add(entry T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.entries) < r.limit {
		r.entries = append(r.entries, entry)
		return
	}
	r.entries[r.next] = entry
	r.next = (r.next + 1) % r.limit
}

// all returns a copy, the oldest first.
func (r *ring[T]) all() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]T, 0, len(r.entries))
	out = append(out, r.entries[r.next:]...)
	return append(out, r.entries[:r.next]...)
}

// CannedAnswer is an answer of NetSuite's that this server has no state for, such
// as an error of its own: given to every request below Path instead of the right one.
type CannedAnswer struct {
	Path        string        `yaml:"path"` // a prefix
	Status      int           `yaml:"status"`
	ContentType string        `yaml:"content_type"`
	Body        string        `yaml:"body"`
	Basis       verdict.Basis `yaml:"basis"`
}

func (c CannedAnswer) validate() error {
	switch {
	case !strings.HasPrefix(c.Path, "/"):
		return fmt.Errorf("canned answer: path %q does not begin with /", c.Path)
	case c.Status < 200 || c.Status > 599:
		return fmt.Errorf("canned answer: status %d is not from 200 to 599", c.Status)
	case c.ContentType == "" || strings.ContainsAny(c.ContentType, "\r\n"):
		return fmt.Errorf("canned answer: content type %q", c.ContentType)
	}
	return nil
}

// cannedFault is what a verdict calls it: the request was not looked at.
const cannedFault = "canned-answer"

// canned is the answer that was prepared for a request, if there is one.
func (s *Server) canned(x *exchange.Exchange) (exchange.Answer, bool) {
	for _, c := range s.cannedAnswers {
		if strings.HasPrefix(x.Request.URL.Path, c.Path) {
			x.Verdict.Fault = cannedFault
			return exchange.Answer{Status: c.Status, ContentType: c.ContentType, Body: []byte(c.Body), Basis: c.Basis,
				Header: map[string]string{"Cache-Control": "no-store"}}, true
		}
	}
	return exchange.Answer{}, false
}
