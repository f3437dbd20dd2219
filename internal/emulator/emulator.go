// Package emulator runs a NetSuite stand-in for a test. See server for the stand-in.
package emulator

import (
	"net/http"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
)

// Test is the part of *testing.T that Serve needs. Package testing itself must not get
// into the program.
type Test interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Served is a Server that runs for one test.
type Served struct {
	*server.Server
	// Prepared has the key, certificate and profile of a registered client.
	Prepared *scenario.Prepared
	// Client is the server's Client.
	Client *http.Client
}

// Serve runs the server half of a scenario, such as "healthy", on a free port until the
// test ends, and makes the client's key, certificate and profile. It ignores the
// client's clock and network in the scenario. generate makes the keys; nil makes new
// ones. change may change the scenario's configuration.
//
//	server := emulator.Serve(t, "healthy", nil, func(c *server.Config) { c.Errors = oauth.ErrorsOAuth })
func Serve(t Test, name string, generate keygen.Generator, change ...func(*server.Config)) *Served {
	t.Helper()
	s, known := scenario.Lookup(name)
	if !known {
		t.Fatalf("emulator: unknown scenario %q", name)
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
	// Before Start: a Server that never started must be closed too.
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("emulator: %v", err)
		}
	})
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatalf("%v", err)
	}
	prepared.Profile["connect_to"] = server.Addr()
	client := server.Client()
	t.Cleanup(client.CloseIdleConnections)
	return &Served{server, prepared, client}
}
