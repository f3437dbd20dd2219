package cmd

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/stand"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// faulty is an emulator with which nothing is wrong but the faults that are put
// in force while it runs.
type faulty struct {
	*server.Server
	config string // the client's profile
	http   *http.Client
}

func newFaulty(t *testing.T) *faulty {
	t.Helper()
	s, _ := scenario.Lookup("no-permission") // for its api_path
	s.Server.WithoutPermissions = nil
	prepared, err := scenario.Prepare(s, time.Now, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	server, err := server.New(prepared.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	prepared.Profile["connect_to"] = server.Addr()
	dir := filepath.Join(t.TempDir(), "emulator")
	if err := prepared.Files(dir); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(server.CAPEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &faulty{server, filepath.Join(dir, scenario.FileConfig), &http.Client{Transport: transport, Timeout: 20 * time.Second}}
}

// inject puts these faults in force at run time.
func (f *faulty) inject(t *testing.T, specs ...string) {
	t.Helper()
	list := []string{}
	body, err := json.Marshal(map[string]any{"faults": append(list, specs...)})
	if err != nil {
		t.Fatal(err)
	}
	res, err := f.http.Post("https://"+f.Addr()+"/_emulator/faults", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != 200 {
		t.Fatalf("%s: status %d: %s", body, res.StatusCode, text)
	}
}

// faultRow is a fault and what a command makes of it.
type faultRow struct {
	spec   string
	exit   int
	code   finding.Code // the first one; "" for none
	reason string
}

// kind is the fault's name.
func (row faultRow) kind() string {
	name, _, _ := strings.Cut(row.spec, ",")
	return strings.Split(name, ":")[0]
}

// hangs reports whether only the end of its time ends a command that meets the fault.
func (row faultRow) hangs() bool {
	return strings.HasPrefix(row.spec, "hang") || strings.HasPrefix(row.spec, "latency,delay=1m")
}

// server is f, with the time for a command that meets the fault. Where it hangs,
// that is a server of its own, so that several tests can wait at once.
func (row faultRow) server(t *testing.T, f *faulty) (*faulty, string) {
	t.Helper()
	if !row.hangs() {
		return f, "20s"
	}
	t.Parallel()
	return newFaulty(t), "2s" // to get as far as the fault on a busy machine
}

// run makes a command meet the fault. It must end by itself, in time.
func (row faultRow) run(t *testing.T, f *faulty, s setup, command, limit string) run {
	t.Helper()
	f.inject(t, row.spec)
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second) // far behind --timeout
	defer cancel()
	s.ctx = ctx
	r := nsauth(t, s, command, "--config", f.config, "--timeout", limit, "-o", "json")
	if ctx.Err() != nil {
		t.Fatal("not done when the time was up")
	}
	return r
}

// judge looks at the reason of the row's finding, and that no finding blames what
// has nothing to do with it.
func (row faultRow) judge(t *testing.T, report finding.Report) {
	t.Helper()
	for _, c := range report.Checks {
		for _, x := range c.Findings {
			if row.reason != "" && x.Code == row.code && x.Evidence["reason"] != row.reason {
				t.Errorf("%s for %v, want %s", x.Code, x.Evidence["reason"], row.reason)
			}
			switch area, _, _ := strings.Cut(string(x.Code), "."); area {
			case "network", "token", "api", "clock":
			default:
				t.Errorf("%s blames something else", x.Code)
			}
		}
	}
}

// allTried fails for each kind of fault that was not met.
func allTried(t *testing.T, kinds map[string]bool) {
	t.Helper()
	for _, k := range faults.Kinds() {
		if !kinds[string(k)] {
			t.Errorf("%s is not tried", k)
		}
	}
}

// Every fault, wherever it is met, ends in the finding that it deserves: of the
// network, the token endpoint or the API, never of a key, a certificate or the
// set-up, before the time is up, and with nothing left running.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of faults")
	}
	const token, api = ",path=/services/rest/auth/", ",path=/services/rest/record/"
	const ok, failed, unknown = finding.ExitOK, finding.ExitFail, finding.ExitInconclusive
	rows := []faultRow{
		{"html", failed, "network.not-netsuite", "html"},
		{"html" + token, failed, "token.unexpected-response", "html"},
		{"html" + api, failed, "api.unexpected-response", "html"},
		{"unavailable", unknown, "token.unavailable", ""},
		{"unavailable,retry-after=7" + token, unknown, "token.unavailable", ""},
		{"unavailable" + api, unknown, "api.unavailable", ""},
		{"flaky", unknown, "network.unreachable", "reset"}, // a 503 for the first look, a reset for the token
		{"flaky" + token, unknown, "token.unavailable", ""},
		{"flaky:1" + api, unknown, "api.unavailable", ""},
		{"rate-limited", unknown, "token.rate-limited", ""},
		{"rate-limited" + token, unknown, "token.rate-limited", ""},
		{"rate-limited,retry-after=5" + api, unknown, "api.rate-limited", ""},
		{"redirect,location=https://other.example/x", failed, "network.redirected", ""},
		{"redirect,location=https://other.example/x" + token, failed, "network.redirected", ""},
		{"redirect,location=https://other.example/x" + api, failed, "api.redirected", ""},
		{"captive-portal", failed, "network.redirected", ""},
		{"captive-portal" + token, failed, "network.redirected", ""},
		{"captive-portal" + api, failed, "api.redirected", ""},
		{"latency,delay=30ms", ok, "", ""},
		{"latency,delay=1m" + token, unknown, "network.timeout", "answer"},
		{"hang", unknown, "network.timeout", "answer"},
		{"hang" + token, unknown, "network.timeout", "answer"},
		{"hang" + api, unknown, "network.timeout", "answer"},
		{"hang-body", unknown, "network.timeout", "body"},
		{"hang-body" + token, unknown, "network.timeout", "body"},
		{"hang-body" + api, unknown, "network.timeout", "body"},
		{"reset", unknown, "network.unreachable", "reset"},
		{"reset" + token, unknown, "network.unreachable", "reset"},
		{"reset" + api, unknown, "network.unreachable", "reset"},
		{"truncated", unknown, "network.unreachable", "incomplete"},
		{"truncated" + token, unknown, "network.unreachable", "incomplete"},
		{"truncated" + api, unknown, "network.unreachable", "incomplete"},
		{"length-lie", failed, "network.not-netsuite", ""},
		{"length-lie" + token, failed, "token.unexpected-response", ""},
		{"length-lie" + api, failed, "api.unexpected-response", "not-json"},
		{"endless", failed, "network.not-netsuite", ""},
		{"endless" + token, failed, "token.unexpected-response", ""},
		{"endless" + api, ok, "api.unexpected-response", "too-long"}, // its first megabyte looks like a long list's
		{"gzip-bomb", failed, "network.not-netsuite", ""},
		{"gzip-bomb" + token, failed, "token.unexpected-response", ""},
		{"gzip-bomb" + api, failed, "api.unexpected-response", "packed"},
		{"wrong-type", ok, "", ""}, // the body is what counts
		{"malformed-header", failed, "network.not-netsuite", "malformed"},
		{"malformed-header" + token, failed, "network.not-netsuite", "malformed"},
		{"malformed-header" + api, failed, "network.not-netsuite", "malformed"},
		{"conflict" + token, failed, "token.unexpected-response", ""},
		{"conflict" + api, failed, "api.invalid-request", ""},
		{"too-large" + api, failed, "api.invalid-request", ""},
		{"as-form" + token, failed, "token.unexpected-response", ""},
		{"as-xml" + token, failed, "token.unexpected-response", ""},
		{"as-array" + token, failed, "token.unexpected-response", ""},
		{"as-array" + api, ok, "", ""},
		{"cells-huge", ok, "", ""}, // they concern lists
		{"cells-control", ok, "", ""},
		{"cells-html", ok, "", ""},
		{"cells-typed", ok, "", ""},
		{"pages-endless", ok, "", ""},
		{"list-late", ok, "", ""},
		{"failed-after" + token, failed, "token.unexpected-response", ""},
		{"lost-after" + token, unknown, "network.unreachable", "reset"},
		{"tls-foreign-ca", failed, "network.tls-untrusted", "unknown-authority"},
		{"tls-expired", failed, "network.tls-untrusted", "expired"},
		{"tls-1.1", failed, "network.tls-handshake", "protocol-version"},
		{"clock,offset=10m", failed, "clock.skewed", "assertion-expired"},
		{"clock,offset=-10m", failed, "clock.skewed", ""},
		{"tls-expired:1", failed, "network.tls-untrusted", "expired"},
	}
	leaks := goleak.IgnoreCurrent()
	t.Run("all", func(t *testing.T) {
		f := newFaulty(t)
		used := map[string]bool{}
		for _, tt := range rows {
			used[tt.kind()] = true
			t.Run(tt.spec, func(t *testing.T) {
				f, limit := tt.server(t, f)
				r := tt.run(t, f, setup{}, "doctor", limit)
				report := r.report(t)
				if r.code != tt.exit || r.stderr != "" {
					t.Errorf("exit %d, want %d; %v; stderr %q", r.code, tt.exit, codes(report), r.stderr)
				}
				found := codes(report)
				if tt.code == "" {
					if len(found) > 0 {
						t.Errorf("findings %v", found)
					}
					return
				}
				if len(found) == 0 || found[0] != tt.code {
					t.Fatalf("findings %v, want %s first", found, tt.code)
				}
				tt.judge(t, report)
			})
		}
		allTried(t, used)
		f.inject(t)
		if r := nsauth(t, setup{}, "doctor", "--config", f.config, "-o", "json"); r.code != ok {
			t.Errorf("with every fault lifted: exit %d, %v", r.code, codes(r.report(t)))
		}
	})
	goleak.VerifyNone(t, leaks)
}

// The commands that make one request say the same as doctor does.
func TestFaultsOfOneRequest(t *testing.T) {
	f := newFaulty(t)
	for row, tt := range []struct {
		spec string
		args []string
		exit int
		want string
	}{
		{"unavailable", []string{"token"}, finding.ExitInconclusive, "token.unavailable"},
		{"rate-limited,retry-after=5", []string{"token"}, finding.ExitInconclusive, "token.rate-limited"},
		{"reset", []string{"token"}, finding.ExitInconclusive, "network.unreachable"},
		{"gzip-bomb", []string{"token"}, finding.ExitFail, "token.unexpected-response"},
		{"html", []string{"token"}, finding.ExitFail, "token.unexpected-response"},
		{"captive-portal", []string{"token"}, finding.ExitFail, "network.redirected"},
		{"tls-1.1", []string{"token"}, finding.ExitFail, "network.tls-handshake"},
		{"html,path=/services/rest/record/", []string{"call", "record/v1/customer/107"}, finding.ExitFail, "api.unexpected-response"},
	} {
		if testkit.LeftOut(row, 1, 4) {
			continue
		}
		t.Run(tt.spec, func(t *testing.T) {
			f.inject(t, tt.spec)
			r := nsauth(t, setup{}, append(tt.args, "--config", f.config)...)
			if r.code != tt.exit || !strings.Contains(r.stderr, tt.want) || strings.Contains(r.stdout+r.stderr, "not-a-token") {
				t.Errorf("exit %d, want %d and %s\n%s%s", r.code, tt.exit, tt.want, r.stdout, r.stderr)
			}
		})
	}
}

// The flags of the emulator say what is wrong with faults.
func TestFaultFlags(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--fault nosuch", "unknown kind"},
		{"--fault flaky:0", "count"},
		{"--fault latency", "delay is missing"},
		{"--fault html,colour=red", "unknown key"},
		{"--clock-offset 900000h", "hundred years"},
	} {
		r := nsauth(t, setup{}, strings.Fields("emulator --dir x --listen 127.0.0.1:0 "+tt.args)...)
		if r.code != finding.ExitUsage || r.stdout != "" || !strings.Contains(r.stderr, tt.want) {
			t.Errorf("%s: exit %d, %q", tt.args, r.code, r.stderr)
		}
	}
}

// Every fault is explained.
func TestFaultsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stand.FaultNames() {
		if !strings.Contains(string(page), "\n| `"+name+"` | ") {
			t.Errorf("docs/emulator.md lacks %s", name)
		}
	}
}
