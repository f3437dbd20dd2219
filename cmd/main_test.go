package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// run is one run of nsauth in this process.
type run struct {
	code           int
	stdout, stderr string
	dialled        []string // every address that was connected to or looked up
}

// setup is what a test changes of the world.
type setup struct {
	env   map[string]string
	stdin string
	dir   string
	state string // the folder for state; "" for none
	cache string // the folder for caches; "" for a fresh one
	ctx   context.Context
	world func(*cli.World)
}

// nsauth runs a command in a world that reaches loopback only. Whatever it prints
// with -o json is one document that its schema accepts.
func nsauth(t *testing.T, s setup, args ...string) run {
	t.Helper()
	var stdout, stderr bytes.Buffer
	var mu sync.Mutex
	var r run
	w := System()
	w.Stdin, w.Stdout, w.Stderr = strings.NewReader(s.stdin), &stdout, &stderr
	w.LookupEnv = func(name string) (string, bool) {
		if v, ok := s.env[name]; ok || name != "LC_ALL" {
			return v, ok
		}
		return "C.UTF-8", true // so that signs are printed
	}
	w.EnvNames = func() []string { return slices.Sorted(maps.Keys(s.env)) }
	w.SystemProxy, w.Git, w.AskSecret = nil, nil, nil
	w.GenerateKey = keypool.Generate
	fresh := filepath.Join(testFolder, fmt.Sprint("run", runs.Add(1)))
	w.ConfigDir = filepath.Join(fresh, "no-config")
	w.StateDir = s.state
	if w.CacheDir = s.cache; w.CacheDir == "" {
		w.CacheDir = filepath.Join(fresh, "cache")
	}
	if w.Dir = s.dir; w.Dir == "" {
		w.Dir = fresh
		if err := os.Mkdir(fresh, 0o700); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(fresh)
	}
	dial := w.Dial
	w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		r.dialled = append(r.dialled, address)
		mu.Unlock()
		if host, _, _ := net.SplitHostPort(address); !net.ParseIP(host).IsLoopback() {
			return nil, fmt.Errorf("the test allows loopback only, not %s", address)
		}
		return dial(ctx, network, address)
	}
	w.LookupHost = func(_ context.Context, host string) ([]string, error) {
		mu.Lock()
		r.dialled = append(r.dialled, host)
		mu.Unlock()
		return nil, &net.DNSError{Err: "the test has no resolver", Name: host, IsTemporary: true}
	}
	w.Interruptible = func(ctx context.Context) (context.Context, context.CancelFunc) {
		if s.ctx != nil {
			ctx = s.ctx
		}
		return context.WithCancel(ctx)
	}
	if s.world != nil {
		s.world(&w)
	}
	r.code = Main(args, w)
	r.stdout, r.stderr = stdout.String(), stderr.String()
	if cli.FormatOf(args) == "json" && s.world == nil {
		if _, err := testkit.Document(stdout.Bytes()); err != nil {
			t.Errorf("nsauth %s: %v", strings.Join(args, " "), err)
		}
	}
	return r
}

// report decodes the report of a run.
func (r run) report(t *testing.T) finding.Report {
	t.Helper()
	var report finding.Report
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatalf("%v\n%s\n%s", err, r.stdout, r.stderr)
	}
	return report
}

// check finds the row of one check.
func check(t *testing.T, r finding.Report, id finding.CheckID) finding.Result {
	t.Helper()
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %s in %v", id, r.Checks)
	return finding.Result{}
}

func codes(r finding.Report) []finding.Code {
	var found []finding.Code
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			found = append(found, f.Code)
		}
	}
	return found
}

// failingWriter is a standard output on a full disk.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{
		{"version"}, {"doctor", "--demo", "wrong-kid"}, {"doctor", "--demo", "wrong-kid", "-o", "json"}, {"doctor", "--nosuch", "-o", "json"},
		{"emulator", "scenarios"}, {"schema", "report"}, {"profile", "show"}, {"keycheck", "-o", "json"},
		{"completion", "bash"}, {"--help"}, {"certgen", "--key-type", "p-256", "--out", t.TempDir()},
	} {
		r := nsauth(t, setup{world: func(w *cli.World) { w.Stdout = failingWriter{} }}, args...)
		if r.code != finding.ExitUsage || !strings.Contains(r.stderr, "cannot write the output: no space left on device") {
			t.Errorf("%v: exit %d, %q", args, r.code, r.stderr)
		}
		if wrote := strings.Contains(r.stderr, "key and certificate are written; to see what they are: nsauth keycheck "); wrote != (args[0] == "certgen") {
			t.Errorf("%v: %q", args, r.stderr)
		}
	}
}

func mustAbs(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		panic(err)
	}
	return path
}

func TestUsageErrors(t *testing.T) {
	secret := "SuperSecretValue"
	for _, tt := range []struct {
		args []string
		code string
		want []string // in message or hints
	}{
		{[]string{"docter"}, "usage.flag", []string{"unknown command", `did you mean "doctor"`}},
		{[]string{"doctor", "--acount", "1"}, "usage.flag", []string{"--acount", "did you mean --account"}},
		{[]string{"doctor", "--timeout", secret}, "usage.flag", []string{"--timeout", "duration"}},
		{[]string{"doctor", "--timeout", "-1s"}, "usage.flag", []string{"--timeout"}},
		{[]string{"doctor", "--only", "netwrk"}, "usage.flag", []string{`did you mean "network"`}},
		{[]string{"doctor", "--skip", "nosuch"}, "usage.flag", []string{"unknown check"}},
		{[]string{"doctor", "--require", "nosuch"}, "usage.flag", []string{"unknown check"}},
		{[]string{"doctor", "--fail-on", "never"}, "usage.flag", []string{"--fail-on"}},
		{[]string{"doctor", "healthy"}, "usage.flag", []string{"nsauth doctor --demo healthy"}},
		{[]string{"doctor", "--demo", "wrong-kit"}, "usage.flag", []string{`did you mean "wrong-kid"`}},
		{[]string{"doctor", "--demo", "--account", "1234567"}, "usage.flag", []string{"no effect with --demo"}},
		{[]string{"doctor", "--demo", "--profile", "prod"}, "usage.flag", []string{"--profile has no effect with --demo"}},
		{[]string{"doctor", "--demo", "--assertion", "nosuch.jwt"}, "usage.flag", []string{"--assertion has no effect with --demo"}},
		{[]string{"doctor", "--demo", "a", "b"}, "usage.flag", []string{"at most 1"}},
		{[]string{"doctor", "--profile", "nosuch"}, "usage.config", []string{"nosuch"}},
		{[]string{"doctor", "--config", "/nonexistent/config.yaml"}, "usage.config", []string{"config.yaml"}},
		{[]string{"doctor", "--env-file", "/nonexistent/.env"}, "usage.config", []string{".env"}},
		{[]string{"doctor", "--account", "1234567", "--ca-file", "/nonexistent/ca.pem"}, "usage.config", []string{"ca.pem"}},
		{[]string{"doctor", "--account", "1234567", "--ca-file", mustAbs("main_test.go")}, "usage.config", []string{"no certificate"}},
		{[]string{"doctor", "--color", "sometimes"}, "usage.flag", []string{"--color"}},
		{[]string{"keycheck"}, "usage.flag", []string{"no key or certificate"}},
		{[]string{"keycheck", "a.pem", "--key", "b.pem"}, "usage.flag", []string{"twice"}},
		{[]string{"certgen", "--key-type", "rsa-2048"}, "usage.flag", []string{"--key-type", "rsa-4096"}},
		{[]string{"certgen", "--days", "731"}, "usage.flag", []string{"731", "two years"}},
		{[]string{"certgen", "--days", "0"}, "usage.flag", []string{"--days"}},
		{[]string{"certgen", "--name", "../up"}, "usage.flag", []string{"--name"}},
		{[]string{"certgen", "--key-type", "p-256", "--out", "/nonexistent/folder"}, "io.write", []string{"does not exist"}},
		{[]string{"certgen", "extra"}, "usage.flag", []string{"accepts no argument"}},
		{[]string{"token", secret}, "usage.flag", []string{"accepts no argument"}},
		{[]string{"call", "-o", "json", "x"}, "usage.flag", []string{"does not support -o json"}},
		{[]string{"schema", "reprot"}, "usage.flag", []string{"report"}},
		{[]string{"schema"}, "usage.flag", []string{"missing"}},
		{[]string{"jwt", "inspekt"}, "usage.flag", []string{`did you mean "inspect"`}},
		{[]string{"jwt", "inspect", "env:NSAUTH_TEST_UNSET"}, "usage.config", []string{"is not set"}},
		{[]string{"profile", "shwo"}, "usage.flag", []string{`did you mean "show"`}},
		{[]string{"completion", "tcsh"}, "usage.flag", []string{"unknown command"}},
		{[]string{"help", "docter"}, "usage.flag", []string{`did you mean "doctor"`}},
		{[]string{"jwt", "inspect", "nosuch.jwt"}, "usage.flag", []string{"is neither a file nor a JWT"}},
		{[]string{"emulator"}, "usage.flag", []string{"--dir"}},
		{[]string{"emulator", "--dir", "x", "--scenario", "nosuch"}, "usage.flag", []string{"unknown scenario"}},
		{[]string{"emulator", "--dir", "x", "--errors", "loud"}, "usage.flag", []string{"--errors"}},
		{[]string{"emulator", "--dir", "x", "--account", "evil.example/"}, "usage.unsafe-value", []string{"account"}},
		{[]string{"emulator", "--dir", "x", "--listen", "127.0.0.1:notaport"}, "usage.config", []string{"cannot listen"}},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			r := nsauth(t, setup{}, append(tt.args, "-o", "json")...)
			report := r.report(t)
			if r.code != finding.ExitUsage || report.ExitCode != r.code || report.Outcome != finding.OutcomeError || report.Error == nil {
				t.Fatalf("exit %d, report %+v", r.code, report)
			}
			if report.Error.Code != tt.code {
				t.Errorf("code %s, want %s", report.Error.Code, tt.code)
			}
			said := report.Error.Message + "\n" + strings.Join(report.Error.Hints, "\n")
			for _, want := range tt.want {
				if !strings.Contains(said, want) {
					t.Errorf("%q lacks %q", said, want)
				}
			}
			if len(r.dialled) > 0 {
				t.Errorf("connected to %v", r.dialled)
			}
			if r.stderr != "" {
				t.Errorf("stderr: %s", r.stderr)
			}
			text := nsauth(t, setup{}, tt.args...)
			if tt.args[0] == "call" { // without -o json it is another mistake
				return
			}
			if text.code != r.code || text.stdout != "" || !strings.HasPrefix(text.stderr, "nsauth: error: ") {
				t.Errorf("as text: exit %d, stdout %q, stderr %q", text.code, text.stdout, text.stderr)
			}
			if strings.Contains(text.stderr+r.stdout, secret) {
				t.Errorf("a value is repeated: %s", text.stderr)
			}
		})
	}
}

func TestAFlagWithoutItsValue(t *testing.T) {
	r := nsauth(t, setup{}, "-o", "json", "doctor", "--account")
	if report := r.report(t); r.code != 2 || report.Error.Message != "--account needs a value" {
		t.Errorf("exit %d, %+v", r.code, report.Error)
	}
}

func TestTheFormatIsKnownBeforeFlagsAreParsed(t *testing.T) {
	for _, args := range [][]string{
		{"doctor", "--nosuch", "-o", "json"}, {"-o", "json", "doctor", "--nosuch"}, {"doctor", "-ojson", "--nosuch"},
		{"doctor", "-o=json", "--nosuch"}, {"doctor", "--output", "json", "--nosuch"}, {"--output=json", "nosuch"},
	} {
		if r := nsauth(t, setup{}, args...); r.report(t).Error == nil || r.code != finding.ExitUsage {
			t.Errorf("%v: exit %d\n%s", args, r.code, r.stdout)
		}
	}
	if got := cli.FormatOf([]string{"jwt", "inspect", "--", "-o", "json"}); got != "text" {
		t.Errorf("behind --, format %q", got)
	}
	if r := nsauth(t, setup{}, "version", "-o", "xml"); r.code != finding.ExitUsage || !strings.Contains(r.stderr, "want text or json") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

func TestUnsafeAccountsReachNothing(t *testing.T) {
	for _, account := range []string{"evil.example/", "x@evil.example#", "1234567.evil.example", "https://evil.example/app",
		"..", "1234567\nx", "1234567_SB1_X", "https://1234567.app.netsuite.com.evil.example/"} {
		for _, command := range []string{"doctor", "token", "keycheck"} { // call prints no document: see the transcripts
			r := nsauth(t, setup{}, command, "--account", account, "--client-id", strings.Repeat("a", 64), "-o", "json")
			if report := r.report(t); r.code != 2 || report.Error == nil || report.Error.Code != "usage.unsafe-value" {
				t.Errorf("%s --account %q: exit %d, %+v", command, account, r.code, report.Error)
			}
			if len(r.dialled) > 0 {
				t.Errorf("%s --account %q reached out to %v", command, account, r.dialled)
			}
		}
	}
}

func TestOfflineOpensNoSocket(t *testing.T) {
	dir := t.TempDir()
	if r := nsauth(t, setup{dir: dir}, "certgen", "--key-type", "p-256", "--out", dir); r.code != 0 {
		t.Fatal(r.stderr)
	}
	r := nsauth(t, setup{dir: dir}, "doctor", "--offline", "--account", "1234567", "--client-id", strings.Repeat("a", 64),
		"--certificate-id", strings.Repeat("A", 43), "--key", "nsauth-key.pem", "--cert", "nsauth-cert.pem", "-o", "json")
	report := r.report(t)
	if len(r.dialled) > 0 {
		t.Fatalf("reached out to %v", r.dialled)
	}
	for _, id := range []finding.CheckID{"network", "clock", "token", "features", "integration", "role", "api", "mapping"} {
		if c := check(t, report, id); c.Status != finding.Skip || c.Reason == nil || *c.Reason != finding.Offline {
			t.Errorf("%s: %s", id, c.Status)
		}
	}
	for _, id := range []finding.CheckID{"profile", "key", "certificate", "assertion"} {
		if c := check(t, report, id); c.Status != finding.Pass {
			t.Errorf("%s: %s %v", id, c.Status, c.Findings)
		}
	}
	if r.code != 0 {
		t.Errorf("exit %d", r.code)
	}
	required := nsauth(t, setup{dir: dir}, "doctor", "--offline", "--require", "token", "--account", "1234567",
		"--client-id", strings.Repeat("a", 64), "--certificate-id", strings.Repeat("A", 43), "--key", "nsauth-key.pem", "-o", "json")
	if required.code != finding.ExitInconclusive {
		t.Errorf("--require token --offline: exit %d, want 3", required.code)
	}
}

func TestAnInterruptKeepsWhatIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"doctor", "--demo", "wrong-kid"}, {"doctor", "--account", "1234567", "--key", "k", "--client-id", "c", "--certificate-id", "d"}, {"token"}} {
		r := nsauth(t, setup{ctx: ctx}, append(args, "-o", "json")...)
		report := r.report(t)
		if r.code != finding.ExitInterrupted || report.Outcome != finding.OutcomeInterrupted || len(report.Checks) != len(checks.Listed(false)) {
			t.Errorf("%v: exit %d, %s, %d checks", args, r.code, report.Outcome, len(report.Checks))
		}
	}
}

func TestCertgenNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nsauth-cert.pem"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := nsauth(t, setup{}, "certgen", "--key-type", "p-256", "--out", dir, "-o", "json")
	if report := r.report(t); r.code != 2 || report.Error.Code != "io.exists" {
		t.Errorf("exit %d, %+v", r.code, report.Error)
	}
	left, _ := os.ReadDir(dir)
	if data, _ := os.ReadFile(filepath.Join(dir, "nsauth-cert.pem")); string(data) != "precious" || len(left) != 1 {
		t.Errorf("%d files, certificate %q", len(left), data)
	}
}

func TestCertgenStopsAtCtrlC(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	r := nsauth(t, setup{ctx: ctx}, "certgen", "--out", dir)
	if left, _ := os.ReadDir(dir); r.code != finding.ExitInterrupted || len(left) != 0 {
		t.Errorf("exit %d, %d files left", r.code, len(left))
	}
}

// A server that accepts and never answers ends in unknown, within --timeout.
func TestAServerThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	dir := t.TempDir()
	if r := nsauth(t, setup{dir: dir}, "certgen", "--key-type", "p-256", "--out", dir); r.code != 0 {
		t.Fatal(r.stderr)
	}
	args := []string{"--connect-to", l.Addr().String(), "--timeout", "2s", "--account", "1234567", "--client-id", strings.Repeat("a", 64),
		"--certificate-id", strings.Repeat("A", 43), "--key", "nsauth-key.pem", "-o", "json"}
	for _, command := range []string{"doctor", "token"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			r := nsauth(t, setup{dir: dir}, append([]string{command}, args...)...)
			report := r.report(t)
			if r.code != finding.ExitInconclusive || report.Outcome != finding.OutcomeInconclusive {
				t.Errorf("exit %d, %s, %v", r.code, report.Outcome, codes(report))
			}
			if c := check(t, report, "network"); c.Status != finding.Unknown || len(c.Findings) != 1 || c.Findings[0].Code != "network.timeout" {
				t.Errorf("network %s %v", c.Status, c.Findings)
			}
		})
	}
}

// A program that does not read its pipe, and does not end, holds up no interrupted run for ever.
func TestInterruptWhileNothingReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := cli.System("nsauth")
		ctx, interrupt := context.WithCancel(t.Context())
		read := make(chan struct{})
		defer close(read)
		w.Stdout = writerFunc(func(p []byte) (int, error) { <-read; return len(p), nil })
		w.Interruptible = func(context.Context) (context.Context, context.CancelFunc) { return ctx, interrupt }
		time.AfterFunc(time.Minute, interrupt)
		if code := Main([]string{"version", "-o", "json"}, w); code != finding.ExitInterrupted {
			t.Errorf("exit %d", code)
		}
	})
}
