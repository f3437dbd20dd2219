package netsuite_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

// resolver is Go's own, asking a name server in this process that knows one host.
func resolver(known string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe() // no net.PacketConn, so the messages have a length in front
		go func() {
			defer theirs.Close()
			answerNames(theirs, known)
		}()
		return ours, nil
	}}
}

func answerNames(conn net.Conn, known string) {
	for {
		var length uint16
		if binary.Read(conn, binary.BigEndian, &length) != nil {
			return
		}
		query := make([]byte, length)
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(query) != nil {
			return
		}
		m.Response, m.Additionals = true, nil
		q := m.Questions[0]
		switch {
		case q.Name.String() != known+".":
			m.RCode = dnsmessage.RCodeNameError
		case q.Type == dnsmessage.TypeA:
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			}}
		}
		answer, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// phases are the names of those that took place.
func phases(tm netsuite.Timings) []string {
	var took []string
	for _, p := range []struct {
		name string
		d    time.Duration
	}{{"dns", tm.DNS}, {"connect", tm.Connect}, {"proxy", tm.Proxy}, {"tls", tm.TLS}, {"first byte", tm.FirstByte}} {
		if p.d != 0 {
			took = append(took, p.name)
		}
	}
	return took
}

func TestTimings(t *testing.T) {
	s, o := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	o.ConnectTo, o.APIURL = "", "https://"+net.JoinHostPort(restHost, port)
	o.DialContext = (&net.Dialer{Resolver: resolver(restHost)}).DialContext
	fixed := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for name, now := range map[string]func() time.Time{"real clock": nil, "clock that stands still": func() time.Time { return fixed }} {
		t.Run(name, func(t *testing.T) {
			o.Now = now
			c := newClient(t, o)
			for i, want := range [][]string{{"dns", "connect", "tls", "first byte"}, {"first byte"}} {
				a, err := c.Do(t.Context(), netsuite.Request{URL: "/"})
				if err != nil {
					t.Fatal(err)
				}
				tm := a.Timings
				if got := phases(tm); !slices.Equal(got, want) {
					t.Errorf("request %d: phases %v", i, got)
				}
				if tm.Total() != tm.DNS+tm.Connect+tm.TLS+tm.FirstByte {
					t.Errorf("total %v of %+v", tm.Total(), tm)
				}
				if wantAddresses := i == 0; slices.Equal(a.Addresses, []string{"127.0.0.1"}) != wantAddresses {
					t.Errorf("request %d: addresses %v", i, a.Addresses)
				}
				if len(a.Chain) != 1 || a.Chain[0].Subject != "CN="+restHost || a.Chain[0].Issuer != "CN=Test CA" || a.TLSIssuer != "CN=Test CA" {
					t.Errorf("chain %v", a.Chain)
				}
			}
		})
	}
}

func TestTimingsOfWhatFailed(t *testing.T) {
	closed := testkit.ClosedPort(t)
	for name, tt := range map[string]struct {
		change func(*netsuite.Options)
		serve  func(net.Conn)
		kind   netsuite.ConnectKind
		want   []string
	}{
		"no such host": {change: func(o *netsuite.Options) {
			o.ConnectTo, o.DialContext = "", (&net.Dialer{Resolver: resolver("other.example")}).DialContext
		}, kind: netsuite.DNSNotFound, want: []string{"dns"}},
		"closed port":      {change: func(o *netsuite.Options) { o.ConnectTo = closed }, kind: netsuite.Refused, want: []string{"connect"}},
		"no TLS":           {serve: says("HTTP/1.1 400 Bad Request\r\n\r\n"), kind: netsuite.TLSHandshake, want: []string{"connect", "tls"}},
		"proxy says no":    {change: func(o *netsuite.Options) { o.Proxy, o.ConnectTo = through(o.ConnectTo), "" }, serve: says("HTTP/1.1 403 X\r\n\r\n"), kind: netsuite.ProxyRefused, want: []string{"connect", "proxy"}},
		"no time to begin": {kind: netsuite.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			o := netsuite.Options{TokenURL: tokenURL}
			if tt.serve != nil {
				o.ConnectTo = listen(t, tt.serve)
			}
			if tt.change != nil {
				tt.change(&o)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if tt.kind == netsuite.Canceled {
				cancel()
			}
			_, err := newClient(t, o).Exchange(ctx, assertion)
			var failed *netsuite.ConnectError
			if !errors.As(err, &failed) || failed.Kind != tt.kind {
				t.Fatalf("got %v", err)
			}
			if got := phases(failed.Timings); !slices.Equal(got, tt.want) {
				t.Errorf("phases %v, want %v", got, tt.want)
			}
		})
	}
}

// The name of a proxy is looked up, and is not the host's.
func TestTimingsThroughAProxyByName(t *testing.T) {
	noLeaks(t)
	proxy := listen(t, says("HTTP/1.1 403 X\r\n\r\n"))
	_, port, _ := net.SplitHostPort(proxy)
	c := newClient(t, netsuite.Options{TokenURL: tokenURL, Proxy: through("proxy.example:" + port),
		DialContext: (&net.Dialer{Resolver: resolver("proxy.example")}).DialContext})
	_, err := c.Exchange(within(t, time.Minute), assertion)
	var failed *netsuite.ConnectError
	if !errors.As(err, &failed) || failed.Kind != netsuite.ProxyRefused || failed.Addresses != nil || failed.ProxyStatus != 403 {
		t.Fatalf("got %+v", failed)
	}
	if got := phases(failed.Timings); !slices.Equal(got, []string{"dns", "connect", "proxy"}) {
		t.Errorf("phases %v", got)
	}
}

// What a server's certificate says of its issuer is for reading, not for terminals.
func TestChainIsClean(t *testing.T) {
	noLeaks(t)
	ca := newAuthority(t, "Proxy \x1b[31mInspection CA")
	s := listen(t, func(c net.Conn) {
		conn := tls.Server(c, ca.server(t, restHost, 0))
		says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")(conn)
		conn.Close()
	})
	a, err := newClient(t, netsuite.Options{APIURL: "https://" + restHost, ConnectTo: s, RootCAs: ca.pool}).
		Do(within(t, time.Minute), netsuite.Request{URL: "/"})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Chain) != 1 || strings.ContainsRune(a.Chain[0].Issuer, '\x1b') || a.Chain[0].IssuerOrganization != "" {
		t.Errorf("chain %q", a.Chain)
	}
}
