package checks

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"
)

// gitLimit bounds one question to git: a file system that hangs must not hang us.
const gitLimit = 3 * time.Second

// gitSafely keeps a repository's own configuration from starting a program or
// from reaching out: it may be somebody else's. check-ignore and ls-files run no
// hooks; a file system monitor and a fetch of missing objects they would.
var gitSafely = []string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "protocol.allow=never", "--no-pager"}

// RunGit asks git something about the folder dir and returns its exit code; what
// it prints is dropped. The error says that there is no git, or that it could
// not be run. Variables that would lead it to another repository are left out.
func RunGit(ctx context.Context, dir string, args ...string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, gitLimit)
	defer cancel()
	c := exec.CommandContext(ctx, "git", append(append([]string{}, gitSafely...), args...)...)
	c.Dir = dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") {
			c.Env = append(c.Env, v)
		}
	}
	c.Env = append(c.Env, "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0")
	c.WaitDelay = time.Second
	err := c.Run()
	var exited *exec.ExitError
	if errors.As(err, &exited) && exited.Exited() {
		return exited.ExitCode(), nil
	}
	return 0, err
}
