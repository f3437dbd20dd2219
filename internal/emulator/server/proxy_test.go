package server

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
)

// proxied is an HTTP client that is told a proxy and a CA, and nothing else.
func (c *client) proxied(t testing.TB) *client {
	transport := &http.Transport{
		Proxy:             http.ProxyURL(&url.URL{Scheme: "http", Host: c.Addr()}),
		TLSClientConfig:   &tls.Config{RootCAs: c.CertPool()},
		ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{c.Server, &http.Client{Transport: transport, Timeout: 20 * time.Second}}
}

// raw sends bytes without TLS and returns what comes until the connection ends.
func (c *client) raw(t testing.TB, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, request) // a server that had enough may end it
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

func TestProxy(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	via := c.proxied(t)
	token := via.token(t, f.Genuine("p-256", "ES256").Sign(t))
	if res := via.get(t, token, timeURL); res.Status != 200 {
		t.Errorf("a call through the proxy: status %d, %s", res.Status, res.Body)
	}
	for _, host := range []string{"1234567-sb1" + account.SuiteTalkSuffix, "1234567" + account.RESTletsSuffix, "1234567" + account.AppSuffix, "rest.netsuite.com", "system.netsuite.com"} {
		if res := via.get(t, "", "https://"+host+"/healthz"); res.Status != 200 {
			t.Errorf("%s: status %d", host, res.Status)
		}
	}
	// The same address without a proxy, at the same time.
	if res := c.get(t, token, timeURL); res.Status != 200 {
		t.Errorf("a call past the proxy: status %d", res.Status)
	}
}

func TestProxyRefuses(t *testing.T) {
	c := start(t, newFixture(t).config)
	connect := func(target string) string {
		return "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n"
	}
	const ours = "1234567" + account.SuiteTalkSuffix
	for name, tt := range map[string]struct{ request, status, text string }{
		"other host":       {connect("example.com:443"), "403", "refused example.com:443: not a host of the accounts here: 1234567, 1234567_SB1"},
		"other account":    {connect("7654321" + account.SuiteTalkSuffix + ":443"), "403", "not a host of the accounts here"},
		"no label":         {connect(account.SuiteTalkSuffix + ":443"), "403", "not a host"},
		"longer label":     {connect("a.1234567" + account.SuiteTalkSuffix + ":443"), "403", "not a host"},
		"longer name":      {connect(ours + ".example.com:443"), "403", "not a host"},
		"loopback":         {connect("127.0.0.1:443"), "403", "not a host"},
		"own address":      {connect(c.Addr()), "403", "not a host"},
		"metadata service": {connect("169.254.169.254:80"), "403", "not a host"},
		"IPv6":             {connect("[::1]:443"), "403", "not a host"},
		"other port":       {connect(ours + ":80"), "403", "NetSuite only has port 443"},
		"port by name":     {connect(ours + ":https"), "400", "Bad Request"},
		"no port":          {connect(ours), "403", "CONNECT needs HOST:PORT"},
		"dot at the end":   {connect(ours + ".:443"), "403", "not a host"},
		"path":             {"CONNECT /x HTTP/1.1\r\nHost: " + ours + "\r\n\r\n", "403", "CONNECT needs HOST:PORT"},
		"http":             {"GET http://" + ours + "/ HTTP/1.1\r\nHost: " + ours + "\r\n\r\n", "403", "this proxy only supports https, by CONNECT"},
		"https, absolute":  {"POST https://" + ours + oauth.TokenPath + " HTTP/1.1\r\nHost: " + ours + "\r\nContent-Length: 0\r\n\r\n", "403", "this proxy only supports https, by CONNECT"},
		"no TLS":           {"GET " + oauth.TokenPath + " HTTP/1.1\r\nHost: " + ours + "\r\n\r\n", "400", "this port speaks TLS"},
		"no TLS, POST":     {"POST /_emulator/requests HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", "400", "pages are read-only"},
		"markup":           {connect("<script>:443"), "400", "malformed Host header"},
		"long name":        {connect(strings.Repeat("a", 300) + ":443"), "403", "refused (long): not a host"},
		"garbage":          {"\x00\x01\x02\r\n\r\n", "400", "Bad Request"},
		"SSH":              {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "400", "Bad Request"},
		"HTTP/2":           {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", ""},
		"huge header":      {"CONNECT " + ours + ":443 HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 2*maxHeader) + "\r\n\r\n", "431", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.raw(t, tt.request)
			if tt.status != "" && !strings.HasPrefix(got, "HTTP/1.1 "+tt.status+" ") || !strings.Contains(got, tt.text) {
				t.Errorf("got %q", got)
			}
			if strings.HasPrefix(got, "HTTP/1.1 2") {
				t.Errorf("taken: %q", got)
			}
			_, body, _ := strings.Cut(got, "\r\n\r\n")
			if tt.status == "403" && (strings.Count(body, "\n") != 1 || len(body) > 300) {
				t.Errorf("not one clear line: %q", body)
			}
		})
	}
	for _, v := range c.Requests() {
		if v.Accepted || v.Status != 403 || len(v.Refusals) != 1 || v.Refusals[0].Code != "proxy.refused" {
			t.Errorf("verdict %+v", v)
		}
	}
	if len(c.Requests()) < 15 {
		t.Errorf("%d verdicts", len(c.Requests()))
	}
	// CONNECT within TLS: a client whose proxy is said to be https://.
	r := emulatortest.Request(t, "CONNECT", restURL, "")
	r.URL.Opaque = "1234567" + account.SuiteTalkSuffix + ":443"
	conn, err := tls.Dial("tcp", c.Addr(), &tls.Config{RootCAs: c.CertPool(), ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, connect(ours+":443"))
	res, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 403 {
		t.Errorf("CONNECT within TLS: status %d", res.StatusCode)
	}
}

// A client that does not wait for the answer to CONNECT loses nothing of its TLS.
func TestProxyEarlyHandshake(t *testing.T) {
	c := start(t, newFixture(t).config)
	raw, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	early := &earlyConn{Conn: raw, before: "CONNECT rest.netsuite.com:443 HTTP/1.1\r\nHost: rest.netsuite.com:443\r\n\r\n"}
	conn := tls.Client(early, &tls.Config{RootCAs: c.CertPool(), ServerName: "rest.netsuite.com"})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// earlyConn sends some bytes in one piece with the first that are written, and
// skips the answer to them when it reads.
type earlyConn struct {
	net.Conn
	before string
	read   bool
}

func (e *earlyConn) Write(p []byte) (int, error) {
	n, err := e.Conn.Write(append([]byte(e.before), p...))
	n -= len(e.before)
	e.before = ""
	return n, err
}

func (e *earlyConn) Read(p []byte) (int, error) {
	for seen := ""; !e.read; e.read = strings.HasSuffix(seen, "\r\n\r\n") {
		var b [1]byte
		if _, err := e.Conn.Read(b[:]); err != nil {
			return 0, err
		}
		seen += string(b[:])
	}
	return e.Conn.Read(p)
}

// A connection that sends nothing, and one that stops within CONNECT, end after
// the time for a header; until then others are served.
func TestSlowHandshakes(t *testing.T) {
	s, err := New(newFixture(t).config) // outside the bubble: its keys need real time
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{incoming: make(chan net.Conn), closed: make(chan struct{})}
		// The server's context was made outside; a door and a server of its own suffice.
		d := newDoor(l, nil)
		plain := s.newHTTP(t.Context())
		plain.ConnState = nil // which counts for the server outside
		done := make(chan struct{})
		go func() { defer close(done); _ = plain.Serve(d) }()
		began := time.Now()
		for _, sent := range []string{"", "CONNECT rest.net"} {
			client, server := net.Pipe()
			l.incoming <- server
			if sent != "" {
				_, _ = io.WriteString(client, sent)
			}
			_, _ = io.Copy(io.Discard, client) // an answer 408 or none, then the end
			client.Close()
		}
		if waited := time.Since(began); waited != 2*headerTimeout {
			t.Errorf("both ended after %v, want %v", waited, 2*headerTimeout)
		}
		plain.Close()
		<-done
		d.Close()
	})
	s.Close()
}

// pipes is a listener of connections in memory.
type pipes struct {
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.incoming:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// Close ends connections in each of the states between accept and a server.
func TestCloseDuringHandshakes(t *testing.T) {
	s, err := New(newFixture(t).config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	for _, sent := range []string{"", "C", "\x16", "CONNECT rest.netsuite.com:443 HTTP/1.1\r\nHost: rest.netsuite.com:443\r\n\r\n"} {
		for range 10 {
			c, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, _ = io.WriteString(c, sent)
			conns = append(conns, c)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range conns {
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil {
			if timeout, is := err.(net.Error); is && timeout.Timeout() {
				t.Error("a connection is still open after Close")
			}
		}
	}
}

// Thousands of connections that never begin do not keep others out.
func TestManyIdleConnections(t *testing.T) {
	c := start(t, newFixture(t).config)
	for i := range maxWaiting * 5 / 4 {
		conn, err := net.Dial("tcp", c.Addr())
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "CONNECT")
		}
	}
	if res := c.proxied(t).get(t, "", restURL+"/healthz"); res.Status != 200 {
		t.Errorf("status %d", res.Status)
	}
}

// FuzzProxy: whatever is sent without TLS, no tunnel leads to a host that is not
// the emulator's, and the server goes on.
func FuzzProxy(f *testing.F) {
	c := start(f, newFixture(f).config)
	for _, seed := range []string{
		"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		"CONNECT rest.netsuite.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		"CONNECT rest.netsuite.com:443 HTTP/1.0\r\n\r\n",
		"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x16\x03\x01", "", "\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		conn, err := net.Dial("tcp", c.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(conn, sent)
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		target, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimLeft(sent, "\r\n"), "CONNECT "), " ")
		host, _, _ := strings.Cut(strings.ToLower(target), ":")
		if strings.HasPrefix(string(answer), "HTTP/1.1 200 Connection established") && !c.Server.proxied(host) {
			t.Errorf("a tunnel for %q", sent)
		}
	})
}
