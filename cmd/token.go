package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/tokencache"
	"github.com/nsauth/nsauth/netsuite"
)

func newToken(a *app) *cobra.Command {
	var timeout time.Duration
	var flags tokenFlags
	var form tokenForm
	c := &cobra.Command{
		Use:   "token",
		Short: "Print an access token for scripts",
		Long: `Sign a client assertion, exchange it at the token endpoint, and print the access
token and nothing else. When that fails, the checks of the doctor run on what was
sent and received, and say why on standard error; with -o json their report is on
standard output.

The token is kept in the token cache until five minutes before its end, and runs
that ask for the same one get it from there; standard error says so, and how old
it is. Of runs at the same time one asks the server. The cache is private to its
user; doctor never uses it.`,
		Example: `  TOKEN=$(nsauth token --profile prod) || exit
  nsauth token --header | curl -H @- https://...
  eval "$(nsauth token --env sh)"                             # sh, bash, zsh
  nsauth token --env powershell | Out-String | Invoke-Expression
  nsauth token -o json | jq -r .expires_at`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(positive(timeout), flags.check(), form.check(a.JSON())); err != nil {
				return err
			}
			p, err := cli.Resolve(c.Context(), a.input(c))
			if err != nil {
				return err
			}
			if form.curl {
				return a.printCurl(p)
			}
			line := pipeline{app: a, profile: p, flags: flags}
			if err := line.begin(c.Context()); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			if !line.token(ctx) {
				return line.explain(c, "token")
			}
			t := line.seen.Token
			line.tellAge()
			if a.JSON() {
				return a.PrintJSON(tokenDocument(p, &line.seen))
			}
			text, err := form.line(t.AccessToken.Reveal())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, text)
			return err
		},
	}
	a.addProfileFlags(c)
	c.Flags().DurationVar(&timeout, "timeout", checks.DefaultTimeout, "give up after `DURATION`")
	flags.add(c)
	c.Flags().BoolVar(&form.header, "header", false, "print the line for curl -H @-")
	c.Flags().StringVar(&form.env, "env", "", "print an assignment of "+tokenVariable+" for `SHELL`: "+strings.Join(envKinds(), ", "))
	c.Flags().BoolVar(&form.curl, "curl", false, "print the token request as a curl command, without the assertion, and send nothing")
	complete(c, "env", envKinds()...)
	a.addNoState(c)
	c.AddCommand(newTokenCache(a))
	return c
}

// pipeline is what token and call do: profile, key, assertion, exchange, call.
// It keeps what was sent and received, so that a failure can be explained from it.
type pipeline struct {
	app     *app
	profile *profile.Profile
	flags   tokenFlags
	client  *netsuite.Client
	seen    checks.Recorded
	setup   error             // the client could not be made: nothing was sent
	place   *tokencache.Entry // of its token; nil with --no-cache
	due     *netsuite.Token   // was in the cache, and is to be replaced
	warned  bool              // of the token cache
	// exchanged is told of every token request; nil for nobody.
	exchanged func(began time.Time, t *netsuite.Token, err error)
}

// begin takes the token that an earlier run left in the cache, or else opens the key,
// for which a person may have to be asked: the time of a run begins after it.
func (l *pipeline) begin(ctx context.Context) error {
	if !l.complete() {
		return nil
	}
	if !l.flags.noCache {
		id, err := cli.UnlessInterrupted(ctx, func() (string, error) { return host.KeyIdentity(ctx, l.app.World.World, l.profile) })
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil // the check "key" says why
		}
		if l.look(id) {
			return nil
		}
	}
	host.ReadRoots() // while the key is opened and signs
	return l.app.Unlock(ctx, l.profile, cli.KeyOnly)
}

// complete reports whether the profile has what a token is asked for with.
func (l *pipeline) complete() bool {
	p := l.profile
	_, known := p.Account()
	return p.HasKey() && p.Text(profile.FieldClientID) != "" &&
		(p.Foreign() || known && p.Text(profile.FieldCertificateID) != "")
}

// token gets an access token, unless there is one; false means that there is
// something to explain.
func (l *pipeline) token(ctx context.Context) bool {
	return l.seen.Token != nil || l.complete() && l.take(ctx, netsuite.Secret{})
}

// connect makes the client, unless the command has one: a token from the cache
// needs none, and the system's certificates take longer to read than all the rest.
func (l *pipeline) connect() error {
	if l.client == nil {
		l.client, l.setup = host.Connect(l.app.World.World, l.profile)
	}
	return l.setup
}

// renew gets another token in place of the present one, which was refused; false
// means that there is something to explain.
func (l *pipeline) renew(ctx context.Context) bool {
	return l.take(ctx, l.seen.Token.AccessToken)
}

func (l *pipeline) take(ctx context.Context, refused netsuite.Secret) bool {
	k, err := host.LoadKey(ctx, l.app.World.World, l.profile)
	if err != nil {
		return false // the check "key" says why
	}
	l.seen.Key = k
	t, err := l.obtain(ctx, refused)
	l.seen.Token = t
	if err != nil {
		return false
	}
	l.seen.TokenErr = nil // of a try before, or where the kept token has to do
	if !l.cached() {
		// That it cannot be recorded is no reason to bother whoever got what they asked for.
		_ = doctor.Remember(l.app.LastGood(), l.profile, &l.seen)
	}
	return true
}

// cached reports whether an earlier run asked for the token.
func (l *pipeline) cached() bool { return l.seen.Token != nil && l.seen.Token.Answer == nil }

// tellAge says that the token comes from the cache.
func (l *pipeline) tellAge() {
	if t, now := l.seen.Token, l.app.Now(); l.cached() && !l.app.Quiet {
		fmt.Fprintf(l.app.Stderr, "nsauth: token from the cache, %s old, good for another %s\n",
			finding.Age(now.Sub(t.Received)), finding.Age(t.Expiry().Sub(now)))
	}
}

// explain runs the checks on the evidence at hand and reports the failure.
func (l *pipeline) explain(c *cobra.Command, command string) error {
	if l.setup != nil {
		return l.setup
	}
	// What is examined is at hand: an interrupt ended the request, not this.
	r, err := doctor.Examine(context.WithoutCancel(c.Context()), l.app.World.World, l.profile, doctor.Request{
		Select: l.shown(),
		Tool:   l.app.Tool, Command: command, Recorded: &l.seen, NoResult: true, State: l.app.LastGood(),
		Interrupted: errors.Is(c.Context().Err(), context.Canceled),
	})
	if err != nil {
		return err
	}
	if l.app.JSON() && command == "token" {
		return l.app.PrintReport(r)
	}
	o := l.app.TextOptions(l.app.Stderr)
	// Of a call that was refused, what was in order before it is no news.
	o.Quiet = o.Quiet || l.seen.Call != nil
	l.app.EndLine()
	if err := report.Text(l.app.Stderr, r, o); err != nil {
		return err
	}
	return cli.Exit(r.ExitCode)
}

// shown lists the checks that have something to say. Once there is a token, that is
// what the token is and what the call with it showed: key and certificate were good
// enough, and to look at them could take a passphrase.
func (l *pipeline) shown() checks.Selection {
	switch {
	case l.seen.Call == nil:
		return checks.Selection{}
	case l.seen.Own && checks.IsAssertion(l.seen.Token.AccessToken):
		return checks.Selection{Show: []finding.CheckID{finding.CheckAPI}}
	}
	return checks.Selection{Show: []finding.CheckID{finding.CheckRole, finding.CheckAPI},
		Skip: []finding.CheckID{finding.CheckKey, finding.CheckCertificate}}
}

func tokenDocument(p *profile.Profile, seen *checks.Recorded) report.TokenDocument {
	doc, t := report.NewTokenDocument(), seen.Token
	doc.Cached, doc.ReceivedAt, doc.Attempts = t.Answer == nil, t.Received.UTC().Format(time.RFC3339), append(doc.Attempts, seen.Attempts...)
	doc.AccessToken, doc.TokenType, doc.Scope = t.AccessToken.Reveal(), t.TokenType, t.Scope
	if t.ExpiresIn > 0 {
		seconds := int64(t.ExpiresIn / time.Second)
		at := t.Expiry().UTC().Format(time.RFC3339)
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
