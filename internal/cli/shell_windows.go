package cli

import (
	"context"
	"os/exec"
	"syscall"
)

// shellCommand hands the command line to cmd.exe as it is written: the quoting
// that os/exec does for its arguments is not what cmd.exe reads. With /s it takes
// off the outer two quotes, and none besides.
func shellCommand(ctx context.Context, command string) *exec.Cmd {
	c := exec.CommandContext(ctx, "cmd")
	c.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /s /c "` + command + `"`}
	return c
}
