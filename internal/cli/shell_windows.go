package cli

import (
	"context"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// shellCommand hands the command line to cmd.exe as it is written: the quoting
// that os/exec does for its arguments is not what cmd.exe reads. With /s it takes
// off the outer two quotes, and none besides. The programs that it began end with it.
func shellCommand(ctx context.Context, command string) *exec.Cmd {
	c := exec.CommandContext(ctx, "cmd")
	c.WaitDelay = leftOpen
	c.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /s /c "` + command + `"`}
	c.Cancel = func() error {
		if exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(c.Process.Pid)).Run() == nil {
			return nil
		}
		return c.Process.Kill()
	}
	return c
}

// leftOpen is how long a command may leave behind programs that have its output open.
const leftOpen = time.Second
