//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal is a terminal in tmux that a test types into.
type terminal struct {
	*testing.T
	columns int
	dir     string
	env     []string
}

func newTerminal(t *testing.T, columns int, env ...string) *terminal {
	t.Helper()
	dir := t.TempDir()
	// A server of its own, which reads nobody's configuration.
	return &terminal{t, columns, dir, append(bareEnv(t), append([]string{"LC_ALL=C.UTF-8", "TMUX_TMPDIR=" + dir, "SHELL=/bin/sh"}, env...)...)}
}

func (m *terminal) tmux(args ...string) string {
	m.Helper()
	r := run(m.T, nil, m.env, program(m.T, "tmux"), append([]string{"-L", "nsauth", "-f", os.DevNull, "-u"}, args...)...)
	if r.exit != 0 {
		m.Fatal(r)
	}
	return string(r.stdout)
}

// start runs a command line of the shell; at its end "[exit N]" is shown. It
// waits for a key first, so that its first byte is recorded too.
func (m *terminal) start(command string) {
	m.Helper()
	m.tmux("new-session", "-d", "-x", fmt.Sprint(m.columns), "-y", "500", "sh", "-c", "trap : INT; read key; "+command+"; echo \"[exit $?]\"; read key")
	stop := exec.Command(program(m.T, "tmux"), "-L", "nsauth", "kill-server") // the test's context has ended by then
	stop.Env = m.env
	m.Cleanup(func() { _ = stop.Run() }) // it is gone already where the last key ended the shell
	m.tmux("pipe-pane", "cat >'"+filepath.Join(m.dir, "raw")+"'")
	m.keys("Enter")
}

// keys types: names of keys such as Enter and C-c, or text.
func (m *terminal) keys(names ...string) {
	m.Helper()
	m.tmux(append([]string{"send-keys"}, names...)...)
}

// wait returns what the terminal shows once it shows text.
func (m *terminal) wait(text string) string {
	m.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		shown := m.shows()
		if strings.Contains(shown, text) {
			return shown
		}
		if time.Now().After(deadline) {
			m.Fatalf("no %q after %v; the terminal shows\n%s", text, patience, shown)
		}
	}
}

// shows is what stands in the terminal, with lines that did not fit put together again.
func (m *terminal) shows() string { m.Helper(); return m.tmux("capture-pane", "-p", "-J") }

// raw is every byte that the terminal was sent.
func (m *terminal) raw() string {
	data, _ := os.ReadFile(filepath.Join(m.dir, "raw"))
	return string(data)
}
