//go:build e2e

package e2e

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// interruptible is how a process that interrupt can reach starts: in a group of its own.
var interruptible = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}

// interrupt sends Ctrl-Break, because a new group has Ctrl-C switched off.
func interrupt(p *os.Process) error {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.Pid))
}
