package netsuite

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The waits between tries, where the server does not say: they double from the
// first to the longest, and up to half of each is left to chance, so that those
// who failed together do not come back together.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 30 * time.Second
)

// RetryAfter is how long the server asks to wait (RFC 9110, section 10.2.3), from
// when its answer came. A date counts from the answer's own Date, the server's
// clock, or else from when it was received. False means that it does not say.
func (a *Answer) RetryAfter() (time.Duration, bool) {
	text := strings.TrimSpace(a.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	from, ok := a.Date()
	if !ok {
		from = a.Received
	}
	return max(0, until.Sub(from)), true
}

// lasting are the faults of a connection that another try would meet again: who
// is not trusted, does not exist or does not speak HTTP stays so, and a caller
// who gave up does not want one.
var lasting = []ConnectKind{Canceled, DNSNotFound, TLSUntrusted, ProxyRefused, ProxyAuth, Malformed}

// Temporary reports whether err may go away by itself: a fault of the
// connection, an answer with status 429, 502, 503 or 504, or the 400 with which a
// RESTlet says that too many are running (SSS_REQUEST_LIMIT_EXCEEDED).
func Temporary(err error) bool {
	if broken := (*ConnectError)(nil); errors.As(err, &broken) {
		return !slices.Contains(lasting, broken.Kind) && (broken.Kind != TLSHandshake || broken.Reason == "closed")
	}
	a := answerOf(err)
	return a != nil && temporaryStatus(a.Status) || errors.Is(err, RequestLimit)
}

func temporaryStatus(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusBadGateway ||
		status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// answerOf is the answer that an error of this package is about, nil if there is none.
func answerOf(err error) *Answer {
	var (
		token *TokenError
		api   *APIError
	)
	switch {
	case errors.As(err, &token):
		return token.Answer
	case errors.As(err, &api):
		return api.Answer
	}
	return nil
}

// Retry says how often a request that failed for a [Temporary] reason is made
// again. The zero value makes it once.
type Retry struct {
	Max int // further tries
	// Temporary decides in place of the function of this name, if it is not nil.
	Temporary func(error) bool
	// Waiting is told of each failed try that is followed by another one, before
	// the wait; nil for none.
	Waiting func(try int, err error, wait time.Duration)
}

// Do calls try, with numbers from 1, until it succeeds, fails for good or was
// called Max times more. Between the tries it waits as the server asks to, or
// ever longer. It returns the last error at once when the context would end
// before the wait does; and where the context has a deadline no try but the last
// gets more than its share of the time, so that one that hangs leaves some for
// the others.
func (r Retry) Do(ctx context.Context, try func(ctx context.Context, n int) error) error {
	temporary := r.Temporary
	if temporary == nil {
		temporary = Temporary
	}
	for n := 1; ; n++ {
		err := r.share(ctx, n, try)
		if err == nil || n > r.Max || ctx.Err() != nil || !temporary(err) {
			return err
		}
		wait := backoff(n)
		if a := answerOf(err); a != nil {
			if asked, ok := a.RetryAfter(); ok {
				wait = asked
			}
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
			return err
		}
		if r.Waiting != nil {
			r.Waiting(n, err, wait)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

func (r Retry) share(ctx context.Context, n int, try func(context.Context, int) error) error {
	if end, ok := ctx.Deadline(); ok && n <= r.Max {
		left := time.Until(end)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, left/time.Duration(r.Max-n+2))
		defer cancel()
	}
	return try(ctx, n)
}

// backoff is the wait after try n, where the server does not say.
func backoff(n int) time.Duration {
	wait := longestWait
	if n < 8 { // 64 s are beyond the longest
		wait = min(firstWait<<(n-1), longestWait)
	}
	return wait/2 + rand.N(wait/2+1)
}
