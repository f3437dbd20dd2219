package cli

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// become runs the program and waits for it. Both get the events of the console, and this
// process leaves them to the program.
func become(p Program) (int, error) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	c := &exec.Cmd{Path: p.Path, Args: p.Args, Env: p.Env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := c.Run()
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		return exited.ExitCode(), nil
	}
	return 0, err
}
