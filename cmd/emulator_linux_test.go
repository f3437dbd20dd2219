package cmd

import (
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

// A disk that is full ends the emulator with exit code 2. Only Linux has /dev/full.
func TestVerdictsThatCannotBeWritten(t *testing.T) {
	l := newLab(t)
	if r := nsauth(t, setup{}, "emulator", "--listen", "127.0.0.1:0", "--dir", l.path("emu"), "--verdicts", l.path("no/such/folder")); r.code != finding.ExitUsage || !strings.Contains(r.stderr, "cannot be written") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	s := l.runStandIn("--verdicts", "/dev/full", "--scenario", "administrator-role")
	// The failure ends the emulator, perhaps before its answer has gone out.
	if res, err := s.Post(tokenURL, "application/x-www-form-urlencoded", nil); err == nil {
		res.Body.Close()
	}
	if r := s.stop(); r.code != finding.ExitUsage || !strings.Contains(r.stderr, "the verdicts could not be written: no space left on device") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}
