package cli

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// A program's exit code is that of the run, and what cannot be started is an error.
func TestBecome(t *testing.T) {
	t.Cleanup(func() { signal.Reset(os.Interrupt, syscall.SIGTERM) })
	system := os.Getenv("SystemRoot")
	shell := filepath.Join(system, "System32", "cmd.exe")
	code, err := become(Program{Path: shell, Args: []string{"cmd", "/c", "exit %CODE%"}, Env: []string{"CODE=7", "SystemRoot=" + system}})
	if code != 7 || err != nil {
		t.Errorf("exit %d, %v", code, err)
	}
	if _, err := become(Program{Path: filepath.Join(t.TempDir(), "nosuch.exe"), Args: []string{"nosuch"}}); err == nil {
		t.Error("a program that does not exist ran")
	}
}
