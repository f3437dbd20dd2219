package emulator

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// Whoever uses Serve needs nothing else of this package's tests; that nothing
// runs on after the test is what TestMain looks at.
func TestServe(t *testing.T) {
	for name, tt := range map[string]struct {
		change []func(*server.Config)
		status int
		body   string
	}{
		"as it is":   {nil, 500, `{"error":"server_error"}`},
		"configured": {[]func(*server.Config){func(c *server.Config) { c.Errors = oauth.ErrorsOAuth }}, 401, `{"error":"invalid_client"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := Serve(t, "healthy", keypool.Generate, tt.change...)
			url := "https://" + server.Prepared.Profile["account"] + account.SuiteTalkSuffix + oauth.TokenPath
			res, err := server.Client.PostForm(url, emulatortest.Form("a.b.c"))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || string(body) != tt.body {
				t.Errorf("status %d, %s, %v", res.StatusCode, body, err)
			}
			if v := server.Requests(); len(v) != 1 || v[0].Refusals[0].Code != "assertion.malformed" {
				t.Errorf("verdicts %+v", v)
			}
			block, _ := pem.Decode(server.Prepared.KeyPEM)
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if _, signs := key.(crypto.Signer); err != nil || !signs {
				t.Errorf("the key is %T, %v", key, err)
			}
		})
	}
}

// record is a test that is only looked at.
type record struct {
	cleanups []func()
	said     []string
}

func (r *record) Helper()          {}
func (r *record) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *record) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *record) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(r)
}

func TestServeFails(t *testing.T) {
	var r record
	func() {
		defer func() { _ = recover() }()
		Serve(&r, "healthy", keypool.Generate, func(c *server.Config) { c.Accounts = nil })
	}()
	if len(r.said) != 1 || !strings.Contains(r.said[0], "no account") {
		t.Errorf("it said %q", r.said)
	}
	r = record{}
	server := Serve(&r, "healthy", keypool.Generate)
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	if _, err := server.Client.Get("https://localhost/healthz"); err == nil || len(r.said) != 0 {
		t.Errorf("after the end: %v, %q", err, r.said)
	}
	var _ Test = t
	var _ http.RoundTripper = server.Client.Transport
}
