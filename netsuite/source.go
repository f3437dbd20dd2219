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
	// patience is how long a token that could not be replaced, and is still good, is
	// used before the next attempt.
	patience = 10 * time.Second
	// renewalWait is how long the one who begins a renewal waits for it while the token
	// is still good: an answer takes less, and a server that does not answer holds up no caller.
	renewalWait = 3 * time.Second
	// longestHold bounds what is believed of a Retry-After: a server that asks for a
	// day does not stop a program for one.
	longestHold = time.Hour
)

// SourceOptions change what a [TokenSource] does. The zero value is a good choice.
type SourceOptions struct {
	// Retry says how often a token request that failed for a passing reason is made
	// again, each time with a fresh assertion.
	Retry Retry
	// Timeout bounds one renewal, tries and waits included; [DefaultTimeout] if 0.
	Timeout time.Duration
	// Now is [time.Now] if nil. It may be called from several goroutines.
	Now func() time.Time
	// Observe is told what happens; see [Options].
	Observe func(Event)
}

// TokenSource hands out an access token and renews it five minutes before its
// end. Any number of goroutines may use it: they share one token, and while it is
// renewed one request is made for all. A token whose lifetime the server did not
// state is handed to those who wait for it and not kept.
//
// It is an oauth2.TokenSource; [TokenSource.Get] is the same with a context.
type TokenSource struct {
	exchange func(context.Context) (*Token, error)
	options  SourceOptions
	current  atomic.Pointer[kept]

	mu     sync.Mutex
	flight *flight // the renewal that is under way, nil without one
	closed time.Time
	reason error // why no request is made before closed
}

var _ oauth2.TokenSource = (*TokenSource)(nil)

// kept is a token in both forms, with the times that decide about it.
type kept struct {
	*Token
	plain  *oauth2.Token
	renew  time.Time // from when on it is replaced
	expiry time.Time
}

// flight is one renewal. It outlives the one who began it as long as someone
// waits for it.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int // guarded by TokenSource.mu
	token   *Token
	err     error
}

// NewTokenSource makes a source of whatever exchange returns, which must make a
// fresh assertion each time it is called. [Client.TokenSource] is the usual way.
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

// Token is Get in the form that package oauth2 defines. The text in what it
// returns is the access token itself: mind where it is printed. It is shared by all
// who ask and must not be changed.
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

// Get returns the token, and renews it first if it is about to end. When that
// fails for a passing reason, or takes longer than some seconds, the token is
// returned as long as it is good, and the renewal goes on for the next. After a
// failure with a Retry-After no request is made before that time, and Get returns
// the same error. The error is that of the token request, or the context's when it
// ended first.
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
	case s.flight != nil && k.good(now):
		s.mu.Unlock()
		return k.Token, nil // another caller is renewing it
	case s.flight == nil && now.Before(s.closed):
		defer s.mu.Unlock()
		if k.good(now) {
			return k.Token, nil
		}
		return nil, s.reason
	}
	if ctx.Err() != nil {
		s.mu.Unlock()
		return nil, ctx.Err()
	}
	var late <-chan time.Time // never, where nothing but a new token will do
	if k.good(now) {
		timer := time.NewTimer(renewalWait)
		defer timer.Stop()
		late = timer.C
	}
	f := s.flight
	if f == nil {
		f = s.begin(ctx)
	}
	f.waiting++
	s.mu.Unlock()

	select {
	case <-f.done:
		return f.token, f.err
	case <-late:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.err
	default:
	}
	f.waiting--
	if k.good(s.options.Now()) {
		return k.Token, nil
	}
	if f.waiting == 0 {
		f.cancel()
		if s.flight == f {
			s.flight = nil // who comes now does not want what was given up
		}
	}
	return nil, ctx.Err()
}

// Drop forgets a token that the server refused, so that the next Get asks for
// another one. A token that was replaced meanwhile stays.
func (s *TokenSource) Drop(refused Secret) {
	k := s.current.Load()
	if k != nil && k.AccessToken.Reveal() == refused.Reveal() && s.current.CompareAndSwap(k, nil) {
		s.options.Observe(Event{Kind: EventDropped, Start: s.options.Now()})
	}
}

// Format prints the type alone, whatever the verb: a formatter that walks over the
// fields would race with a renewal.
func (s *TokenSource) Format(f fmt.State, _ rune) { io.WriteString(f, "netsuite.TokenSource") }

// begin starts a renewal. It has the values of ctx and not its end, which is that
// of one caller among several.
func (s *TokenSource) begin(ctx context.Context) *flight {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Timeout)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	s.flight = f
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
		f.token, f.err = s.land(t, err)
		if s.flight == f {
			s.flight = nil
		}
		close(f.done)
	}()
	return f
}

func (s *TokenSource) renew(ctx context.Context) (t *Token, err error) {
	retry := s.options.Retry
	tell := retry.Waiting
	retry.Waiting = func(try int, err error, wait time.Duration) {
		s.options.Observe(Event{Kind: EventWaiting, Start: s.options.Now(), Try: try, Duration: wait, Err: err})
		if tell != nil {
			tell(try, err, wait)
		}
	}
	err = retry.Do(ctx, func(ctx context.Context, _ int) error {
		t, err = s.exchange(ctx)
		return err
	})
	return t, err
}

// land takes in what a renewal brought, and returns what its callers get.
func (s *TokenSource) land(t *Token, err error) (*Token, error) {
	now := s.options.Now()
	if err == nil {
		s.closed, s.reason = time.Time{}, nil
		if k := s.keep(t); k.good(now) { // else no lifetime is stated
			s.current.Store(k)
		}
		return t, nil
	}
	if a := answerOf(err); a != nil {
		if wait, ok := a.RetryAfter(); ok {
			s.closed, s.reason = now.Add(min(wait, longestHold)), err
		}
	}
	if k := s.current.Load(); k.good(now) && Temporary(err) {
		if later := now.Add(patience); s.closed.Before(later) {
			s.closed, s.reason = later, err
		}
		return k.Token, nil
	}
	return nil, err
}

func (s *TokenSource) keep(t *Token) *kept {
	return &kept{Token: t, plain: t.plain(), renew: t.RenewAt(), expiry: t.Expiry()}
}

func (k *kept) fresh(now time.Time) bool { return k != nil && now.Before(k.renew) }

// good reports whether a token can still be sent.
func (k *kept) good(now time.Time) bool { return k != nil && now.Before(k.expiry) }
