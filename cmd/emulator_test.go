package cmd

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/finding"
)

// shared is a stream that several goroutines write to and a test reads.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// trial is nsauth emulator while it runs in this process.
type trial struct {
	*http.Client
	dir  string // its --dir
	stop func() run
}

var listeningOn = regexp.MustCompile(`listening on (\S+)`)

// runStandIn starts nsauth emulator with these flags and a --dir, and waits
// until it says that it listens.
func (l *lab) runStandIn(args ...string) *trial {
	l.Helper()
	dir := filepath.Join(l.TempDir(), "emu")
	var stdout, stderr shared
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan run, 1)
	go func() {
		r := nsauth(l.T, setup{dir: l.dir, ctx: ctx, world: func(w *cli.World) { w.Stdout, w.Stderr, w.Now = &stdout, &stderr, labTime }},
			append([]string{"emulator", "--listen", "127.0.0.1:0", "--dir", dir}, args...)...)
		r.stdout, r.stderr = stdout.String(), stderr.String()
		done <- r
	}()
	s := &trial{dir: dir, stop: sync.OnceValue(func() run { cancel(); return <-done })}
	l.Cleanup(func() { s.stop() })
	var address string
	for end := time.Now().Add(maxWait); address == ""; time.Sleep(time.Millisecond) {
		if m := listeningOn.FindStringSubmatch(stdout.String()); m != nil {
			address = m[1]
		} else if time.Now().After(end) {
			l.Fatalf("it does not listen: %+v", s.stop())
		}
		select {
		case r := <-done:
			done <- r
			l.Fatalf("it ended: %+v", r)
		default:
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(l.read(filepath.Join(dir, "ca.pem")))
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{RootCAs: pool, Time: labTime},
	}
	l.Cleanup(transport.CloseIdleConnections)
	s.Client = &http.Client{Transport: transport}
	return s
}

func (l *lab) send(c *trial, method, body string, header http.Header) int {
	l.Helper()
	r, err := http.NewRequest(method, tokenURL, strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	r.Header = header
	res, err := c.Do(r)
	if err != nil {
		l.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		l.Fatal(err)
	}
	return res.StatusCode
}

// Try my program: a program makes one mistake after the other, and reads of each
// in the verdicts, without its assertion in them.
func TestVerdictsOnAProgram(t *testing.T) {
	l := newLab(t)
	l.write("config.yaml", []byte("profiles:\n  prod:\n    account: "+labAccount+"\n    client_id: "+labClientID+"\n    cert: "+labKey+"-cert.pem\n"))
	file := filepath.Join(l.dir, "verdicts.ndjson")
	s := l.runStandIn("--config", l.path("config.yaml"), "--profile", "prod", "--verdicts", file)

	signed := l.forge(nil).text()
	form := func(change func(url.Values)) string {
		v := url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion": {signed}}
		if change != nil {
			change(v)
		}
		return v.Encode()
	}
	asForm := func(more ...string) http.Header {
		h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	members, err := json.Marshal(map[string]string{"grant_type": "client_credentials", "client_assertion": signed,
		"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, tt := range []struct {
		method, body string
		header       http.Header
		code         string // "" for none
	}{
		{"POST", form(nil), asForm(), ""},
		{"POST", form(func(v url.Values) { v["assertion"] = v["client_assertion"]; v.Del("client_assertion") }), asForm(), "request.parameter-missing"},
		{"POST", form(nil) + "&grant_type=client_credentials", asForm(), "request.parameter-repeated"},
		{"POST", form(nil), http.Header{"Content-Type": {"text/plain"}}, "request.content-type"},
		{"POST", string(members), http.Header{"Content-Type": {"application/json"}}, "request.content-type"},
		{"POST", form(nil), asForm("Authorization", "Basic eDp5"), "request.client-authentication"},
		{"POST", form(nil), asForm("Cookie", "a=b"), "request.cookie"},
		{"GET", "", nil, "request.wrong-method"},
		{"POST", form(func(v url.Values) { v.Set("client_assertion", signed[:len(signed)-8]+"AAAAAAAA") }), asForm(), "assertion.signature-invalid"},
	} {
		if status := l.send(s, tt.method, tt.body, tt.header); (status == 200) != (tt.code == "") {
			t.Errorf("%s: status %d", tt.code, status)
		}
		codes = append(codes, tt.code)
	}
	r := s.stop()
	if r.code != finding.ExitOK {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	lines := strings.Split(strings.TrimSpace(string(l.read(file))), "\n")
	if len(lines) != len(codes) {
		t.Fatalf("%d verdicts for %d requests", len(lines), len(codes))
	}
	for i, line := range lines {
		var v verdict.Verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		first := ""
		if len(v.Refusals) > 0 {
			first = v.Refusals[0].Code
		}
		if first != codes[i] || v.Accepted != (codes[i] == "") {
			t.Errorf("request %d: %s", i, line)
		}
		if e, ok := catalog.Lookup(finding.Code(first)); ok && !strings.Contains(r.stderr, "  refused   "+first+": "+e.Title+": ") {
			t.Errorf("no words of %s in\n%s", first, r.stderr)
		}
	}
	for _, secret := range []string{signed, signed[len(signed)-40:], "eDp5"} {
		if strings.Contains(r.stdout+r.stderr+string(l.read(file)), secret) {
			t.Error("a secret was printed")
		}
	}
	if !strings.Contains(r.stderr, "the form has assertion\n  fix       Send all three parameters under their exact names.\n") {
		t.Errorf("no remedy in\n%s", r.stderr)
	}
}

// What the command says when it starts is masked too.
func TestStartMasked(t *testing.T) {
	l := newLab(t)
	l.write("config.yaml", []byte("profiles:\n  prod:\n    account: 7654321-sb1\n    client_id: "+labClientID+"\n    certificate_id: NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA\n    cert: "+labKey+"-cert.pem\n"))
	r := l.runStandIn("--config", l.path("config.yaml"), "--profile", "prod", "--mask-ids").stop()
	for _, id := range []string{"7654321", labClientID, l.certificateID(labKey + "-cert.pem")} {
		if strings.Contains(r.stdout+r.stderr, id) {
			t.Errorf("%s in\n%s%s", id, r.stdout, r.stderr)
		}
	}
	for _, want := range []string{"client ID <client-id>", "certificate <certificate-id>", "https://<account>.suitetalk.api.netsuite.com/"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %s in\n%s", want, r.stdout)
		}
	}
}
