package netsuite_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// memory is a network without sockets, whose waits a synctest bubble can skip.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	dialed atomic.Int32
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error   { close(m.closed); return nil }
func (m *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	m.dialed.Add(1)
	ours, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inMemory is a session with a server of HTTP/1.1 in memory, inside a bubble. end must
// be called there.
func inMemory(t *testing.T, handler http.Handler, retry netsuite.Retry, concurrent int) (s *netsuite.Session, m *memory, end func()) {
	t.Helper()
	m = &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler, ErrorLog: quiet}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(m) })
	client, err := netsuite.New(netsuite.Options{TokenURL: "http://127.0.0.1" + netsuite.TokenPath, APIURL: "http://127.0.0.1",
		DialContext: m.dial, MaxConcurrent: concurrent})
	if err != nil {
		t.Fatal(err)
	}
	source, err := client.TokenSource(credentials(t), netsuite.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return client.NewSession(source, retry), m, func() {
		client.CloseIdle()
		server.Close()
		served.Wait()
	}
}

// slow answers every call with status after d.
func slow(d time.Duration, status int, header ...string) *books {
	return &books{handle: func(w http.ResponseWriter, r *http.Request) bool {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"id":"107"}`)
		return true
	}}
}

// A call that is never repeated has all the time until the deadline; one that may be
// repeated has ten seconds at least, and its share otherwise.
func TestB5TimeOfATry(t *testing.T) {
	for _, tt := range []struct {
		method            string
		takes, deadline   time.Duration
		max, wantCalls    int
		want              error
		temporary         func(error) bool
		leastTime, atMost time.Duration
	}{
		{method: "POST", takes: 4 * time.Second, deadline: 9 * time.Second, max: 2, wantCalls: 1, leastTime: 4 * time.Second, atMost: 4 * time.Second},
		{method: "PATCH", takes: 8 * time.Second, deadline: 9 * time.Second, max: 20, wantCalls: 1, leastTime: 8 * time.Second, atMost: 8 * time.Second},
		{method: "GET", takes: 4 * time.Second, deadline: 9 * time.Second, max: 2, wantCalls: 1, leastTime: 4 * time.Second, atMost: 4 * time.Second},
		{method: "PUT", takes: 9 * time.Second, deadline: 30 * time.Second, max: 9, wantCalls: 1, leastTime: 9 * time.Second, atMost: 9 * time.Second},
		{method: "GET", takes: time.Hour, deadline: 31 * time.Second, max: 2, wantCalls: 3, want: context.DeadlineExceeded, leastTime: 31 * time.Second, atMost: 31 * time.Second},
		{method: "POST", takes: time.Hour, deadline: 31 * time.Second, max: 2, wantCalls: 1, want: context.DeadlineExceeded, leastTime: 31 * time.Second, atMost: 31 * time.Second},
		{method: "GET", takes: 20 * time.Second, deadline: 31 * time.Second, max: 2, wantCalls: 1, leastTime: 20 * time.Second, atMost: 20 * time.Second,
			temporary: func(err error) bool { return errors.Is(err, netsuite.Status(503)) }},
	} {
		t.Run(fmt.Sprint(tt.method, tt.takes, tt.deadline), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := slow(tt.takes, 200)
				var calls atomic.Int32
				answer := b.handle
				b.handle = nil
				session, _, end := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == netsuite.TokenPath {
						b.ServeHTTP(w, r)
						return
					}
					_, _ = io.Copy(io.Discard, r.Body) // then net/http sees the client leave
					calls.Add(1)
					answer(w, r)
				}), netsuite.Retry{Max: tt.max, Temporary: tt.temporary}, 0)
				defer end()
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()
				began := time.Now()
				_, err := session.Do(ctx, netsuite.Request{Method: tt.method, URL: recordPath, Body: []byte("{}")})
				if took := time.Since(began); !errors.Is(err, tt.want) || took < tt.leastTime || took > tt.atMost || int(calls.Load()) != tt.wantCalls {
					t.Errorf("%v after %s and %d calls", err, took, calls.Load())
				}
			})
		})
	}
}

// No server makes a program wait for long: a wait that is too long is an error at once,
// with and without a deadline, whatever the Retry-After.
func TestB6RetryAfterIsBounded(t *testing.T) {
	for _, after := range []string{"86400", "2000000000", "99999999999999999999", "Thu, 01 Jan 2099 00:00:00 GMT"} {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprint(status, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := slow(0, status, "Retry-After", after)
					var told time.Duration
					session, _, end := inMemory(t, b, netsuite.Retry{Max: 3, TooLong: func(_ int, _ error, wait time.Duration) { told = wait }}, 0)
					defer end()
					within, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					for n, ctx := range []context.Context{t.Context(), within} {
						began := time.Now()
						_, err := session.Do(ctx, netsuite.Request{URL: recordPath})
						if took := time.Since(began); took != 0 || !errors.Is(err, netsuite.Status(status)) || len(b.requests) != 2*n+1 || told < 20*time.Hour {
							t.Errorf("Do: %v after %s and %d calls, told %s", err, took, len(b.requests), told)
						}
						_, err = session.Open(ctx, netsuite.Request{URL: recordPath})
						if took := time.Since(began); took != 0 || !errors.Is(err, netsuite.Status(status)) || len(b.requests) != 2*n+2 {
							t.Errorf("Open: %v after %s and %d calls", err, took, len(b.requests))
						}
					}
					b.requests = nil
					res, err := session.HTTPClient().Get("http://127.0.0.1" + recordPath)
					if err != nil || res.StatusCode != status || len(b.requests) != 1 {
						t.Fatalf("RoundTrip: %v, %v", res, err)
					}
					res.Body.Close()
				})
			})
		}
	}
}

// A wait that makes sense is made, up to MaxWait.
func TestB6MaxWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slow(0, 429, "Retry-After", "300")
		for most, want := range map[time.Duration]time.Duration{0: 300 * time.Second, time.Minute: 0, time.Hour: 300 * time.Second} {
			session, _, end := inMemory(t, b, netsuite.Retry{Max: 1, MaxWait: most}, 0)
			began := time.Now()
			if _, err := session.Do(t.Context(), netsuite.Request{Method: "POST", URL: recordPath}); !errors.Is(err, netsuite.Status(429)) || time.Since(began) != want {
				t.Errorf("%s: %v after %s", most, err, time.Since(began))
			}
			end()
		}
	})
}

// The API rejects every token: there are two logins in the first minute, not one for
// each call. Once it accepts one, a rejected token is replaced at once again.
func TestB8PermanentlyRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slow(0, http.StatusUnauthorized)
		session, _, end := inMemory(t, b, netsuite.Retry{Max: 2}, 0)
		defer end()
		call := func() error {
			_, err := session.Do(t.Context(), netsuite.Request{URL: recordPath})
			return err
		}
		for range 50 {
			if err := call(); !errors.Is(err, netsuite.Status(401)) {
				t.Fatal(err)
			}
		}
		if b.issued != 2 || len(b.requests) != 51 {
			t.Errorf("%d logins and %d calls for 50 calls", b.issued, len(b.requests))
		}
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				if n%2 == 0 {
					_ = call()
					return
				}
				if res, err := session.HTTPClient().Get("http://127.0.0.1" + recordPath); err == nil {
					res.Body.Close()
				}
			})
		}
		all.Wait()
		if b.issued != 2 {
			t.Errorf("%d logins for 70 calls", b.issued)
		}
		time.Sleep(61 * time.Second)
		if _ = call(); b.issued != 3 {
			t.Errorf("%d logins after a minute", b.issued)
		}
		b.handle = nil
		if err := call(); err != nil || b.issued != 3 {
			t.Errorf("%v, %d logins", err, b.issued)
		}
		for want := 4; want < 7; want++ { // revoked from time to time
			b.revoke()
			if err := call(); err != nil || b.issued != want {
				t.Errorf("%v, %d logins, want %d", err, b.issued, want)
			}
		}
	})
}

// A renewal failed while the token was valid. When the API then rejects the token, the
// endpoint is asked again at once: the error of before says nothing about now.
func TestB8FreshErrorAfter401(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &books{}
		down := false
		session, _, end := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down && r.URL.Path == netsuite.TokenPath {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			b.ServeHTTP(w, r)
		}), netsuite.Retry{}, 0)
		defer end()
		for range 2 {
			if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil {
				t.Fatal(err)
			}
			down = true
			time.Sleep(56 * time.Minute)
		}
		b.revoke()
		down = false
		if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil || b.issued != 2 {
			t.Errorf("%v, %d logins", err, b.issued)
		}
	})
}

// Goroutines share their connections, and none waits for a slot that nobody uses.
func TestB9Connections(t *testing.T) {
	for _, concurrent := range []int{0, 10, 3} {
		synctest.Test(t, func(t *testing.T) {
			b := slow(10*time.Millisecond, 200)
			answer := b.handle
			b.handle = nil
			session, m, end := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == netsuite.TokenPath {
					b.ServeHTTP(w, r)
					return
				}
				answer(w, r)
			}), netsuite.Retry{}, concurrent)
			defer end()
			var all sync.WaitGroup
			for n := range 10 {
				all.Go(func() {
					for range 20 {
						var err error
						if n%2 == 0 {
							_, err = session.Do(t.Context(), netsuite.Request{URL: recordPath})
						} else {
							var res *http.Response
							if res, err = session.HTTPClient().Get("http://127.0.0.1" + recordPath); err == nil {
								_, _ = io.Copy(io.Discard, res.Body)
								res.Body.Close()
							}
						}
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			if n := m.dialed.Load(); n > 20 {
				t.Errorf("%d connections for 200 calls of 10 goroutines, %d at once", n, concurrent)
			}
		})
	}
}

// Whoever waits for a Retry-After lets others call.
func TestB9WaitingHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &books{}
		var busy atomic.Bool
		busy.Store(true)
		b.handle = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Query().Has("busy") && busy.Load() {
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			}
			return false
		}
		session, _, end := inMemory(t, b, netsuite.Retry{Max: 1}, 1)
		defer end()
		began := time.Now()
		var all sync.WaitGroup
		for _, call := range []func() error{
			func() error {
				_, err := session.Do(t.Context(), netsuite.Request{URL: recordPath + "?busy"})
				return err
			},
			func() error {
				stream, err := session.Open(t.Context(), netsuite.Request{URL: recordPath + "?busy"})
				if err != nil {
					return err
				}
				return stream.Close()
			},
			func() error {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+recordPath+"?busy", nil)
				if err != nil {
					return err
				}
				res, err := session.RoundTrip(req)
				if err != nil {
					return err
				}
				if res.StatusCode != http.StatusOK {
					t.Error(res.Status)
				}
				return res.Body.Close()
			},
		} {
			all.Go(func() {
				if err := call(); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Second) // all three wait
		if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		busy.Store(false)
		all.Wait()
		if took := time.Since(began); took != time.Minute {
			t.Errorf("all after %s", took)
		}
	})
}

// The end of a wait is an error, and no answer that is closed already.
func TestB9WaitIsCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slow(0, 429, "Retry-After", "60")
		session, _, end := inMemory(t, b, netsuite.Retry{Max: 1}, 1)
		defer end()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1"+recordPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		var broken *netsuite.ConnectError
		if _, err := session.RoundTrip(req); !errors.As(err, &broken) || broken.Kind != netsuite.Canceled {
			t.Error(err)
		}
	})
}

// A request that was not made with http.NewRequest does not stop the program.
func TestB9BareRequests(t *testing.T) {
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{}, nil)
	good, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+restHost+recordPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := session.RoundTrip(&http.Request{Method: http.MethodGet, URL: good.URL})
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	res.Body.Close()
	for name, bare := range map[string]*http.Request{"nothing": {}, "no URL": {Method: http.MethodGet}, "no method, no header": {URL: good.URL}} {
		res, err := session.RoundTrip(bare)
		if (err == nil) != (bare.URL != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			res.Body.Close()
		}
	}
}

// The same over real sockets: ten goroutines get all their answers.
func TestB9OverSockets(t *testing.T) {
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{Max: 1}, func(o *netsuite.Options) { o.MaxConcurrent = 10 })
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 5 {
				answer, err := session.Do(t.Context(), netsuite.Request{URL: recordPath})
				if err != nil || string(answer.Body) != `{"id":"107"}` {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// A long body is an error or a stream, and never half of it as if it were all.
func TestB7LongBodies(t *testing.T) {
	text := `{"text":"` + strings.Repeat("x", 3<<20) + `"}`
	b := &books{handle: func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.WriteString(w, text)
		return true
	}}
	session, _ := newSession(t, b, netsuite.Retry{}, nil)
	answer, err := session.Do(t.Context(), netsuite.Request{URL: recordPath})
	var large *netsuite.TooLargeError
	if answer != nil || !errors.As(err, &large) || large.Answer.Status != 200 || len(large.Answer.Body) != netsuite.MaxBody || netsuite.Temporary(err) {
		t.Errorf("%v, %v", answer, err)
	}
	stream, err := session.Open(t.Context(), netsuite.Request{URL: recordPath})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if got, err := io.ReadAll(stream); err != nil || string(got) != text {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// Open has the errors of Do, and replaces a rejected token as Do does.
func TestB7OpenAfter401(t *testing.T) {
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{}, nil)
	for want := 1; want < 3; want++ {
		stream, err := session.Open(t.Context(), netsuite.Request{URL: recordPath})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(stream); err != nil || string(got) != `{"id":"107"}` || b.issued != want {
			t.Errorf("%s, %v, %d logins", got, err, b.issued)
		}
		stream.Close()
		b.revoke()
	}
	b.handle = func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"o:errorDetails":[{"detail":"You need the 'Lists' permission","o:errorCode":"INSUFFICIENT_PERMISSION"}]}`)
		return true
	}
	var refusal *netsuite.APIError
	if _, err := session.Open(t.Context(), netsuite.Request{URL: recordPath}); !errors.Is(err, netsuite.InsufficientPermission) || !errors.As(err, &refusal) || refusal.Detail == "" {
		t.Error(err)
	}
}

// 304 is what a request with a condition asks for, and an error of any other.
func TestB2NotModified(t *testing.T) {
	b := slow(0, http.StatusNotModified)
	session, _ := newSession(t, b, netsuite.Retry{}, nil)
	for name, want := range map[string]bool{"if-none-match": true, "If-Modified-Since": true, "Prefer": false} {
		r := netsuite.Request{URL: recordPath, Header: http.Header{name: {`"1"`}}}
		answer, err := session.Do(t.Context(), r)
		if (err == nil) != want || want && answer.Status != 304 {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
		stream, err := session.Open(t.Context(), r)
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			stream.Close()
		}
	}
}

// A body may take any time as long as it flows. One that stops is a timeout, of the body.
func TestB11SlowBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gap atomic.Int64 // nanoseconds between two parts
		b := &books{}
		session, _, end := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == netsuite.TokenPath {
				b.ServeHTTP(w, r)
				return
			}
			for range 10 {
				_, _ = io.WriteString(w, "0123456789")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(time.Duration(gap.Load())):
				case <-r.Context().Done():
					return
				}
			}
		}), netsuite.Retry{}, 0)
		defer end()
		read := func(ctx context.Context, idle time.Duration) (string, error) {
			stream, err := session.Open(ctx, netsuite.Request{URL: recordPath, IdleTimeout: idle})
			if err != nil {
				return "", err
			}
			defer stream.Close()
			first := make([]byte, 10)
			if _, err := io.ReadFull(stream, first); err != nil {
				return "", err
			}
			time.Sleep(time.Hour) // the time of the caller does not count
			rest, err := io.ReadAll(stream)
			return string(first) + string(rest), err
		}
		for _, tt := range []struct {
			gap, idle time.Duration
			fails     bool
		}{{25 * time.Second, 0, false}, {2 * time.Second, 3 * time.Second, false}, {40 * time.Second, 0, true}, {4 * time.Second, 3 * time.Second, true}} {
			gap.Store(int64(tt.gap))
			got, err := read(t.Context(), tt.idle)
			var broken *netsuite.ConnectError
			failed := errors.As(err, &broken) && broken.Kind == netsuite.Timeout && broken.Reason == "body" && errors.Is(err, context.DeadlineExceeded)
			if failed != tt.fails || !failed && len(got) != 100 {
				t.Errorf("a part every %s: %q, %v", tt.gap, got, err)
			}
		}
		gap.Store(int64(time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		if got, err := read(ctx, 0); err != nil || len(got) != 100 {
			t.Errorf("%q, %v", got, err)
		}
	})
}
