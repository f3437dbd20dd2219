package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// pairOfProfiles is a file with the profiles "prod" and "sandbox", each with its own
// emulator that acts out a scenario, and its own key.
func pairOfProfiles(t *testing.T, prod, sandbox string) (config string) {
	t.Helper()
	dir, at := t.TempDir(), time.Now()
	now := func() time.Time { return at } // so that both certificates end together
	var b strings.Builder
	b.WriteString("profiles:\n")
	for name, acted := range map[string]string{"prod": prod, "sandbox": sandbox} {
		s, ok := scenario.Lookup(acted)
		if !ok {
			t.Fatalf("no scenario %s", acted)
		}
		if name == "sandbox" {
			s.Server.Account = "1234567_SB1"
		}
		prepared, err := scenario.Prepare(s, now, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		files := filepath.Dir(serve(t, prepared))
		fmt.Fprintf(&b, "  %s:\n    ca_file: %q\n", name, filepath.Join(files, scenario.FileCA))
		for key, v := range prepared.Profile {
			if strings.HasSuffix(v, ".pem") {
				v = filepath.Join(files, v)
			}
			fmt.Fprintf(&b, "    %s: %q\n", key, v)
		}
	}
	config = filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

func compare(t *testing.T, config string, args ...string) (finding.Comparison, run) {
	t.Helper()
	r := nsauth(t, setup{}, append([]string{"doctor", "--config", config, "--profile", "prod", "--compare", "sandbox", "-o", "json"}, args...)...)
	var doc finding.Comparison
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	for _, each := range doc.Reports {
		var b strings.Builder
		if err := report.JSON(&b, each); err != nil {
			t.Fatal(err)
		}
		if _, err := testkit.Document([]byte(b.String())); err != nil {
			t.Errorf("a report in the comparison: %v", err)
		}
	}
	return doc, r
}

// It works in production and fails in the sandbox: that comes first, and the answer
// of the one that fails last.
func TestCompare(t *testing.T) {
	config := pairOfProfiles(t, "administrator-role", "sandbox-refreshed")
	doc, r := compare(t, config)
	if r.code != finding.ExitFail || doc.ExitCode != r.code || doc.Outcome != finding.OutcomeFail {
		t.Errorf("exit %d, %d, %s", r.code, doc.ExitCode, doc.Outcome)
	}
	if !strings.HasPrefix(doc.Summary, "Works with prod, fails with sandbox") {
		t.Errorf("%q", doc.Summary)
	}
	if d := doc.Differences[0]; d.Kind != finding.DiffersCheck || d.Name != "token" || *d.Values[0] != "pass" || *d.Values[1] != "fail" {
		t.Errorf("the first difference is %s %s", d.Kind, d.Name)
	}
	differs := map[string]bool{}
	for _, d := range doc.Differences {
		differs[d.Name] = true
	}
	for _, name := range []string{"token", "token.server-error", "account", "client_id", "certificate_id", "key"} {
		if !differs[name] {
			t.Errorf("%s is no difference: %v", name, differs)
		}
	}
	if c := doc.Reports[1].Diagnosis.Causes[0]; c.Code != "setup.sandbox-refreshed" {
		t.Errorf("%s", c.Code)
	}

	text := nsauth(t, setup{}, "doctor", "--config", config, "--profile", "prod", "--compare", "sandbox")
	lines := strings.Split(strings.TrimSpace(text.stdout), "\n")
	if text.code != r.code || lines[0] != "nsauth doctor: prod and sandbox" || !strings.HasPrefix(lines[2], "Works with prod, fails with sandbox.") ||
		!strings.HasPrefix(lines[len(lines)-1], "Outcome fail") {
		t.Errorf("exit %d\n%s", text.code, text.stdout)
	}
	if strings.Contains(strings.Join(lines[3:], "\n"), "nsauth doctor: profile prod") {
		t.Errorf("the report of the one that works:\n%s", text.stdout)
	}

	if !strings.Contains(text.stdout, "\nThe same with both: Certificate's end, Scope.\n") {
		t.Errorf("what is the same:\n%s", text.stdout)
	}

	masked, r := compare(t, config, "--mask-ids")
	if strings.Contains(r.stdout, "1234567") || *masked.Differences[len(masked.Differences)-1].Values[0] == "" {
		t.Errorf("not masked:\n%s", r.stdout)
	}
}

// The exit code is that of the worse of the two, in the order fail, unknown,
// warning, pass.
func TestCompareExitCode(t *testing.T) {
	for row, tt := range []struct {
		prod, sandbox string
		args          []string
		exit          int
		summary       string
	}{
		{"older-access-token", "older-access-token", nil, 0, "Works with both"},
		{"older-access-token", "administrator-role", nil, 0, "Works with both"},
		{"administrator-role", "older-access-token", []string{"--fail-on", "warn"}, 4, "Works with both"},
		{"unavailable", "administrator-role", []string{"--fail-on", "warn"}, 3, "Could not be verified with prod, works with sandbox"},
		{"key-mismatch", "unavailable", nil, 1, "Fails with prod, could not be verified with sandbox"},
		{"key-mismatch", "key-mismatch", nil, 1, "Fails with both, for the same cause: certificate.key-mismatch"},
		{"unavailable", "unavailable", nil, 3, "Could not be verified with both"},
	} {
		if testkit.LeftOut(row, 1, 4) {
			continue
		}
		t.Run(tt.prod+" "+tt.sandbox, func(t *testing.T) {
			doc, r := compare(t, pairOfProfiles(t, tt.prod, tt.sandbox), tt.args...)
			if r.code != tt.exit || doc.ExitCode != tt.exit || !strings.HasPrefix(doc.Summary, tt.summary) {
				t.Errorf("exit %d, %d, want %d; %q", r.code, doc.ExitCode, tt.exit, doc.Summary)
			}
		})
	}
}

func TestCompareCompletes(t *testing.T) {
	config := pairOfProfiles(t, "administrator-role", "administrator-role")
	for _, flag := range []string{"--compare", "--profile"} {
		r := nsauth(t, setup{}, "__complete", "doctor", "--config", config, flag, "")
		for _, name := range []string{"prod\n", "sandbox\n"} {
			if !strings.Contains(r.stdout, name) {
				t.Errorf("%s: %q lacks %q", flag, r.stdout, name)
			}
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	config := pairOfProfiles(t, "administrator-role", "administrator-role")
	for _, tt := range []struct{ args, want string }{
		{"--compare sandbox", "--compare needs --profile"},
		{"--profile prod --compare prod", "the same profile"},
		{"--profile prod --compare sandbox healthy", "two names"},
		{"--profile prod --compare sandbox --account 1234567", "--account cannot apply to two profiles"},
		{"--profile prod --compare sandbox --key x.pem", "--key cannot apply"},
		{"--profile prod --compare sandbox --assertion x", "--assertion cannot apply"},
		{"--profile prod --compare sandbox --worked-until 2026-01-01", "--worked-until cannot apply"},
		{"--profile prod --compare nosuch", `: there is no profile "nosuch"`},
		{"--profile prod --compare=", "--compare is empty"},
		{"--demo --compare sandbox", "--compare"},
	} {
		r := nsauth(t, setup{}, append([]string{"doctor", "--config", config, "-o", "json"}, strings.Fields(tt.args)...)...)
		if report := r.report(t); r.code != finding.ExitUsage || report.Error == nil || !strings.Contains(report.Error.Message, tt.want) || len(r.dialled) > 0 {
			t.Errorf("%s: exit %d, %+v, dialled %v", tt.args, r.code, report.Error, r.dialled)
		}
	}
}
