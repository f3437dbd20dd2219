package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/tokencache"
	"github.com/nsauth/nsauth/netsuite"
)

// Cache is the token cache.
func Cache(a *cli.App) *tokencache.Cache { return tokencache.New(a.CacheDir, a.Now) }

// look takes the token that is kept for this key; false if there is none, or it is
// time for another one.
func (l *Pipeline) look(key string) bool {
	p := l.Profile
	other := []string{p.Audience, p.Text(profile.FieldAlgorithm), p.Text(profile.FieldConnectTo), p.Text(profile.FieldCAFile)}
	if proxy := host.ProxyFor(l.App.Host(), p, p.TokenURL); proxy != "" { // which may be an emulator
		other = append(other, proxy)
	}
	l.place = Cache(l.App).Entry(tokencache.Subject{
		TokenURL: p.TokenURL, ClientID: p.Text(profile.FieldClientID), CertificateID: p.Text(profile.FieldCertificateID),
		Scope: p.Scope(), Key: key, Other: other,
	})
	l.place.Keep, l.place.Fresh = l.keeps, l.Options.Fresh
	t, trouble := l.place.Load()
	l.uncached(trouble)
	if t == nil || !l.App.Now().Before(t.RenewAt()) || !l.Options.accepts(t) {
		l.due = t
		return false
	}
	l.Seen.Token = t
	return true
}

// obtain gets a token that is not the refused one, from another process by way of the
// cache, or from the server.
func (l *Pipeline) obtain(ctx context.Context, refused netsuite.Secret) (*netsuite.Token, error) {
	if l.place == nil {
		return l.request(ctx)
	}
	locked := l.App.Working(ctx, "waiting for another run of nsauth", "token cache")
	t, trouble, err := l.place.Renew(ctx, refused, func(ctx context.Context) (*netsuite.Token, error) {
		locked()
		return l.request(ctx)
	})
	locked()
	l.uncached(trouble)
	if kept := l.due; err != nil && kept != nil && refused.IsZero() && ctx.Err() == nil && l.App.Now().Before(kept.Expiry()) && l.Options.accepts(kept) {
		fmt.Fprintf(l.App.Stderr, "nsauth: warning: no new token: %s\n", l.App.MaskedText(err.Error()))
		return kept, nil
	}
	return t, err
}

// keeps reports whether a new token may be used by later runs, and says why if not.
func (l *Pipeline) keeps(t *netsuite.Token) bool {
	if t.Answer == nil {
		return true
	}
	why := map[host.Origin][2]string{
		host.Emulator: {"it comes from an nsauth emulator", "to cache it, name the emulator's CA in the profile: ca_file"},
		host.Foreign:  {"the server's certificate is not from a CA of this system", "if it is your company's CA, name it in the profile: ca_file"},
	}[host.OriginOf(l.App.Host(), l.Profile, t.Answer.Chain)]
	if why[0] == "" {
		return true
	}
	if !l.App.Quiet {
		fmt.Fprintf(l.App.Stderr, "nsauth: note: the token was not cached: %s\nnsauth: hint: %s\n", why[0], why[1])
	}
	return false
}

// uncached says once why the cache was not used.
func (l *Pipeline) uncached(trouble error) {
	if trouble == nil || l.warned {
		return
	}
	l.warned = true
	fmt.Fprintf(l.App.Stderr, "nsauth: warning: the token cache was not used: %v\n", trouble)
	if hint := Hint(trouble); hint != "" {
		fmt.Fprintln(l.App.Stderr, "nsauth: hint: "+hint)
	}
}

// Hint is what to do about a Trouble that does not pass by itself.
func Hint(err error) string {
	var t *tokencache.Trouble
	if !errors.As(err, &t) {
		return ""
	}
	return map[string]string{
		"no-folder":   "set HOME, or XDG_CACHE_HOME to an absolute path, or pass --no-cache",
		"not-private": "clear it with nsauth token cache clear; make it private with chmod go-rwx",
		"foreign":     "run nsauth as that user, or pass --no-cache",
		"not-a-file":  "remove it, or pass --no-cache",
		"locked":      "end the other process, or pass --no-cache",
	}[t.Reason]
}

// request asks the server for a token, as often as --retry says, each time with a
// fresh assertion.
func (l *Pipeline) request(ctx context.Context) (t *netsuite.Token, err error) {
	retry := netsuite.Retry{Max: l.Options.Retry, Waiting: func(try int, err error, wait time.Duration) {
		ms := wait.Milliseconds()
		l.attempts[len(l.attempts)-1].WaitMS = &ms
		l.Options.TellRetry(l.App, try, err, wait)
	}, TooLong: func(_ int, err error, wait time.Duration) { l.Options.TellTooLong(l.App, err, wait) }}
	err = retry.Do(ctx, func(ctx context.Context, _ int) error {
		t, err = l.exchange(ctx)
		return err
	})
	return t, err
}

// exchange signs an assertion and sends it, once.
func (l *Pipeline) exchange(ctx context.Context) (*netsuite.Token, error) {
	if err := l.connect(); err != nil {
		return nil, err
	}
	a, err := checks.Sign(ctx, l.App.Host(), l.Profile, l.pair.Key)
	l.Seen.Assertion, l.Seen.AssertionErr = a, err
	if err != nil {
		return nil, err
	}
	started := l.App.Now()
	answered := l.App.WaitingFor(ctx, fault.HostOf(l.Profile.TokenURL), "token request")
	t, err := l.Client.Exchange(ctx, a.Raw().Reveal())
	answered()
	l.Seen.TokenErr = err
	l.attempts = append(l.attempts, attempt(started, l.App.Now(), t, err))
	if l.Exchanged != nil {
		l.Exchanged(started, t, err)
	}
	return t, err
}

// attempt is a line of the report for one token request.
func attempt(started, ended time.Time, t *netsuite.Token, err error) finding.TokenAttempt {
	a := finding.TokenAttempt{StartedAt: started.UTC().Format(time.RFC3339), DurationMS: max(0, ended.Sub(started).Milliseconds())}
	var (
		refused *netsuite.TokenError
		broken  *netsuite.ConnectError
	)
	switch {
	case err == nil:
		a.Status = &t.Answer.Status
	case errors.As(err, &refused):
		a.Status, a.Error = &refused.Answer.Status, finding.Optional(refused.Code)
		if refused.Code == "" && refused.Answer.Status/100 == 2 {
			a.Error = finding.Optional("no-token")
		}
	case errors.As(err, &broken):
		a.Error = finding.Optional(string(broken.Kind))
	}
	return a
}
