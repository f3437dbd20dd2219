package cmd

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/testkit"
)

// The exit code of a run is the same in every format.
func TestExitCodeByFormat(t *testing.T) {
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for i, row := range []struct {
		code int
		ctx  context.Context
		args []string
	}{
		{finding.ExitOK, nil, []string{"doctor", "--demo"}},
		{finding.ExitOK, nil, []string{"doctor", "--demo", "expiring-soon"}},
		{finding.ExitWarnings, nil, []string{"doctor", "--demo", "expiring-soon", "--fail-on", "warn"}},
		{finding.ExitFail, nil, []string{"doctor", "--demo", "wrong-kid"}},
		{finding.ExitInconclusive, nil, []string{"doctor", "--demo", "token-unavailable"}},
		{finding.ExitInconclusive, nil, []string{"doctor", "--demo", "--only", "key", "--require", "api"}},
		{finding.ExitUsage, nil, []string{"doctor", "--demo", "nosuch"}},
		{finding.ExitUsage, nil, []string{"doctor", "--nosuch"}},
		{finding.ExitUsage, nil, []string{"keycheck", "--require", "nosuch"}},
		{finding.ExitInterrupted, stopped, []string{"doctor", "--demo"}},
	} {
		for j, format := range append(formats.Names(), "text") {
			if testkit.LeftOut(i+j, 2, 12) {
				continue
			}
			if r := nsauth(t, setup{ctx: row.ctx}, append(row.args, "-o", format)...); r.code != row.code {
				t.Errorf("%q -o %s: exit code %d, want %d\n%s", row.args, format, r.code, row.code, r.stderr)
			}
		}
	}
}

// Every scenario renders in every format, and a saved report gives the same bytes.
func TestScenariosInEveryFormat(t *testing.T) {
	for i, s := range scenario.All() {
		if testkit.LeftOut(i, 9, 45) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"doctor", "--demo", s.Name, "-o", "json"}
			for _, name := range formats.Names() {
				args = append(args, "--report", name+"="+filepath.Join(dir, name))
			}
			made := nsauth(t, setup{}, args...)
			if made.code != s.Expect.Exit {
				t.Errorf("exit code %d, want %d", made.code, s.Expect.Exit)
			}
			for _, name := range formats.Names() {
				first, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				again := nsauth(t, setup{stdin: made.stdout}, "render", "-", "-o", name)
				if again.code != 0 || again.stdout != string(first) || len(first) == 0 && name != formats.GitHub {
					t.Errorf("%s: exit code %d\nfirst\n%s\nagain\n%s%s", name, again.code, first, again.stdout, again.stderr)
				}
			}
		})
	}
}

// gcProbe writes what it is given, and keeps the GC percentage of that moment.
type gcProbe struct {
	io.Writer
	percent int
}

func (p *gcProbe) Write(b []byte) (int, error) {
	p.percent = debug.SetGCPercent(100)
	debug.SetGCPercent(p.percent)
	return p.Writer.Write(b)
}

// The reports of several profiles are written with an early collector, but not against GOGC.
func TestCollectorOfAFleet(t *testing.T) {
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	config := pairOfProfiles(t, "older-access-token", "older-access-token")
	for gogc, want := range map[string]int{"": 50, "300": 77} {
		var probe gcProbe
		nsauth(t, setup{env: map[string]string{"GOGC": gogc}, world: func(w *cli.World) {
			probe.Writer = w.Stdout
			w.Stdout = &probe
		}}, "doctor", "--config", config, "--all-profiles", "--offline", "-o", "csv")
		if after := debug.SetGCPercent(77); probe.percent != want || after != 77 {
			t.Errorf("GOGC=%s: written with %d%%, then %d%%; want %d%%", gogc, probe.percent, after, want)
		}
	}
}

// An account ID in the name of a profile is masked in the reports of a run that failed early.
func TestEarlyErrorMasksTheName(t *testing.T) {
	dir := t.TempDir()
	config := "profiles:\n  prod-7654321_SB1:\n    account: ${NOWHERE}\n  prod-8888888:\n    account: ${NOWHERE}\n"
	if err := os.WriteFile(filepath.Join(dir, "c.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"prod-7654321_SB1", "prod-8888888", "prod-9999999_SB2", "prod-7654321_SB1,prod-8888888"} {
		for _, format := range []string{formats.JUnit, formats.Prom, formats.Markdown, formats.GitHub} {
			r := nsauth(t, setup{dir: dir}, "doctor", "--config", "c.yaml", "--profile", name, "-o", format)
			if r.code != finding.ExitUsage || !strings.Contains(r.stdout, "prod-<account>") && !strings.Contains(r.stdout, "prod-&lt;account&gt;") && !strings.Contains(r.stdout, `prod-\<account>`) ||
				strings.Contains(r.stdout, "7654321") || strings.Contains(r.stdout, "8888888") || strings.Contains(r.stdout, "9999999") {
				t.Errorf("%s -o %s: exit code %d\n%s%s", name, format, r.code, r.stdout, r.stderr)
			}
			if shown := nsauth(t, setup{dir: dir}, "doctor", "--config", "c.yaml", "--profile", name, "-o", format, "--no-mask-ids"); strings.Contains(shown.stdout, "account>") {
				t.Errorf("%s -o %s --no-mask-ids:\n%s", name, format, shown.stdout)
			}
		}
	}
}

// The row of docs/reports.md is what the commands beside it print.
func TestReportsPage(t *testing.T) {
	data, err := os.ReadFile("../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	const again = "\n$ nsauth render report.json -o csv\n"
	_, want, found := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), again)
	want, _, closed := strings.Cut(want, "```")
	if !found || !closed {
		t.Fatalf("no transcript with %q", again)
	}
	r := nsauth(t, setup{}, "doctor", "--demo", "wrong-kid", "-q", "-o", "csv")
	days := regexp.MustCompile(`,\d{3},`)
	if got, want := days.ReplaceAllString(steady(r.stdout), ",DAYS,"), days.ReplaceAllString(steady(want), ",DAYS,"); got != want {
		t.Errorf("printed is\n%s\nand the page says\n%s", got, want)
	}
}
