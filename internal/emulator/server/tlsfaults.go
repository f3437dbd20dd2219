package server

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// broken is the TLS configuration for a fault of the handshake.
func (s *Server) broken(kind faults.Kind) (*tls.Config, error) {
	c := s.tls.Clone()
	c.GetConfigForClient = nil
	c.SessionTicketsDisabled = true // a resumed session has no certificate
	ca, notAfter := s.config.CA, s.startedAt.Add(tlsAfter-time.Hour)
	var err error
	switch kind {
	case faults.TLSForeignCA:
		ca, err = NewNamedCA(pkix.Name{CommonName: "Example Corp Inspection CA", Organization: []string{"Example Corp"}}, s.startedAt)
	case faults.TLSExpired: // long ago, because the clients under test may have a clock that is off
		notAfter = s.startedAt.AddDate(-1, 0, 0)
	case faults.TLS11:
		c.MinVersion, c.MaxVersion, c.NextProtos = tls.VersionTLS11, tls.VersionTLS11, []string{"http/1.1"}
	default:
		err = fmt.Errorf("emulator: unknown fault of a handshake: %s", kind)
	}
	if err != nil {
		return nil, err
	}
	leaf, err := ca.issue(s.startedAt, notAfter, s.hosts)
	c.Certificates = []tls.Certificate{leaf}
	return c, err
}

// controlName is the server name that no fault breaks, so that faults can be removed.
const controlName = "localhost"

// configFor chooses the TLS configuration of one handshake, because faults can change
// while the server runs.
func (s *Server) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	s.connections.mark(hello.Conn, func(c *connection) { c.greeted = true })
	if hello.ServerName == controlName {
		return nil, nil
	}
	if kind, is := s.faults.TakeHandshake(); is {
		s.connections.mark(hello.Conn, func(c *connection) { c.broken = true })
		s.keepHandshake(verdict.Verdict{Fault: string(kind), Basis: verdict.Guess})
		return s.broken(kind)
	}
	if s.faults.NeedsHTTP1() {
		c := s.tls.Clone()
		c.GetConfigForClient, c.NextProtos = nil, []string{"http/1.1"}
		return c, nil
	}
	return nil, nil
}
