package netsuite_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// logged is what the standard logger writes during a test, read when all else is
// cleaned up.
func logged(t *testing.T) {
	t.Helper()
	var written bytes.Buffer
	before := log.Writer()
	log.SetOutput(&written)
	t.Cleanup(func() {
		log.SetOutput(before)
		if written.Len() > 0 {
			t.Errorf("the program's log got %.300q", written.String())
		}
	})
}

// What a server sends beyond a response's Content-Length may be a token. It is
// neither logged nor read as the next response.
func TestUnsolicitedBytesAreNotLogged(t *testing.T) {
	body := `{"access_token":"` + accessToken + `"}`
	surplus := strings.Repeat("x", 20_000) + accessToken
	for name, tt := range map[string]struct {
		header string
		body   string
		pause  time.Duration // before the surplus
	}{
		"in one write":     {fmt.Sprintf("Content-Length: %d", len(body)), body, 0},
		"later":            {fmt.Sprintf("Content-Length: %d", len(body)), body, 50 * time.Millisecond},
		"after no body":    {"Content-Length: 0", "", 0},
		"in the body":      {"Content-Length: 2", "{}", 0},
		"after a chunk":    {"Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body), 0},
		"after a trailer":  {"Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\nX: y\r\n\r\n", 0},
		"after a long one": {"Content-Length: 30000", strings.Repeat(" ", 30_000), 0},
	} {
		serve := func(conn net.Conn) {
			for readRequest(conn) != "" {
				whole := "HTTP/1.1 200 OK\r\n" + tt.header + "\r\n\r\n" + tt.body
				if tt.pause == 0 {
					io.WriteString(conn, whole+surplus)
					continue
				}
				io.WriteString(conn, whole)
				time.Sleep(tt.pause)
				io.WriteString(conn, surplus)
			}
		}
		for way, options := range map[string]func(*testing.T) netsuite.Options{
			"https": func(t *testing.T) netsuite.Options { return tlsServer(t, serve) },
			"http": func(t *testing.T) netsuite.Options {
				noLeaks(t)
				at := "http://" + listen(t, serve)
				return netsuite.Options{TokenURL: at + "/token", APIURL: at}
			},
			"proxy": func(t *testing.T) netsuite.Options {
				o := tlsServer(t, serve)
				to := o.ConnectTo
				o.ConnectTo = ""
				o.Proxy = through(listen(t, func(conn net.Conn) { tunnel(t, conn, to) }))
				return o
			},
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				logged(t)
				c := newClient(t, options(t))
				c.Exchange(within(t, time.Minute), assertion)
				for range 2 {
					time.Sleep(2 * tt.pause) // until the surplus is there
					a, err := c.Do(within(t, time.Minute), netsuite.Request{Method: http.MethodPut, URL: "/", Body: []byte("{}")})
					if err != nil || a.Status != http.StatusOK || strings.Contains(string(a.Body), "xx") {
						t.Errorf("got %+v, %v", a, err)
					}
				}
				time.Sleep(2 * tt.pause)
			})
		}
	}
}

// tunnel answers one CONNECT and passes on what both sides write to each other.
func tunnel(t *testing.T, conn net.Conn, addr string) {
	readRequest(conn)
	target, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	done := make(chan struct{})
	go func() { io.Copy(target, conn); target.Close(); close(done) }()
	io.Copy(conn, target)
	conn.Close()
	<-done
}

// A server may answer before it has read a long header.
func TestAnswerBeforeTheRequestIsWritten(t *testing.T) {
	c := newClient(t, tlsServer(t, func(conn net.Conn) {
		conn.Read(make([]byte, 100))
		io.WriteString(conn, "HTTP/1.1 431 X\r\nContent-Length: 0\r\n\r\n")
		hang(conn)
	}))
	a, err := c.Do(within(t, time.Minute), netsuite.Request{URL: "/", Header: http.Header{"X": {strings.Repeat("y", 20_000)}}})
	if err != nil || a.Status != 431 {
		t.Errorf("got %+v, %v", a, err)
	}
}

// A proxy is asked for once for each request.
func TestProxyIsAskedOnce(t *testing.T) {
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") })
	asked := 0
	to := o.ConnectTo
	o.ConnectTo = ""
	via := through(listen(t, func(conn net.Conn) { tunnel(t, conn, to) }))
	o.Proxy = func(r *http.Request) (*url.URL, error) { asked++; return via(r) }
	if _, err := newClient(t, o).Do(t.Context(), netsuite.Request{URL: "/"}); err != nil || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}
