//go:build e2e && unix

package e2e

import (
	"os"
	"syscall"
)

// interruptible is how a process that interrupt can reach starts.
var interruptible *syscall.SysProcAttr

func interrupt(p *os.Process) error { return p.Signal(os.Interrupt) }
