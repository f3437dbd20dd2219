package host

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// gitLimit bounds one git command, as the file system may hang.
const gitLimit = 3 * time.Second

// gitSafeOptions keep a repository's configuration, which may be someone else's, from
// starting a program or a connection. ls-files would start a file system monitor and
// fetch missing objects.
var gitSafeOptions = []string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "protocol.allow=never", "--no-pager"}

// maxGitOutput bounds what git prints about one file, in bytes.
const maxGitOutput = 16 << 10

// RunGit runs git in the folder dir and returns its output. It omits the variables
// GIT_*, which could name another repository. The error is an *exec.ExitError if git
// failed, else git is missing or could not be run.
func RunGit(ctx context.Context, dir string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, gitLimit)
	defer cancel()
	c := exec.CommandContext(ctx, "git", append(append([]string{}, gitSafeOptions...), args...)...)
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
		err = ctx.Err() // git was killed
	}
	return string(out.Bytes()), err
}
