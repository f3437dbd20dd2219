//go:build !windows

package cli

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// shellCommand runs a command line that ends with ctx. A terminal ends the programs that
// it began with Ctrl-C, and lets them ask for a passphrase. Without one they are a process
// group, which ends as a whole.
func shellCommand(ctx context.Context, command string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", "-c", command)
	c.WaitDelay = leftOpen
	if terminal, err := os.Open("/dev/tty"); err == nil {
		_ = terminal.Close()
		return c
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	return c
}

// leftOpen is how long a command may leave behind programs that have its output open.
const leftOpen = time.Second
