package server

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// parameters are what a fault needs beside its name.
func parameters(kind faults.Kind) string {
	return map[faults.Kind]string{
		faults.Delay: ",delay=1ms", faults.Redirect: ",location=https://portal.example/", faults.Clock: ",offset=-1m",
	}[kind]
}

func parseFault(t testing.TB, spec string) faults.Fault {
	t.Helper()
	f, err := faults.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Each fault does to a client what it says, over HTTP/2 and HTTP/1.1, once if it
// is counted, and leaves nothing behind when the server closes.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of faults")
	}
	answered := map[faults.Kind]int{faults.HTML: 200, faults.Unavailable: 503, faults.Flaky: 503, faults.RateLimited: 429, faults.Redirect: 302,
		faults.CaptivePortal: 302, faults.Delay: 200, faults.LengthLie: 200, faults.WrongType: 200, faults.Clock: 200,
		faults.Conflict: 409, faults.TooLarge: 413, faults.AsForm: 200, faults.AsXML: 200, faults.AsArray: 200, faults.CellsHuge: 200, faults.CellsControl: 200,
		faults.CellsHTML: 200, faults.CellsTyped: 200, faults.PagesEndless: 200, faults.FailedAfter: 500, faults.ListLate: 200}
	for _, kind := range faults.Kinds() {
		for _, version := range []string{"h2", "http/1.1"} {
			t.Run(string(kind)+" "+version, func(t *testing.T) {
				f := newFixture(t)
				count := ":1"
				if kind == faults.Clock {
					count = ""
				}
				f.config.Faults = []faults.Fault{parseFault(t, string(kind)+count+parameters(kind))}
				c := start(t, f.config)
				transport := c.http.Transport.(*http.Transport)
				if version != "h2" {
					transport.ForceAttemptHTTP2 = false
					transport.TLSClientConfig.NextProtos = []string{version}
				}
				// Only what never ends is ended by the client.
				c.http.Timeout = 20 * time.Second
				if kind == faults.Hang || kind == faults.HangBody {
					c.http.Timeout = 500 * time.Millisecond
				}
				body := emulatortest.Form(f.Genuine("p-256", "ES256").Sign(t)).Encode()
				res, err := c.http.Do(emulatortest.Request(t, "POST", tokenURL, body, "Content-Type", "application/x-www-form-urlencoded"))
				if err == nil {
					_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<20))
					res.Body.Close()
				}
				status := answered[kind]
				switch {
				case kind == faults.GzipBomb || kind == faults.Endless: // as far as the client reads
				case status == 0 && err == nil:
					t.Error("no error")
				case status != 0 && (err != nil || res.StatusCode != status):
					t.Fatalf("%v %v", res, err)
				case status != 0 && kind != faults.Clock && res.Header.Get("Date") != emulatortest.Noon.Format(http.TimeFormat):
					t.Errorf("Date %s", res.Header.Get("Date"))
				}
				c.http.Timeout = 20 * time.Second
				// What the first answer left on its connection is not an answer to
				// the next request.
				c.http.CloseIdleConnections()
				c.exchange(t, "x") // the count is used up
				for _, v := range c.Requests() {
					if v.Fault != "" && v.Fault != string(kind) && kind != faults.Flaky {
						t.Errorf("fault %q", v.Fault)
					}
				}
			})
		}
	}
}

// What breaks off an answer breaks the right one off, whatever was asked for.
func TestFaultsBreakTheRightAnswer(t *testing.T) {
	for _, tt := range []struct {
		kind     faults.Kind
		whole    bool // the body comes to its announced end
		announce int  // Content-Length, of two halves
	}{{faults.Truncated, false, 2}, {faults.HangBody, false, 2}, {faults.LengthLie, true, 1}} {
		t.Run(string(tt.kind), func(t *testing.T) {
			f := newFixture(t)
			c := start(t, f.config)
			token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
			ask := func() (*http.Response, string, error) {
				res, err := c.http.Do(emulatortest.Request(t, "GET", restURL+api.RecordPath+"customer/107", "", "Authorization", "Bearer "+token))
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				return res, string(body), err
			}
			_, right, err := ask()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.faults.Replace(faults.Fault{Kind: tt.kind}); err != nil {
				t.Fatal(err)
			}
			c.http.CloseIdleConnections() // some need another version of HTTP
			if tt.kind == faults.HangBody {
				c.http.Timeout = time.Second
			}
			res, half, err := ask()
			if (err == nil) != tt.whole || half != right[:len(right)/2] || res.StatusCode != 200 ||
				res.Header.Get("Content-Type") != exchange.TypeSingular || int(res.ContentLength) != len(right)*tt.announce/2 {
				t.Errorf("%v, length %d, %q, %v; the right answer is %q", res.Status, res.ContentLength, half, err, right)
			}
			if v := c.last(); v.Fault != string(tt.kind) || v.Status != 200 || v.Path != api.RecordPath+"customer/107" {
				t.Errorf("%+v", v)
			}
		})
	}
}

// What cannot be had over HTTP/2 is had by a client that would speak it, and the
// protocol comes back when the fault is gone.
func TestFaultsRestrictProtocols(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	proto := func() string {
		t.Helper()
		res, err := c.http.Do(emulatortest.Request(t, "GET", timeURL, ""))
		if err != nil {
			return ""
		}
		res.Body.Close()
		return res.Proto
	}
	inject := func(specs string) {
		t.Helper()
		res := c.do(t, emulatortest.Request(t, "POST", restURL+"/_emulator/faults", `{"faults":[`+specs+`]}`, "Content-Type", "application/json"))
		if res.Status != 200 {
			t.Fatalf("status %d: %s", res.Status, res.Body)
		}
	}
	if got := proto(); got != "HTTP/2.0" {
		t.Fatal(got)
	}
	inject(`"malformed-header:1"`)
	for proto() == "HTTP/2.0" { // until the kept connection is seen to be closed
	}
	inject(``)
	for got := ""; got != "HTTP/2.0"; got = proto() {
	}
}

// A reset is one of TCP.
func TestResetIsReal(t *testing.T) {
	f := newFixture(t)
	f.config.Faults = []faults.Fault{{Kind: faults.Reset}}
	c := start(t, f.config)
	conn := raw(t, c)
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: 1234567%s\r\n\r\n", account.SuiteTalkSuffix)
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

// Close ends every fault that lasts, for a client that stays.
func TestCloseEndsFaults(t *testing.T) {
	for _, spec := range []string{"hang:1", "hang-body:1", "latency:1,delay=10m", "endless:1", "malformed-header:1", "length-lie:1"} {
		t.Run(spec, func(t *testing.T) {
			f := newFixture(t)
			f.config.Faults = []faults.Fault{parseFault(t, spec)}
			c := start(t, f.config)
			conn := raw(t, c)
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: 1234567%s\r\n\r\n", account.SuiteTalkSuffix)
			for c.faults.List()[0].Left > 0 {
				time.Sleep(time.Millisecond)
			}
			c.Close() // go test's own limit ends one that hangs
		})
	}
}

func TestClockOffset(t *testing.T) {
	f := newFixture(t)
	f.config.Faults = []faults.Fault{{Kind: faults.Clock, Offset: 10 * time.Minute}}
	c := start(t, f.config)
	res := c.exchange(t, f.Genuine("p-256", "ES256").Sign(t))
	if want := emulatortest.Noon.Add(10 * time.Minute).Format(http.TimeFormat); res.Header.Get("Date") != want {
		t.Errorf("Date %s, want %s", res.Header.Get("Date"), want)
	}
	if v := c.last(); res.Status != 500 || emulatortest.Codes(v)[0] != "assertion.expired" || !v.Time.Equal(emulatortest.Noon.Add(10*time.Minute)) {
		t.Errorf("status %d, %+v", res.Status, v)
	}
}

// Each handshake gets the certificate and the version of its time; the name
// localhost always gets the right ones.
func TestTLSFaults(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	dial := func(name string, versions ...uint16) (*tls.Conn, error) {
		config := &tls.Config{RootCAs: c.CertPool(), ServerName: name, Time: emulatortest.AtNoon}
		if len(versions) > 0 {
			config.MinVersion, config.MaxVersion = versions[0], versions[0]
		}
		return tls.Dial("tcp", c.Addr(), config)
	}
	works := func(name string, versions ...uint16) bool {
		conn, err := dial(name, versions...)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	const host = "1234567" + account.SuiteTalkSuffix
	for _, kind := range []faults.Kind{faults.TLSForeignCA, faults.TLSExpired, faults.TLS11} {
		if !works(host) {
			t.Fatal("no handshake without a fault")
		}
		if err := c.faults.Replace(faults.Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		if works(host) || works("127.0.0.1") || !works("localhost") {
			t.Errorf("%s: a handshake works, or that for localhost does not", kind)
		}
		if kind == faults.TLS11 && (!works(host, tls.VersionTLS11) || works(host, tls.VersionTLS10)) {
			t.Error("TLS 1.1 alone is not what it speaks")
		}
		if err := c.faults.Replace(faults.Fault{Kind: kind, Count: 2}); err != nil {
			t.Fatal(err)
		}
		before := len(c.Requests())
		if first, second := works(host), works(host); first || second || !works(host) {
			t.Errorf("%s: the count is not kept", kind)
		}
		// Each has one verdict, which lays nothing at the client's door.
		for _, v := range c.Requests()[before:] {
			if v.Fault != string(kind) || v.Method != verdict.MethodHandshake || len(v.Refusals) > 0 || v.Accepted {
				t.Errorf("%s: verdict %+v", kind, v)
			}
		}
		if n := len(c.Requests()) - before; n != 2 {
			t.Errorf("%s: %d verdicts, want 2", kind, n)
		}
	}
}

func TestControlFaults(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	const url = restURL + "/_emulator/faults"
	post := func(body string) emulatortest.Response {
		t.Helper()
		return c.do(t, emulatortest.Request(t, "POST", url, body, "Content-Type", "application/json"))
	}
	list := func(res emulatortest.Response) string {
		t.Helper()
		var got struct {
			Faults []json.RawMessage
			Kinds  []string
		}
		if err := json.Unmarshal([]byte(res.Body), &got); err != nil || res.Status != 200 || len(got.Kinds) != len(faults.Kinds()) {
			t.Fatalf("%d %s", res.Status, res.Body)
		}
		var texts []string
		for _, raw := range got.Faults {
			texts = append(texts, string(raw))
		}
		return strings.Join(texts, " ")
	}
	if got := list(post(`{"faults":["flaky:3",{"kind":"latency","delay":"80ms","paths":["/services/rest/auth/"],"count":2}]}`)); got !=
		`{"kind":"flaky","count":3,"left":3} {"kind":"latency","count":2,"paths":["/services/rest/auth/"],"left":2,"delay":"80ms"}` {
		t.Errorf("listed %s", got)
	}
	if res := c.exchange(t, "x"); res.Status != 503 {
		t.Errorf("status %d", res.Status)
	}
	if got := list(c.do(t, emulatortest.Request(t, "GET", url, ""))); !strings.HasPrefix(got, `{"kind":"flaky","count":3,"left":2}`) {
		t.Errorf("listed %s", got)
	}
	for name, tt := range map[string]struct {
		body, contentType string
		status            int
	}{
		"no JSON":        {"{", "application/json", 400},
		"empty":          {"", "application/json", 400},
		"two values":     {`{"faults":[]} {}`, "application/json", 400},
		"no list":        {`{}`, "application/json", 400},
		"unknown member": {`{"faults":[],"x":1}`, "application/json", 400},
		"unknown deep":   {`{"faults":[{"kind":"html","colour":"red"}]}`, "application/json", 400},
		"unknown kind":   {`{"faults":["nosuch"]}`, "application/json", 400},
		"null":           {`{"faults":[null]}`, "application/json", 400},
		"number":         {`{"faults":[3]}`, "application/json", 400},
		"no list of any": {`{"faults":"html"}`, "application/json", 400},
		"type of member": {`{"faults":[{"kind":"html","count":"two"}]}`, "application/json", 400},
		"a list":         {`[]`, "application/json", 400},
		"too many":       {`{"faults":["html"` + strings.Repeat(`,"html"`, faults.MaxFaults) + `]}`, "application/json", 400},
		"too long":       {`{"faults":[]` + strings.Repeat(" ", maxControl) + `}`, "application/json", 413},
		"a form":         {`{"faults":[]}`, "application/x-www-form-urlencoded", 415},
		"no type":        {`{"faults":[]}`, "", 415},
	} {
		res := c.do(t, emulatortest.Request(t, "POST", url, tt.body, "Content-Type", tt.contentType))
		var said map[string]string
		if err := json.Unmarshal([]byte(res.Body), &said); err != nil || res.Status != tt.status || said["error"] == "" || strings.ContainsAny(said["error"], "\n") ||
			strings.Contains(said["error"], " Go ") || strings.Contains(said["error"], "emulator.") || strings.Contains(said["error"], "faults.") {
			t.Errorf("%s: status %d, %s", name, res.Status, res.Body)
		}
	}
	if res := c.do(t, emulatortest.Request(t, "PUT", url, "")); res.Status != 405 {
		t.Errorf("PUT: status %d", res.Status)
	}
	if got := list(c.do(t, emulatortest.Request(t, "GET", url, ""))); !strings.HasPrefix(got, `{"kind":"flaky","count":3,"left":2}`) {
		t.Errorf("after refusals: %s", got)
	}
	if got := list(c.do(t, emulatortest.Request(t, "DELETE", url, ""))); got != "" {
		t.Errorf("after DELETE: %s", got)
	}
	r := emulatortest.Request(t, "POST", url, `{"faults":[]}`, "Content-Type", "application/json")
	r.RemoteAddr = "192.0.2.1:1"
	if a := c.controlFaults(r); a.Status != 403 {
		t.Errorf("from another machine: status %d", a.Status)
	}
}

// Idle connections, of whatever kind, do not keep others out: the oldest goes.
func TestIdleConnections(t *testing.T) {
	f := newFixture(t)
	f.config.MaxConnections = 20
	c := start(t, f.config)
	busy := raw(t, c)
	fmt.Fprintf(busy, "POST %s HTTP/1.1\r\nHost: 1234567%s\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", oauth.TokenPath, account.SuiteTalkSuffix)
	answers := bufio.NewReader(busy)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100") { // its handler reads
		t.Fatalf("%q %v", line, err)
	}
	var idle []net.Conn
	defer func() {
		for _, conn := range idle {
			conn.Close()
		}
	}()
	for i := range 100 {
		conn, err := net.Dial("tcp", c.Addr())
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, conn)
		if i%10 != 9 {
			_, _ = conn.Write([]byte{recordHandshake})
		} else {
			conn := tls.Client(conn, &tls.Config{RootCAs: c.CertPool(), ServerName: "localhost"})
			if err := conn.Handshake(); err != nil {
				t.Fatal(err)
			}
		}
		if n := c.connections.count(); n > 20 {
			t.Fatalf("%d connections", n)
		}
	}
	c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	if _, err := idle[0].Read(make([]byte, 1)); err == nil {
		t.Error("the oldest is still there")
	}
	fmt.Fprint(busy, "a=b&c")
	if line, err := bufio.NewReader(io.MultiReader(strings.NewReader(""), answers)).ReadString(' '); err != nil {
		t.Errorf("the busy one was closed: %q %v", line, err)
	}
}

// Slow senders cannot take every connection either.
func TestSlowSenders(t *testing.T) {
	f := newFixture(t)
	f.config.MaxConnections = 8
	c := start(t, f.config)
	for range 16 {
		slow := raw(t, c)
		fmt.Fprintf(slow, "POST %s HTTP/1.1\r\nHost: 1234567%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\ngrant_type=",
			oauth.TokenPath, account.SuiteTalkSuffix)
	}
	c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	if n := c.connections.count(); n > 8 {
		t.Errorf("%d connections", n)
	}
}
