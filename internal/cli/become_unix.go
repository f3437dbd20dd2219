//go:build !windows

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// ignored are the signals that this process ignored when it began, as nohup(1) and the
// background jobs of a shell have it.
var ignored = func() (list []os.Signal) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}()

// become replaces this process. It only returns if that fails.
func become(p Program) (int, error) {
	for _, descriptor := range p.Private {
		syscall.CloseOnExec(descriptor)
	}
	signal.Reset() // what arrives from now on is for the program, or ends this process
	if len(ignored) > 0 {
		signal.Ignore(ignored...)
	}
	for {
		if err := syscall.Exec(p.Path, p.Args, p.Env); err != syscall.EINTR {
			return 0, err
		}
	}
}
