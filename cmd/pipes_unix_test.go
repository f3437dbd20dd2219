//go:build unix

package cmd

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A pipe that no program writes to, in place of every file that is read: each run ends
// with an error that says so.
func TestD8PipeInPlaceOfAFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	id := []string{"--account", "1234567", "--client-id", strings.Repeat("ab", 32), "--certificate-id=" + strings.Repeat("K", 43)}
	for _, args := range [][]string{
		{"doctor", "--offline", "--config", pipe}, {"profile", "list", "--config", pipe}, {"profile", "show", "--env-file", pipe},
		{"profile", "use", "p", "--config", pipe}, {"profile", "undo", "--config", pipe}, {"token", "--config", pipe},
		append([]string{"doctor", "--ca-file", pipe}, id...), append([]string{"token", "--key", pipe}, id...),
		append([]string{"doctor", "--offline", "--cert", pipe}, id...), {"render", pipe}, {"jwt", "inspect", pipe}, {"jwt", "diff", pipe, pipe},
		append([]string{"call", "x", "--access-token-file", pipe}, id...), append([]string{"call", "x", "-d", "@" + pipe}, id...),
		{"emulator", "--dir", filepath.Join(dir, "e"), "--accounts", pipe}, {"certgen", "--for-key", pipe, "--out", dir},
		{"certgen", "--key-type", "p-256", "--encrypt", "--passphrase-file", pipe, "--out", dir}, {"doctor", "--assertion", pipe, "--account", "1234567"},
	} {
		r := nsauth(t, setup{dir: dir}, args...)
		if r.code == 0 {
			t.Errorf("%q: exit 0\n%s", args, r.stdout+r.stderr)
		}
	}
	if r := nsauth(t, setup{dir: dir}, "doctor", "--offline", "--config", pipe); r.code != 2 || !strings.Contains(r.stderr, "nothing was written to this pipe") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}

// One interrupt ends a command that waits for a pipe whose writer writes nothing.
func TestD8InterruptWhileReading(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, args := range [][]string{{"profile", "list", "--config", pipe}, {"doctor", "--config", pipe}, {"render", pipe}} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r := nsauth(t, setup{dir: dir, ctx: ctx}, args...); r.code != 130 {
			t.Errorf("%q: exit %d: %s", args, r.code, r.stderr)
		}
	}
}

// --timeout also limits the wait for a pipe whose writer writes nothing.
func TestD8TimeoutWhileReading(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	id := []string{"--timeout", "20ms", "--account", "1234567", "--client-id", strings.Repeat("ab", 32), "--certificate-id=" + strings.Repeat("K", 43)}
	l := newLab(t)
	for _, args := range [][]string{
		{"doctor", "--config", pipe}, {"doctor", "p", "--config", pipe}, {"doctor", "--env-file", pipe}, {"token", "--config", pipe}, {"token", "--env-file", pipe},
		{"call", "x", "--config", pipe}, {"call", "x", "--env-file", pipe}, {"call", "x", "--access-token-file", pipe},
		{"call", "x", "-d", "@" + pipe}, {"call", "x", "-d", "file:" + pipe}, {"call", "suiteql", "@" + pipe},
		{"doctor", "--assertion", pipe}, {"token", "--key", l.path("ec-p256-encrypted-pkcs8.pem"), "--passphrase-file", pipe},
	} {
		r := nsauth(t, setup{dir: dir}, append(args, id...)...)
		if said := r.stdout + r.stderr; r.code == 0 || !strings.Contains(said, pipe) || !strings.Contains(said, "within 20ms") && !slices.Contains(args, "--passphrase-file") {
			t.Errorf("%q: exit %d\n%s", args, r.code, said)
		}
	}
}
