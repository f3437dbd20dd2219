package netsuite

import (
	"context"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// traceState is what is known about a request on its way.
type traceState struct {
	host      string // of the URL
	phase     string
	since     time.Time  // when the phase began
	took      Timings    // the phases before it
	addresses []string   // what the host's name was resolved to, nil without a look-up
	addr      string     // dialled last
	proxy     string     // scheme://host of the proxy, "" without one
	via       *url.URL   // the proxy with its password, nil without one
	conn      *http1Conn // that carries the request, nil over HTTP/2 and behind a proxy
	login     bool       // the proxy's URL has a user name
	schemes   []string   // what a proxy that wants a login takes
	page      bool       // the proxy sent a page for people where it should have connected us
	tunnel    bool       // the proxy has connected us
	remote    string     // of the connection that carried the request
	sent      time.Time  // when the request was about to be written
	written   bool       // the request had a connection
	began     bool       // the first byte of the answer came
}

// trace follows one request through its phases. The transport reports to it
// from goroutines of its own, even after the request has returned.
type trace struct {
	now   func() time.Time
	plain bool // no TLS: loopback only

	mu sync.Mutex
	traceState
}

type traceKey struct{}

// traceFrom is the trace of the request that a context was made for.
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

// enter starts a phase, unless the request is already on a connection: a dial
// that another connection made needless goes on in the background.
func (t *trace) enter(phase string) {
	now := t.now()
	t.set(func(s *traceState) {
		if !s.written {
			s.move(phase, now)
		}
	})
}

// move ends the present phase and begins another.
func (s *traceState) move(phase string, now time.Time) {
	if took := s.took.of(s.phase); took != nil {
		*took += max(now.Sub(s.since), 1) // never 0, which means that there was no such phase
	}
	s.phase, s.since = phase, now
}

// timings are those of a request that ends now.
func (s traceState) timings(now time.Time) Timings {
	if !s.began {
		s.move("", now)
	}
	return s.took
}

// gotConn notes the connection that the request goes out on.
func (t *trace) gotConn(info httptrace.GotConnInfo) {
	now := t.now()
	t.set(func(s *traceState) {
		if !s.written {
			s.move(phaseAnswer, now)
		}
		if info.Reused { // what was begun for this request did not carry it
			s.took, s.addresses = Timings{}, nil
		}
		s.written, s.since, s.sent = true, now, now
		s.remote = info.Conn.RemoteAddr().String()
		if s.conn, _ = info.Conn.(*http1Conn); s.conn != nil {
			s.conn.taken.Store(true)
		}
	})
}

// attach makes the transport report the request to t.
func (t *trace) attach(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, traceKey{}, t)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) {
			t.enter(phaseDNS)
			t.set(func(s *traceState) { s.took.Connect = 0 }) // nothing was connected before this
		},
		DNSDone: func(info httptrace.DNSDoneInfo) {
			if info.Err != nil {
				return // it ended in this phase
			}
			t.enter(phaseConnect)
			t.set(func(s *traceState) {
				if s.proxy != "" || s.written {
					return // the proxy's name, or not needed any more
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
				t.enter(phaseTLS) // else it is the proxy's own
			}
		},
		GotConn: t.gotConn,
		PutIdleConn: func(error) { // before the transport reads on
			if conn := t.state().conn; conn != nil {
				conn.waiting.Add(-1)
			}
		},
		GotFirstResponseByte: func() {
			now := t.now()
			t.set(func(s *traceState) {
				if !s.began {
					s.began, s.took.FirstByte = true, max(now.Sub(s.since), 1)
				}
			})
		},
	})
}
