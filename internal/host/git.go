package host

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// gitLimit bounds one question to git: a file system that hangs must not hang us.
const gitLimit = 3 * time.Second

// gitSafely keeps a repository's own configuration from starting a program or
// from reaching out: it may be someone else's. ls-files runs no hooks; a file
// system monitor and a fetch of missing objects it would.
var gitSafely = []string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "protocol.allow=never", "--no-pager"}

// maxGitOutput bounds what git prints about one file, in bytes.
const maxGitOutput = 16 << 10

// RunGit asks git something about the folder dir and returns what it prints. The
// error is an *exec.ExitError where git refuses, else it says that there is no git,
// or that it could not be run. Variables that would lead it to another repository
// are left out.
func RunGit(ctx context.Context, dir string, args ...string) (string, error) {
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
	out := text.Bounded{Limit: maxGitOutput}
	c.Stdout = &out
	err := c.Run()
	if ctx.Err() != nil {
		err = ctx.Err() // it was killed, and refused nothing
	}
	return string(out.Bytes()), err
}
