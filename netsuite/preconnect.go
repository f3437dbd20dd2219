package netsuite

import (
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// closeGrace is how long CloseIdle lets a preconnection finish. A server may report a
// handshake that its client aborts as a client that does not trust it.
const closeGrace = 200 * time.Millisecond

// preconnection is a connection for the next request to a host. conn and err may be read
// once done is closed.
type preconnection struct {
	trace  *trace
	cancel context.CancelFunc
	done   chan struct{}
	conn   net.Conn
	err    error
}

// drop closes the connection, also while it is being made.
func (p *preconnection) drop() {
	p.cancel()
	go func() {
		if <-p.done; p.conn != nil {
			p.conn.Close()
		}
	}()
}

// dials are the preconnections that no request has taken yet, by host:port, and what is
// closed when a running dial is over. Hosts in dialled have a connection of a request,
// so that a late Preconnect makes no second one.
type dials struct {
	mu      sync.Mutex
	waiting map[string]*preconnection
	dialled map[string]bool
	running map[chan struct{}]bool
}

// begin counts a dial until over is called, which closes done. The caller holds mu.
func (d *dials) begin() (done chan struct{}, over func()) {
	done = make(chan struct{})
	d.running[done] = true
	return done, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.running, done)
		close(done)
	}
}

// closeUnused closes the connections that no request has taken. It lets dials finish,
// also those that a request no longer needs.
func (d *dials) closeUnused() {
	d.mu.Lock()
	running, unused := slices.Collect(maps.Keys(d.running)), slices.Collect(maps.Values(d.waiting))
	clear(d.waiting)
	clear(d.dialled)
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	for _, done := range running {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	for _, p := range unused {
		p.drop()
	}
}

// Preconnect starts to connect to the host of a URL that Do would call, and returns at
// once. The next request to that host that needs a new connection gets this one. If it
// fails, or is closed before that request is answered, the request makes its own and
// meets the error itself. Nothing happens through a proxy, without TLS, once ctx is done,
// or if a request has connected to the host since [Client.CloseIdle], which closes a
// connection that was not used.
func (c *Client) Preconnect(ctx context.Context, ref string) {
	u, err := c.resolve(ref)
	if err != nil || u.Scheme != "https" {
		return
	}
	t, addr := c.trace(u), hostPort(u)
	dialing, cancel := context.WithTimeout(t.attach(context.WithoutCancel(ctx)), DefaultTimeout)
	if via, err := c.proxy((&http.Request{URL: u}).WithContext(dialing)); err != nil || via != nil {
		cancel()
		return
	}
	c.dials.mu.Lock()
	defer c.dials.mu.Unlock()
	if ctx.Err() != nil || c.dials.waiting[addr] != nil || c.dials.dialled[addr] {
		cancel()
		return
	}
	done, over := c.dials.begin()
	p := &preconnection{trace: t, cancel: cancel, done: done}
	c.dials.waiting[addr] = p
	go func() {
		defer over()
		p.conn, p.err = c.dialTLS(dialing, "tcp", addr)
	}()
}

// takeOrDial returns the connection that Preconnect has made, or makes one.
func (c *Client) takeOrDial(ctx context.Context, network, addr string) (net.Conn, error) {
	c.dials.mu.Lock()
	p := c.dials.waiting[addr]
	delete(c.dials.waiting, addr)
	c.dials.dialled[addr] = true
	c.dials.mu.Unlock()
	if p != nil {
		t := traceFrom(ctx)
		t.enter(p.trace.state().phase)
		select {
		case <-p.done:
		case <-ctx.Done():
			p.drop()
			return nil, ctx.Err()
		}
		p.cancel()
		if p.err == nil {
			t.set(func(s *traceState) { s.preconnected = true })
			return p.conn, nil
		}
	}
	c.dials.mu.Lock()
	_, over := c.dials.begin()
	c.dials.mu.Unlock()
	defer over()
	return c.dialTLS(ctx, network, addr)
}

// lostPreconnection reports whether a request failed only because the server had closed
// the connection meanwhile, and makes t ready for another try. net/http does the same
// with the connections that it keeps.
func (t *trace) lostPreconnection(req *http.Request) bool {
	s := t.state()
	if !s.preconnected || s.began || req.Method != http.MethodGet || req.Context().Err() != nil {
		return false
	}
	t.set(func(s *traceState) { *s = traceState{host: s.host, phase: phaseStart, since: t.now()} })
	return true
}
