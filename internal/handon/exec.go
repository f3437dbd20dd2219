package handon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Command is a command that gets an access token in its environment.
type Command struct {
	App         *cli.App
	Args        []string
	Resolve     func(context.Context) (*profile.Profile, error)
	Options     login.Options
	Timeout     time.Duration
	MinValidity time.Duration // of the token
}

// The exit codes of a command that cannot be started, as shells have them.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// Run gets a token and becomes the command. It returns the command's exit code as a
// cli.Exit where the system cannot replace a process, or why it was not started.
func (c *Command) Run(ctx context.Context) error {
	path, err := exec.LookPath(c.Args[0])
	if err != nil {
		return c.cannotStart(err)
	}
	p, t, err := c.token(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return c.notStarted(err)
	}
	code, err := c.App.Become(cli.Program{Path: path, Args: c.Args, Env: environment(c.App, p, t), Private: descriptors(c.App, p)})
	if err != nil {
		return c.cannotStart(err)
	}
	return cli.Exit(code)
}

// token gets a token that is valid for long enough.
func (c *Command) token(ctx context.Context) (*profile.Profile, *netsuite.Token, error) {
	p, err := c.Resolve(ctx)
	if err != nil {
		return nil, nil, err
	}
	left := func(t *netsuite.Token) time.Duration { return t.Expiry().Sub(c.App.Now()) }
	line := login.Pipeline{App: c.App, Profile: p, Options: c.Options}
	line.Options.Fresh = func(t *netsuite.Token) bool { return left(t) >= c.MinValidity }
	if err := line.Begin(ctx); err != nil {
		return nil, nil, err
	}
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	if !line.Token(limited) {
		return nil, nil, line.Explain(ctx, "exec")
	}
	t := line.Seen.Token
	if t.ExpiresIn > 0 && left(t) < c.MinValidity && !c.App.Quiet {
		fmt.Fprintf(c.App.Stderr, "nsauth: note: the access token expires in %s, which is less than --min-validity %s\n", text.Age(left(t)), text.Duration(c.MinValidity))
	}
	return p, t, nil
}

// notStarted says of an error of nsauth that the command was not started.
func (c *Command) notStarted(err error) error {
	var reported cli.Exit
	if errors.As(err, &reported) || errors.Is(err, context.Canceled) {
		fmt.Fprintf(c.App.Stderr, "nsauth: %s was not started\n", c.name())
		return err
	}
	info := cli.ErrorInfo(err)
	return cli.Fail(info.Code, info.Message+"; "+c.name()+" was not started", info.Hints...)
}

// cannotStart says why the system does not start the command.
func (c *Command) cannotStart(err error) error {
	code, why := exitNotExecutable, text.WithoutPath(err).Error()
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		why = lookup.Err.Error()
	}
	switch {
	case errors.Is(err, exec.ErrDot):
		code, why = exitNotFound, "it is only in the working directory; write its path, such as ./NAME"
	case errors.Is(err, exec.ErrNotFound):
		code, why = exitNotFound, "not found"
	case errors.Is(err, fs.ErrNotExist):
		code, why = exitNotFound, "it, or the interpreter that its first line names, is not found"
	case errors.Is(err, syscall.ENOEXEC):
		why = "it is not a program; a script needs a first line such as #!/bin/sh"
	}
	fmt.Fprintf(c.App.Stderr, "nsauth: error: %s was not started: %s\n", c.name(), why)
	return cli.Exit(code)
}

// name is the command's name for a message.
func (c *Command) name() string { return cli.Quoted(filepath.Base(c.Args[0])) }

// CheckCommand refuses a command line that has no command, or not after --.
func CheckCommand(args []string, dash int) error {
	const example = "nsauth exec --profile prod -- python3 report.py"
	switch {
	case dash > 0, dash < 0 && len(args) > 0:
		return cli.Fail(finding.UsageFlag, "the command must come after --", "such as "+example)
	case len(args) == 0:
		return cli.Fail(finding.UsageFlag, "the command is missing", "such as "+example)
	case args[0] == "":
		return cli.Fail(finding.UsageFlag, "the command is empty", "check that its shell variable is set")
	}
	return nil
}
