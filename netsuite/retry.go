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

// The waits between tries without a Retry-After: they double from the first to the
// longest. Up to half of each is random, so that programs that failed together do
// not retry together.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 30 * time.Second
)

// DefaultMaxWait bounds the wait for a Retry-After without a deadline.
const DefaultMaxWait = 10 * time.Minute

// leastShare is the least time of a try that is repeated after a timeout. NetSuite
// needs several seconds for some calls.
const leastShare = 10 * time.Second

// RetryAfter is how long the server asks to wait after its answer (RFC 9110,
// section 10.2.3). A date counts from the answer's own Date header, else from when
// it was received. It is false without a valid header.
func (a *Answer) RetryAfter() (time.Duration, bool) {
	text := strings.TrimSpace(a.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second, true // the largest number, if it is out of range
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

// permanentKinds are the connection errors that a retry cannot fix.
var permanentKinds = []ConnectKind{Canceled, DNSNotFound, TLSUntrusted, ProxyRefused, ProxyAuth, Malformed}

// Temporary reports whether a retry may succeed: after most errors of the
// connection, after status 429, 502, 503 or 504, and after a RESTlet's 400 for too
// many concurrent requests (SSS_REQUEST_LIMIT_EXCEEDED).
func Temporary(err error) bool {
	if broken := (*ConnectError)(nil); errors.As(err, &broken) {
		return !slices.Contains(permanentKinds, broken.Kind) && (broken.Kind != TLSHandshake || broken.Reason == "closed")
	}
	a := answerOf(err)
	return a != nil && temporaryStatus(a.Status) || errors.Is(err, RequestLimit)
}

func temporaryStatus(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusBadGateway ||
		status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// answerOf is the answer in an error of this package, or nil.
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

// Retry says how often a request with a [Temporary] error is retried. The zero value
// never retries.
type Retry struct {
	Max int // retries after the first try
	// MaxWait bounds each wait. If it is 0, the context's deadline does, or
	// [DefaultMaxWait] without one.
	MaxWait time.Duration
	// Temporary replaces the function of this name, unless it is nil. It is also asked
	// about a timeout before a try, which decides whether the tries share the time.
	Temporary func(error) bool
	// Waiting is called before the wait for the next try; nil means never.
	Waiting func(try int, err error, wait time.Duration)
	// TooLong is called if there is no next try because its wait is too long; nil means
	// never.
	TooLong func(try int, err error, wait time.Duration)
}

// Do calls try, with n from 1, until it succeeds, its error is not temporary, or Max
// retries were made. It waits as long as Retry-After says, else longer each time. It
// returns the last error at once if the wait would pass MaxWait or the context's
// deadline. If a timeout is temporary, each try but the last gets only its share of the
// time until the deadline, at least ten seconds, so that a try that hangs leaves time
// for the next.
func (r Retry) Do(ctx context.Context, try func(ctx context.Context, n int) error) error {
	if r.Temporary == nil {
		r.Temporary = Temporary
	}
	for n := 1; ; n++ {
		err := r.share(ctx, n, try)
		if err == nil || n > r.Max || ctx.Err() != nil || !r.Temporary(err) {
			return err
		}
		wait := backoff(n)
		if a := answerOf(err); a != nil {
			if asked, ok := a.RetryAfter(); ok {
				wait = asked
			}
		}
		if r.tooLong(ctx, wait) {
			if r.TooLong != nil {
				r.TooLong(n, err, wait)
			}
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

// tooLong reports whether a wait makes no sense.
func (r Retry) tooLong(ctx context.Context, wait time.Duration) bool {
	end, limited := ctx.Deadline()
	longest := r.MaxWait
	if longest == 0 && !limited {
		longest = DefaultMaxWait
	}
	return limited && time.Until(end) <= wait || longest > 0 && wait > longest
}

func (r Retry) share(ctx context.Context, n int, try func(context.Context, int) error) error {
	end, ok := ctx.Deadline()
	if ok && n <= r.Max && r.Temporary(&ConnectError{Kind: Timeout, Reason: phaseAnswer, Err: context.DeadlineExceeded}) {
		part := max(time.Until(end)/time.Duration(r.Max-n+2), leastShare)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, part)
		defer cancel()
	}
	return try(ctx, n)
}

// backoff is the wait after try n without a Retry-After.
func backoff(n int) time.Duration {
	wait := longestWait
	if n < 8 { // a longer shift passes longestWait, and may overflow
		wait = min(firstWait<<(n-1), longestWait)
	}
	return wait/2 + rand.N(wait/2+1)
}
