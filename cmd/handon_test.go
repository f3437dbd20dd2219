package cmd

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
)

// A token that a command or a file needs for longer than the cache has it is requested, and
// an outage is then a failure. A shorter wish is met from the cache.
func TestHandOnDuringAnOutage(t *testing.T) {
	f := newFaulty(t)
	dir, cache := t.TempDir(), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // else --every would go on
	defer cancel()
	started := 0
	run := func(want int, d time.Duration, args ...string) run {
		t.Helper()
		r := nsauth(t, setup{cache: cache, dir: dir, ctx: ctx, world: func(w *cli.World) {
			w.Now = func() time.Time { return time.Now().Add(d) }
			w.Become = func(p cli.Program) (int, error) {
				started++
				if !strings.Contains(strings.Join(p.Env, "\n"), "NETSUITE_ACCESS_TOKEN=") || strings.Join(p.Args, " ") != "go version" || !filepath.IsAbs(p.Path) {
					t.Errorf("%s %q with %d variables", p.Path, p.Args, len(p.Env))
				}
				return 5, nil
			}
		}}, args...)
		if r.code != want {
			t.Errorf("%v: exit %d, want %d\n%s", args, r.code, want, r.stderr)
		}
		return r
	}
	run(0, 0, "token", "--config", f.config)
	f.inject(t, "unavailable")
	command := []string{"--", "go", "version"}
	exec := func(flags ...string) []string {
		return append(append([]string{"exec", "--config", f.config}, flags...), command...)
	}
	run(5, 49*time.Minute, exec()...)
	run(5, 52*time.Minute, exec("--min-validity", "7m")...)
	if started != 2 {
		t.Errorf("the command was started %d times", started)
	}
	if r := run(3, 52*time.Minute, exec()...); !strings.Contains(r.stderr, `nsauth: "go" was not started`) || started != 2 {
		t.Errorf("%d starts\n%s", started, r.stderr)
	}
	run(0, 52*time.Minute, "token", "--config", f.config, "--out", "once.txt")
	run(3, 52*time.Minute, "token", "--config", f.config, "--out", "every.txt", "--every") // it is due at 40 minutes
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("written: %q", left)
	}
}
