package netsuite

import (
	"context"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// traceState is what is known about a running request.
type traceState struct {
	host         string // of the URL
	phase        string
	since        time.Time  // when the phase began
	timings      Timings    // of the phases before it
	addresses    []string   // of the host's name, nil without a lookup
	addr         string     // dialled last
	proxy        string     // scheme://host of the proxy, "" without one
	via          *url.URL   // the proxy with its password, nil without one
	conn         *http1Conn // of the request, nil over HTTP/2 and through a proxy
	login        bool       // the proxy's URL has a user name
	schemes      []string   // authentication schemes that the proxy accepts
	page         bool       // the proxy answered CONNECT with a web page
	tunnel       bool       // the proxy has connected to the host
	remote       string     // address of the connection that carried the request
	sent         time.Time  // just before the request was written
	written      bool       // the request had a connection
	began        bool       // the first byte of the answer came
	preconnected bool       // the connection was made before the request
}

// trace follows one request through its phases. The transport calls it from its own
// goroutines, even after the request has returned.
type trace struct {
	now   func() time.Time
	plain bool // no TLS: loopback only

	mu sync.Mutex
	traceState
}

type traceKey struct{}

// traceFrom is the trace of a request's context.
func traceFrom(ctx context.Context) *trace { return ctx.Value(traceKey{}).(*trace) }

func (t *trace) state() traceState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.traceState
}

func (t *trace) set(f func(*traceState)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.traceState)
}

// enter starts a phase, unless the request already has a connection: a dial that is
// not needed any more goes on in the background.
func (t *trace) enter(phase string) {
	now := t.now()
	t.set(func(s *traceState) {
		if !s.written {
			s.move(phase, now)
		}
	})
}

// move begins the next phase.
func (s *traceState) move(phase string, now time.Time) {
	if d := s.timings.of(s.phase); d != nil {
		*d += max(now.Sub(s.since), 1) // 0 means that the phase did not happen
	}
	s.phase, s.since = phase, now
}

// timingsUntil are the timings of a request that fails now.
func (s traceState) timingsUntil(now time.Time) Timings {
	if !s.began {
		s.move("", now)
	}
	return s.timings
}

// gotConn keeps the connection of the request.
func (t *trace) gotConn(info httptrace.GotConnInfo) {
	now := t.now()
	t.set(func(s *traceState) {
		if !s.written {
			s.move(phaseAnswer, now)
		}
		if info.Reused || s.preconnected { // and a dial for this request was not needed
			s.timings, s.addresses = Timings{}, nil
		}
		s.written, s.since, s.sent = true, now, now
		s.remote = info.Conn.RemoteAddr().String()
		if s.conn, _ = info.Conn.(*http1Conn); s.conn != nil {
			s.conn.claimed.Store(true)
		}
	})
}

// attach makes the transport report the request to t.
func (t *trace) attach(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, traceKey{}, t)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) {
			t.enter(phaseDNS)
			t.set(func(s *traceState) { s.timings.Connect = 0 }) // there was no connection before
		},
		DNSDone: func(info httptrace.DNSDoneInfo) {
			if info.Err != nil {
				return // the request failed in this phase
			}
			t.enter(phaseConnect)
			t.set(func(s *traceState) {
				if s.proxy != "" || s.written {
					return // of the proxy, or not needed any more
				}
				s.addresses = nil
				for _, a := range info.Addrs {
					s.addresses = append(s.addresses, a.String())
				}
			})
		},
		ConnectStart: func(_, addr string) { t.set(func(s *traceState) { s.addr = addr }) },
		TLSHandshakeStart: func() {
			if s := t.state(); s.proxy == "" || s.tunnel {
				t.enter(phaseTLS) // else it is TLS to the proxy
			}
		},
		GotConn: t.gotConn,
		PutIdleConn: func(error) { // before the transport reads on
			if conn := t.state().conn; conn != nil {
				conn.done()
			}
		},
		GotFirstResponseByte: func() {
			now := t.now()
			t.set(func(s *traceState) {
				if !s.began {
					s.began, s.timings.FirstByte = true, max(now.Sub(s.since), 1)
				}
			})
		},
	})
}
