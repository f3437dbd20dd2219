// Package server is a NetSuite stand-in for the OAuth 2.0 client-credentials
// flow: a TLS server that verifies client assertions as strictly as Oracle
// documents it, issues access tokens, answers a few REST calls with them, and
// keeps a Login Audit Trail.
//
// It shares no code with what it tests: it parses and verifies assertions with the
// standard library alone, so that a mistake in nsauth's signing is noticed.
//
// Where no source says how NetSuite answers, it has a default labelled Guess (see
// Basis, Habits). It does not model the interactive flows, refresh tokens, client
// secrets, IP rules, concurrency limits of an integration or user, writing records,
// and SuiteQL beyond one record type. It accepts the second use of an assertion.
package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/emulator/web"
)

// Limits that keep one client from blocking the others.
const (
	// MaxBody is the maximum size of a request's body; an assertion has about 1 KB.
	MaxBody = 1 << 20
	// maxRESTletBody is the maximum size of a RESTlet call's body: 10 MB for a string
	// (Oracle NetSuite Help, section_4640094112).
	maxRESTletBody = 10 << 20
	// maxDiscard is how much of a longer body is read and discarded. Else its sender
	// would not see the answer: an HTTP/2 client cannot read while it still sends.
	maxDiscard = 1 << 30
	// maxHeader is the maximum size of a request's header; net/http adds 4 KiB.
	maxHeader = 64 << 10

	headerTimeout = 10 * time.Second // a header arrives in one piece
	readTimeout   = 30 * time.Second // 1 MiB over a slow line
	writeTimeout  = 60 * time.Second // includes readTimeout and any injected delay
	idleTimeout   = 60 * time.Second
)

// Server is the stand-in. Its methods are safe for concurrent use.
type Server struct {
	accounts  map[string]*account.Snapshot // by host label
	hosts     []string                     // of the accounts, sorted
	now       func() time.Time
	config    Config // as New completed it
	api       *api.Server
	pages     web.Pages
	verdictMu sync.Mutex

	faults      faults.Set
	connections connections
	startedAt   time.Time

	audit    ring[verdict.AuditEntry]
	requests ring[verdict.Verdict]

	http *http.Server
	tls  *tls.Config

	mu      sync.Mutex // guards the rest
	addr    string
	closed  bool
	stop    context.CancelFunc
	running sync.WaitGroup // handlers and the listener; Add under mu while !closed
}

// New checks the configuration and makes the certificates. It opens no socket.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	startedAt := c.Now()
	accounts, err := account.Index(c.Accounts, startedAt)
	if err != nil {
		return nil, err
	}
	switch {
	case c.LogSize < 0:
		return nil, errors.New("emulator: negative log size")
	case c.MaxConnections < 0:
		return nil, errors.New("emulator: negative number of connections")
	}
	authorization, err := oauth.New(accounts, startedAt, c.TokenConfig)
	if err != nil {
		return nil, err
	}
	rest, err := api.New(accounts, authorization, c.CallConfig)
	if err != nil {
		return nil, err
	}
	c.Canned = slices.Clone(c.Canned)
	c.LogSize, c.MaxConnections = cmp.Or(c.LogSize, DefaultLogSize), cmp.Or(c.MaxConnections, DefaultMaxConnections)
	if c.CA == nil {
		if c.CA, err = NewCA(startedAt); err != nil {
			return nil, err
		}
	}
	s := &Server{
		accounts:  accounts,
		hosts:     hostNames(accounts),
		api:       rest,
		config:    c,
		audit:     ring[verdict.AuditEntry]{limit: c.LogSize},
		requests:  ring[verdict.Verdict]{limit: c.LogSize},
		startedAt: startedAt,
	}
	s.pages = web.Pages{
		Started: startedAt, LogSize: c.LogSize, Accounts: s.Accounts(),
		AuditTrail: s.AuditTrail, Requests: s.Requests, Faults: s.faults.List, Fixes: c.Fixes, About: c.About,
	}
	for _, canned := range c.Canned {
		if err := canned.validate(); err != nil {
			return nil, fmt.Errorf("emulator: %w", err)
		}
	}
	s.now = func() time.Time { return c.Now().Add(s.faults.ClockOffset()) }
	s.connections.limit = c.MaxConnections
	if err := s.faults.Replace(c.Faults...); err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	leaf, err := c.CA.issue(s.startedAt, s.startedAt.Add(tlsAfter-time.Hour), s.hosts)
	if err != nil {
		return nil, err
	}
	s.tls = &tls.Config{
		Certificates: []tls.Certificate{leaf},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},

		GetConfigForClient: s.configFor,
	}
	// Last: nothing is left to stop when New fails.
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.http = s.newHTTP(ctx)
	return s, nil
}

func (s *Server) newHTTP(ctx context.Context) *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS == nil {
				s.servePlain(w, r)
			} else {
				s.serve(w, r)
			}
		}),
		TLSConfig:         s.tls,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         s.connections.changed,
		ErrorLog:          log.New(handshakes{s}, "", 0),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
}

// beginTLS starts TLS on a connection, and closes another one if there are too many.
func (s *Server) beginTLS(c net.Conn) net.Conn {
	if evicted := s.connections.accepted(c); evicted != nil {
		evicted.Close()
	}
	return tls.Server(c, s.tls)
}

// Start listens on the address, such as 127.0.0.1:0, and serves until Close.
func (s *Server) Start(address string) error {
	l, err := net.Listen("tcp", address)
	if err == nil && !s.begin(l) {
		l.Close()
		err = http.ErrServerClosed
	}
	if err != nil {
		return fmt.Errorf("emulator: %w", err)
	}
	go func() {
		defer s.running.Done()
		_ = s.http.Serve(newDoor(l, s.beginTLS)) // returns after Close
	}()
	return nil
}

// begin adds one to what Close waits for, unless the server is closed. It records the
// address of a listener.
func (s *Server) begin(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	if l != nil {
		s.addr = l.Addr().String()
	}
	return true
}

// Addr is the host:port that the server listens on, "" before Start.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Close closes every connection and waits until everything has stopped. It may be called
// more than once.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	err := s.http.Close()
	s.running.Wait()
	s.connections.serving.Wait()
	return err
}

// CAPEM is the certificate that clients must trust.
func (s *Server) CAPEM() []byte { return s.config.CA.PEM() }

// CertPool holds the certificate that clients must trust.
func (s *Server) CertPool() *x509.CertPool { return s.config.CA.Pool() }

// Client trusts the server and reaches it under NetSuite's host names, whatever the host
// of a URL. It does not follow redirects.
func (s *Server) Client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, s.Addr())
			},
			TLSClientConfig:   &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true,
		},
		Timeout:       30 * time.Second, // longer than any answer, shorter than go test's own
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// AuditTrail returns a copy of the Login Audit Trail, the oldest entry first.
func (s *Server) AuditTrail() []verdict.AuditEntry { return s.audit.all() }

// Requests returns a copy of the request log, the oldest first.
func (s *Server) Requests() []verdict.Verdict { return s.requests.all() }

// Accounts returns the IDs of the accounts, sorted.
func (s *Server) Accounts() []string {
	var ids []string
	for _, a := range s.accounts {
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	return ids
}

// serve answers one request and records its verdict.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.begin(nil) {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	now := s.now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if r.Method == http.MethodConnect {
		plainText(http.StatusForbidden, "the proxy does not use TLS: give its address as http://").Write(w)
		return
	}
	if own, is := s.ownPage(r); is {
		own.Write(w)
		return
	}
	sent := r.Body
	r.Body = http.MaxBytesReader(w, sent, bodyLimit(r))
	x := &exchange.Exchange{Request: r, Now: now, Audit: s.note, Trail: s.AuditTrail}
	x.Account, x.Service = s.find(r.Host)
	x.Verdict = verdict.Verdict{Time: now, Host: verdict.LogText(r.Host, 80), Method: verdict.LogText(r.Method, 20), Path: verdict.LogPath(r.URL.Path), Refusals: []verdict.Refusal{}, Habits: []verdict.Habit{}}
	if x.Account != nil {
		x.Verdict.Account = x.Account.ID
		defer s.api.Occupy(x)()
	}
	if fault, broken := s.faults.Take(r.URL.Path); broken {
		if s.broke(fault, x, w) {
			return
		}
		w = fault.Wrap(w, r)
	}
	a := s.answer(x)
	x.Verdict.Status, x.Verdict.Basis = a.Status, a.Basis
	x.Verdict.Accepted = a.Status < 300 && len(x.Verdict.Refusals) == 0
	s.keep(x)
	_, _ = io.CopyN(io.Discard, sent, maxDiscard) // at most for readTimeout
	a.Write(w)
}

func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == api.RESTletPath {
		return maxRESTletBody
	}
	return MaxBody
}

// broke applies a fault and reports whether that was the complete answer. If so, or if
// the request was aborted, it records the verdict.
func (s *Server) broke(fault faults.Fault, x *exchange.Exchange, w http.ResponseWriter) bool {
	x.Verdict.Fault = string(fault.Kind)
	defer func() {
		if p := recover(); p != nil {
			s.keep(x)
			panic(p)
		}
	}()
	status := fault.Apply(w, x.Request)
	if status == 0 {
		return false
	}
	x.Verdict.Status, x.Verdict.Basis = status, verdict.Guess
	s.keep(x)
	return true
}

// answer finds the answer. A mistake of the emulator becomes a 500 that says so.
func (s *Server) answer(x *exchange.Exchange) (a exchange.Answer) {
	defer func() {
		if p := recover(); p != nil {
			x.Refuse("internal.panic", "a mistake in the emulator")
			a = exchange.UnexpectedError()
		}
	}()
	if canned, is := s.canned(x); is {
		return canned
	}
	return s.api.Route(x)
}

func (s *Server) keep(x *exchange.Exchange) {
	s.requests.add(x.Verdict)
	if s.config.OnVerdict == nil {
		return
	}
	s.verdictMu.Lock()
	defer s.verdictMu.Unlock()
	s.config.OnVerdict(x.Verdict)
}

// note adds an entry to the Login Audit Trail.
func (s *Server) note(entry verdict.AuditEntry, status int) {
	if s.config.AuditSilent && status == http.StatusInternalServerError {
		return
	}
	if entry.Status == "Failure" && entry.RequestURI == oauth.TokenPath {
		for _, twin := range s.config.AuditAlso {
			s.audit.add(twin.of(entry))
		}
		if s.config.AuditDetail != "" {
			entry.Detail, entry.Basis = s.config.AuditDetail, verdict.Guess
		}
	}
	s.audit.add(entry)
}

// healthPath answers when the server is ready.
const healthPath = "/healthz"

// ownPage answers the emulator's own paths.
func (s *Server) ownPage(r *http.Request) (a exchange.Answer, is bool) {
	own := r.URL.Path == healthPath || r.URL.Path == strings.TrimSuffix(web.IndexPath, "/") || strings.HasPrefix(r.URL.Path, web.IndexPath)
	switch {
	case !own:
		return exchange.Answer{}, false
	case !s.ownName(r.Host):
		// A web site whose name points at this address must not read them (DNS rebinding).
		return plainText(http.StatusMisdirectedRequest, "the Host header is not a name of this emulator: use localhost, its address or an account's host"), true
	}
	if page, is := s.pages.Answer(r); is {
		return page, true
	}
	var body any
	switch r.URL.Path {
	case healthPath:
		body = map[string]any{"status": "ok", "accounts": s.Accounts()}
	case web.FaultsPath:
		return s.controlFaults(r), true
	default:
		return exchange.Answer{}, false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return exchange.WrongMethod("GET, HEAD"), true
	}
	return exchange.JSON(http.StatusOK, "application/json", verdict.Guess, body), true
}
