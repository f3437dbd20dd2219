package netsuite_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

// tlsServer serves TLS for restHost on loopback, one request at a time and in
// bytes, and gives the options that lead there.
func tlsServer(t testing.TB, serve func(net.Conn)) netsuite.Options {
	t.Helper()
	noLeaks(t)
	ca := newAuthority(t, "Test CA")
	config := ca.server(t, restHost, 0)
	addr := listen(t, func(conn net.Conn) {
		c := tls.Server(conn, config)
		if c.Handshake() == nil {
			serve(c)
			c.Close()
		}
	})
	return netsuite.Options{TokenURL: tokenURL, APIURL: "https://" + restHost, ConnectTo: addr, RootCAs: ca.pool}
}

// readRequest reads a whole request and gives its body.
func readRequest(conn net.Conn) string {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return ""
	}
	body, _ := io.ReadAll(r.Body)
	return string(body)
}

// hang waits until the client is gone.
func hang(conn net.Conn) { io.Copy(io.Discard, conn) }

// says answers every request with text and closes.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		io.WriteString(conn, text)
	}
}

func reset(conn net.Conn) {
	inner := conn
	if c, ok := conn.(*tls.Conn); ok {
		inner = c.NetConn()
	}
	inner.(*net.TCPConn).SetLinger(0)
	inner.Close()
}

func TestHostileServers(t *testing.T) {
	noLeaks(t)
	const resets = "resets in the body"
	begun := make(chan struct{}) // closed once that case's client has the header: a reset discards what is unread
	for name, tt := range map[string]struct {
		serve  func(net.Conn)
		kind   netsuite.ConnectKind
		reason string
		status int // of the answer that the error has, if any
	}{
		"hangs before the answer": {func(c net.Conn) { readRequest(c); hang(c) }, netsuite.Timeout, "answer", 0},
		"never reads":             {func(c net.Conn) { time.Sleep(timeoutFor(netsuite.Timeout) + 100*time.Millisecond) }, netsuite.Timeout, "answer", 0},
		"hangs in the header":     {func(c net.Conn) { readRequest(c); io.WriteString(c, "HTTP/1.1 200 OK\r\nDate:"); hang(c) }, netsuite.Timeout, "answer", 0},
		"hangs in the body":       {func(c net.Conn) { says("HTTP/1.1 500 X\r\nContent-Length: 99\r\n\r\n{\"error\":")(c); hang(c) }, netsuite.Timeout, "body", 500},
		"drips for ever": {func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\n\r\n")(c)
			for {
				if _, err := c.Write([]byte(" ")); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}, netsuite.Timeout, "body", 200},
		"informs for ever": {func(c net.Conn) {
			readRequest(c)
			for {
				if _, err := io.WriteString(c, "HTTP/1.1 103 Early Hints\r\n\r\n"); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}, netsuite.Timeout, "answer", 0},
		"closes":               {func(c net.Conn) { readRequest(c) }, netsuite.Reset, "", 0},
		"resets":               {func(c net.Conn) { readRequest(c); reset(c) }, netsuite.Reset, "", 0},
		"resets in the header": {func(c net.Conn) { says("HTTP/1.1 200 OK\r\nDate: x")(c); reset(c) }, netsuite.Reset, "", 0},
		resets: {func(c net.Conn) {
			says("HTTP/1.1 400 X\r\nContent-Length: 99\r\n\r\n{")(c)
			<-begun
			reset(c)
		}, netsuite.Incomplete, "", 400},
		"promises more":       {says("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"access_token\":\"" + accessToken), netsuite.Incomplete, "", 200},
		"breaks a chunk":      {says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz" + assertion + "\r\n"), netsuite.Incomplete, "", 200},
		"is no HTTP server":   {says("220 mail.example ESMTP " + assertion + "\r\n"), netsuite.Malformed, "", 0},
		"odd status":          {says("HTTP/1.1 abc " + assertion + "\r\n\r\n"), netsuite.Malformed, "", 0},
		"odd header":          {says("HTTP/1.1 200 OK\r\nno colon " + assertion + "\r\n\r\n"), netsuite.Malformed, "", 0},
		"two lengths":         {says("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), netsuite.Malformed, "", 0},
		"length is no number": {says("HTTP/1.1 200 OK\r\nContent-Length: -1" + assertion + "\r\n\r\n"), netsuite.Malformed, "", 0},
		"odd coding":          {says("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + assertion + "\r\n\r\n"), netsuite.Malformed, "", 0},
		"endless header": {func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\n")(c)
			for {
				if _, err := io.WriteString(c, "X: "+strings.Repeat("y", 1000)+"\r\n"); err != nil {
					return
				}
			}
		}, netsuite.Malformed, "", 0},
	} {
		t.Run(name, func(own *testing.T) {
			t := together(own)
			o := tlsServer(t, tt.serve)
			if name == resets {
				o.Observe = func(netsuite.Event) { close(begun) }
			}
			addr := o.ConnectTo
			c := newClient(t, o)
			_, err := c.Exchange(within(t, timeoutFor(tt.kind)), assertion)
			var failed *netsuite.ConnectError
			if !errors.As(err, &failed) {
				t.Fatalf("got %v", err)
			}
			if failed.Kind != tt.kind || failed.Reason != tt.reason || failed.Host != restHost || failed.Addr != addr {
				t.Errorf("got %+v", failed)
			}
			if errors.Is(err, context.DeadlineExceeded) != (tt.kind == netsuite.Timeout) || errors.Is(err, context.Canceled) {
				t.Errorf("the end of the time is not told apart: %v", failed.Err)
			}
			status := 0
			if failed.Answer != nil {
				status = failed.Answer.Status
			}
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			noSecrets(t, err)
		})
	}
}

// What is answered in full is an answer, however odd.
func TestOddAnswers(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 4 { // a client that unpacks it gets more than MaxBody
		z.Write(make([]byte, 1<<20))
	}
	z.Close()
	for name, tt := range map[string]struct {
		serve func(net.Conn)
		check func(*netsuite.Answer) bool
	}{
		"endless body": {func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"" + accessToken)(c)
			for {
				if _, err := c.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
					return
				}
			}
		}, func(a *netsuite.Answer) bool { return a.Truncated && len(a.Body) <= netsuite.MaxBody }},
		"body too long": {says("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", netsuite.MaxBody+1)),
			func(a *netsuite.Answer) bool { return a.Truncated && len(a.Body) == netsuite.MaxBody }},
		"longest body": {says("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", netsuite.MaxBody)),
			func(a *netsuite.Answer) bool { return !a.Truncated && len(a.Body) == netsuite.MaxBody }},
		"gzip bomb": {says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed.String()),
			func(a *netsuite.Answer) bool { return len(a.Body) == packed.Len() && !a.Truncated }},
		"truncated JSON": {says("HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"" + accessToken),
			func(a *netsuite.Answer) bool { return !a.IsJSON() && string(a.Body) == `{"access_token":"<secret>` }},
		"deep JSON": {says("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("[", 100_000)),
			func(a *netsuite.Answer) bool { return !a.IsJSON() }},
		"page with 200": {says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>Please log in</title>"),
			func(a *netsuite.Answer) bool { return a.IsHTML() && a.HTMLTitle() == "Please log in" }},
		"switches protocols": {func(c net.Conn) {
			says("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")(c)
			hang(c)
		}, func(a *netsuite.Answer) bool { return a.Status == 101 && len(a.Body) == 0 }},
		"no content": {says("HTTP/1.1 204 No Content\r\n\r\n"),
			func(a *netsuite.Answer) bool { return a.Status == 204 && len(a.Body) == 0 }},
		"redirect to nowhere": {says("HTTP/1.1 302 Found\r\nLocation: ::\r\nContent-Length: 0\r\n\r\n"),
			func(a *netsuite.Answer) bool { return a.Status == 302 }},
		"name of a header": {says("HTTP/1.1 500 X\r\n" + assertion + " : x\r\nContent-Length: 0\r\n\r\n"),
			func(a *netsuite.Answer) bool { return a.Status == 500 && a.Header["<secret>"] != nil }},
		"promises less": {says("HTTP/1.0 500 X\r\nContent-Length: 2\r\n\r\n{}" + assertion),
			func(a *netsuite.Answer) bool { return string(a.Body) == "{}" }},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, tlsServer(t, tt.serve))
			_, err := c.Exchange(within(t, time.Minute), assertion)
			var refused *netsuite.TokenError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			if !tt.check(refused.Answer) {
				t.Errorf("got %.2000s", fmt.Sprintf("%+v", refused.Answer))
			}
			noSecrets(t, err)
		})
	}
}

func TestTLS(t *testing.T) {
	noLeaks(t)
	ca, foreign := newAuthority(t, "Test CA"), newAuthority(t, "Proxy \x1b[31mInspection CA")
	good := ca.server(t, restHost, 0)
	old := ca.server(t, restHost, 0)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	picky := ca.server(t, restHost, 0)
	picky.ClientAuth = tls.RequireAnyClientCert
	picky.MaxVersion = tls.VersionTLS12
	handshake := func(config *tls.Config) func(net.Conn) {
		return func(conn net.Conn) {
			c := tls.Server(conn, config)
			if c.Handshake() == nil {
				hang(c)
			}
		}
	}
	for name, tt := range map[string]struct {
		serve  func(net.Conn)
		kind   netsuite.ConnectKind
		reason string
		issuer string
	}{
		"foreign CA":       {handshake(foreign.server(t, restHost, 0)), netsuite.TLSUntrusted, "unknown-authority", "CN=Proxy [31mInspection CA"},
		"wrong host":       {handshake(ca.server(t, "7654321.suitetalk.api.netsuite.com", 0)), netsuite.TLSUntrusted, "wrong-host", "CN=Test CA"},
		"expired":          {handshake(ca.server(t, restHost, -50*time.Minute-20*time.Minute)), netsuite.TLSUntrusted, "expired", "CN=Test CA"},
		"not yet valid":    {handshake(ca.server(t, restHost, 70*time.Minute)), netsuite.TLSUntrusted, "not-yet-valid", "CN=Test CA"},
		"TLS 1.1":          {handshake(old), netsuite.TLSHandshake, "protocol-version", ""},
		"TLS 1.1 anyway":   {serveOldHello, netsuite.TLSHandshake, "protocol-version", ""},
		"wants our own":    {handshake(picky), netsuite.TLSHandshake, "alert", ""},
		"plain HTTP":       {says("HTTP/1.1 400 Bad Request\r\n\r\n"), netsuite.TLSHandshake, "not-tls", ""},
		"talks first":      {func(c net.Conn) { io.WriteString(c, "220 mail.example ESMTP\r\n"); hang(c) }, netsuite.TLSHandshake, "not-tls", ""},
		"closes":           {func(c net.Conn) { c.Read(make([]byte, 100)) }, netsuite.TLSHandshake, "closed", ""},
		"resets":           {func(c net.Conn) { c.Read(make([]byte, 9999)); reset(c) }, netsuite.TLSHandshake, "closed", ""},
		"hangs":            {hang, netsuite.Timeout, "tls", ""},
		"hangs after that": {handshake(good), netsuite.Timeout, "answer", ""},
	} {
		t.Run(name, func(own *testing.T) {
			t := together(own)
			c := newClient(t, netsuite.Options{TokenURL: tokenURL, ConnectTo: listen(t, tt.serve), RootCAs: ca.pool})
			_, err := c.Exchange(within(t, timeoutFor(tt.kind)), assertion)
			var failed *netsuite.ConnectError
			if !errors.As(err, &failed) || failed.Kind != tt.kind || failed.Reason != tt.reason {
				t.Fatalf("got %+v", failed)
			}
			if tt.issuer != "" && (len(failed.Chain) == 0 || failed.Chain[0].Issuer != tt.issuer) {
				t.Errorf("chain %q", failed.Chain)
			}
			noSecrets(t, err)
		})
	}
}

// serveOldHello answers any ClientHello with a ServerHello of TLS 1.1.
func serveOldHello(conn net.Conn) {
	conn.Read(make([]byte, 9999))
	hello := append([]byte{2, 0, 0, 38, 3, 2}, make([]byte, 32)...) // version, random
	hello = append(hello, 0, 0xc0, 0x13, 0)                         // no session, a cipher suite, no compression
	conn.Write(append([]byte{22, 3, 2, 0, byte(len(hello))}, hello...))
	hang(conn)
}

func TestNoConnection(t *testing.T) {
	noLeaks(t)
	closed := testkit.ClosedPort(t)
	silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	notFound := &net.DNSError{Err: "no such host", Name: restHost, IsNotFound: true}
	for name, tt := range map[string]struct {
		dial   func(context.Context, string, string) (net.Conn, error)
		kind   netsuite.ConnectKind
		reason string
	}{
		"closed port": {func(ctx context.Context, n, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, n, closed)
		}, netsuite.Refused, ""},
		"no such host": {func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: notFound}
		}, netsuite.DNSNotFound, ""},
		"resolver trouble": {func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}
		}, netsuite.DNSFailure, ""},
		"no route":        {func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route to host") }, netsuite.Unreachable, ""},
		"silent resolver": {(&net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: silent}}).DialContext, netsuite.Timeout, "dns"},
		"silent host":     {silent, netsuite.Timeout, "connect"},
	} {
		t.Run(name, func(own *testing.T) {
			t := together(own)
			c := newClient(t, netsuite.Options{TokenURL: tokenURL, DialContext: tt.dial})
			_, err := c.Exchange(within(t, timeoutFor(tt.kind)), assertion)
			var failed *netsuite.ConnectError
			if !errors.As(err, &failed) || failed.Kind != tt.kind || failed.Reason != tt.reason || failed.Addr == "" {
				t.Fatalf("got %+v, %v", failed, err)
			}
			if want := restHost + ": "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("text %q", err)
			}
			noSecrets(t, err)
		})
	}
}

func TestCanceledIsRecognised(t *testing.T) {
	for name, text := range map[string]string{
		"answer": "",
		"body":   "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			c := newClient(t, tlsServer(t, func(conn net.Conn) {
				says(text)(conn)
				time.AfterFunc(500*time.Millisecond, cancel) // what was said has been read by then
				hang(conn)
			}))
			_, err := c.Exchange(ctx, assertion)
			var failed *netsuite.ConnectError
			if !errors.Is(err, context.Canceled) || !errors.As(err, &failed) || failed.Kind != netsuite.Canceled || failed.Reason != name {
				t.Errorf("got %+v", err)
			}
		})
	}
	t.Run("before", func(t *testing.T) {
		c := newClient(t, netsuite.Options{TokenURL: tokenURL, DialContext: func(context.Context, string, string) (net.Conn, error) {
			t.Error("a connection was made")
			return nil, errors.New("no")
		}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Exchange(ctx, assertion)
		var failed *netsuite.ConnectError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &failed) || failed.Kind != netsuite.Canceled || failed.Reason != "start" {
			t.Errorf("got %+v", err)
		}
	})
}

// Waiting by a clock that does not wait: plain http to a loopback name, over
// connections in memory.
func TestTimeouts(t *testing.T) {
	start := "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"
	for name, tt := range map[string]struct {
		timeout time.Duration // none if 0
		text    string
		want    time.Duration
		reason  string
	}{
		"the caller's, before the answer": {7 * time.Second, "", 7 * time.Second, "answer"},
		"the caller's, in the body":       {time.Hour, start, time.Hour, "body"},
		"our own, before the answer":      {0, "", netsuite.DefaultTimeout, "answer"},
		"our own, in the body":            {0, start, netsuite.DefaultTimeout, "body"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, netsuite.Options{
					TokenURL: "http://localhost/token",
					DialContext: func(context.Context, string, string) (net.Conn, error) {
						ours, theirs := net.Pipe()
						go func() { says(tt.text)(theirs); hang(theirs); theirs.Close() }()
						return ours, nil
					},
				})
				ctx := t.Context()
				if tt.timeout > 0 {
					ctx = within(t, tt.timeout)
				}
				begin := time.Now()
				_, err := c.Exchange(ctx, assertion)
				var failed *netsuite.ConnectError
				if !errors.As(err, &failed) || failed.Kind != netsuite.Timeout || failed.Reason != tt.reason || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %+v", err)
				}
				if took := time.Since(begin); took != tt.want {
					t.Errorf("took %v, want %v", took, tt.want)
				}
				noSecrets(t, err)
			})
		})
	}
}

// The same over HTTP/2, which has ways of its own.
func TestHTTP2(t *testing.T) {
	noLeaks(t)
	for name, tt := range map[string]struct {
		serve  http.HandlerFunc
		kind   netsuite.ConnectKind
		reason string
	}{
		"hangs before the answer": {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, netsuite.Timeout, "answer"},
		"hangs in the body": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"access_token":"`+accessToken)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, netsuite.Timeout, "body"},
		"resets": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, netsuite.Reset, ""},
		"resets in the body": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, assertion)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, netsuite.Incomplete, ""},
	} {
		t.Run(name, func(own *testing.T) {
			t := together(own)
			_, o := newServer(t, tt.serve)
			_, err := newClient(t, o).Exchange(within(t, timeoutFor(tt.kind)), assertion)
			var failed *netsuite.ConnectError
			if !errors.As(err, &failed) || failed.Kind != tt.kind || failed.Reason != tt.reason {
				t.Errorf("got %+v", failed)
			}
			noSecrets(t, err)
		})
	}
	t.Run("endless body", func(own *testing.T) {
		t := together(own)
		_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write(make([]byte, 1<<16))
			}
		})
		a, err := newClient(t, o).Do(within(t, time.Minute), netsuite.Request{URL: "/"})
		if err != nil || !a.Truncated || len(a.Body) != netsuite.MaxBody {
			t.Errorf("got %v", err)
		}
	})
}
