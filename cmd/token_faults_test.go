package cmd

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/finding"
)

// Every fault that a token request can meet: the right finding and exit code, in
// time, with nothing sent anywhere else, nothing kept and nothing left running.
func TestTokenFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of faults")
	}
	const ok, failed, unknown = finding.ExitOK, finding.ExitFail, finding.ExitInconclusive
	rows := []faultRow{
		{"html", failed, "token.unexpected-response", "html"},
		{"unavailable", unknown, "token.unavailable", ""},
		{"unavailable,retry-after=7", unknown, "token.unavailable", ""},
		{"flaky:1", unknown, "token.unavailable", ""},
		{"rate-limited,retry-after=5", unknown, "token.rate-limited", ""},
		{"redirect,location=https://other.example/x", failed, "network.redirected", ""},
		{"captive-portal", failed, "network.redirected", ""},
		{"latency,delay=30ms", ok, "", ""},
		{"latency,delay=1m", unknown, "network.timeout", "answer"},
		{"hang", unknown, "network.timeout", "answer"},
		{"hang-body", unknown, "network.timeout", "body"},
		{"reset", unknown, "network.unreachable", "reset"},
		{"truncated", unknown, "network.unreachable", "incomplete"},
		{"length-lie", failed, "token.unexpected-response", ""},
		{"endless", failed, "token.unexpected-response", ""},
		{"gzip-bomb", failed, "token.unexpected-response", ""},
		{"wrong-type", ok, "", ""}, // the body is what counts
		{"conflict", failed, "token.unexpected-response", ""},
		{"too-large", failed, "token.unexpected-response", ""},
		{"as-form", failed, "token.unexpected-response", ""},
		{"as-xml", failed, "token.unexpected-response", ""},
		{"as-array", failed, "token.unexpected-response", ""},
		{"cells-huge", ok, "", ""}, // they concern lists
		{"cells-control", ok, "", ""},
		{"cells-html", ok, "", ""},
		{"cells-typed", ok, "", ""},
		{"pages-endless", ok, "", ""},
		{"list-late", ok, "", ""},
		{"failed-after", failed, "token.unexpected-response", ""},
		{"lost-after", unknown, "network.unreachable", "reset"},
		{"malformed-header", failed, "network.not-netsuite", "malformed"},
		{"tls-foreign-ca", failed, "network.tls-untrusted", "unknown-authority"},
		{"tls-expired", failed, "network.tls-untrusted", "expired"},
		{"tls-1.1", failed, "network.tls-handshake", "protocol-version"},
		{"clock,offset=10m", failed, "clock.skewed", ""},
		{"clock,offset=-10m", failed, "clock.skewed", ""},
	}
	leaks := goleak.IgnoreCurrent()
	t.Run("all", func(t *testing.T) {
		f := newFaulty(t)
		tried := map[string]bool{}
		for _, tt := range rows {
			tried[tt.kind()] = true
			t.Run(tt.spec, func(t *testing.T) {
				f, limit := tt.server(t, f)
				cache := t.TempDir()
				r := tt.run(t, f, setup{cache: cache}, "token", limit)
				if r.code != tt.exit || r.stderr != "" {
					t.Errorf("exit %d, want %d; stderr %q; %s", r.code, tt.exit, r.stderr, r.stdout)
				}
				for _, address := range r.dialled {
					if address != f.Addr() {
						t.Errorf("reached out to %s", address)
					}
				}
				kept, _ := filepath.Glob(filepath.Join(cache, "nsauth", "tokens", "*.json"))
				if (len(kept) == 1) != (tt.exit == ok) {
					t.Errorf("kept: %v", kept)
				}
				if tt.exit == ok {
					return
				}
				report := r.report(t)
				found := codes(report)
				if !slices.Contains(found, tt.code) {
					t.Fatalf("findings %v, want %s", found, tt.code)
				}
				tt.judge(t, report)
			})
		}
		allTried(t, tried)
	})
	goleak.VerifyNone(t, leaks)
}

// A server that writes the lifetime as a string, or not at all: the token is there
// in any case, and kept only if its end is known.
func TestTokenLifetimes(t *testing.T) {
	l := newLab(t)
	for body, kept := range map[string]int{
		`{"access_token":"abcdefghijklmnopqrstuvwxyz","expires_in":"3600","token_type":"bearer"}`: 1,
		`{"access_token":"abcdefghijklmnopqrstuvwxyz","expires_in":3600,"token_type":"bearer"}`:   1,
		`{"access_token":"abcdefghijklmnopqrstuvwxyz","expires_in":"soon","token_type":"bearer"}`: 0,
		`{"access_token":"abcdefghijklmnopqrstuvwxyz","expires_in":-5,"token_type":"bearer"}`:     0,
		`{"access_token":"abcdefghijklmnopqrstuvwxyz","token_type":"bearer"}`:                     0,
	} {
		cache := t.TempDir()
		args := append([]string{"token"}, l.online(answers{"token": {status: 200, body: body}})...)
		for range 2 {
			r := l.nsauth(setup{cache: cache}, args...)
			if r.code != 0 || !strings.Contains(r.stdout, "abcdefghijklmnopqrstuvwxyz") {
				t.Errorf("%s: exit %d, %s", body, r.code, r.stderr)
			}
		}
		files, _ := filepath.Glob(filepath.Join(cache, "nsauth", "tokens", "*.json"))
		if len(files) != kept {
			t.Errorf("%s: %v", body, files)
		}
	}
}

// requests is what the emulator's token endpoint was sent.
func (f *faulty) requests() (tokens []verdict.Verdict) {
	for _, v := range f.Requests() {
		if v.Method == "POST" && strings.HasSuffix(v.Path, "/token") {
			tokens = append(tokens, v)
		}
	}
	return tokens
}

// With --retry what passes by itself is waited out, as the server asks for it,
// each time with an assertion of its own; every try is told and reported.
func TestTokenRetries(t *testing.T) {
	f := newFaulty(t)
	for _, tt := range []struct {
		spec, retry    string
		exit, attempts int
	}{
		{"unavailable:2", "2", 0, 3},
		{"unavailable:2", "1", 3, 2},
		{"rate-limited:1,retry-after=1", "5", 0, 2},
		{"reset:1", "1", 0, 2},
		{"truncated:1", "1", 0, 2},
		{"unavailable,retry-after=3600", "5", 3, 1}, // longer than there is time
		{"html", "5", 1, 1},
		{"tls-foreign-ca", "5", 1, 1},
		{"captive-portal", "5", 1, 1},
	} {
		t.Run(tt.spec+" "+tt.retry, func(t *testing.T) {
			f.inject(t, tt.spec)
			before := len(f.requests())
			r := nsauth(t, setup{}, "token", "--config", f.config, "--retry", tt.retry, "-o", "json")
			if r.code != tt.exit {
				t.Fatalf("exit %d, want %d\n%s%s", r.code, tt.exit, r.stdout, r.stderr)
			}
			var attempts []finding.TokenAttempt
			if r.code == 0 {
				attempts = tokenDocumentOf(t, r).Attempts
			} else {
				attempts = r.report(t).Attempts
			}
			if len(attempts) != tt.attempts || strings.Count(r.stderr, "nsauth: try ") != tt.attempts-1 {
				t.Fatalf("%d attempts, want %d: %+v\n%s", len(attempts), tt.attempts, attempts, r.stderr)
			}
			for i, a := range attempts {
				last := i == len(attempts)-1
				if (a.WaitMS == nil) != last || (a.Error == nil && (a.Status == nil || *a.Status == 200)) != (last && r.code == 0) {
					t.Errorf("attempt %d: %+v", i, a)
				}
			}
			seen := map[string]bool{}
			for _, v := range f.requests()[before:] {
				if v.AssertionSHA256 != "" && seen[v.AssertionSHA256] {
					t.Error("an assertion was sent twice")
				}
				seen[v.AssertionSHA256] = true
			}
		})
	}
}

// While the token is good, an outage or a refusal only shows as a warning (row B8). Once
// it has expired, each is a failure.
func TestTokenDueDuringAnOutage(t *testing.T) {
	f := newFaulty(t)
	cache := t.TempDir()
	at := func(d time.Duration) func(*cli.World) {
		return func(w *cli.World) { w.Now = func() time.Time { return time.Now().Add(d) } }
	}
	if r := nsauth(t, setup{cache: cache}, "token", "--config", f.config); r.code != 0 {
		t.Fatal(r.stderr)
	}
	f.inject(t, "unavailable")
	r := nsauth(t, setup{cache: cache, world: at(56 * time.Minute)}, "token", "--config", f.config)
	if r.code != 0 || !strings.Contains(r.stderr, "nsauth: warning: no new token: token endpoint answered HTTP 503\n") ||
		!strings.Contains(r.stderr, "token from the cache, 56 minutes old, expires in ") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	if r := nsauth(t, setup{cache: cache, world: at(61 * time.Minute)}, "token", "--config", f.config); r.code != 3 {
		t.Errorf("after its end: exit %d, %s", r.code, r.stderr)
	}
	f.inject(t)
	// The clock that is an hour ahead makes NetSuite refuse the assertion.
	r = nsauth(t, setup{cache: cache, world: at(56 * time.Minute)}, "token", "--config", f.config)
	if r.code != 0 || r.stdout == "" || !strings.Contains(r.stderr, "nsauth: warning: no new token: token endpoint answered HTTP 500, error server_error\n") {
		t.Errorf("refused: exit %d, %s%s", r.code, r.stdout, r.stderr)
	}
	r = nsauth(t, setup{cache: cache, world: at(61 * time.Minute)}, "token", "--config", f.config)
	if r.code != 1 || r.stdout != "" {
		t.Errorf("refused and expired: exit %d, %s%s", r.code, r.stdout, r.stderr)
	}
}

// A token that ends while another one is asked for in vain is not handed out.
func TestTokenEndsDuringAnOutage(t *testing.T) {
	f := newFaulty(t)
	cache := t.TempDir()
	if r := nsauth(t, setup{cache: cache}, "token", "--config", f.config); r.code != 0 {
		t.Fatal(r.stderr)
	}
	f.inject(t, "unavailable")
	before := len(f.requests())
	r := nsauth(t, setup{cache: cache, world: func(w *cli.World) {
		w.Now = func() time.Time {
			if len(f.requests()) > before {
				return time.Now().Add(time.Hour)
			}
			return time.Now().Add(59 * time.Minute)
		}
	}}, "token", "--config", f.config)
	if r.code != finding.ExitInconclusive || r.stdout != "" {
		t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
}

// What leads to another server or changes the request has a token of its own: one
// from an emulator is never sent to NetSuite.
func TestTokenIsKeptForItsRequestAlone(t *testing.T) {
	l := newLab(t)
	cache := t.TempDir()
	token := func(args ...string) bool {
		t.Helper()
		r := l.nsauth(setup{cache: cache}, append([]string{"token"}, args...)...)
		var doc struct{ Cached bool }
		if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil || r.code != 0 {
			t.Fatalf("%v, exit %d, %s", err, r.code, r.stderr)
		}
		return doc.Cached
	}
	base := l.online(nil)
	if token(base...) || !token(base...) {
		t.Fatal("the first is asked for and the second is not")
	}
	l.write("other-ca.pem", l.read(l.path("ca.pem")))
	for name, change := range map[string][]string{
		"another server":     {"--connect-to", l.serve(nil)},
		"another CA":         {"--ca-file", "other-ca.pem"},
		"another audience":   {"--audience", "https://other.example/token"},
		"another scope":      {"--scope", "restlets"},
		"another client":     {"--client-id", strings.Repeat("ab", 32)},
		"another key":        l.pair("ec-p384"),
		"a stated algorithm": {"--algorithm", "ES256"},
	} {
		if token(append(slices.Clone(base), change...)...) {
			t.Errorf("%s gets the kept token", name)
		}
	}
	if !token(base...) {
		t.Error("the first one is gone")
	}
}

// A broken cache is one warning, whatever is broken, and the token all the same.
func TestTokenWithABrokenCache(t *testing.T) {
	f := newFaulty(t)
	for name, spoil := range map[string]func(cache string) string{
		"no folder":      func(string) string { return "" },
		"a file":         func(cache string) string { return write(t, cache, "nsauth", "") },
		"cannot be made": func(cache string) string { return filepath.Join(write(t, cache, "file", ""), "below") },
		"damaged":        func(cache string) string { return spoilTokens(t, f, cache) },
		"--no-cache":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			s := setup{cache: cache}
			args := []string{"token", "--config", f.config}
			if spoil != nil {
				spoiled := spoil(cache)
				s.world = func(w *cli.World) {
					if name == "no folder" || name == "cannot be made" {
						w.CacheDir = spoiled
					}
				}
			} else {
				args = append(args, "--no-cache")
			}
			r := nsauth(t, s, args...)
			warnings := strings.Count(r.stderr, "nsauth: warning: the token cache was not used: ")
			if r.code != 0 || strings.Count(r.stdout, ".") != 2 || (warnings == 1) != (spoil != nil) || warnings > 1 {
				t.Errorf("exit %d, %d warnings: %s", r.code, warnings, r.stderr)
			}
			if spoil == nil {
				if entries, err := os.ReadDir(cache); err != nil || len(entries) > 0 {
					t.Errorf("--no-cache wrote %v, %v", entries, err)
				}
			}
		})
	}
}

// spoilTokens keeps a token and cuts its file.
func spoilTokens(t *testing.T, f *faulty, cache string) string {
	t.Helper()
	if r := nsauth(t, setup{cache: cache}, "token", "--config", f.config); r.code != 0 {
		t.Fatal(r.stderr)
	}
	files, err := filepath.Glob(filepath.Join(cache, "nsauth", "tokens", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.Truncate(files[0], 100); err != nil {
		t.Fatal(err)
	}
	return cache
}

// An interrupt while another process holds the lock, or the server is silent, ends
// the command.
func TestTokenIsInterrupted(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	l := newLab(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	args := append(append([]string{"token"}, l.identity()...), "--connect-to", silent.Addr().String(), "--ca-file", "ca.pem", "--retry", "9")
	r := l.nsauth(setup{ctx: ctx}, args...)
	if report := r.report(t); r.code != finding.ExitInterrupted || report.Outcome != finding.OutcomeInterrupted {
		t.Errorf("exit %d, %s", r.code, report.Outcome)
	}
}

func write(t *testing.T, dir, name, data string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func tokenDocumentOf(t *testing.T, r run) (doc struct{ Attempts []finding.TokenAttempt }) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}
