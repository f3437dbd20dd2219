package handon

import (
	"context"
	"os"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// Tokens gets access tokens for a file.
type Tokens struct {
	App     *cli.App
	Resolve func(context.Context) (*profile.Profile, error)
	Options login.Options
	Timeout time.Duration
	// Content is what the file has of a token.
	Content func(*login.Pipeline) (string, error)

	profile *profile.Profile // of the last token
}

// Get gets a token for [Renewal].
func (t *Tokens) Get(ctx context.Context, first bool, fresh Fresh) (Credential, error) {
	if err := t.prepare(ctx, first); err != nil {
		return Credential{}, err
	}
	line := login.Pipeline{App: t.App, Profile: t.profile, Options: t.Options}
	if fresh != nil {
		line.Options.Fresh = func(kept *netsuite.Token) bool { return fresh(kept.Received, kept.ExpiresIn) }
	}
	defer line.Close()
	if err := line.Begin(ctx); err != nil {
		return Credential{}, err
	}
	limited, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	switch ok := line.Token(limited); {
	case !ok && first:
		return Credential{}, line.Explain(ctx, "token")
	case !ok:
		return Credential{}, line.Why()
	}
	content, err := t.Content(&line)
	token := line.Seen.Token
	return Credential{content, token.Received, token.ExpiresIn}, err
}

// prepare resolves the profile.
func (t *Tokens) prepare(ctx context.Context, first bool) (err error) {
	if first {
		t.profile, err = t.Resolve(ctx)
		return err
	}
	p, err := Reread(ctx, t.App, t.profile, t.Resolve)
	if err == nil {
		t.profile = p
	}
	return err
}

// Reread is the profile p for a renewal, which sees what changed: another key, another
// Certificate ID. No person is asked from now on.
func Reread(ctx context.Context, a *cli.App, p *profile.Profile, resolve func(context.Context) (*profile.Profile, error)) (*profile.Profile, error) {
	a.NoInput = true
	a.Keys.Forget()
	if !readAgain(a.ConfigPath) || !readAgain(a.EnvFile) {
		return p, nil
	}
	return resolve(ctx)
}

// readAgain reports whether a file has its content more than once: a pipe has not.
func readAgain(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular()
}
