package catalog

import (
	"slices"
	"testing"
)

// The tests read the commands of one system on every system, as docs/findings.md does.
func init() { goos = "linux" }

// A remedy has the commands of the system, and on Windows others only where they are
// others.
func TestCommandsOfTheSystem(t *testing.T) {
	defer func() { goos = "linux" }()
	both, one := remedy{Commands: []string{"ls -l {path}"}, Windows: []string{"icacls {path}"}}, remedy{Commands: []string{"nsauth keycheck"}}
	for system, want := range map[string][2]string{"linux": {"ls", "nsauth"}, "darwin": {"ls", "nsauth"}, "windows": {"icacls", "nsauth"}} {
		goos = system
		got := [2]string{both.written().Commands[0][0], one.written().Commands[0][0]}
		if !slices.Equal(got[:], want[:]) {
			t.Errorf("%s: %q, want %q", system, got, want)
		}
	}
	goos = "windows"
	if got := (remedy{Like: "utc-seconds"}).written(); got.Commands != nil {
		t.Errorf("windows, a shared remedy: %q, want no command of other systems", got.Commands)
	}
}
