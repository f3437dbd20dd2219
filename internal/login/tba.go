package login

import (
	"context"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/secretscan"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// TBA is the token that the profile signs its requests with. With show, the secrets are
// placeholders, and nothing is read.
func TBA(ctx context.Context, a *cli.App, p *profile.Profile, show bool) (*netsuite.TBA, error) {
	if missing := p.Missing(); len(missing) > 0 {
		var names []string
		for _, f := range missing {
			names = append(names, string(f))
		}
		return nil, cli.Fail(finding.UsageConfig, "a TBA call needs "+strings.Join(names, ", ")+", which "+map[bool]string{true: "is", false: "are"}[len(names) == 1]+" not set",
			"write it into the profile, or set NSAUTH_"+strings.ToUpper(names[0])+"; nsauth help config says what each is")
	}
	t := &netsuite.TBA{Account: p.Account, ConsumerKey: p.Text(profile.FieldConsumerKey), TokenID: p.Text(profile.FieldTokenID)}
	if show {
		t.ConsumerSecret, t.TokenSecret = netsuite.NewSecret(secret.Placeholder), netsuite.NewSecret(secret.Placeholder)
		return t, nil
	}
	var err error
	if t.ConsumerSecret, err = tbaSecret(ctx, a, p, profile.FieldConsumerSecret, profile.FieldConsumerSecretCommand); err != nil {
		return nil, err
	}
	t.TokenSecret, err = tbaSecret(ctx, a, p, profile.FieldTokenSecret, profile.FieldTokenSecretCommand)
	return t, err
}

// maxTBASecret is longer than any secret of TBA, which has 64 characters.
const maxTBASecret = 1 << 10

// unreadable says why a file has no secret.
var unreadable = map[string]string{
	"missing": "does not exist", "permission": "is not readable by this user", "is-directory": "is a folder",
	"too-large": "is too long", "empty": "is empty", "several-lines": "has more than one line",
}

// tbaSecret reads a secret from the file that one setting names, or from the command of
// the other.
func tbaSecret(ctx context.Context, a *cli.App, p *profile.Profile, file, command profile.Field) (netsuite.Secret, error) {
	type answer struct {
		secret secret.Secret
		why    string // there is none
	}
	name := p.Text(file)
	from := string(file) + ": " + name
	if name == "" {
		from = string(command) + ": its output"
	}
	got, err := cli.UnlessInterrupted(ctx, func() (answer, error) {
		if name != "" {
			s, reason := a.Keys.NewPassphrase(name)
			if why := unreadable[reason]; why != "" || reason == "" {
				return answer{s, why}, nil
			}
			return answer{why: "cannot be read"}, nil
		}
		out := text.Bounded{Limit: maxTBASecret}
		if err := a.Shell(ctx, p.Text(command), &out); err != nil && !out.Exceeded() {
			return answer{why: "cannot be used: the command failed"}, nil
		}
		return answer{secret: secret.New(string(out.Bytes()))}, nil
	})
	if err != nil {
		return secret.Secret{}, err
	}
	value := strings.TrimSpace(got.secret.Reveal())
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[0] == value[n-1] { // as docker keeps them
		value = value[1 : n-1]
	}
	switch {
	case got.why != "":
	case value == "":
		got.why = "is empty"
	case secretscan.Value(value) != "":
		got.why = "is " + secretscan.Value(value) + ", not a TBA secret"
	case len(value) > maxTBASecret, strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		got.why = "is not one TBA secret: 64 characters on one line"
	default:
		return secret.New(value), nil
	}
	hint := "NetSuite shows the secret once: the Consumer Secret when the integration record is saved, the Token Secret when the access token is made"
	return secret.Secret{}, cli.Fail(finding.UsageConfig, from+" "+got.why, hint)
}
