package netsuite_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// serverTime is a call on the server of newServer.
var serverTime = netsuite.Request{URL: netsuite.ServerTimePath}

// The next request gets the connection, be it HTTP/2 or 1, and nothing else is sent.
func TestPreconnect(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			var requests, dials atomic.Int32
			_, o := newServerWith(t, func(w http.ResponseWriter, _ *http.Request) { requests.Add(1); w.Write([]byte(`{}`)) },
				func(s *httptest.Server) { s.EnableHTTP2 = protocol == "HTTP/2.0" })
			o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if dials.Add(1) > 1 { // a request that comes too soon waits for the connection
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return new(net.Dialer).DialContext(ctx, network, addr)
			}
			c := newClient(t, o)
			c.Preconnect(t.Context(), netsuite.ServerTimePath)
			c.Preconnect(t.Context(), netsuite.ServerTimePath)
			a, err := c.Do(within(t, time.Minute), serverTime)
			if err != nil {
				t.Fatal(err)
			}
			if a.Protocol != protocol || a.TLSVersion != "TLS 1.3" || len(a.Chain) == 0 || requests.Load() != 1 {
				t.Errorf("%+v after %d requests", a, requests.Load())
			}
		})
	}
}

// A Preconnect that comes after a request to the host makes no second connection, until
// CloseIdle has closed the first.
func TestPreconnectTooLate(t *testing.T) {
	_, o := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{}`)) })
	dials := make(chan bool, 3)
	o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials <- true
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	c := newClient(t, o)
	for range 2 {
		if _, err := c.Do(within(t, time.Minute), serverTime); err != nil {
			t.Fatal(err)
		}
		c.Preconnect(t.Context(), netsuite.ServerTimePath)
		c.CloseIdle() // which waits for a dial that runs
		if len(dials) != 1 {
			t.Errorf("%d connections", len(dials))
		}
		<-dials
	}
	c.Preconnect(t.Context(), netsuite.ServerTimePath)
	<-dials
}

// The server may have closed the connection meanwhile. A request that must not have an
// effect twice is not repeated.
func TestPreconnectTooSoon(t *testing.T) {
	for method, want := range map[string]bool{"GET": true, "POST": false} {
		t.Run(method, func(t *testing.T) {
			var requests atomic.Int32
			closed, first := make(chan bool), true
			s, o := newServer(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
			impatient := listen(t, func(conn net.Conn) {
				server := tls.Server(conn, s.TLS)
				if err := server.Handshake(); err != nil {
					t.Error(err)
				}
				server.Close()
				close(closed)
			})
			o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if first {
					first, addr = false, impatient
				}
				return new(net.Dialer).DialContext(ctx, network, addr)
			}
			c := newClient(t, o)
			c.Preconnect(t.Context(), netsuite.ServerTimePath)
			<-closed
			_, err := c.Do(within(t, time.Minute), netsuite.Request{Method: method, URL: netsuite.ServerTimePath})
			var e *netsuite.ConnectError
			if want && (err != nil || requests.Load() != 1) || !want && (!errors.As(err, &e) || e.Kind != netsuite.Reset || requests.Load() != 0) {
				t.Errorf("%v after %d requests", err, requests.Load())
			}
		})
	}
}

// An error is met again by the next request, as if nothing had been tried.
func TestPreconnectFails(t *testing.T) {
	noLeaks(t)
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	dials := make(chan bool, 2)
	c := newClient(t, netsuite.Options{APIURL: "https://" + restHost, DialContext: func(context.Context, string, string) (net.Conn, error) {
		dials <- true
		return nil, refused
	}})
	c.Preconnect(t.Context(), netsuite.ServerTimePath)
	<-dials
	_, err := c.Do(within(t, time.Minute), serverTime)
	var e *netsuite.ConnectError
	if !errors.As(err, &e) || e.Kind != netsuite.Refused || len(dials) != 1 {
		t.Errorf("%v after %d more connections", err, len(dials))
	}
}

// CloseIdle closes a connection that no request has used, also while it is being made.
// It lets a handshake finish: an aborted one looks like a client that does not trust the
// server.
func TestPreconnectIsClosed(t *testing.T) {
	for name, answers := range map[string]bool{"connected": true, "no answer to TLS": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ca := newAuthority(t, "Test CA")
				near, far := net.Pipe()
				c, err := netsuite.New(netsuite.Options{APIURL: "https://" + restHost, RootCAs: ca.pool,
					DialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil }})
				if err != nil {
					t.Fatal(err)
				}
				c.Preconnect(t.Context(), netsuite.ServerTimePath)
				go c.CloseIdle()
				if answers {
					server := tls.Server(far, ca.server(t, restHost, 0))
					if err := server.Handshake(); err != nil {
						t.Error(err)
					}
					far = server
				}
				sent, err := io.ReadAll(far)
				if err != nil || answers && len(sent) > 0 {
					t.Errorf("%d bytes were sent, %v", len(sent), err)
				}
			})
		})
	}
}

// Where a connection must not be made, or could not be kept, there is none.
func TestPreconnectDoesNothing(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	proxy := func(*http.Request) (*url.URL, error) { return url.Parse("http://proxy.example:3128") }
	for name, tt := range map[string]struct {
		ctx   context.Context
		url   string
		proxy func(*http.Request) (*url.URL, error)
	}{
		"canceled":      {canceled, netsuite.ServerTimePath, nil},
		"another host":  {t.Context(), "https://www.example.com/", nil},
		"without TLS":   {t.Context(), "http://127.0.0.1:9/", nil},
		"through proxy": {t.Context(), netsuite.ServerTimePath, proxy},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			dial := func(context.Context, string, string) (net.Conn, error) {
				t.Error("a connection is made")
				return nil, net.ErrClosed
			}
			newClient(t, netsuite.Options{APIURL: "https://" + restHost, Proxy: tt.proxy, DialContext: dial}).Preconnect(tt.ctx, tt.url)
		})
	}
}
