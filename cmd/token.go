package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/netsuite"
)

func newToken(a *app) *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "token",
		Short: "Print an access token for scripts",
		Long: `Sign a client assertion, exchange it at the token endpoint, and print the access
token and nothing else. When that fails, the checks of the doctor run on what was
sent and received, and say why on standard error; with -o json their report is on
standard output.`,
		Example: `  TOKEN=$(nsauth token --profile prod) || exit
  nsauth token -o json | jq -r .expires_at`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := positive(timeout); err != nil {
				return err
			}
			p, err := resolve(c.Context(), a.input(c))
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			line := pipeline{app: a, profile: p}
			if !line.token(ctx) {
				return line.explain(c, "token")
			}
			t := line.seen.Token
			if a.json() {
				return a.printJSON(tokenDocument(p, t))
			}
			_, err = fmt.Fprintln(a.Stdout, t.AccessToken.Reveal())
			return err
		},
	}
	a.addProfileFlags(c)
	c.Flags().DurationVar(&timeout, "timeout", checks.DefaultTimeout, "give up after `DURATION`")
	a.addNoState(c)
	return c
}

// pipeline is what token and call do: profile, key, assertion, exchange, call.
// It keeps what was sent and received, so that a failure can be explained from it.
type pipeline struct {
	app     *app
	profile *profile.Profile
	client  *netsuite.Client
	seen    checks.Recorded
	setup   error // the client could not be made: nothing was sent
}

// token gets an access token; false means that there is something to explain.
func (l *pipeline) token(ctx context.Context) bool {
	p, w := l.profile, l.app.World.World
	for _, f := range []profile.Field{profile.FieldKey, profile.FieldClientID} {
		if p.Text(f) == "" {
			return false
		}
	}
	if _, ok := p.Account(); !ok && !p.Foreign() || !p.Foreign() && p.Text(profile.FieldCertificateID) == "" {
		return false
	}
	k, err := keys.LoadKey(p.Text(profile.FieldKey))
	if err != nil {
		return false // the check "key" reads it again and says why
	}
	l.seen.Key = k
	if l.seen.Assertion, err = checks.Sign(w, p, k); err != nil {
		return false
	}
	if l.client, l.setup = checks.Connect(w, p); l.setup != nil {
		return false
	}
	l.seen.Token, l.seen.TokenErr = l.client.Exchange(ctx, l.seen.Assertion.Raw().Reveal())
	if l.seen.TokenErr != nil {
		return false
	}
	// That it cannot be recorded is no reason to bother whoever got what they asked for.
	_ = doctor.Remember(l.app.state(), p, &l.seen)
	return true
}

// explain runs the checks on the evidence at hand and reports the failure.
func (l *pipeline) explain(c *cobra.Command, command string) error {
	if l.setup != nil {
		return l.setup
	}
	// What is examined is at hand: an interrupt ended the request, not this.
	r, err := doctor.Examine(context.WithoutCancel(c.Context()), l.app.World.World, l.profile, doctor.Request{
		Tool: tool(), Command: command, Recorded: &l.seen, NoResult: true, State: l.app.state(),
		Interrupted: errors.Is(c.Context().Err(), context.Canceled),
	})
	if err != nil {
		return err
	}
	if l.app.json() && command == "token" {
		return l.app.printReport(r)
	}
	if err := l.app.printText(l.app.Stderr, r); err != nil {
		return err
	}
	return exit(r.ExitCode)
}

func tokenDocument(p *profile.Profile, t *netsuite.Token) report.TokenDocument {
	doc := report.NewTokenDocument()
	doc.AccessToken, doc.TokenType, doc.Scope = t.AccessToken.Reveal(), t.TokenType, t.Scope
	if t.ExpiresIn > 0 {
		seconds := int64(t.ExpiresIn / time.Second)
		at := t.Answer.Received.Add(t.ExpiresIn).UTC().Format(time.RFC3339)
		doc.ExpiresIn, doc.ExpiresAt = &seconds, &at
	}
	if account, ok := p.Account(); ok {
		doc.Account = &account.ID
	}
	if claims, err := jwtgen.ReadAccessToken(t.AccessToken.Reveal()); err == nil {
		doc.RoleID, doc.EntityID = finding.Optional(claims.RoleID), finding.Optional(claims.EntityID)
		if doc.Scope == nil {
			doc.Scope = claims.Scope
		}
	}
	return doc
}
