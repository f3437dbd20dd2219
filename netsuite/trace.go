package netsuite

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// traceState is what is known about a request on its way.
type traceState struct {
	host    string // of the URL
	phase   string
	addr    string    // dialled last
	proxy   string    // scheme://host of the proxy, "" without one
	tunnel  bool      // the proxy has connected us
	remote  string    // of the connection that carried the request
	sent    time.Time // when the request was about to be written
	written bool      // the request had a connection
	began   bool      // the first byte of the answer came
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
	t.set(func(s *traceState) {
		if !s.written {
			s.phase = phase
		}
	})
}

// attach makes the transport report the request to t.
func (t *trace) attach(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, traceKey{}, t)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:     func(httptrace.DNSStartInfo) { t.enter(phaseDNS) },
		DNSDone:      func(httptrace.DNSDoneInfo) { t.enter(phaseConnect) },
		ConnectStart: func(_, addr string) { t.set(func(s *traceState) { s.addr = addr }) },
		TLSHandshakeStart: func() {
			if s := t.state(); s.proxy == "" || s.tunnel {
				t.enter(phaseTLS) // else it is the proxy's own
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			now := t.now()
			t.set(func(s *traceState) {
				s.phase, s.written, s.sent = phaseAnswer, true, now
				s.remote = info.Conn.RemoteAddr().String()
			})
		},
		GotFirstResponseByte: func() { t.set(func(s *traceState) { s.began = true }) },
	})
}
