package netsuite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
	"github.com/nsauth/nsauth/netsuite"
)

// For every fault of the network or the token endpoint, a token source returns in
// time with an error of the right type, and leaves no goroutine running.
func TestSourceWithEveryFault(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of faults")
	}
	tried := map[string]bool{}
	for _, tt := range []struct {
		spec   string
		kind   netsuite.ConnectKind // "" for an answer
		status int                  // of a TokenError; 0 for a token
	}{
		{"html", "", 200}, {"unavailable", "", 503}, {"flaky", "", 503}, {"rate-limited,retry-after=5", "", 429},
		{"redirect,location=https://other.example/x", "", 302}, {"captive-portal", "", 302},
		{"latency,delay=20ms", "", 0}, {"hang", netsuite.Timeout, 0}, {"hang-body", netsuite.Timeout, 0},
		{"reset", netsuite.Reset, 0}, {"truncated", netsuite.Incomplete, 0}, {"length-lie", "", 200}, {"endless", "", 200},
		{"gzip-bomb", "", 200}, {"wrong-type", "", 0}, {"malformed-header", netsuite.Malformed, 0},
		{"tls-foreign-ca", netsuite.TLSUntrusted, 0}, {"tls-expired", netsuite.TLSUntrusted, 0}, {"tls-1.1", netsuite.TLSHandshake, 0},
		{"clock,offset=10m", "", 500}, {"conflict", "", 409}, {"too-large", "", 413}, {"as-form", "", 200}, {"as-xml", "", 200}, {"as-array", "", 200},
		{"cells-huge", "", 0}, {"cells-control", "", 0}, {"cells-html", "", 0}, {"cells-typed", "", 0}, {"pages-endless", "", 0}, // of lists
		{"failed-after", "", 500}, {"lost-after", netsuite.Reset, 0}, {"list-late", "", 0},
	} {
		t.Run(tt.spec, func(t *testing.T) {
			noLeaks(t)
			fault, err := faults.Parse(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			tried[string(fault.Kind)] = true
			served := emulator.Serve(t, "healthy", keypool.Generate, func(c *server.Config) { c.Faults = []faults.Fault{fault} })
			account, err := netsuite.ParseAccount(served.Prepared.Profile["account"])
			if err != nil {
				t.Fatal(err)
			}
			client := newClient(t, netsuite.Options{TokenURL: account.TokenURL(), ConnectTo: served.Addr(), RootCAs: served.CertPool()})
			limit := 20 * time.Second
			if strings.HasPrefix(tt.spec, "hang") {
				limit = 500 * time.Millisecond
			}
			source, err := client.TokenSource(netsuite.Credentials{ClientID: served.Prepared.Profile["client_id"],
				CertificateID: served.Prepared.Profile["certificate_id"], Key: served.Prepared.Key()}, netsuite.SourceOptions{Timeout: limit})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			token, err := source.Get(ctx)
			if ctx.Err() != nil {
				t.Fatal("not done when the time was up")
			}
			var broken *netsuite.ConnectError
			switch {
			case tt.kind != "":
				if !errors.As(err, &broken) || broken.Kind != tt.kind {
					t.Errorf("%v, want %s", err, tt.kind)
				}
			case tt.status != 0:
				if !errors.Is(err, netsuite.Status(tt.status)) {
					t.Errorf("%v, want status %d", err, tt.status)
				}
			case err != nil || token.ExpiresIn != time.Hour:
				t.Errorf("%v, %v", token, err)
			}
			for _, v := range served.Requests() {
				if v.Host != account.RESTHost() && v.Host != "" {
					t.Errorf("asked %s", v.Host)
				}
			}
			if err != nil && strings.Contains(fmt.Sprintf("%+v", err), "not-a-token") {
				t.Errorf("the error quotes the server: %v", err)
			}
		})
	}
	for _, k := range faults.Kinds() {
		if !tried[string(k)] {
			t.Errorf("%s is not tried", k)
		}
	}
}
