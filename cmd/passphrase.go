package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
)

// maxPassphraseFile bounds a passphrase file: openssl takes 1 KiB, and a whole
// key in the wrong place should not pass for a passphrase.
const maxPassphraseFile = 1 << 10

// newPassphrase is the passphrase for a key that is being made: from a file, or
// asked for twice. It is one line, since openssl reads no further.
func (a *app) newPassphrase(ctx context.Context, file string) (keys.Secret, error) {
	if file == "" {
		return a.askTwice(ctx)
	}
	data, err := unlessInterrupted(ctx, func() ([]byte, error) { return a.readPassphrase(file) })
	if err != nil {
		return keys.Secret{}, err
	}
	text := string(data)
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	switch {
	case text == "":
		return keys.Secret{}, fail(finding.UsageConfig, "the passphrase file "+file+" is empty")
	case strings.ContainsAny(text, "\r\n\x00"):
		return keys.Secret{}, fail(finding.UsageConfig, "the passphrase file "+file+" has more than one line",
			"write the passphrase alone into it; openssl would read only the first line")
	}
	return keys.NewSecret(text), nil
}

func (a *app) readPassphrase(file string) ([]byte, error) {
	in := a.Stdin
	if file != "-" {
		f, err := openFile(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxPassphraseFile+1))
	switch {
	case err != nil:
		return nil, fail(finding.UsageConfig, fmt.Sprintf("the passphrase file %s cannot be read: %s", file, checks.Plain(err)))
	case len(data) > maxPassphraseFile:
		return nil, fail(finding.UsageConfig, fmt.Sprintf("the passphrase file %s has more than %d bytes", file, maxPassphraseFile))
	}
	return bytes.TrimPrefix(data, []byte("\uFEFF")), nil // what Windows editors put in front
}

func (a *app) askTwice(ctx context.Context) (keys.Secret, error) {
	var typed [2]string
	for i, question := range []string{"Passphrase for the new key: ", "The same again: "} {
		if a.AskSecret == nil {
			return keys.Secret{}, errNobodyToAsk()
		}
		answer, err := a.AskSecret(ctx, question)
		switch {
		case ctx.Err() != nil:
			return keys.Secret{}, ctx.Err()
		case errors.Is(err, io.EOF):
			return keys.Secret{}, fail(finding.UsageFlag, "no passphrase was typed")
		case err != nil:
			return keys.Secret{}, errNobodyToAsk()
		case answer == "":
			return keys.Secret{}, fail(finding.UsageFlag, "an empty passphrase protects nothing", "without --encrypt the key is written as it is, readable by you only")
		}
		typed[i] = answer
	}
	if typed[0] != typed[1] {
		return keys.Secret{}, fail(finding.UsageFlag, "the two passphrases differ; nothing was written")
	}
	return keys.NewSecret(typed[0]), nil
}

func errNobodyToAsk() error {
	return fail(finding.UsageFlag, "--encrypt needs a passphrase, and there is no terminal to ask for one",
		"pass --passphrase-file FILE; a passphrase is never a flag's value")
}
