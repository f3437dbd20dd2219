//go:build e2e && unix

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCertgenStopped: however certgen is ended, nothing of it is left but a whole
// pair. The moments are spread over the whole run, which for a small key is
// mostly start, writing and check.
func TestCertgenStopped(t *testing.T) {
	nightly(t, "stops hundreds of processes")
	exe := binary(t)
	left := func(t *testing.T, dir string) []string {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	// stop starts certgen, sends a signal after the delay, and returns the exit code.
	stop := func(t *testing.T, delay time.Duration, signal os.Signal, args ...string) int {
		t.Helper()
		cmd := exec.Command(exe, append([]string{"certgen"}, args...)...)
		cmd.Env = bareEnv(t)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(delay)
		if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		err := cmd.Wait()
		var exited *exec.ExitError
		if err != nil && !errors.As(err, &exited) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode()
	}

	t.Run("Ctrl-C", func(t *testing.T) {
		interrupted := 0
		for i := range 60 {
			dir := t.TempDir()
			code := stop(t, time.Duration(i)*500*time.Microsecond, syscall.SIGINT, "--key-type", "p-256", "--out", dir)
			names := left(t, dir)
			switch {
			case code == 130 && len(names) == 0, code == -1 && len(names) == 0: // -1: before it could listen for signals
				interrupted++
			case code <= 0 && len(names) == 2: // done, if need be killed on its way out
			default:
				t.Errorf("exit %d, left %q", code, names)
			}
		}
		if interrupted == 0 {
			t.Error("no run was interrupted: this test looked at nothing")
		}
	})

	// In the seconds of a large key, also by SIGKILL, which nobody can catch.
	for name, signal := range map[string]os.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			for range 4 {
				dir := t.TempDir()
				code := stop(t, 60*time.Millisecond, signal, "--key-type", "rsa-4096", "--out", dir)
				names := left(t, dir)
				if code == 0 && len(names) == 2 {
					continue // a lucky prime
				}
				if len(names) != 0 || signal != syscall.SIGKILL && code != 130 {
					t.Errorf("exit %d, left %q", code, names)
				}
			}
		})
	}

	// What --force was to replace is there again.
	t.Run("with --force", func(t *testing.T) {
		for i := range 40 {
			dir := t.TempDir()
			if r := nsauth(t, "certgen", "--key-type", "p-256", "--out", dir); r.exit != 0 {
				t.Fatal(r)
			}
			key := string(read(t, dir+"/nsauth-key.pem"))
			code := stop(t, time.Duration(i)*time.Millisecond, syscall.SIGINT, "--key-type", "p-256", "--out", dir, "--force")
			names, now := left(t, dir), string(read(t, dir+"/nsauth-key.pem"))
			switch {
			case code <= 0 && len(names) == 4 && now != key && string(read(t, dir+"/nsauth-key.bak.pem")) == key:
			case code != 0 && len(names) == 2 && now == key:
			default:
				t.Errorf("exit %d, left %q, the key is the old one: %t", code, names, now == key)
			}
			if d, r := report(t, "keycheck", dir+"/nsauth-key.pem", "--cert", dir+"/nsauth-cert.pem"); d.check(t, "certificate").Status != "pass" {
				t.Errorf("not a pair: %v", r)
			}
			if strings.Contains(strings.Join(names, " "), ".tmp") {
				t.Errorf("left %q", names)
			}
		}
	})
}

// TestCertgenAsksOnTheTerminal: the passphrase is asked for twice and not shown,
// and Ctrl-C at the question gives the terminal back as it was.
func TestCertgenAsksOnTheTerminal(t *testing.T) {
	dir := t.TempDir()
	command := "'" + binary(t) + "' certgen --key-type p-256 --encrypt --out '" + dir + "'"
	terminal := newTerminal(t, 100)
	terminal.start(command)
	terminal.wait("Passphrase for the new key: ")
	terminal.keys("correct horse", "Enter")
	terminal.wait("Repeat the passphrase: ")
	terminal.keys("correct horse", "Enter")
	shown := terminal.wait("[exit 0]")
	if strings.Contains(shown, "correct") {
		t.Errorf("the passphrase is shown:\n%s", shown)
	}
	pass := write(t, "pass", []byte("correct horse"))
	openssl(t, nil, "pkey", "-in", dir+"/nsauth-key.pem", "-passin", "file:"+pass, "-noout")

	empty := t.TempDir()
	terminal = newTerminal(t, 100)
	terminal.start("'" + binary(t) + "' certgen --key-type p-256 --encrypt --out '" + empty + "'; stty -a | grep -c ' echo '")
	terminal.wait("Passphrase for the new key: ")
	terminal.keys("C-c")
	if shown := terminal.wait("[exit "); !strings.Contains(shown, "\n1\n") {
		t.Errorf("after Ctrl-C the terminal does not echo:\n%s", shown)
	}
	if names, _ := os.ReadDir(empty); len(names) != 0 {
		t.Errorf("left %v", names)
	}
}

// TestCertgenProgress: whether or not the key took long enough for a line that says what
// is waited for, the line is gone when the result is there.
func TestCertgenProgress(t *testing.T) {
	terminal := newTerminal(t, 100)
	terminal.start("'" + binary(t) + "' certgen --key-type rsa-4096 --out '" + t.TempDir() + "'")
	shown := terminal.wait("[exit 0]")
	if strings.Contains(shown, "making an RSA key") || !strings.Contains(shown, "NetSuite will show:") {
		t.Errorf("the terminal was sent\n%q\nand shows\n%s", terminal.raw(), shown)
	}
}
