package keypair

import (
	"context"
	"errors"
	"io"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secret"
)

// noPassphrase has a message and a hint for each reason why a passphrase file cannot be used.
var noPassphrase = map[string][2]string{
	"missing":       {" does not exist", ""},
	"permission":    {" is not readable by this user", ""},
	"is-directory":  {" is a folder", ""},
	"too-large":     {" is too long", ""},
	"empty":         {" is empty", ""},
	"several-lines": {" has more than one line", "write only the passphrase into it; openssl reads only the first line"},
}

// newPassphrase returns the passphrase for a new key. It reads it from file, or asks
// for it twice if file is "".
func newPassphrase(ctx context.Context, a *cli.App, file string) (secret.Secret, error) {
	if file == "" {
		return askTwice(ctx, a)
	}
	type answer struct {
		text   secret.Secret
		reason string
	}
	read, err := cli.UnlessInterrupted(ctx, func() (answer, error) {
		text, reason := a.Keys.NewPassphrase(file)
		return answer{text, reason}, nil
	})
	if err != nil || read.reason == "" {
		return read.text, err
	}
	why, known := noPassphrase[read.reason]
	if !known {
		why[0] = " cannot be read"
	}
	var hints []string
	if why[1] != "" {
		hints = append(hints, why[1])
	}
	return secret.Secret{}, cli.Fail(finding.UsageConfig, "the passphrase file "+file+why[0], hints...)
}

func askTwice(ctx context.Context, a *cli.App) (secret.Secret, error) {
	var typed [2]string
	for i, question := range []string{"Passphrase for the new key: ", "Repeat the passphrase: "} {
		answer, err := a.PromptSecret(ctx, question)
		switch {
		case ctx.Err() != nil:
			return secret.Secret{}, ctx.Err()
		case errors.Is(err, io.EOF):
			return secret.Secret{}, cli.Fail(finding.UsageFlag, "no passphrase was entered")
		case err != nil:
			return secret.Secret{}, cli.Fail(finding.UsageFlag, "--encrypt needs a passphrase, and nsauth cannot ask without a terminal",
				"pass --passphrase-file FILE; a passphrase is never the value of a flag")
		case answer == "":
			return secret.Secret{}, cli.Fail(finding.UsageFlag, "passphrase is empty",
				"without --encrypt the key is not encrypted, and only you can read it")
		}
		typed[i] = answer
	}
	if typed[0] != typed[1] {
		return secret.Secret{}, cli.Fail(finding.UsageFlag, "passphrases do not match; nothing was written")
	}
	return secret.New(typed[0]), nil
}
