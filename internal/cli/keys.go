package cli

import (
	"cmp"
	"context"
	"crypto"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/signcommand"
)

// loader reads the keys and certificates of this run.
func (a *App) loader() *keys.Loader {
	return &keys.Loader{LookupEnv: a.LookupEnv, Stdin: a.Stdin, Shell: a.Shell, Elsewhere: a.signsElsewhere, Dir: a.Dir, Ask: a.askPassphrase,
		PipeWait: func() time.Duration { return a.PipeWait }}
}

// signsElsewhere is the signer that a sign command stands for. It has as long as a pipe
// may take.
func (a *App) signsElsewhere(command string, public crypto.PublicKey) crypto.Signer {
	return signcommand.New(command, public, signcommand.Options{Run: a.Filter, Stderr: a.Stderr,
		Limit: func() time.Duration { return cmp.Or(a.PipeWait, 2*time.Minute) }})
}

// askPassphrase asks for the passphrase of what is encrypted.
func (a *App) askPassphrase(ctx context.Context, what string) (secret.Secret, error) {
	text, err := a.PromptSecret(ctx, "Passphrase for "+Quoted(what)+": ")
	return secret.New(text), err
}

// PromptSecret asks on the terminal that standard input is. Without one, or with
// --no-input, it fails.
func (a *App) PromptSecret(ctx context.Context, question string) (string, error) {
	if a.NoInput || a.AskSecret == nil || !a.Terminal(a.Stdin) {
		return "", prompt.ErrNoTerminal
	}
	defer a.live.asking()()
	return a.AskSecret(ctx, question)
}

// Load reads the key and the certificate that the checks of sel look at and that
// were not read yet, before the time of a run begins: a person may have to be asked,
// and a command may ask one. What is wrong with either is in the pair, and the
// checks say it.
func (a *App) Load(ctx context.Context, p *profile.Profile, sel checks.Selection, read keys.Pair) (keys.Pair, error) {
	return UnlessInterrupted(ctx, func() (keys.Pair, error) {
		if sel.Runs(finding.CheckKey) {
			read.ReadKey(ctx, a.Keys, host.KeySource(p))
		}
		if sel.Runs(finding.CheckCertificate) {
			read.ReadCertificate(ctx, a.Keys, host.CertificateSource(p))
			read.ReadOwnCertificate(ctx, a.Keys, host.KeySource(p))
		}
		return read, nil
	})
}

// LoadKey is Load for the key that an assertion is signed with.
func (a *App) LoadKey(ctx context.Context, p *profile.Profile, read keys.Pair) (keys.Pair, error) {
	return a.Load(ctx, p, checks.Selection{Only: []finding.CheckID{finding.CheckKey}}, read)
}

// ReadsStdin reports whether the key, the certificate or the passphrase is on
// standard input, so that no answer can be.
func ReadsStdin(p *profile.Profile) bool {
	for _, f := range []profile.Field{profile.FieldKey, profile.FieldPublicKey, profile.FieldCert, profile.FieldPassphraseFile} {
		if p.Text(f) == "-" {
			return true
		}
	}
	return false
}
