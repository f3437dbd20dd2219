package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// What succeeds shows no text of the catalog, so it parses none of its files. The
// commands run in a process of their own, in which no other test has parsed any.
func TestSuccessParsesNoWords(t *testing.T) {
	if os.Getenv("NSAUTH_TEST_WORDS") == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestSuccessParsesNoWords$", "-test.count=1")
		child.Env = append(os.Environ(), "NSAUTH_TEST_WORDS=1")
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	served := emulator.Serve(t, "healthy", keypool.Generate)
	dir := filepath.Join(t.TempDir(), "emulator")
	if err := served.Prepared.Files(dir); err != nil {
		t.Fatal(err)
	}
	s := setup{cache: t.TempDir()}
	config := filepath.Join(dir, scenario.FileConfig)
	for _, args := range [][]string{
		{"version"},
		{"token", "--config", config},
		{"token", "--config", config}, // from the cache
		{"call", "--config", config, "system/v1/serverTime"},
		{"profile", "show", "--config", config},
	} {
		if r := nsauth(t, s, args...); r.code != 0 {
			t.Fatalf("%s: exit code %d\n%s", args, r.code, r.stderr)
		}
		if n := catalog.Parsed(); n != 0 {
			t.Fatalf("%s parsed %d files of words", args, n)
		}
	}
	if r := nsauth(t, s, "explain", "MissingKey"); r.code != 0 || catalog.Parsed() == 0 {
		t.Errorf("explain gave exit code %d and parsed %d files of words", r.code, catalog.Parsed())
	}
}
