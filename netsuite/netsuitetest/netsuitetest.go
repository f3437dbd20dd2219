// Package netsuitetest runs a NetSuite stand-in for the tests of programs that
// use the OAuth 2.0 client-credentials (M2M) flow, as net/http/httptest does for
// HTTP in general:
//
//	server := netsuitetest.Serve(t, netsuitetest.Options{})
//	// server.Client reaches server.TokenURL; sign assertions with server.Key
//
// It verifies client assertions as strictly as Oracle documents, issues access
// tokens, answers some REST calls, SuiteQL and RESTlets, and says what is wrong with
// each request. It is the server of nsauth emulator. The pages about the emulator say
// what it answers and how certain it is that NetSuite answers the same.
package netsuitetest

import (
	"crypto"
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/netsuite"
)

// Options configure the server. With the zero value every valid request succeeds.
type Options struct {
	// Scenario is the name of a known failure, from nsauth emulator scenarios;
	// "" means "healthy". The server ignores the scenario's client clock and network.
	Scenario string
	// OAuthErrors answers rejected assertions with the codes of RFC 6749, section
	// 5.2. NetSuite's users see a bare status 500 {"error":"server_error"}.
	OAuthErrors bool
	// Faults are values of nsauth emulator --fault, such as "flaky:2" or
	// "rate-limited,retry-after=1,path=/services/rest/record/".
	Faults []string
	// Accept and Refuse name client habits, as in nsauth emulator --help. No source
	// says how NetSuite reacts to these habits. They add to those of the scenario.
	Accept, Refuse []string
	// ConcurrencyLimit is the number of concurrent API calls; 0 means any number.
	ConcurrencyLimit int
	// Now is the server's clock, time.Now if nil.
	Now func() time.Time
}

// Server is a stand-in that runs until its test is done. Several goroutines may call
// its methods.
type Server struct {
	// AccountID, ClientID and CertificateID are those of a registered client.
	AccountID, ClientID, CertificateID string
	// Key signs the client's assertions, and Certificate is registered for it. In some
	// scenarios one of them, or an ID, is wrong.
	Key         crypto.Signer
	Certificate *x509.Certificate
	// The URLs are NetSuite's own for the account; the assertion's aud is TokenURL.
	TokenURL, RESTURL, RESTletURL string
	// Addr is where the server listens, with a certificate of RootCAs. The same
	// address is a forward proxy to the account's hosts.
	Addr    string
	RootCAs *x509.CertPool
	// Client trusts RootCAs and connects to Addr for every URL. It follows no redirect.
	Client *http.Client

	served *emulator.Served
}

// Serve starts a server on a free port of this machine and stops it after the test.
// Invalid options fail the test.
func Serve(t testing.TB, o Options) *Server {
	t.Helper()
	return serve(t, o, nil)
}

// serve makes the keys with generate; nil makes new ones.
func serve(t testing.TB, o Options, generate func(keyType string) (crypto.Signer, error)) *Server {
	t.Helper()
	if o.Scenario == "" {
		o.Scenario = "healthy"
	}
	broken := parseFaults(t, o.Faults)
	served := emulator.Serve(t, o.Scenario, generate, func(c *server.Config) {
		c.Faults = append(broken, c.Faults...)
		c.Accept, c.Refuse = append(c.Accept, habits(o.Accept)...), append(c.Refuse, habits(o.Refuse)...)
		c.ConcurrencyLimit = o.ConcurrencyLimit
		if o.OAuthErrors {
			c.Errors = oauth.ErrorsOAuth
		}
		if o.Now != nil {
			c.Now = o.Now
		}
	})
	prepared := served.Prepared
	certificate, err := prepared.Certificate()
	if err != nil {
		t.Fatalf("netsuitetest: %v", err)
	}
	account, err := netsuite.ParseAccount(prepared.Profile["account"])
	if err != nil {
		t.Fatalf("netsuitetest: %v", err)
	}
	return &Server{
		AccountID: account.ID, ClientID: prepared.Profile["client_id"], CertificateID: prepared.Profile["certificate_id"],
		Key: prepared.Key(), Certificate: certificate,
		TokenURL: account.TokenURL(), RESTURL: account.RESTURL(), RESTletURL: "https://" + account.RESTletHost(),
		Addr: served.Addr(), RootCAs: served.CertPool(), Client: served.Client, served: served,
	}
}

func parseFaults(t testing.TB, specs []string) []faults.Fault {
	t.Helper()
	var parsed []faults.Fault
	for _, spec := range specs {
		f, err := faults.Parse(spec)
		if err != nil {
			t.Fatalf("netsuitetest: %v", err)
		}
		parsed = append(parsed, f)
	}
	return parsed
}

func habits(names []string) []verdict.Habit {
	var list []verdict.Habit
	for _, name := range names {
		list = append(list, verdict.Habit(name))
	}
	return list
}

// SetFaults replaces the current faults by these; none removes all.
func (s *Server) SetFaults(t testing.TB, specs ...string) {
	t.Helper()
	if err := s.served.SetFaults(parseFaults(t, specs)...); err != nil {
		t.Fatalf("netsuitetest: %v", err)
	}
	s.Client.CloseIdleConnections() // the server closes them
}

// Request is the server's verdict on one request. It holds no assertion and no
// token.
type Request struct {
	Time               time.Time
	Method, Host, Path string
	Status             int  // of the answer; 0 without an answer, and for a TLS handshake
	Accepted           bool // without refusals
	Refusals           []Refusal
	Habits             []string // features with an unknown effect on NetSuite
	Fault              string   // the fault that changed the answer, or ""
	ClientID           string
	CertificateID      string
	AssertionSHA256    string // of the text as sent, hexadecimal
}

// Refusal is one error in a request.
type Refusal struct {
	// Code is the code of a finding of nsauth, such as "assertion.kid-missing".
	Code string
	// Reason says what was found.
	Reason string
	// Detail is the Detail in the Login Audit Trail, "" if Oracle documents none.
	Detail string
}

// Requests are the latest requests, the oldest first. A request's first refusal
// decided its answer.
func (s *Server) Requests() []Request {
	var list []Request
	for _, v := range s.served.Requests() {
		r := Request{Time: v.Time, Method: v.Method, Host: v.Host, Path: v.Path, Status: v.Status, Accepted: v.Accepted, Fault: v.Fault,
			ClientID: v.ClientID, CertificateID: v.CertificateID, AssertionSHA256: v.AssertionSHA256}
		for _, refusal := range v.Refusals {
			r.Refusals = append(r.Refusals, Refusal{refusal.Code, refusal.Reason, refusal.Detail})
		}
		for _, habit := range v.Habits {
			r.Habits = append(r.Habits, string(habit))
		}
		list = append(list, r)
	}
	return list
}
