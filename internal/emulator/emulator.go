// Package emulator runs a NetSuite stand-in for a test. The packages below it are
// the stand-in: see server.
package emulator

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
)

// Test is the part of a *testing.T that Serve needs: this package is in the
// program too, which has no use for package testing.
type Test interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Served is a Server that runs for one test.
type Served struct {
	*server.Server
	// Prepared has the key, the certificate and the profile of a client that is
	// registered with the server.
	Prepared *scenario.Prepared
	// Client trusts the server and reaches it under NetSuite's host names,
	// whatever the address in a URL. It follows no redirect.
	Client *http.Client
}

// Serve runs the server half of a scenario, such as "healthy", on a free port of
// this machine until the test ends, and makes the client's key, certificate and
// profile. What the scenario has of the client's clock and network is not acted
// out. generate makes the keys; nil makes new ones. change may set up other
// accounts: it gets the configuration with the scenario's in it.
//
//	server := emulator.Serve(t, "healthy", nil, func(c *server.Config) { c.Errors = oauth.ErrorsOAuth })
func Serve(t Test, name string, generate keygen.Generator, change ...func(*server.Config)) *Served {
	t.Helper()
	s, known := scenario.Lookup(name)
	if !known {
		t.Fatalf("emulator: no scenario %q", name)
	}
	prepared, err := scenario.Prepare(s, time.Now, generate)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, f := range change {
		f(&prepared.Config)
	}
	server, err := server.New(prepared.Config)
	if err != nil {
		t.Fatalf("%v", err)
	}
	// Before Start: a Server that never started has to be closed too.
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("emulator: %v", err)
		}
	})
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatalf("%v", err)
	}
	prepared.Profile["connect_to"] = server.Addr()
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Addr())
		},
		TLSClientConfig:   &tls.Config{RootCAs: server.CertPool(), MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &Served{server, prepared, &http.Client{
		Transport:     transport,
		Timeout:       30 * time.Second, // more than any answer takes, less than go test's own
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}
