// Package login gets an access token: from the token cache, from another process
// or from the server. It keeps what was sent and received, so that a failure can be
// explained from it.
package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/internal/tokencache"
	"github.com/nsauth/nsauth/netsuite"
)

// Options say how a command gets its token.
type Options struct {
	NoCache bool // --no-cache
	Retry   int  // --retry
	// Fresh says of a token in the cache whether it is fresh enough for the command; nil
	// says yes until it is due.
	Fresh func(*netsuite.Token) bool
}

func (o Options) accepts(t *netsuite.Token) bool { return o.Fresh == nil || o.Fresh(t) }

// MaxRetry bounds --retry.
const MaxRetry = 100

// Check refuses options that are out of bounds.
func (o Options) Check() error {
	if o.Retry < 0 || o.Retry > MaxRetry {
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("invalid --retry: want a number from 0 to %d", MaxRetry))
	}
	return nil
}

// TellRetry says that a request failed and when it is made again.
func (o Options) TellRetry(a *cli.App, try int, err error, wait time.Duration) {
	fmt.Fprintf(a.Stderr, "nsauth: try %d of %d: %s; next try in %s\n", try, o.Retry+1, a.MaskedText(err.Error()), wait.Round(100*time.Millisecond))
}

// TellTooLong says that a request failed and is not made again, although --retry would
// allow it.
func (o Options) TellTooLong(a *cli.App, err error, wait time.Duration) {
	fmt.Fprintf(a.Stderr, "nsauth: note: not retried: %s, and the server asks to wait %s, longer than --timeout\n", a.MaskedText(err.Error()), text.Age(wait))
}

// Pipeline is what token and call do: profile, key, assertion, exchange, call.
// It keeps what was sent and received, so that a failure can be explained from it.
type Pipeline struct {
	App      *cli.App
	Profile  *profile.Profile
	Options  Options
	Client   *netsuite.Client
	Seen     checks.Seed
	pair     keys.Pair         // as far as it was read
	setup    error             // the client could not be made: nothing was sent
	place    *tokencache.Entry // of its token; nil with --no-cache
	attempts []finding.TokenAttempt
	due      *netsuite.Token // was in the cache, and is to be replaced
	warned   bool            // of the token cache
	failure  error           // why there is no token
	// Exchanged is told of every token request; nil if not needed.
	Exchanged func(began time.Time, t *netsuite.Token, err error)
}

// Begin takes the token that an earlier run left in the cache, or else opens the key,
// for which a person may have to be asked: the time of a run begins after it.
func (l *Pipeline) Begin(ctx context.Context) error {
	if !l.complete() {
		return nil
	}
	if !l.Options.NoCache {
		id, err := cli.UnlessInterrupted(ctx, func() (string, error) { return l.App.Keys.Identity(ctx, host.KeySource(l.Profile)) })
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			l.pair.KeyErr = err
			return nil // the check "key" says why
		}
		if l.look(id) {
			return nil
		}
	}
	host.PreloadRoots() // while the key is opened and signs
	return l.Open(ctx)
}

// Open reads the key, unless it was read before: it was not needed where the token
// came from the cache.
func (l *Pipeline) Open(ctx context.Context) (err error) {
	l.pair, err = l.App.LoadKey(ctx, l.Profile, l.pair)
	return err
}

// complete reports whether the profile has what a token is asked for with.
func (l *Pipeline) complete() bool {
	p := l.Profile
	return p.HasKey() && p.Text(profile.FieldClientID) != "" && !p.Lacks(profile.FieldAccount) && !p.Lacks(profile.FieldCertificateID)
}

// Token gets an access token, unless there is one; false means that there is
// something to explain.
func (l *Pipeline) Token(ctx context.Context) bool {
	return l.Seen.Token != nil || l.complete() && l.take(ctx, netsuite.Secret{})
}

// connect makes the client, unless the command has one: a token from the cache
// needs none, and the system's certificates take longer to read than all the rest.
func (l *Pipeline) connect() error {
	if l.Client == nil {
		l.Client, l.setup = host.Connect(l.App.Host(), l.Profile)
	}
	return l.setup
}

// Renew replaces the token that the API rejected. It returns false if it gets none;
// then Explain says why. The rejected token is no evidence that a token was issued.
func (l *Pipeline) Renew(ctx context.Context) bool {
	rejected := l.Seen.Token.AccessToken
	l.Seen.Token = nil
	return l.take(ctx, rejected)
}

func (l *Pipeline) take(ctx context.Context, refused netsuite.Secret) bool {
	if l.pair.Key == nil {
		return false // the check "key" says why
	}
	t, err := l.obtain(ctx, refused)
	l.Seen.Token, l.failure = t, err
	if err != nil {
		return false
	}
	l.Seen.TokenErr = nil // of a try before, or where the kept token has to do
	if !l.cached() {
		// That it cannot be recorded is no reason to fail: there is a token.
		_ = doctor.Remember(l.App.LastGood(), l.App.Host(), l.Profile, l.pair.Key, &l.Seen)
	}
	return true
}

// cached reports whether an earlier run asked for the token.
func (l *Pipeline) cached() bool { return l.Seen.Token != nil && l.Seen.Token.Answer == nil }

// TellAge says that the token comes from the cache.
func (l *Pipeline) TellAge() {
	if t, now := l.Seen.Token, l.App.Now(); l.cached() && !l.App.Quiet {
		fmt.Fprintf(l.App.Stderr, "nsauth: token from the cache, %s old, expires in %s\n",
			text.Age(now.Sub(t.Received)), text.Age(t.Expiry().Sub(now)))
	}
}

// Why is why there is no token, in a line; Explain says more.
func (l *Pipeline) Why() error {
	switch {
	case l.setup != nil:
		return l.setup
	case l.failure != nil:
		return l.failure
	case l.pair.KeyErr != nil:
		return errors.New(fault.Findings(l.pair.KeyErr)[0].Message)
	}
	return errors.New("a setting is missing")
}

// Close closes the connections of the client.
func (l *Pipeline) Close() {
	if l.Client != nil {
		l.Client.CloseIdle()
	}
}

// Explain runs the checks on the evidence at hand and reports the failure.
func (l *Pipeline) Explain(ctx context.Context, command string) error {
	if l.setup != nil {
		return l.setup
	}
	interrupted := errors.Is(ctx.Err(), context.Canceled)
	document := l.App.JSON() && command != "call" // whose standard output is the server's body
	if interrupted && !document {
		return ctx.Err() // the request has no answer because it was stopped: that is no cause
	}
	// What is examined is known: an interrupt ended the request, not this.
	ctx = context.WithoutCancel(ctx)
	pair, err := l.App.Load(ctx, l.Profile, l.shown(), l.pair)
	if err != nil {
		return err
	}
	r, err := doctor.Examine(ctx, l.App.Host(), l.Profile, doctor.Request{
		Select: l.shown(),
		Tool:   l.App.Tool, Command: command, Seed: &l.Seen, Attempts: l.attempts, NoResult: true, State: l.App.LastGood(),
		Interrupted: interrupted, Pair: pair, Waiting: l.App.CheckWaits,
	})
	if err != nil {
		return err
	}
	if document {
		return l.App.PrintReport(r)
	}
	o := l.App.TextOptions(l.App.Stderr)
	// Of a call that was refused, what was in order before it is no news.
	o.Quiet = o.Quiet || l.Seen.Call != nil
	l.App.EndLine()
	if err := report.Text(l.App.Stderr, r, o); err != nil {
		return err
	}
	return cli.Exit(r.ExitCode)
}

// shown lists the checks that have something to say. Once there is a token, that is
// what the token is and what the call with it showed: key and certificate were good
// enough, and to look at them could take a passphrase.
func (l *Pipeline) shown() checks.Selection {
	switch {
	case l.Seen.Call == nil:
		return checks.Selection{}
	case l.Seen.Call.Request.TBA != nil, l.Seen.Own && inspect.IsAssertion(l.Seen.Token.AccessToken):
		return checks.Selection{Show: []finding.CheckID{finding.CheckAPI}}
	}
	return checks.Selection{Show: []finding.CheckID{finding.CheckRole, finding.CheckAPI},
		Skip: []finding.CheckID{finding.CheckKey, finding.CheckCertificate}}
}

// Document is the token as a document.
func (l *Pipeline) Document() report.TokenDocument {
	doc, t := report.TokenDocument{Head: report.HeadOf(report.KindToken)}, l.Seen.Token
	doc.Cached, doc.ReceivedAt, doc.Attempts = t.Answer == nil, t.Received.UTC().Format(time.RFC3339), append(doc.Attempts, l.attempts...)
	doc.AccessToken, doc.TokenType, doc.Scope = t.AccessToken.Reveal(), t.TokenType, t.Scope
	if t.ExpiresIn > 0 {
		seconds := int64(t.ExpiresIn / time.Second)
		at := t.Expiry().UTC().Format(time.RFC3339)
		doc.ExpiresIn, doc.ExpiresAt = &seconds, &at
	}
	doc.Account = finding.Optional(l.Profile.Account.ID)
	if claims, err := jwtgen.ReadAccessToken(t.AccessToken.Reveal()); err == nil {
		doc.RoleID, doc.EntityID = finding.Optional(claims.RoleID), finding.Optional(claims.EntityID)
		if doc.Scope == nil {
			doc.Scope = claims.Scope
		}
	}
	return doc
}
