package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/text"
)

// UnlessInterrupted runs work that cannot be cancelled, and gives up waiting for
// it on Ctrl-C.
func UnlessInterrupted[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := work()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// OpenFile opens what is not a folder for reading. It does not wait for a pipe.
func OpenFile(path string) (*os.File, error) {
	f, err := text.OpenFile(path)
	if errors.Is(err, syscall.EISDIR) {
		err = errors.New("it is a folder")
	}
	if err != nil {
		return nil, Fail(finding.UsageConfig, fmt.Sprintf("%s cannot be read: %s", path, text.WithoutPath(err)))
	}
	return f, nil
}

// Resolve can be interrupted: a file may be a pipe without a writer.
func Resolve(ctx context.Context, in profile.Input) (*profile.Profile, error) {
	return UnlessInterrupted(ctx, func() (*profile.Profile, error) { return profile.Resolve(in) })
}

// ReadNamed reads a text from standard input (-), an environment variable
// (env:NAME) or a file: what [text.ReadAtMost] reads of it.
func (a *App) ReadNamed(where string, limit int) (string, error) {
	if name, ok := strings.CutPrefix(where, "env:"); ok {
		if name == "" {
			return "", Fail(finding.UsageFlag, "env: needs the name of a variable", "such as env:ASSERTION")
		}
		v, set := a.LookupEnv(name)
		if !set || v == "" {
			return "", Fail(finding.UsageConfig, "the environment variable "+Quoted(name)+" is not set")
		}
		return strings.TrimSpace(v), nil
	}
	r, what := a.Stdin, "standard input"
	if where == "-" {
		a.BeginPaste()
	} else {
		f, err := OpenFile(where)
		if err != nil {
			return "", err
		}
		defer f.Close()
		r, what = f, where
	}
	data, err := text.ReadAtMost(r, limit)
	if err != nil {
		return "", Fail(finding.UsageConfig, what+" cannot be read: "+text.WithoutPath(err).Error())
	}
	return strings.TrimSpace(string(data)), nil
}

// BeginPaste prepares to read a text from standard input, and tells a person at a
// terminal that it is read from there.
func (a *App) BeginPaste() {
	_ = prompt.BeginTyping(a.Stdin) // reading says what is wrong
	if a.Terminal(a.Stdin) && !a.Quiet {
		fmt.Fprintln(a.Stderr, "nsauth: paste the text, then end it with "+EndOfInput)
	}
}

// EndOfInput is how a person ends what is typed or pasted.
const EndOfInput = "Ctrl-D (on Windows Ctrl-Z, Enter)"
