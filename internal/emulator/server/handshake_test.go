package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// A program that does not trust the CA, or whose TLS is too old, is told so.
func TestHandshakesHaveVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config *tls.Config
		code   string
	}{
		{"TLS 1.3", &tls.Config{RootCAs: x509.NewCertPool()}, "network.tls-untrusted"},
		{"TLS 1.2", &tls.Config{RootCAs: x509.NewCertPool(), MaxVersion: tls.VersionTLS12}, "network.tls-untrusted"},
		{"TLS 1.1", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "network.tls-handshake"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			c := start(t, f.config)
			tt.config.ServerName = "1234567" + account.SuiteTalkSuffix
			if conn, err := tls.Dial("tcp", c.Addr(), tt.config); err == nil {
				conn.Close()
				t.Fatal("the handshake worked")
			}
			for len(c.Requests()) == 0 { // go test's own limit ends it
				time.Sleep(time.Millisecond)
			}
			if v := c.last(); v.Method != verdict.MethodHandshake || v.Accepted || len(v.Refusals) != 1 || v.Refusals[0].Code != tt.code {
				t.Errorf("%+v", v)
			}
		})
	}
	// One that leaves without an alert, when it has seen the certificate.
	t.Run("silently", func(t *testing.T) {
		f := newFixture(t)
		c := start(t, f.config)
		raw, err := net.Dial("tcp", c.Addr())
		if err != nil {
			t.Fatal(err)
		}
		_ = tls.Client(raw, &tls.Config{ServerName: "1234567" + account.SuiteTalkSuffix, InsecureSkipVerify: true, // to see it at all
			VerifyConnection: func(tls.ConnectionState) error { raw.Close(); return errors.New("gone") }}).Handshake()
		for len(c.Requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		if v := c.last(); v.Method != verdict.MethodHandshake || len(v.Refusals) != 1 || v.Refusals[0].Code != "network.tls-untrusted" {
			t.Errorf("%+v", v)
		}
	})
	// What is no TLS at all, or leaves at once, is nobody's program.
	f := newFixture(t)
	c := start(t, f.config)
	conn, err := tls.Dial("tcp", c.Addr(), &tls.Config{RootCAs: c.CertPool(), ServerName: "localhost", Time: emulatortest.AtNoon})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	begun, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = begun.Write([]byte{recordHandshake, 3, 1})
	begun.Close()
	c.Close()
	if got := c.Requests(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
