package emulator

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// pageServer is a server with two accounts and logs of every kind of row.
func pageServer(t testing.TB) *client {
	c := start(t, newFixture(t).config)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	c.audit.add(AuditEntry{Time: at(1), Account: "1234567", Status: "Success", Basis: Official, Application: "main", ClientID: clientID("main"),
		CertificateID: strings.Repeat("K", 43), Role: "nsauth Integration", Entity: "Integration User", IPAddress: "127.0.0.1", RequestURI: tokenPath})
	c.audit.add(AuditEntry{Time: at(2), Account: "1234567", Status: "Failure", Detail: "MissingKey", Basis: Official, IPAddress: "127.0.0.1", RequestURI: tokenPath})
	c.audit.add(AuditEntry{Time: at(3), Account: "1234567_SB1", Status: "Failure", Basis: Guess, IPAddress: "::1", RequestURI: tokenPath})
	c.requests.add(Verdict{Time: at(1), Account: "1234567", Host: "1234567" + suitetalkSuffix, Method: "POST", Path: tokenPath, Status: 200, Accepted: true,
		Refusals: []Refusal{}, ClientID: clientID("main"), CertificateID: strings.Repeat("K", 43), AssertionSHA256: sha256Hex("x")})
	c.requests.add(Verdict{Time: at(2), Host: "1234567" + suitetalkSuffix, Method: "POST", Path: tokenPath, Status: 500,
		Refusals: []Refusal{refuse("setup.mapping-missing", "no certificate has this kid"), refuse("assertion.expired", "exp is 10 s ago")}})
	c.requests.add(Verdict{Time: at(3), Host: "example.com:443", Method: "CONNECT", Status: 403, Refusals: []Refusal{refuse("proxy.refused", "example.com:443: not a host of the accounts here")}})
	c.requests.add(Verdict{Time: at(4), Host: "1234567" + suitetalkSuffix, Method: "GET", Path: "/", Status: 503, Fault: "unavailable", Refusals: []Refusal{}})
	c.requests.add(Verdict{Time: at(5), Method: MethodHandshake, Fault: "tls-expired", Refusals: []Refusal{}})
	c.requests.add(Verdict{Time: at(6), Host: "7654321" + suitetalkSuffix, Method: "GET", Path: "/", Status: 503, Refusals: []Refusal{}})
	if err := c.SetFaults(parseFault(t, "flaky:2,path=/services/<b>"), parseFault(t, "latency,delay=80ms")); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) page(t testing.TB, path string) response {
	t.Helper()
	return c.do(t, request(t, "GET", restURL+path, "", "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"))
}

// The pages are what the golden files show; they were looked at in a browser.
func TestPages(t *testing.T) {
	full, empty := pageServer(t), start(t, newFixture(t).config)
	for name, tt := range map[string]struct {
		c    *client
		path string
	}{
		"index":          {full, pathIndex},
		"audit":          {full, pathAudit},
		"requests":       {full, pathRequests},
		"audit-empty":    {empty, pathAudit},
		"requests-empty": {empty, pathRequests},
	} {
		t.Run(name, func(t *testing.T) {
			res := tt.c.page(t, tt.path)
			if res.status != 200 || res.header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Fatalf("status %d, %s", res.status, res.header.Get("Content-Type"))
			}
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; style-src 'sha256-",
				"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Vary": "Accept",
			} {
				if !strings.HasPrefix(res.header.Get(header), want) {
					t.Errorf("%s: %q", header, res.header.Get(header))
				}
			}
			wellFormed(t, res.body)
			body := strings.Replace(res.body, pagesCSS, "STYLE", 1)
			golden := filepath.Join("testdata", "pages", name+".html")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(body), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.ReplaceAll(string(want), "\r\n", "\n"); body != want {
				t.Errorf("not as in %s; look, then: go test ./internal/emulator -run Pages -update\n%s", golden, body)
			}
		})
	}
}

// wellFormed: each element ends where it should, nothing is loaded, nothing runs.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	var open []string
	for _, m := range regexp.MustCompile(`<(/?)([a-z0-9]+)([^>]*)>`).FindAllStringSubmatch(page, -1) {
		switch {
		case m[2] == "meta" || m[2] == "br" || m[2] == "wbr":
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Fatalf("</%s> within %v", m[2], open)
		default:
			open = open[:len(open)-1]
		}
		// What is left beside attributes whose values end where they should is nothing.
		rest := regexp.MustCompile(` (lang|charset|name|content|href|class|title|scope|data-name|aria-current)="[^"<>]*"`).ReplaceAllString(m[3], "")
		if m[2] == "script" || m[2] == "img" || rest != "" {
			t.Errorf("<%s%s>", m[2], m[3])
		}
		if link := regexp.MustCompile(`href="([^"]*)"`).FindStringSubmatch(m[3]); link != nil && !strings.HasPrefix(link[1], "/") {
			t.Errorf("a link away: %s", link[1])
		}
	}
	if len(open) > 0 {
		t.Errorf("not ended: %v", open)
	}
}

// Values that a client or a configuration chose are text and never markup,
// wherever they stand.
func TestPagesEscape(t *testing.T) {
	hostile := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
		`</style><script>`, `<!--`, `]]>`, "\x00\x1b[31m", `{{.}}`, "\u202e", strings.Repeat("x", 5000),
	}
	c := start(t, newFixture(t).config)
	for _, h := range hostile {
		c.audit.add(AuditEntry{noon, h, h, h, Basis(h), h, h, h, h, h, h, h})
		c.audit.add(AuditEntry{Status: "Failure", Entity: h})
		c.requests.add(Verdict{Host: h, Method: h, Path: h, Fault: h, ClientID: h, CertificateID: h, AssertionSHA256: h,
			Refusals: []Refusal{{h, h, h, Basis(h)}}})
	}
	for _, path := range []string{pathIndex, pathAudit, pathRequests} {
		page := c.page(t, path).body
		wellFormed(t, page)
		rows := strings.Count(page, "<tr class=")
		if want := map[string]int{pathAudit: 2 * len(hostile), pathRequests: len(hostile)}[path]; rows != want {
			t.Errorf("%s: %d rows, want %d", path, rows, want)
		}
		if bad := contains([]byte(page), "<script", "<img", "<!--", `onerror=alert(1)>`, "</style><script"); bad != "" {
			t.Errorf("%s has %q", path, bad)
		}
	}
}

// The same address has JSON for whoever does not ask for a page.
func TestPagesNegotiate(t *testing.T) {
	c := pageServer(t)
	for accept, html := range map[string]bool{
		"": false, "*/*": false, "application/json": false, "application/json, text/html": true, "text/html": true,
		"text/html;q=0.5, application/json": false, "text/html;q=0": false, "TEXT/HTML": true, "text/html; q=bogus": true,
		"text/plain": false, "application/xhtml+xml": true, ",;,": false,
	} {
		res := c.do(t, request(t, "GET", restURL+pathAudit, "", "Accept", accept))
		if got := strings.HasPrefix(res.header.Get("Content-Type"), "text/html"); got != html {
			t.Errorf("Accept %q: %s", accept, res.header.Get("Content-Type"))
		}
		if !html {
			var entries []AuditEntry
			if err := json.Unmarshal([]byte(res.body), &entries); err != nil || len(entries) != 3 || entries[0].Status != "Success" {
				t.Errorf("Accept %q: %v, %d entries", accept, err, len(entries))
			}
		}
	}
	if res := c.page(t, pathAudit+"?format=json"); res.header.Get("Content-Type") != "application/json" {
		t.Errorf("format=json: %s", res.header.Get("Content-Type"))
	}
	if res := c.do(t, request(t, "POST", restURL+pathAudit, "")); res.status != 405 {
		t.Errorf("POST: status %d", res.status)
	}
}

// A page is there under the emulator's own names, with and without TLS, and under
// nobody else's: a site whose name leads to this address shall not read it.
func TestPagesOwnNames(t *testing.T) {
	c := pageServer(t)
	for host, own := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:8443": true, "[::1]:8443": true, "localhost": true, "LOCALHOST:1": true, "192.0.2.7:8443": true,
		"1234567" + suitetalkSuffix: true, "1234567-sb1" + appSuffix: true, "rest.netsuite.com": true,
		"evil.example": false, "7654321" + suitetalkSuffix: false, "localhost.evil.example": false, "127.0.0.1.evil.example:8443": false,
	} {
		for _, path := range []string{pathIndex, "/_emulator", pathAudit, pathRequests} {
			r := request(t, "GET", restURL+path, "")
			r.Host = host
			if got := c.do(t, r).status == http.StatusOK; got != own {
				t.Errorf("%s%s: %v, want %v", host, path, got, own)
			}
			plain := c.raw(t, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nAccept: text/html\r\n\r\n")
			if got := strings.HasPrefix(plain, "HTTP/1.1 200 "); got != own {
				t.Errorf("%s%s without TLS: %v, want %v: %.60q", host, path, got, own, plain)
			} else if own && !strings.Contains(plain, "Content-Security-Policy") {
				t.Errorf("%s%s without TLS: no policy", host, path)
			}
		}
	}
	if res := c.raw(t, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); !strings.HasPrefix(res, "HTTP/1.1 200 ") {
		t.Errorf("healthz without TLS: %q", res)
	}
}

// Every Detail that this server gives is explained on the page.
func TestEveryDetailHasAMeaning(t *testing.T) {
	for code, r := range rules() {
		if r.detail != "" && meaning(r.detail) == "" {
			t.Errorf("%s: Detail %s has no meaning", code, r.detail)
		}
	}
	if meaning("NoSuchDetail") != "" {
		t.Error("a Detail that does not exist has a meaning")
	}
}

// A log of full length is a page of bounded size.
func BenchmarkAuditPage(b *testing.B) {
	c := start(b, newFixture(b).config)
	for range DefaultLogSize {
		c.audit.add(AuditEntry{Time: noon, Account: "1234567", Status: "Failure", Detail: "MissingKey", RequestURI: tokenPath})
	}
	for b.Loop() {
		page := auditPage{c.AuditTrail(), c.Accounts(), DefaultLogSize}.page()
		b.SetBytes(int64(page.Len()))
	}
}
