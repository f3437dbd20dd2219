package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// standIn is an emulator that runs for a test, and the files of its client.
type standIn struct {
	config   string // of the profile
	dir      string
	prepared *scenario.Prepared
	server   *server.Server
}

func startEmulator(t *testing.T, name string) standIn {
	t.Helper()
	s, ok := scenario.Lookup(name)
	if !ok {
		t.Fatal(name)
	}
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
	t.Cleanup(func() { server.Close() })
	prepared.Profile["connect_to"] = server.Addr()
	prepared.Profile["ntp_server"] = "127.0.0.1:9" // nothing answers: the test needs no time server
	dir := filepath.Join(t.TempDir(), "client")
	if err := prepared.Files(dir); err != nil {
		t.Fatal(err)
	}
	return standIn{config: filepath.Join(dir, scenario.FileConfig), dir: dir, prepared: prepared, server: server}
}

// assertion signs as a program other than nsauth would, with what change says.
func (s standIn) assertion(t *testing.T, change func(*jwtgen.Params)) string {
	t.Helper()
	k, err := new(keys.Loader).Key(t.Context(), keys.Source{Name: filepath.Join(s.dir, scenario.FileKey)})
	if err != nil {
		t.Fatal(err)
	}
	p := jwtgen.Params{KeyID: s.prepared.Profile["certificate_id"], Issuer: s.prepared.Profile["client_id"],
		Audience: "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token",
		Scope:    []string{"rest_webservices"}, IssuedAt: time.Now()}
	change(&p)
	a, err := jwtgen.Build(p, k.Signer())
	if err != nil {
		t.Fatal(err)
	}
	return a.Raw().Reveal()
}

func TestDoctorExaminesAGivenAssertion(t *testing.T) {
	s := startEmulator(t, "administrator-role")
	good := s.assertion(t, func(*jwtgen.Params) {})
	noKid := s.assertion(t, func(p *jwtgen.Params) { p.KeyID = "" })
	padded := strings.Replace(s.assertion(t, func(p *jwtgen.Params) { p.KeyID, p.Scope = "", nil }), ".", "=.", 1)
	curl := "curl -d grant_type=client_credential -d client_assertion=" + noKid + " https://1234567.suitetalk.api.netsuite.com/"
	file := filepath.Join(t.TempDir(), "assertion.jwt")
	if err := os.WriteFile(file, []byte(good+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	prints := func(text string, err error) func(*cli.World) {
		return func(w *cli.World) {
			w.Shell = func(_ context.Context, _ string, stdout io.Writer) error {
				_, _ = io.WriteString(stdout, text+"\n")
				return err
			}
		}
	}
	for row, tt := range []struct {
		name  string
		setup setup
		args  []string
		exit  int
		want  []finding.Code // of assertion and request
	}{
		{name: "file", args: []string{"--assertion", file}},
		{name: "standard input", setup: setup{stdin: good}, args: []string{"--assertion", "-"}},
		{name: "environment", setup: setup{env: map[string]string{"ASSERTION": good}}, args: []string{"--assertion", "env:ASSERTION"}},
		{name: "command", setup: setup{world: prints(good, nil)}, args: []string{"--assertion-command", "make-assertion"}},
		{name: "no kid", setup: setup{stdin: noKid}, args: []string{"--assertion", "-"}, exit: 1, want: []finding.Code{"assertion.kid-missing"}},
		{name: "no JWT", setup: setup{stdin: "hello"}, args: []string{"--assertion", "-"}, exit: 1, want: []finding.Code{"assertion.malformed"}},
		// Everything that jwt inspect would say is said at once.
		{name: "padding", setup: setup{stdin: padded}, args: []string{"--assertion", "-"}, exit: 1,
			want: []finding.Code{"assertion.malformed", "assertion.kid-missing", "assertion.scope-missing"}},
		{name: "a curl command", setup: setup{stdin: curl}, args: []string{"--assertion", "-"}, exit: 1,
			want: []finding.Code{"assertion.malformed", "request.parameter-missing", "assertion.kid-missing"}},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"doctor", "--config", s.config, "-o", "json"}, tt.args...)
			r := nsauth(t, tt.setup, args...)
			report := r.report(t)
			if r.code != tt.exit {
				t.Fatalf("exit %d: %v", r.code, codes(report))
			}
			row := check(t, report, "assertion")
			raised := slices.Concat(row.Findings, check(t, report, "request").Findings)
			for _, code := range tt.want {
				if !slices.ContainsFunc(raised, func(f finding.Finding) bool { return f.Code == code }) {
					t.Errorf("findings %v lack %s", raised, code)
				}
			}
			if c := check(t, report, "token"); slices.Contains(tt.want, "assertion.malformed") && c.Status != finding.Skip {
				t.Errorf("token %s: what is no JWT alone was sent", c.Status)
			}
			if tt.want != nil {
				return
			}
			facts, _ := row.Facts.(map[string]any)
			if row.Status != finding.Pass || facts["made_by"] != "given" || facts["signature"] != "verified" ||
				!strings.Contains(row.Summary, "another program") {
				t.Errorf("%s %q %v", row.Status, row.Summary, facts)
			}
			if c := check(t, report, "token"); c.Status != finding.Pass {
				t.Errorf("token %s", c.Status)
			}
		})
	}
	requests := s.server.Requests()
	if len(requests) == 0 {
		t.Fatal("nothing was sent")
	}
}

// With a given assertion only the account has to be known.
func TestAGivenAssertionNeedsNoKey(t *testing.T) {
	s := startEmulator(t, "administrator-role")
	good := s.assertion(t, func(*jwtgen.Params) {})
	r := nsauth(t, setup{stdin: good}, "doctor", "--account", "1234567", "--connect-to", s.server.Addr(),
		"--ca-file", filepath.Join(s.dir, scenario.FileCA), "--assertion", "-", "--ntp-server", "127.0.0.1:9", "-o", "json")
	report := r.report(t)
	if r.code != 0 {
		t.Fatalf("exit %d: %v", r.code, codes(report))
	}
	if c := check(t, report, "key"); c.Status != finding.Skip || c.Reason == nil || *c.Reason != finding.NotGiven {
		t.Errorf("key %s %v", c.Status, c.Reason)
	}
	if facts, _ := check(t, report, "assertion").Facts.(map[string]any); facts["signature"] != "not-checked" {
		t.Errorf("signature %v: never implied", facts["signature"])
	}
}

// The server's yes to another program's assertion says nothing about our key.
func TestTheYesIsForTheGivenAssertionOnly(t *testing.T) {
	s := startEmulator(t, "administrator-role")
	good := s.assertion(t, func(*jwtgen.Params) {})
	small, err := filepath.Abs("../testdata/keys/rsa-2048.pem")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(small); err != nil {
		t.Fatal(err)
	}
	r := nsauth(t, setup{stdin: good}, "doctor", "--config", s.config, "--key", small, "--assertion", "-", "-o", "json")
	if c := check(t, r.report(t), "key"); c.Status != finding.Fail {
		t.Errorf("key %s; the token was not issued for this key", c.Status)
	}
}

func TestAssertionsThatCannotBeHad(t *testing.T) {
	failing := func(w *cli.World) {
		w.Shell = func(context.Context, string, io.Writer) error { return errors.New("exec: not found") }
	}
	silent := func(w *cli.World) { w.Shell = func(context.Context, string, io.Writer) error { return nil } }
	endless := func(w *cli.World) {
		w.Shell = func(_ context.Context, _ string, stdout io.Writer) error {
			n, err := io.Copy(stdout, io.LimitReader(rand.Reader, 10<<20))
			if n > maxToken+1 {
				t.Errorf("%d bytes were taken", n)
			}
			return err
		}
	}
	hanging := func(w *cli.World) {
		w.Shell = func(ctx context.Context, _ string, _ io.Writer) error { <-ctx.Done(); return ctx.Err() }
	}
	account := []string{"doctor", "--account", "1234567"}
	for _, tt := range []struct {
		setup setup
		args  []string
		want  string
	}{
		{setup{}, []string{"--assertion", "/nonexistent/a.jwt"}, "cannot be read"},
		{setup{}, []string{"--assertion", t.TempDir()}, "folder"},
		{setup{}, []string{"--assertion", "env:NSAUTH_NOSUCH"}, "is not set"},
		{setup{stdin: " \n"}, []string{"--assertion", "-"}, "is empty: an assertion was expected"},
		{setup{world: failing}, []string{"--assertion-command", "x"}, "could not be run"},
		{setup{world: silent}, []string{"--assertion-command", "x"}, "is empty: an assertion was expected"},
		{setup{world: endless}, []string{"--assertion-command", "x"}, "longer than any assertion"},
		{setup{world: hanging}, []string{"--assertion-command", "x", "--timeout", "1ms"}, "did not end within 1ms"},
		{setup{}, []string{"--assertion", ""}, "--assertion is empty"},
		{setup{}, []string{"--assertion-command", ""}, "--assertion-command is empty"},
		{setup{}, []string{"--assertion", "-", "--assertion-command", "x"}, "cannot be combined"},
	} {
		r := nsauth(t, tt.setup, append(account, tt.args...)...)
		if r.code != finding.ExitUsage || !strings.Contains(r.stderr, tt.want) || len(r.dialled) > 0 {
			t.Errorf("%v: exit %d, dialled %v, %s", tt.args, r.code, r.dialled, r.stderr)
		}
	}
}
