package server

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"fmt"
	"sync"

	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// broken are the TLS configurations of faults, each made when it is first wanted.
type broken struct {
	foreign, expired func() (*tls.Config, error)
	old              func() (*tls.Config, error)
	http1            func() (*tls.Config, error)
}

func (s *Server) prepareBroken() broken {
	names, addresses := s.hostNames(), loopback()
	with := func(make func() (tls.Certificate, error)) func() (*tls.Config, error) {
		return sync.OnceValues(func() (*tls.Config, error) {
			leaf, err := make()
			if err != nil {
				return nil, err
			}
			c := s.tls.Clone()
			c.GetConfigForClient, c.Certificates = nil, []tls.Certificate{leaf}
			c.SessionTicketsDisabled = true // a session taken up again shows no certificate
			return c, nil
		})
	}
	return broken{
		foreign: with(func() (tls.Certificate, error) {
			ca, err := NewNamedCA(pkix.Name{CommonName: "Example Corp Inspection CA", Organization: []string{"Example Corp"}}, s.startedAt)
			if err != nil {
				return tls.Certificate{}, err
			}
			return ca.issue(s.startedAt, names, addresses)
		}),
		// Long ago, because the clients under test may have a clock that is off.
		expired: with(func() (tls.Certificate, error) {
			return s.ca.issueUntil(s.startedAt, s.startedAt.AddDate(-1, 0, 0), names, addresses)
		}),
		old: sync.OnceValues(func() (*tls.Config, error) {
			leaf, err := s.ca.issue(s.startedAt, names, addresses)
			if err != nil {
				return nil, err
			}
			return &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11,
				NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true}, nil
		}),
		http1: sync.OnceValues(func() (*tls.Config, error) {
			c := s.tls.Clone()
			c.GetConfigForClient, c.NextProtos = nil, []string{"http/1.1"}
			return c, nil
		}),
	}
}

// controlName is the server name of handshakes that no fault breaks, so that
// faults can be lifted again.
const controlName = "localhost"

// configFor chooses certificate, versions and protocols for one handshake, so
// that faults can change while the server runs.
func (s *Server) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	s.connections.greet(hello.Conn)
	if hello.ServerName == controlName {
		return nil, nil
	}
	if kind, is := s.faults.TakeHandshake(); is {
		s.connections.breaks(hello.Conn)
		s.keepHandshake(verdict.Verdict{Fault: string(kind), Basis: verdict.Guess})
		switch kind {
		case faults.TLSForeignCA:
			return s.broken.foreign()
		case faults.TLSExpired:
			return s.broken.expired()
		case faults.TLS11:
			return s.broken.old()
		}
		return nil, fmt.Errorf("emulator: no such fault of a handshake: %s", kind)
	}
	if s.faults.NeedsHTTP1() {
		return s.broken.http1()
	}
	return nil, nil
}
