package cmd

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
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
			if testkit.LeftOut(i+j, 2, 6) {
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
		if testkit.LeftOut(i, 5, 30) {
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
	config := pairOfProfiles(t, "healthy", "healthy")
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
