package netsuite_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

func through(addr string) func(*http.Request) (*url.URL, error) {
	return func(*http.Request) (*url.URL, error) {
		return &url.URL{Scheme: "http", Host: addr, User: url.UserPassword("user", "hunter2")}, nil
	}
}

func TestProxyTunnel(t *testing.T) {
	s, o := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") })
	var asked *http.Request
	proxy := listen(t, func(conn net.Conn) {
		var err error
		if asked, err = http.ReadRequest(bufio.NewReader(conn)); err != nil {
			t.Error(err)
			return
		}
		target, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		var wg sync.WaitGroup
		wg.Go(func() { io.Copy(target, conn); target.Close() })
		wg.Go(func() { io.Copy(conn, target); conn.Close() })
		wg.Wait()
	})
	o.ConnectTo, o.Proxy = "", through(proxy)
	var dialled []string
	o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled = append(dialled, addr)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	c := newClient(t, o)
	a, err := c.Do(t.Context(), netsuite.Request{URL: "/", AccessToken: netsuite.NewSecret(accessToken)})
	if err != nil {
		t.Fatal(err)
	}
	c.CloseIdle()
	if tm := a.Timings; tm.Connect == 0 || tm.Proxy == 0 || tm.TLS == 0 || tm.FirstByte == 0 || tm.DNS != 0 || a.Addresses != nil {
		t.Errorf("%+v, addresses %v", tm, a.Addresses)
	}
	if a.RemoteAddr != proxy || a.TLSIssuer != "CN=Test CA" || len(dialled) != 1 || dialled[0] != proxy {
		t.Errorf("remote %s, issuer %s, dialled %v", a.RemoteAddr, a.TLSIssuer, dialled)
	}
	if asked.Method != "CONNECT" || asked.Host != restHost+":443" || asked.Header.Get("User-Agent") != "nsauth" || asked.Header.Get("Authorization") != "" ||
		asked.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("user:hunter2")) {
		t.Errorf("the proxy was asked %+v", asked)
	}
}

func TestProxyRefusals(t *testing.T) {
	noLeaks(t)
	dead := testkit.ClosedPort(t)
	notThere := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	}
	for name, tt := range map[string]struct {
		serve  func(net.Conn)
		change func(*netsuite.Options)
		kind   netsuite.ConnectKind
		reason string
		status int
	}{
		"wants a password": {says("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), nil, netsuite.ProxyAuth, "", 407},
		"wants NTLM":       {says("HTTP/1.1 407 X\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n"), nil, netsuite.ProxyAuth, "scheme-unsupported", 407},
		"wants another":    {says("HTTP/1.1 407 X\r\nProxy-Authenticate: NTLM, basic realm=\"a, b\"\r\n\r\n"), nil, netsuite.ProxyAuth, "credentials-rejected", 407},
		"wants any": {says("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm=x\r\n\r\n"), func(o *netsuite.Options) {
			with := o.Proxy
			o.Proxy = func(r *http.Request) (*url.URL, error) {
				u, err := with(r)
				u.User = nil
				return u, err
			}
		}, netsuite.ProxyAuth, "credentials-missing", 407},
		"sends a page": {says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<html>No\n"), nil, netsuite.ProxyRefused, "page", 0},
		"sends a page and hangs": {func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n")(c)
			hang(c)
		}, nil, netsuite.ProxyRefused, "page", 0},
		"says no":          {says("HTTP/1.1 403 Forbidden\r\n\r\n<html>" + strings.Repeat("x", 1<<20)), nil, netsuite.ProxyRefused, "status", 403},
		"cannot":           {says("HTTP/1.1 502\r\n\r\n"), nil, netsuite.ProxyRefused, "status", 502},
		"redirects":        {says("HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n"), nil, netsuite.ProxyRefused, "status", 302},
		"closes":           {says(""), nil, netsuite.ProxyRefused, "closed", 0},
		"is no proxy":      {says("220 mail.example ESMTP\r\n"), nil, netsuite.ProxyRefused, "closed", 0},
		"hangs":            {func(c net.Conn) { readRequest(c); hang(c) }, nil, netsuite.Timeout, "proxy", 0},
		"hangs after that": {func(c net.Conn) { says("HTTP/1.1 200 OK\r\n\r\n")(c); hang(c) }, nil, netsuite.Timeout, "tls", 0},
		"hangs after an odd yes": {func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")(c)
			hang(c)
		}, nil, netsuite.Timeout, "tls", 0},
		"no TLS behind it": {func(c net.Conn) {
			says("HTTP/1.1 200 OK\r\n\r\n")(c)
			c.Read(make([]byte, 1)) // the beginning of TLS
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			hang(c)
		}, nil, netsuite.TLSHandshake, "not-tls", 0},
		"is not running": {nil, func(o *netsuite.Options) { o.Proxy = through(dead) }, netsuite.ProxyUnreachable, "refused", 0},
		"does not exist": {nil, func(o *netsuite.Options) { o.Proxy, o.DialContext = through("proxy.example:3128"), notThere }, netsuite.ProxyUnreachable, "dns-not-found", 0},
		"cannot be told": {nil, func(o *netsuite.Options) {
			o.Proxy = func(*http.Request) (*url.URL, error) { return nil, errors.New("http://user:hunter2@%") }
		}, netsuite.ProxyUnreachable, "invalid-proxy", 0},
		"unknown scheme": {nil, func(o *netsuite.Options) {
			o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("ftp://user:hunter2@proxy.example") }
		}, netsuite.ProxyUnreachable, "invalid-proxy", 0},
		"TLS to the proxy": {says("HTTP/1.1 400 Bad Request\r\n\r\n"), func(o *netsuite.Options) {
			plain := o.Proxy
			o.Proxy = func(r *http.Request) (*url.URL, error) {
				u, err := plain(r)
				u.Scheme = "https"
				return u, err
			}
		}, netsuite.ProxyRefused, "closed", 0},
	} {
		t.Run(name, func(own *testing.T) {
			t := together(own)
			o := netsuite.Options{TokenURL: tokenURL}
			if tt.serve != nil {
				o.Proxy = through(listen(t, tt.serve))
			}
			if tt.change != nil {
				tt.change(&o)
			}
			wait := timeoutFor(tt.kind)
			if strings.HasSuffix(name, "and hangs") {
				wait = timeoutFor(netsuite.Timeout)
			}
			_, err := newClient(t, o).Exchange(within(t, wait), assertion)
			var failed *netsuite.ConnectError
			if !errors.As(err, &failed) || failed.Kind != tt.kind || failed.Reason != tt.reason || failed.ProxyStatus != tt.status || failed.Host != restHost {
				t.Fatalf("got %+v", failed)
			}
			if failed.Reason != "invalid-proxy" && failed.Proxy == "" {
				t.Error("the proxy is not named")
			}
			if strings.Contains(texts(err), "hunter2") {
				t.Errorf("the proxy's password shows: %s", texts(err))
			}
			noSecrets(t, err)
		})
	}
}

// Plain http goes to loopback addresses, and a proxy is not one.
func TestPlainHTTPUsesNoProxy(t *testing.T) {
	noLeaks(t)
	c := newClient(t, netsuite.Options{
		TokenURL: "http://" + listen(t, says("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")),
		Proxy:    through("proxy.example:3128"),
	})
	_, err := c.Exchange(within(t, time.Minute), assertion)
	var refused *netsuite.TokenError
	if !errors.As(err, &refused) || refused.Answer.TLSVersion != "" {
		t.Errorf("got %v", err)
	}
}
