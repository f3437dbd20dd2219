package netsuite

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

const (
	// renewalPause is how long a valid token is used after a failed renewal, before
	// the next attempt, and refusedPause after one that the endpoint refused.
	renewalPause = 10 * time.Second
	refusedPause = time.Minute
	// rejectedPause is how long a session keeps a token that the API rejects from the
	// start, and that already replaced a rejected one: another would be no better.
	rejectedPause = time.Minute
	// maxReplaced bounds the tokens that are replaced in a rejectedPause. One path may
	// reject each token that the others accept.
	maxReplaced = 5
	// renewalWait is how long the caller that begins a renewal waits for it while the
	// token is still valid: at most half of its own time, so that the call gets the rest.
	// A server that hangs does not block the caller longer.
	renewalWait = 3 * time.Second
	// maxRetryAfter bounds a Retry-After: a server cannot stop a program for a day.
	maxRetryAfter = time.Hour
)

// SourceOptions configure a [TokenSource]. The zero value is a good choice.
type SourceOptions struct {
	// Retry says how often a token request is retried after a temporary error, each
	// time with a new assertion.
	Retry Retry
	// Timeout bounds one renewal with its tries and waits; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Now is the clock; nil means [time.Now]. Several goroutines may call it.
	Now func() time.Time
	// Observe is called for every event; see [Options].
	Observe func(Event)
}

// TokenSource returns an access token and renews it five minutes before it expires.
// Any number of goroutines may use it: they share one token and one renewal request.
// A token without a stated lifetime goes to the callers that wait for it and is not
// kept.
//
// It is an oauth2.TokenSource; [TokenSource.Get] is the same with a context.
type TokenSource struct {
	exchange func(context.Context) (*Token, error)
	options  SourceOptions
	current  atomic.Pointer[cachedToken]

	mu        sync.Mutex
	renewal   *renewal // the one that is running, or nil
	holdUntil time.Time
	holdErr   error     // with the Retry-After for which no request is made before holdUntil
	notBefore time.Time // when to renew a valid token again
	dropped   bool      // a rejected token was dropped, and none was accepted since
	replaced  int       // rejected tokens that were dropped since countFrom
	countFrom time.Time
}

var _ oauth2.TokenSource = (*TokenSource)(nil)

// cachedToken is a token in both forms, with its times.
type cachedToken struct {
	*Token
	plain    *oauth2.Token
	renewAt  time.Time
	expiry   time.Time
	kept     time.Time   // when it came
	accepted atomic.Bool // the API has accepted it
}

// renewal is one renewal of the token. It goes on as long as a caller waits for it.
type renewal struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int // guarded by TokenSource.mu
	token   *Token
	err     error
}

// NewTokenSource makes a source of the tokens that exchange returns. Each call of
// exchange must use a new assertion. [Client.TokenSource] is the usual way.
func NewTokenSource(exchange func(context.Context) (*Token, error), o SourceOptions) *TokenSource {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(Event) {}
	}
	return &TokenSource{exchange: exchange, options: o}
}

// Token is Get for package oauth2. Its result holds the access token as plain text:
// do not print it. All callers share the result and must not change it.
func (s *TokenSource) Token() (*oauth2.Token, error) {
	if k := s.current.Load(); k.fresh(s.options.Now()) {
		return k.plain, nil
	}
	t, err := s.Get(context.Background())
	if err != nil {
		return nil, err
	}
	return t.plain(), nil
}

// Get returns the token, and renews it first if it expires soon. If the renewal fails or
// takes longer than some seconds, Get returns the old token while it is valid, and the
// renewal goes on for the next caller. [EventRenewed] has the error of such a renewal.
// After an error with a Retry-After no request is made before that time, and without a
// valid token Get returns the same error. The error is that of the token request, or the
// context's if that came first.
func (s *TokenSource) Get(ctx context.Context) (*Token, error) {
	if k := s.current.Load(); k.fresh(s.options.Now()) {
		return k.Token, nil
	}
	s.mu.Lock()
	k, now := s.current.Load(), s.options.Now()
	switch {
	case k.fresh(now):
		s.mu.Unlock()
		return k.Token, nil
	case s.renewal != nil && k.valid(now):
		s.mu.Unlock()
		return k.Token, nil // another caller is renewing it
	case s.renewal == nil && k.valid(now) && now.Before(s.notBefore):
		s.mu.Unlock()
		return k.Token, nil
	case s.renewal == nil && now.Before(s.holdUntil):
		defer s.mu.Unlock()
		if k.valid(now) {
			return k.Token, nil
		}
		return nil, s.holdErr
	}
	if ctx.Err() != nil {
		s.mu.Unlock()
		return nil, ctx.Err()
	}
	var late <-chan time.Time // nil, and so never, without a valid token
	if k.valid(now) {
		wait := renewalWait
		if end, ok := ctx.Deadline(); ok {
			wait = min(wait, time.Until(end)/2)
		}
		timer := time.NewTimer(wait)
		defer timer.Stop()
		late = timer.C
	}
	r := s.renewal
	if r == nil {
		r = s.beginRenewal(ctx)
	}
	r.waiting++
	s.mu.Unlock()

	select {
	case <-r.done:
		return r.token, r.err
	case <-late:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-r.done:
		return r.token, r.err
	default:
	}
	r.waiting--
	if k.valid(s.options.Now()) {
		return k.Token, nil
	}
	if r.waiting == 0 {
		r.cancel()
		if s.renewal == r {
			s.renewal = nil // the next caller must not get the canceled one
		}
	}
	return nil, ctx.Err()
}

// Drop forgets a token that the server rejected, so that the next Get requests
// another one. It keeps a token that was replaced in the meantime.
func (s *TokenSource) Drop(rejected Secret) {
	k := s.current.Load()
	if k != nil && k.AccessToken.Reveal() == rejected.Reveal() && s.current.CompareAndSwap(k, nil) {
		s.options.Observe(Event{Kind: EventDropped, Start: s.options.Now()})
	}
}

// reject drops a token that the API rejected, like Drop, and reports whether Get may
// return another one. If the API rejects a token that replaced a rejected one and was
// never accepted, it keeps it for a while: not the token is the cause. So it does after
// several replaced ones in a short time.
func (s *TokenSource) reject(rejected Secret) bool {
	k := s.current.Load()
	if k == nil || k.AccessToken.Reveal() != rejected.Reveal() {
		return true
	}
	s.mu.Lock()
	now := s.options.Now()
	if !now.Before(s.countFrom.Add(rejectedPause)) {
		s.countFrom, s.replaced = now, 0
	}
	if s.replaced >= maxReplaced || s.dropped && !k.accepted.Load() && now.Before(k.kept.Add(rejectedPause)) {
		s.mu.Unlock()
		return false
	}
	s.dropped = true
	s.replaced++
	s.mu.Unlock()
	s.Drop(rejected)
	return true
}

// accept notes that the API accepted a token.
func (s *TokenSource) accept(token Secret) {
	k := s.current.Load()
	if k == nil || k.accepted.Load() || k.AccessToken.Reveal() != token.Reveal() {
		return
	}
	k.accepted.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped = false
}

// Format prints only the type, for any verb: a formatter that reads the fields would
// race with a renewal.
func (s *TokenSource) Format(f fmt.State, _ rune) { io.WriteString(f, "netsuite.TokenSource") }

// beginRenewal starts a renewal. It has the values of ctx but not its deadline, which
// belongs to one of several callers.
func (s *TokenSource) beginRenewal(ctx context.Context) *renewal {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Timeout)
	r := &renewal{done: make(chan struct{}), cancel: cancel}
	s.renewal = r
	go func() {
		defer cancel()
		started := s.options.Now()
		t, err := s.renew(ctx)
		event := Event{Kind: EventRenewed, Start: started, Duration: s.options.Now().Sub(started), Err: err}
		if err == nil {
			event.ExpiresIn = t.ExpiresIn
		}
		s.options.Observe(event)
		s.mu.Lock()
		defer s.mu.Unlock()
		r.token, r.err = s.finishRenewal(t, err)
		if s.renewal == r {
			s.renewal = nil
		}
		close(r.done)
	}()
	return r
}

func (s *TokenSource) renew(ctx context.Context) (t *Token, err error) {
	retry := s.options.Retry
	waiting := retry.Waiting
	retry.Waiting = func(try int, err error, wait time.Duration) {
		s.options.Observe(Event{Kind: EventWaiting, Start: s.options.Now(), Try: try, Duration: wait, Err: err})
		if waiting != nil {
			waiting(try, err, wait)
		}
	}
	err = retry.Do(ctx, func(ctx context.Context, _ int) error {
		t, err = s.exchange(ctx)
		return err
	})
	return t, err
}

// finishRenewal keeps the result of a renewal, and returns what its callers get.
func (s *TokenSource) finishRenewal(t *Token, err error) (*Token, error) {
	now := s.options.Now()
	if err == nil {
		s.holdUntil, s.holdErr, s.notBefore = time.Time{}, nil, time.Time{}
		k := &cachedToken{Token: t, plain: t.plain(), renewAt: t.RenewAt(), expiry: t.Expiry(), kept: now}
		if k.valid(now) { // else no lifetime is stated
			s.current.Store(k)
		}
		return t, nil
	}
	if a := answerOf(err); a != nil {
		if wait, ok := a.RetryAfter(); ok {
			s.holdUntil, s.holdErr = now.Add(min(wait, maxRetryAfter)), err
		}
	}
	k := s.current.Load()
	if !k.valid(now) {
		return nil, err
	}
	pause := renewalPause
	if answerOf(err) != nil && !Temporary(err) {
		pause = refusedPause
	}
	s.notBefore = now.Add(pause)
	return k.Token, nil
}

// fresh reports whether a token need not be renewed yet.
func (k *cachedToken) fresh(now time.Time) bool { return k != nil && now.Before(k.renewAt) }

// valid reports whether a token can still be sent.
func (k *cachedToken) valid(now time.Time) bool { return k != nil && now.Before(k.expiry) }
