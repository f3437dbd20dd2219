package server

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

func TestNewRefuses(t *testing.T) {
	good := func() *fixture { return newFixture(t) }
	for name, change := range map[string]func(*Config){
		"no account":          func(c *Config) { c.Accounts = nil },
		"account twice":       func(c *Config) { c.Accounts[1].ID = "1234567" },
		"account twice by -":  func(c *Config) { c.Accounts[0].ID = "1234567-sb1" },
		"not an account":      func(c *Config) { c.Accounts[0].ID = "evil.example/" },
		"client ID twice":     func(c *Config) { c.Accounts[0].Integrations[1].ClientID = emulatortest.ClientID("main") },
		"no client ID":        func(c *Config) { c.Accounts[0].Integrations[1].ClientID = "" },
		"certificate twice":   func(c *Config) { c.Accounts[0].Mappings[1] = c.Accounts[0].Mappings[0] },
		"no certificate":      func(c *Config) { c.Accounts[0].Mappings[0].Certificate = []byte("x") },
		"unknown integration": func(c *Config) { c.Accounts[0].Mappings[0].ClientID = "x" },
		"sixth certificate": func(c *Config) {
			for range 2 { // the fixture has four that are fit
				key, _ := keypool.Generate("p-256")
				m := c.Accounts[0].Mappings[0]
				m.Certificate = emulatortest.Certify(t, key, 730)
				c.Accounts[0].Mappings = append(c.Accounts[0].Mappings, m)
			}
		},
		"unknown habit":  func(c *Config) { c.Accept = []verdict.Habit{"x"} },
		"unknown errors": func(c *Config) { c.Errors = "x" },
		"log size":       func(c *Config) { c.LogSize = -1 },
		"fault":          func(c *Config) { c.Faults = []faults.Fault{{Kind: "x"}} },
	} {
		f := good()
		change(&f.config)
		if s, err := New(f.config); err == nil {
			t.Errorf("%s: no error", name)
			s.Close()
		} else if strings.Count(err.Error(), "\n") > 0 || !strings.HasPrefix(err.Error(), "emulator: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := New(good().config); err != nil {
		t.Error(err)
	} else {
		s.Close()
	}
}

func TestLifecycle(t *testing.T) {
	s, err := New(newFixture(t).config)
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr() != "" {
		t.Errorf("Addr %q before Start", s.Addr())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(l.Addr().String()); err == nil {
		t.Error("a port in use is no error")
	}
	l.Close()
	if err := s.Start(l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if s.Addr() != l.Addr().String() {
		t.Errorf("Addr %q, want %q", s.Addr(), l.Addr())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		c.Close()
		t.Error("the server still listens after Close")
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := s.Start("127.0.0.1:0"); err == nil {
		t.Error("Start after Close is no error")
	}
}

// No assertion, token or query string is in what the server keeps or prints,
// also when they come in the wrong place.
func TestNothingSecretIsKept(t *testing.T) {
	f := newFixture(t)
	var mu sync.Mutex
	var verdicts []verdict.Verdict
	f.config.OnVerdict = func(v verdict.Verdict) {
		mu.Lock()
		defer mu.Unlock()
		verdicts = append(verdicts, v)
	}
	c := start(t, f.config)
	g := func() *emulatortest.Draft { return f.Genuine("p-256", "ES256") }
	text := g().Sign(t)
	token := c.token(t, text)
	c.get(t, token, timeURL)
	for _, d := range []*emulatortest.Draft{g().Head("kid", text), g().Claim("iss", text), g().Claim("scope", text), g().Claim("aud", text), g().Head("alg", text), g().Head("typ", text)} {
		c.exchange(t, d.Sign(t))
	}
	c.get(t, "", timeURL+"?access_token="+token)
	c.get(t, token, restURL+"/"+token)
	c.get(t, token, restURL+api.RecordPath+token)
	c.get(t, token, restURL+api.RecordPath+"customer/"+text)
	for _, body := range []string{text, text + "=" + text, text + "&" + text, "client_assertion=" + text} {
		c.do(t, emulatortest.Request(t, "POST", tokenURL, body, "Content-Type", "application/x-www-form-urlencoded"))
	}
	r := emulatortest.Request(t, "GET", timeURL, "")
	r.Host = token
	c.do(t, r)

	kept, err := json.Marshal([]any{c.Requests(), c.AuditTrail(), verdicts})
	if err != nil {
		t.Fatal(err)
	}
	served := c.get(t, "", restURL+"/_emulator/requests").Body + c.get(t, "", restURL+"/_emulator/audit-trail").Body
	kept = append(kept, served...)
	kept = fmt.Appendf(kept, "%+v %#v", c.Requests(), c.AuditTrail())
	var needles []string
	for _, secret := range []string{text, token} {
		parts := strings.Split(secret, ".")
		needles = append(needles, parts[1][:40], parts[2][:40])
	}
	if n := emulatortest.Contains(kept, needles...); n != "" {
		t.Errorf("kept %s...", n[:10])
	}
	if len(verdicts) != len(c.Requests()) || len(verdicts) < 12 {
		t.Errorf("%d verdicts, %d requests", len(verdicts), len(c.Requests()))
	}
}

func TestRing(t *testing.T) {
	r := ring[int]{limit: 3}
	for i := range 8 {
		r.add(i)
	}
	if got := fmt.Sprint(r.all()); got != "[5 6 7]" {
		t.Error(got)
	}
	f := newFixture(t)
	f.config.LogSize = 2
	c := start(t, f.config)
	for range 5 {
		c.exchange(t, "x")
	}
	if len(c.Requests()) != 2 || len(c.AuditTrail()) != 2 {
		t.Errorf("%d requests, %d entries", len(c.Requests()), len(c.AuditTrail()))
	}
}

func TestAuditSilent(t *testing.T) {
	f := newFixture(t)
	f.config.AuditSilent = true
	c := start(t, f.config)
	c.exchange(t, "x")
	c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	if trail := c.AuditTrail(); len(trail) != 1 || trail[0].Status != "Success" {
		t.Errorf("%+v", trail)
	}
}

func TestConcurrent(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				d := f.Genuine("p-256", "ES256")
				if i%2 == 0 {
					c.exchange(t, d.Head("kid", nil).Sign(t))
					continue
				}
				if res := c.exchange(t, d.Sign(t)); res.Status != 200 {
					t.Errorf("status %d", res.Status)
				}
				_ = c.AuditTrail()
			}
		})
	}
	wg.Wait()
	if n := len(c.Requests()); n != 80 {
		t.Errorf("%d requests", n)
	}
}

// raw opens a TLS connection to the server without an HTTP client.
func raw(t *testing.T, c *client) net.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", c.Addr(), &tls.Config{RootCAs: c.CertPool(), ServerName: "1234567" + account.SuiteTalkSuffix})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Rubbish, big bodies and slow senders do not keep it from serving others.
func TestHostileClients(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	serves := func() {
		t.Helper()
		c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	}
	plain, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	noise := make([]byte, 4096)
	_, _ = rand.Read(noise)
	_, _ = plain.Write(noise)
	serves()

	_, _ = raw(t, c).Write(noise)
	serves()

	slow := raw(t, c)
	fmt.Fprintf(slow, "POST %s HTTP/1.1\r\nHost: 1234567%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\ngrant_type=", oauth.TokenPath, account.SuiteTalkSuffix)
	slowHeader := raw(t, c)
	fmt.Fprintf(slowHeader, "POST %s HTTP/1.1\r\nHost: ", oauth.TokenPath)
	serves()

	big := raw(t, c)
	fmt.Fprintf(big, "POST %s HTTP/1.1\r\nHost: 1234567%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 104857600\r\n\r\n", oauth.TokenPath, account.SuiteTalkSuffix)
	go io.Copy(big, io.LimitReader(endless{}, 100<<20)) // ends with the connection
	res, err := http.ReadResponse(bufio.NewReader(big), nil)
	if err != nil {
		t.Fatalf("a big body: %v", err)
	}
	res.Body.Close()
	if res.StatusCode != 400 || !res.Close {
		t.Errorf("a big body: status %d, close %v", res.StatusCode, res.Close)
	}
	big.Close()

	header := raw(t, c)
	fmt.Fprintf(header, "GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", bytes.Repeat([]byte("a"), 2*maxHeader))
	res, err = http.ReadResponse(bufio.NewReader(header), nil)
	if err != nil {
		t.Fatalf("a big header: %v", err)
	}
	res.Body.Close()
	if res.StatusCode != 431 {
		t.Errorf("a big header: status %d", res.StatusCode)
	}
	serves()
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// A panic in an answer is a 500 of that request, with a verdict.
func TestPanic(t *testing.T) {
	f := newFixture(t)
	s, err := New(f.config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	x := &exchange.Exchange{Account: s.accounts["1234567"], Service: account.SuiteTalkSuffix} // no request
	if a := s.answer(x); a.Status != 500 || emulatortest.Codes(x.Verdict)[0] != "internal.panic" {
		t.Errorf("%+v", a)
	}
}

func TestTLS(t *testing.T) {
	c := start(t, newFixture(t).config)
	for _, name := range []string{"1234567" + account.SuiteTalkSuffix, "1234567-sb1" + account.RESTletsSuffix, "1234567" + account.AppSuffix, "localhost", "127.0.0.1"} {
		conn, err := tls.Dial("tcp", c.Addr(), &tls.Config{RootCAs: c.CertPool(), ServerName: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		conn.Close()
	}
	for name, config := range map[string]*tls.Config{
		"another host": {RootCAs: c.CertPool(), ServerName: "evil.example"},
		"another CA":   {ServerName: "localhost"},
		"TLS 1.1":      {RootCAs: c.CertPool(), ServerName: "localhost", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
	} {
		if conn, err := tls.Dial("tcp", c.Addr(), config); err == nil {
			t.Errorf("%s: no error", name)
			conn.Close()
		}
	}
}

// A handler that hangs on a client that stays, and still owes a body, is ended by Close.
func TestCloseEndsHang(t *testing.T) {
	f := newFixture(t)
	f.config.Faults = []faults.Fault{{Kind: faults.Hang, Count: 1}}
	c := start(t, f.config)
	conn := raw(t, c)
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: 1234567%s\r\nContent-Length: 5000\r\n\r\n", oauth.TokenPath, account.SuiteTalkSuffix)
	for c.faults.List()[0].Left > 0 {
		time.Sleep(time.Millisecond)
	}
	c.Close() // go test's own limit ends one that hangs
}
