//go:build e2e && wine

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// windowsPackages have code or rules for Windows. Their own tests run under wine.
var windowsPackages = []string{
	"internal/atomicfile", "internal/call", "internal/checks", "internal/cli", "internal/handon", "internal/host", "internal/keys", "internal/lastgood",
	"internal/login", "internal/profile", "internal/prompt", "internal/rotation", "internal/signcommand", "internal/stand", "internal/text", "internal/tokencache", "internal/wizard", "netsuite",
}

// wineCannot names the tests that fail under wine because of wine, and why. They must
// pass on Windows. docs/platforms.md repeats the reasons.
var wineCannot = map[string]string{
	"internal/atomicfile TestD7AccessList": "keeps an access list only as the mode of a Linux file",
	"internal/atomicfile TestD9Leftovers":  "gives a program that Linux started no parent process",
	"internal/checks TestClockByUDP":       "has no UDP socket that Go accepts",
}

// TestWinePackages: the tests of the packages pass under wine, apart from wineCannot; and
// those fail.
func TestWinePackages(t *testing.T) {
	if wine == "" {
		t.Fatal("NSAUTH_E2E_WINE does not name wine64\nrun: bash .ci/wine")
	}
	args := []string{"test", "-json", "-short", "-count=1", "-vet=off", "-timeout", "20m", "-exec", wine}
	for _, name := range windowsPackages {
		args = append(args, "github.com/nsauth/nsauth/"+name)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0", "LC_ALL=C.UTF-8", "WINEDEBUG=-all")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, runError := cmd.Output() // some tests fail, so it does
	ended, failed, output := map[string]string{}, map[string]bool{}, map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(stdout)); lines.Scan(); {
		var event struct{ Action, Package, Test, Output string }
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			t.Fatalf("%v\n%s", err, lines.Text())
		}
		name := strings.TrimPrefix(event.Package, "github.com/nsauth/nsauth/")
		test, _, _ := strings.Cut(event.Test, "/")
		id := strings.TrimSpace(name + " " + test)
		switch {
		case event.Action == "output":
			output[id] += event.Output
		case event.Test == "" && (event.Action == "pass" || event.Action == "fail"):
			ended[name] = event.Action
		case test == event.Test && (event.Action == "pass" || event.Action == "fail"):
			failed[id] = event.Action == "fail"
		}
	}
	for _, name := range windowsPackages {
		if ended[name] == "" {
			t.Errorf("%s did not run: %v\n%s", name, runError, stderr.String())
		}
		tests := 0
		for id := range failed {
			if strings.HasPrefix(id, name+" ") {
				tests++
			}
		}
		if tests == 0 || ended[name] == "fail" && !anyFailed(failed, name) {
			t.Errorf("%s: %d tests ended\n%s", name, tests, output[name])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(failed)) {
		if failed[id] && wineCannot[id] == "" {
			t.Errorf("%s failed\n%s", id, output[id])
		}
	}
	for id, why := range wineCannot {
		if was, ran := failed[id]; !ran || !was {
			t.Errorf("%s does not fail under wine (ran: %t): remove it from wineCannot, where it is said that wine %s", id, ran, why)
		}
	}
	if !t.Failed() {
		fmt.Printf("%d tests of %d packages ran under wine; %d failed as expected\n", len(failed), len(windowsPackages), len(wineCannot))
	}
}

func anyFailed(failed map[string]bool, name string) bool {
	for id, is := range failed {
		if is && strings.HasPrefix(id, name+" ") {
			return true
		}
	}
	return false
}

// TestWineConsole: in a console of Windows nsauth has colours, and only characters that
// the console's code page has. Windows has no LC_ALL.
func TestWineConsole(t *testing.T) {
	s := newSystem(t)
	for _, no := range []string{"", "NO_COLOR=1"} {
		m := newTerminal(t, 100, append(slices.Clone(s.env), no)...)
		m.start("env -u LC_ALL '" + strings.Join(s.command("doctor", "--demo", "--timeout", "2m"), "' '") + "'")
		shown := m.wait("[exit 0]")
		if !strings.Contains(shown, "pass 13 passed") || strings.Contains(shown, "✓") {
			t.Error(shown)
		}
		if colour := strings.Contains(m.raw(), "\x1b[32m"); colour != (no == "") {
			t.Errorf("%q: colours %t\n%q", no, colour, m.raw())
		}
	}
}
