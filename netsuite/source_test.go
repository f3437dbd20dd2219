package netsuite_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/nsauth/nsauth/netsuite"
)

// endpoint issues numbered tokens of an hour, after delay, unless err is set.
type endpoint struct {
	calls     atomic.Int32
	delay     time.Duration
	lifetime  time.Duration // an hour if 0
	unstated  bool
	err       func(n int32) error
	cancelled atomic.Int32
}

func (e *endpoint) exchange(ctx context.Context) (*netsuite.Token, error) {
	n := e.calls.Add(1)
	select {
	case <-time.After(e.delay):
	case <-ctx.Done():
		e.cancelled.Add(1)
		return nil, &netsuite.ConnectError{Kind: netsuite.Canceled, Host: restHost, Err: ctx.Err()}
	}
	if e.err != nil {
		if err := e.err(n); err != nil {
			return nil, err
		}
	}
	lifetime := e.lifetime
	if lifetime == 0 && !e.unstated {
		lifetime = time.Hour
	}
	return &netsuite.Token{AccessToken: netsuite.NewSecret(fmt.Sprintf("token-%d", n)), TokenType: "bearer",
		Received: time.Now(), ExpiresIn: lifetime}, nil
}

// refused is an answer of the token endpoint.
func refused(status int, code string, header ...string) error {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &netsuite.TokenError{Code: code, Answer: &netsuite.Answer{Status: status, Header: h, Received: time.Now()}}
}

func get(t *testing.T, s *netsuite.TokenSource) string {
	t.Helper()
	token, err := s.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token.AccessToken.Reveal()
}

// A token is renewed five minutes before it expires, or up to thirty seconds
// earlier.
func TestSourceRenewsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := map[time.Duration]bool{}
		for range 50 {
			e := &endpoint{}
			s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
			began := time.Now()
			if got := get(t, s); got != "token-1" {
				t.Fatal(got)
			}
			for get(t, s) == "token-1" {
				time.Sleep(time.Second)
			}
			after := time.Since(began)
			if after < 54*time.Minute+29*time.Second || after > 55*time.Minute+time.Second {
				t.Fatalf("renewed after %s", after)
			}
			times[after] = true
		}
		if len(times) < 5 {
			t.Errorf("no jitter: %v", times)
		}
	})
}

// Tokens that live shorter are used for most of their life, and one without a
// stated end is not kept.
func TestSourceShortLifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{lifetime: time.Minute}
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
		get(t, s)
		time.Sleep(40 * time.Second)
		if got := get(t, s); got != "token-1" {
			t.Errorf("after 40 s of 60: %s", got)
		}
		time.Sleep(6 * time.Second)
		if got := get(t, s); got != "token-2" {
			t.Errorf("after 46 s of 60: %s", got)
		}
		e = &endpoint{unstated: true}
		s = netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
		if a, b := get(t, s), get(t, s); a != "token-1" || b != "token-2" {
			t.Errorf("%s, %s", a, b)
		}
	})
}

// Any number of callers share one request, the first time and at each renewal. While
// a valid token is renewed, the other callers do not wait.
func TestSourceSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{delay: 2 * time.Second}
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
		ask := func(want map[string]bool) (slowest time.Duration, waited int32) {
			var wg sync.WaitGroup
			var longest, waiting atomic.Int64
			for range 1000 {
				wg.Go(func() {
					began := time.Now()
					got, err := s.Get(t.Context())
					if err != nil || !want[got.AccessToken.Reveal()] {
						t.Errorf("%v, %v", got, err)
						return
					}
					if took := int64(time.Since(began)); took > 0 {
						waiting.Add(1)
						longest.Store(max(took, longest.Load()))
					}
				})
			}
			wg.Wait()
			return time.Duration(longest.Load()), int32(waiting.Load())
		}
		if _, waited := ask(map[string]bool{"token-1": true}); waited != 1000 || e.calls.Load() != 1 {
			t.Errorf("first: %d waited, %d requests", waited, e.calls.Load())
		}
		time.Sleep(56 * time.Minute)
		if _, waited := ask(map[string]bool{"token-1": true, "token-2": true}); waited != 1 || e.calls.Load() != 2 {
			t.Errorf("renewal: %d waited, %d requests", waited, e.calls.Load())
		}
		time.Sleep(2 * time.Hour)
		if _, waited := ask(map[string]bool{"token-3": true}); waited != 1000 || e.calls.Load() != 3 {
			t.Errorf("after the end: %d waited, %d requests", waited, e.calls.Load())
		}
	})
}

// A caller that gives up does not stop the renewal for the others. After the last
// one the request is canceled, and the next caller makes another.
func TestSourceCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{delay: time.Minute / 4}
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.Get(first); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if got := get(t, s); got != "token-1" {
				t.Errorf("the second: %s", got)
			}
		})
		wg.Wait()
		if e.cancelled.Load() != 0 {
			t.Error("the request was ended")
		}

		s = netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
		alone, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if _, err := s.Get(alone); !errors.Is(err, context.Canceled) {
				t.Errorf("alone: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
		if got := get(t, s); got != "token-3" || e.cancelled.Load() != 1 {
			t.Errorf("%s, %d ended", got, e.cancelled.Load())
		}
		if _, err := s.Get(alone); err != nil {
			t.Errorf("a kept token needs no time: %v", err)
		}
		s.Drop(netsuite.NewSecret("token-3"))
		if _, err := s.Get(alone); !errors.Is(err, context.Canceled) || e.calls.Load() != 3 {
			t.Errorf("%v, %d requests", err, e.calls.Load())
		}
	})
}

// A renewal stops at its own timeout, whatever the callers' deadlines are.
func TestSourceTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{delay: time.Hour}
		for timeout, want := range map[time.Duration]time.Duration{0: netsuite.DefaultTimeout, 3 * time.Second: 3 * time.Second} {
			s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{Timeout: timeout})
			began := time.Now()
			_, err := s.Token()
			if took := time.Since(began); took != want || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v after %s, want %s", err, took, want)
			}
		}
	})
}

// A renewal that fails for a passing reason costs nothing while the token is good.
func TestSourceKeepsTokenDuringOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := false
		e := &endpoint{err: func(int32) error {
			if down {
				return refused(503, "")
			}
			return nil
		}}
		var events []netsuite.Event
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{Observe: func(e netsuite.Event) { events = append(events, e) }})
		get(t, s)
		down = true
		time.Sleep(56 * time.Minute)
		for range 100 {
			if got := get(t, s); got != "token-1" {
				t.Fatal(got)
			}
		}
		if n := e.calls.Load(); n != 2 {
			t.Errorf("%d requests within no time", n)
		}
		time.Sleep(10 * time.Second)
		get(t, s)
		if n := e.calls.Load(); n != 3 {
			t.Errorf("%d requests after ten seconds", n)
		}
		last := events[len(events)-1]
		if last.Kind != netsuite.EventRenewed || !errors.Is(last.Err, netsuite.Status(503)) {
			t.Errorf("%+v", last)
		}
		time.Sleep(4 * time.Minute) // now it has ended
		if _, err := s.Get(t.Context()); !errors.Is(err, netsuite.Status(503)) {
			t.Errorf("%v", err)
		}
		down = false
		if got := get(t, s); got != "token-5" {
			t.Errorf("%s", got)
		}
	})
}

// A renewal that hangs holds up one caller, and that one not for long; none of them
// gets an error from it, not even one whose own time is up.
func TestSourceKeepsTokenWhileServerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{}
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
		get(t, s)
		time.Sleep(56 * time.Minute)
		e.delay = time.Hour
		began := time.Now()
		var longest time.Duration
		for time.Since(began) < 3*time.Minute {
			asked := time.Now()
			if got := get(t, s); got != "token-1" {
				t.Fatal(got)
			}
			longest = max(longest, time.Since(asked))
			time.Sleep(time.Second)
		}
		if longest > 5*time.Second || e.calls.Load() < 4 || e.calls.Load() > 8 {
			t.Errorf("waited %s, %d requests", longest, e.calls.Load())
		}
		time.Sleep(time.Minute / 2) // no renewal is under way
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got, err := s.Get(short); err != nil || got.AccessToken.Reveal() != "token-1" {
			t.Errorf("%v, %v", got, err)
		}
		time.Sleep(2 * time.Minute) // now it has ended
		if _, err := s.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// A renewal that takes longer than every caller waits serves the next one.
func TestSourceRenewsAfterCallersLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{}
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
		get(t, s)
		time.Sleep(56 * time.Minute)
		e.delay = netsuite.DefaultTimeout / 2
		if got := get(t, s); got != "token-1" {
			t.Error(got)
		}
		time.Sleep(e.delay)
		if got := get(t, s); got != "token-2" || e.calls.Load() != 2 || e.cancelled.Load() != 0 {
			t.Errorf("%s, %d requests, %d ended", got, e.calls.Load(), e.cancelled.Load())
		}
	})
}

// A refused renewal is an event, and an error once the token has expired: what is valid
// is used until then.
func TestB8RefusedRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{err: func(n int32) error {
			if n > 1 {
				return refused(500, "server_error")
			}
			return nil
		}}
		var last netsuite.Event
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{Observe: func(e netsuite.Event) { last = e }})
		get(t, s)
		time.Sleep(58 * time.Minute)
		for range 119 { // two minutes
			if got := get(t, s); got != "token-1" || !errors.Is(last.Err, netsuite.ServerError) {
				t.Fatal(got, last.Err)
			}
			time.Sleep(time.Second)
		}
		if n := e.calls.Load(); n != 3 {
			t.Errorf("%d requests in two minutes", n)
		}
		time.Sleep(time.Second)
		_, err := s.Get(t.Context())
		var refusal *netsuite.TokenError
		if !errors.As(err, &refusal) || !errors.Is(err, netsuite.ServerError) || errors.Is(err, netsuite.InvalidGrant) ||
			!errors.Is(err, netsuite.Status(500)) || errors.Is(err, netsuite.Status(401)) {
			t.Errorf("%v", err)
		}
	})
}

// What the server asks for is done: no request before, and the same error to who
// asks; at most an hour.
func TestSourceRespectsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for after, hold := range map[string]time.Duration{"90": 90 * time.Second, "86400": time.Hour} {
			e := &endpoint{err: func(n int32) error {
				if n == 1 {
					return refused(429, "", "Retry-After", after)
				}
				return nil
			}}
			s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
			for range 10 {
				if _, err := s.Get(t.Context()); !errors.Is(err, netsuite.Status(429)) {
					t.Fatal(err)
				}
			}
			time.Sleep(hold - time.Second)
			if _, err := s.Get(t.Context()); err == nil || e.calls.Load() != 1 {
				t.Errorf("%s: %v, %d requests", after, err, e.calls.Load())
			}
			time.Sleep(time.Second)
			if got := get(t, s); got != "token-2" {
				t.Errorf("%s: %s", after, got)
			}
		}
	})
}

// Drop forgets the token that was refused, and no other.
func TestSourceDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{}
		var kinds []netsuite.EventKind
		s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{Observe: func(e netsuite.Event) { kinds = append(kinds, e.Kind) }})
		get(t, s)
		s.Drop(netsuite.NewSecret("another"))
		if got := get(t, s); got != "token-1" {
			t.Error(got)
		}
		s.Drop(netsuite.NewSecret("token-1"))
		s.Drop(netsuite.NewSecret("token-1"))
		if got := get(t, s); got != "token-2" {
			t.Error(got)
		}
		if want := "[renewed dropped renewed]"; fmt.Sprint(kinds) != want {
			t.Errorf("%v", kinds)
		}
	})
}

func TestSourceForOAuth2(t *testing.T) {
	e := &endpoint{}
	var source oauth2.TokenSource = netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
	first, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	again, err := source.Token()
	if err != nil || again.AccessToken != first.AccessToken {
		t.Fatal(again, err)
	}
	if !again.Valid() || again.Type() != "Bearer" || again.ExpiresIn != 3600 || time.Until(again.Expiry) < 59*time.Minute {
		t.Errorf("%+v", again)
	}
	broken := netsuite.NewTokenSource(func(context.Context) (*netsuite.Token, error) { return nil, refused(500, "server_error") }, netsuite.SourceOptions{})
	if token, err := broken.Token(); token != nil || !errors.Is(err, netsuite.ServerError) {
		t.Error(token, err)
	}
}

// The waits of Retry: longer and longer, or as the server says; never past the end.
func TestRetry(t *testing.T) {
	reset := &netsuite.ConnectError{Kind: netsuite.Reset, Host: restHost}
	for name, tt := range map[string]struct {
		retry       netsuite.Retry
		err         error
		limit       time.Duration
		tries       int
		least, most time.Duration
	}{
		"no retries":           {netsuite.Retry{}, reset, 0, 1, 0, 0},
		"reset":                {netsuite.Retry{Max: 3}, reset, 0, 4, 1750 * time.Millisecond, 3500 * time.Millisecond},
		"many":                 {netsuite.Retry{Max: 9}, reset, 0, 10, 60 * time.Second, 122 * time.Second},
		"503":                  {netsuite.Retry{Max: 1}, refused(503, ""), 0, 2, 250 * time.Millisecond, 500 * time.Millisecond},
		"502":                  {netsuite.Retry{Max: 1}, refused(502, ""), 0, 2, 250 * time.Millisecond, 500 * time.Millisecond},
		"504":                  {netsuite.Retry{Max: 1}, refused(504, ""), 0, 2, 250 * time.Millisecond, 500 * time.Millisecond},
		"Retry-After":          {netsuite.Retry{Max: 2}, refused(429, "", "Retry-After", "7"), 0, 3, 14 * time.Second, 14 * time.Second},
		"Retry-After 0":        {netsuite.Retry{Max: 2}, refused(503, "", "Retry-After", "0"), 0, 3, 0, 0},
		"Retry-After a date":   {netsuite.Retry{Max: 1}, refused(503, "", "Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT", "Date", "Sat, 01 Jan 2000 00:00:00 GMT"), 0, 2, 9 * time.Second, 9 * time.Second},
		"Retry-After nonsense": {netsuite.Retry{Max: 1}, refused(503, "", "Retry-After", "-5"), 0, 2, 250 * time.Millisecond, 500 * time.Millisecond},
		"beyond the end":       {netsuite.Retry{Max: 2}, refused(503, "", "Retry-After", "60"), 30 * time.Second, 1, 0, 0},
		"500":                  {netsuite.Retry{Max: 5}, refused(500, "server_error"), 0, 1, 0, 0},
		"401":                  {netsuite.Retry{Max: 5}, refused(401, "invalid_client"), 0, 1, 0, 0},
		"untrusted":            {netsuite.Retry{Max: 5}, &netsuite.ConnectError{Kind: netsuite.TLSUntrusted}, 0, 1, 0, 0},
		"no such host":         {netsuite.Retry{Max: 5}, &netsuite.ConnectError{Kind: netsuite.DNSNotFound}, 0, 1, 0, 0},
		"TLS closed":           {netsuite.Retry{Max: 1}, &netsuite.ConnectError{Kind: netsuite.TLSHandshake, Reason: "closed"}, 0, 2, 250 * time.Millisecond, 500 * time.Millisecond},
		"TLS version":          {netsuite.Retry{Max: 1}, &netsuite.ConnectError{Kind: netsuite.TLSHandshake, Reason: "protocol-version"}, 0, 1, 0, 0},
		"not ours":             {netsuite.Retry{Max: 5}, errors.New("other"), 0, 1, 0, 0},
		"asked for":            {netsuite.Retry{Max: 1, Temporary: func(error) bool { return true }}, errors.New("other"), 0, 2, 250 * time.Millisecond, 500 * time.Millisecond},
		"RESTlets": {netsuite.Retry{Max: 1}, &netsuite.APIError{Code: "SSS_REQUEST_LIMIT_EXCEEDED", Answer: &netsuite.Answer{Status: 400}},
			0, 2, 250 * time.Millisecond, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.limit)
					defer cancel()
				}
				began, tries, told := time.Now(), 0, 0
				tt.retry.Waiting = func(try int, err error, wait time.Duration) {
					if told++; try != told || err != tt.err || wait < 0 {
						t.Errorf("told of try %d, %v, %s", try, err, wait)
					}
				}
				err := tt.retry.Do(ctx, func(_ context.Context, n int) error {
					if tries++; n != tries {
						t.Errorf("try %d is called %d", tries, n)
					}
					return tt.err
				})
				if err != tt.err || tries != tt.tries || told != tries-1 {
					t.Errorf("%v after %d tries, told of %d; want %d", err, tries, told, tt.tries)
				}
				if took := time.Since(began); took < tt.least || took > tt.most {
					t.Errorf("waited %s, want %s to %s", took, tt.least, tt.most)
				}
			})
		})
	}
}

// A try that hangs leaves time for the others, and the last one gets the rest.
func TestRetrySharesTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var ends []time.Duration
		began := time.Now()
		err := netsuite.Retry{Max: 2}.Do(ctx, func(ctx context.Context, _ int) error {
			<-ctx.Done()
			ends = append(ends, time.Since(began).Round(time.Second))
			return &netsuite.ConnectError{Kind: netsuite.Timeout, Err: ctx.Err()}
		})
		if len(ends) != 3 || ends[0] != 10*time.Second || ends[2] != 30*time.Second || err == nil {
			t.Errorf("%v, %v", ends, err)
		}
	})
}

// Ctrl-C ends the wait.
func TestRetryIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		err := netsuite.Retry{Max: 5}.Do(ctx, func(context.Context, int) error { return refused(503, "", "Retry-After", "600") })
		if took := time.Since(began); took != time.Second || !errors.Is(err, netsuite.Status(503)) {
			t.Errorf("%s, %v", took, err)
		}
	})
}

// The client measures a token from memory, in both forms.
func BenchmarkToken(b *testing.B) {
	e := &endpoint{}
	s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
	if _, err := s.Token(); err != nil {
		b.Fatal(err)
	}
	b.Run("Token", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if t, err := s.Token(); err != nil || t == nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if t, err := s.Get(b.Context()); err != nil || t == nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if t, err := s.Token(); err != nil || t == nil {
					b.Error(err)
				}
			}
		})
	})
}

// The promise of the benchmark.
func TestTokenAllocatesNothing(t *testing.T) {
	e := &endpoint{}
	s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
	if _, err := s.Token(); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() { _, _ = s.Token() }); n != 0 {
		t.Errorf("Token allocates %v times", n)
	}
	if n := testing.AllocsPerRun(1000, func() { _, _ = s.Get(context.Background()) }); n != 0 {
		t.Errorf("Get allocates %v times", n)
	}
}

// A source that is printed shows no token.
func TestSourceIsNotPrinted(t *testing.T) {
	e := &endpoint{}
	s := netsuite.NewTokenSource(e.exchange, netsuite.SourceOptions{})
	token, err := s.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{s, *token, token} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "token-1") || strings.Contains(text, "746f6b656e2d31") {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
	}
}
