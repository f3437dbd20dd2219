package server

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Config describes the accounts and how the server answers. Only Accounts is required.
// Changing a Config after New has no effect.
type Config struct {
	Accounts []account.Account
	oauth.TokenConfig
	api.CallConfig

	// Now is the server's clock, also for the Date header and the logs. Nil means
	// time.Now.
	Now func() time.Time

	// AuditSilent keeps answers with status 500 out of the Login Audit Trail, as some users
	// report about NetSuite.
	AuditSilent bool

	// AuditDetail replaces the Detail of each failed token request, and AuditAlso are entries
	// that stand next to it, as if something else had failed at the same time.
	AuditDetail string
	AuditAlso   []AuditTwin

	Faults []faults.Fault

	// Canned are answers that replace the right ones.
	Canned []CannedAnswer

	// CA signs the TLS certificate; nil means a new one.
	CA *CA

	// Fixes says for each reason of a verdict what to correct, for the page of requests; nil
	// says nothing.
	Fixes func(verdict.Verdict) []string
	// About is what the overview says of the server, "" for nothing.
	About string
	// OnVerdict is called once for each request, one call at a time.
	OnVerdict func(verdict.Verdict)

	// LogSize is the maximum length of each log; 0 means DefaultLogSize.
	LogSize int

	// MaxConnections is the maximum number of open connections; 0 means
	// DefaultMaxConnections. A new one closes the one that has been idle longest.
	MaxConnections int
}

// AuditTwin is an entry of the Login Audit Trail that is like another one, apart from
// the values that are set here.
type AuditTwin struct {
	Before      time.Duration `yaml:"before"` // how much earlier it is
	Detail      string        `yaml:"detail"`
	Application string        `yaml:"application"`
}

func (t AuditTwin) of(entry verdict.AuditEntry) verdict.AuditEntry {
	entry.Time, entry.Basis = entry.Time.Add(-t.Before), verdict.Guess
	entry.Detail, entry.Application = cmp.Or(t.Detail, entry.Detail), cmp.Or(t.Application, entry.Application)
	return entry
}

// DefaultLogSize is how many entries each log keeps.
const DefaultLogSize = 1000

// ring keeps the newest entries.
type ring[T any] struct {
	mu      sync.Mutex
	limit   int
	entries []T
	next    int // the oldest entry, once full
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

// CannedAnswer replaces the right answer to every request below Path. It shows an answer
// that this server has no state for, such as an internal error of NetSuite.
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

// canned is the canned answer to a request, if there is one.
func (s *Server) canned(x *exchange.Exchange) (exchange.Answer, bool) {
	for _, c := range s.config.Canned {
		if strings.HasPrefix(x.Request.URL.Path, c.Path) {
			x.Verdict.Fault = "canned-answer"
			return exchange.Answer{Status: c.Status, ContentType: c.ContentType, Body: []byte(c.Body), Basis: c.Basis,
				Header: map[string]string{"Cache-Control": "no-store"}}, true
		}
	}
	return exchange.Answer{}, false
}
