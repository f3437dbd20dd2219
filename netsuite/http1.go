package netsuite

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// readBuffer is the size of the transport's read buffer, in bytes. Only reads of
// this size or less may read ahead; io.ReadAll begins with longer ones.
const readBuffer = 500

// http1Conn is an HTTP/1 connection that never gives the transport more than the
// response it waits for. net/http writes what follows a response to the program's
// log, even a token, and has no option against it.
//
// A read into the transport's own buffer gets one byte, so that nothing is read
// ahead of a response's end; net/http bounds the other reads by the body's
// length. While no request waits for a response, data closes the connection.
type http1Conn struct {
	net.Conn
	read    *bufio.Reader
	claimed atomic.Bool          // a request has it and was not written yet
	waiting atomic.Int32         // requests that were written, at least in part, without a complete response
	surplus atomic.Bool          // more than the last response was read
	tls     *tls.ConnectionState // nil without TLS
}

func newHTTP1Conn(conn net.Conn, state *tls.ConnectionState) *http1Conn {
	return &http1Conn{Conn: conn, read: bufio.NewReaderSize(conn, 16<<10), tls: state}
}

func (c *http1Conn) Read(p []byte) (int, error) {
	if _, err := c.read.Peek(1); err != nil {
		return 0, err
	}
	if c.waiting.Load() == 0 {
		return 0, io.EOF
	}
	if len(p) <= readBuffer {
		p = p[:min(1, len(p))]
	}
	return c.read.Read(p)
}

// Write begins the request that has claimed the connection: from now on the
// transport waits for its response.
func (c *http1Conn) Write(p []byte) (int, error) {
	if c.claimed.CompareAndSwap(true, false) {
		if c.surplus.Load() {
			return 0, errSurplus // nothing was written, so the transport takes another connection
		}
		c.waiting.Add(1)
	}
	return c.Conn.Write(p)
}

var errSurplus = errors.New("the server sent more than one response")

// done ends a response. The transport calls it where it reads, before the caller has the
// whole response.
func (c *http1Conn) done() {
	if c.read.Buffered() > 0 {
		c.surplus.Store(true)
	}
	c.waiting.Add(-1)
}

// dialHTTP1 makes connections for plain http.
func dialHTTP1(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return newHTTP1Conn(conn, nil), nil
	}
}

// dialTLS makes connections with TLS. HTTP/2, if the server chooses it, needs no
// http1Conn: it has no unsolicited responses.
func dialTLS(dial dialFunc, config *tls.Config) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		traceFrom(ctx).enter(phaseTLS)
		config := config.Clone()
		config.ServerName, config.NextProtos = host, []string{"h2", "http/1.1"}
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		state := secured.ConnectionState()
		if state.NegotiatedProtocol == "h2" {
			return secured, nil
		}
		return newHTTP1Conn(secured, &state), nil
	}
}

// route sends a request directly or through its proxy. Through a proxy net/http
// itself starts TLS, and an HTTP/1 connection is not kept for the next request.
func (c *Client) route(t *trace, req *http.Request) (*http.Response, error) {
	via, err := c.proxy(req)
	switch {
	case err != nil:
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	case via != nil:
		t.set(func(s *traceState) { s.via = via })
		return c.proxied.RoundTrip(req)
	}
	res, err := c.direct.RoundTrip(req)
	if conn := t.state().conn; err == nil && conn != nil {
		res.TLS = conn.tls
	}
	return res, err
}
