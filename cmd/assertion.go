package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// maxToken bounds what is read where an assertion belongs. It is more than the
// parser takes, so that the parser says that it is too large.
const maxToken = jwtgen.MaxBytes + 64

// givenAssertion gets the assertion of --assertion or --assertion-command; zero
// without either. Nothing of it is ever repeated. The command has limit to print
// it: a job in CI must not wait for one that never ends.
func givenAssertion(ctx context.Context, a *cli.App, where, command string, limit time.Duration) (secret.Secret, error) {
	switch {
	case where != "" && command != "":
		return secret.Secret{}, cli.Fail(finding.UsageFlag, "--assertion and --assertion-command cannot be combined", "give one of them")
	case command != "":
		return runAssertionCommand(ctx, a, command, limit)
	case where == "":
		return secret.Secret{}, nil
	}
	raw, err := cli.UnlessInterrupted(ctx, func() (string, error) { return a.ReadNamed(where, maxToken) })
	return given(raw, "--assertion", err)
}

// given refuses an empty assertion: zero would let nsauth sign one of its own,
// and the report would be about another assertion than was asked for.
func given(raw, flag string, err error) (secret.Secret, error) {
	if err == nil && raw == "" {
		err = cli.Fail(finding.UsageConfig, flag+" is empty: an assertion was expected")
	}
	return secret.New(raw), err
}

func runAssertionCommand(ctx context.Context, a *cli.App, command string, limit time.Duration) (secret.Secret, error) {
	out := text.Bounded{Limit: maxToken}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := a.Shell(limited, command, &out)
	if ctx.Err() != nil {
		return secret.Secret{}, ctx.Err()
	}
	if err != nil {
		why := "it could not be run"
		var ended *exec.ExitError
		switch {
		case out.Exceeded():
			why = "its output is longer than any assertion"
		case limited.Err() != nil:
			why = fmt.Sprintf("it did not end within %v (--timeout)", limit)
		case errors.As(err, &ended):
			why = fmt.Sprintf("it ended with exit code %d", ended.ExitCode())
		}
		return secret.Secret{}, cli.Fail(finding.UsageConfig, "the command of --assertion-command failed: "+why,
			"run it alone: it must print the assertion and nothing else on standard output")
	}
	return given(strings.TrimSpace(string(out.Bytes())), "--assertion-command", nil)
}

// readText reads a text with a token in it, as people copy it; it may also be the
// argument itself. What is not a name is the text: it is never repeated.
func readText(a *cli.App, where string) (*capture.Paste, error) {
	if strings.TrimSpace(where) == "" {
		return nil, cli.Fail(finding.UsageFlag, "the argument is empty: a variable in it may not be set")
	}
	text := where
	if where == "-" || strings.HasPrefix(where, "env:") || isFile(where) {
		var err error
		if text, err = a.ReadNamed(where, capture.MaxDocument); err != nil {
			return nil, err
		}
	}
	found := capture.Read(text)
	if text == where && len(where) <= maxName && !secret.LooksLikeJWT(found.Token.Reveal()) && found.Elsewhere == "" {
		return nil, cli.Fail(finding.UsageFlag, cli.Quoted(where)+" is neither a file nor a JWT",
			"a JWT begins with ey and has two dots; pass - to read standard input")
	}
	return found, nil
}

// isFile reports whether something has that name, or might have.
func isFile(where string) bool {
	_, err := os.Stat(where)
	return !isNoFile(err)
}

// maxName is the longest argument that is taken for a file name. The shortest
// assertion that NetSuite accepts has several hundred characters.
const maxName = 120

// isNoFile reports whether nothing has that name, also because it is too long or
// has characters that no name can have.
func isNoFile(err error) bool {
	var path *fs.PathError
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &path) && !errors.Is(err, fs.ErrPermission)
}
