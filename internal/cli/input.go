package cli

import (
	"context"
	"errors"
	"fmt"
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

// ReadFile reads at most limit+1 bytes of standard input (-) or of what is not a folder. A
// pipe in place of a file has PipeWait.
func (a *App) ReadFile(path string, limit int) (data []byte, err error) {
	if path == "-" {
		path = "standard input"
		data, err = text.ReadAtMost(a.Stdin, limit)
	} else {
		data, err = text.ReadFileWithin(path, limit, a.PipeWait)
	}
	switch {
	case errors.Is(err, syscall.EISDIR):
		err = errors.New("it is a folder")
	case err == nil:
		return data, nil
	}
	return nil, Fail(finding.UsageConfig, fmt.Sprintf("%s cannot be read: %s", path, text.WithoutPath(err)))
}

// Resolve can be interrupted: a file may be a pipe without a writer.
func Resolve(ctx context.Context, in profile.Input) (*profile.Profile, error) {
	return UnlessInterrupted(ctx, func() (*profile.Profile, error) { return profile.Resolve(in) })
}

// ResolveM2M is Resolve for a command that needs OAuth 2.0 client credentials.
func ResolveM2M(ctx context.Context, in profile.Input) (*profile.Profile, error) {
	p, err := Resolve(ctx, in)
	if err == nil && p.TBA() {
		call := "nsauth call system/v1/serverTime"
		if p.Named {
			call += " --profile " + p.Name
		}
		return nil, &profile.InProfile{Name: p.Name, Err: Fail(finding.UsageConfig, p.WhyTBA()+"; this command needs OAuth 2.0 client credentials (auth: m2m)",
			"a TBA profile works with nsauth call: "+call, "nsauth explain moving-from-tba says what client credentials need")}
	}
	return p, err
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
	if where == "-" {
		a.BeginPaste()
	}
	data, err := a.ReadFile(where, limit)
	return strings.TrimSpace(string(data)), err
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
