//go:build e2e

package e2e

import (
	"bytes"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSystemInterrupted: Ctrl-C ends a run with exit code 130 and what it has found out.
func TestSystemInterrupted(t *testing.T) {
	s := newSystem(t)
	if wine != "" { // which has an interrupt only in a console
		s.interruptedInConsole()
		return
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	args := s.command("doctor", "--account", "1234567", "--connect-to", silent.Addr().String(), "--only", "network", "--timeout", "2m", "-o", "json")
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.dir, s.env, &stdout, &stderr, interruptible
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := silent.Accept() // now it waits for an answer
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := interrupt(cmd.Process); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code says it
	d, _ := parse(t, result{command: "doctor", stdout: stdout.Bytes(), stderr: stderr.String(), exit: cmd.ProcessState.ExitCode()})
	if d.ExitCode != 130 || d.Outcome != "interrupted" {
		t.Errorf("%+v", d)
	}
}

// interruptedInConsole types Ctrl-C in wine's console at a question. The demo's files are
// gone then.
func (s *system) interruptedInConsole() {
	s.Helper()
	m := newTerminal(s.T, 100, s.env...)
	m.start("'" + strings.Join(s.command("doctor", "--demo", "mapping-missing", "--ask", "--timeout", "2m"), "' '") + "'")
	m.wait("\n>")
	if files, _ := filepath.Glob(filepath.Join(s.temp, "nsauth-demo-*")); len(files) != 1 {
		s.Errorf("the demo's files: %q", files)
	}
	m.keys("C-c")
	m.wait("[exit 130]")
	s.noTemporaryFiles("nsauth-demo-*")
}
