package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/emulator/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

// pageServer is a server with two accounts and logs of every kind of row.
func pageServer(t testing.TB) *client {
	config := newFixture(t).config
	config.About = "Scenario <mapping-missing>: no mapping."
	config.Fixes = func(v verdict.Verdict) []string {
		fixes := make([]string, len(v.Refusals))
		for i, r := range v.Refusals {
			if r.Code == "setup.mapping-missing" {
				fixes[i] = "Upload <the> certificate."
			}
		}
		return fixes
	}
	c := start(t, config)
	at := func(minutes int) time.Time { return emulatortest.Noon.Add(time.Duration(minutes) * time.Minute) }
	c.audit.add(verdict.AuditEntry{Time: at(1), Account: "1234567", Status: "Success", Basis: verdict.Official, Application: "main", ClientID: emulatortest.ClientID("main"),
		CertificateID: strings.Repeat("K", 43), Role: "nsauth Integration", Entity: "Integration User", IPAddress: "127.0.0.1", RequestURI: oauth.TokenPath})
	c.audit.add(verdict.AuditEntry{Time: at(2), Account: "1234567", Status: "Failure", Detail: "MissingKey", Basis: verdict.Official, IPAddress: "127.0.0.1", RequestURI: oauth.TokenPath})
	c.audit.add(verdict.AuditEntry{Time: at(3), Account: "1234567_SB1", Status: "Failure", Basis: verdict.Guess, IPAddress: "::1", RequestURI: oauth.TokenPath})
	c.requests.add(verdict.Verdict{Time: at(1), Account: "1234567", Host: "1234567" + account.SuiteTalkSuffix, Method: "POST", Path: oauth.TokenPath, Status: 200, Accepted: true,
		Refusals: []verdict.Refusal{}, ClientID: emulatortest.ClientID("main"), CertificateID: strings.Repeat("K", 43), AssertionSHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("x")))})
	c.requests.add(verdict.Verdict{Time: at(2), Host: "1234567" + account.SuiteTalkSuffix, Method: "POST", Path: oauth.TokenPath, Status: 500,
		Refusals: []verdict.Refusal{verdict.Refuse("setup.mapping-missing", "no certificate has this kid"), verdict.Refuse("assertion.expired", "exp is 10 s ago")}})
	c.requests.add(verdict.Verdict{Time: at(3), Host: "example.com:443", Method: "CONNECT", Status: 403, Refusals: []verdict.Refusal{verdict.Refuse("proxy.refused", "example.com:443: not a host of the accounts here")}})
	c.requests.add(verdict.Verdict{Time: at(4), Host: "1234567" + account.SuiteTalkSuffix, Method: "GET", Path: "/", Status: 503, Fault: "unavailable", Refusals: []verdict.Refusal{}})
	c.requests.add(verdict.Verdict{Time: at(5), Method: verdict.MethodHandshake, Fault: "tls-expired", Refusals: []verdict.Refusal{}})
	c.requests.add(verdict.Verdict{Time: at(6), Host: "7654321" + account.SuiteTalkSuffix, Method: "GET", Path: "/", Status: 503, Refusals: []verdict.Refusal{}})
	if err := c.SetFaults(parseFault(t, "flaky:2,path=/services/<b>"), parseFault(t, "latency,delay=80ms")); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) page(t testing.TB, path string) emulatortest.Response {
	t.Helper()
	return c.do(t, emulatortest.Request(t, "GET", restURL+path, "", "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"))
}

// The pages are what the golden files show; they were looked at in a browser.
func TestPages(t *testing.T) {
	full, empty := pageServer(t), start(t, newFixture(t).config)
	for name, tt := range map[string]struct {
		c    *client
		path string
	}{
		"index":          {full, web.IndexPath},
		"audit":          {full, web.AuditTrailPath},
		"requests":       {full, web.RequestsPath},
		"requests-found": {full, web.RequestsPath + "?show=failed&find=MAPPING&refresh=5"},
		"audit-none":     {full, web.AuditTrailPath + "?find=nowhere%3Cb%3E"},
		"audit-empty":    {empty, web.AuditTrailPath},
		"requests-empty": {empty, web.RequestsPath},
	} {
		t.Run(name, func(t *testing.T) {
			res := tt.c.page(t, tt.path)
			if res.Status != 200 || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Fatalf("status %d, %s", res.Status, res.Header.Get("Content-Type"))
			}
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; style-src 'sha256-",
				"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Vary": "Accept",
			} {
				if !strings.HasPrefix(res.Header.Get(header), want) {
					t.Errorf("%s: %q", header, res.Header.Get(header))
				}
			}
			wellFormed(t, res.Body)
			style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(res.Body)
			if style == nil {
				t.Fatal("no style")
			}
			sum := sha256.Sum256([]byte(style[1]))
			if !strings.Contains(res.Header.Get("Content-Security-Policy"), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
				t.Error("the policy does not allow the page's style")
			}
			body := strings.Replace(res.Body, style[1], "STYLE", 1)
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
				t.Errorf("not as in %s; look, then: go test ./internal/emulator/server -run Pages -update\n%s", golden, body)
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
		case m[2] == "meta" || m[2] == "br" || m[2] == "wbr" || m[2] == "input":
		case m[1] == "":
			open = append(open, m[2])
		case len(open) == 0 || open[len(open)-1] != m[2]:
			t.Fatalf("</%s> within %v", m[2], open)
		default:
			open = open[:len(open)-1]
		}
		// What is left beside attributes whose values end where they should is nothing.
		rest := regexp.MustCompile(` (lang|charset|name|content|href|class|title|scope|data-name|aria-current|http-equiv|method|action|type|value|maxlength)="[^"<>]*"| (selected|checked)`).ReplaceAllString(m[3], "")
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
		c.audit.add(verdict.AuditEntry{Time: emulatortest.Noon, Account: h, Status: h, Detail: h, Basis: verdict.Basis(h), Application: h, ClientID: h, CertificateID: h, Role: h, Entity: h, IPAddress: h, RequestURI: h})
		c.audit.add(verdict.AuditEntry{Status: "Failure", Entity: h})
		c.requests.add(verdict.Verdict{Host: h, Method: h, Path: h, Fault: h, ClientID: h, CertificateID: h, AssertionSHA256: h,
			Refusals: []verdict.Refusal{{Code: h, Detail: h, Reason: h, Basis: verdict.Basis(h)}}})
	}
	for _, path := range []string{web.IndexPath, web.AuditTrailPath, web.RequestsPath} {
		page := c.page(t, path).Body
		wellFormed(t, page)
		rows := strings.Count(page, "<tr class=")
		if want := map[string]int{web.AuditTrailPath: 2 * len(hostile), web.RequestsPath: len(hostile)}[path]; rows != want {
			t.Errorf("%s: %d rows, want %d", path, rows, want)
		}
		if bad := emulatortest.Contains([]byte(page), "<script", "<img", "<!--", `onerror=alert(1)>`, "</style><script"); bad != "" {
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
		res := c.do(t, emulatortest.Request(t, "GET", restURL+web.AuditTrailPath, "", "Accept", accept))
		if got := strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"); got != html {
			t.Errorf("Accept %q: %s", accept, res.Header.Get("Content-Type"))
		}
		if !html {
			var entries []verdict.AuditEntry
			if err := json.Unmarshal([]byte(res.Body), &entries); err != nil || len(entries) != 3 || entries[0].Status != "Success" {
				t.Errorf("Accept %q: %v, %d entries", accept, err, len(entries))
			}
		}
	}
	if res := c.page(t, web.AuditTrailPath+"?format=json"); res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("format=json: %s", res.Header.Get("Content-Type"))
	}
	if res := c.do(t, emulatortest.Request(t, "POST", restURL+web.AuditTrailPath, "")); res.Status != 405 {
		t.Errorf("POST: status %d", res.Status)
	}
}

// A page is there under the emulator's own names, with and without TLS, and under
// no other: a site whose name leads to this address shall not read it.
func TestD11OwnNamesOnly(t *testing.T) {
	c := pageServer(t)
	for host, own := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:8443": true, "[::1]:8443": true, "localhost": true, "LOCALHOST:1": true, "192.0.2.7:8443": true,
		"1234567" + account.SuiteTalkSuffix: true, "1234567-sb1" + account.AppSuffix: true, "rest.netsuite.com": true,
		"evil.example": false, "7654321" + account.SuiteTalkSuffix: false, "localhost.evil.example": false, "127.0.0.1.evil.example:8443": false,
	} {
		for _, path := range []string{web.IndexPath, "/_emulator", web.AuditTrailPath, web.RequestsPath, web.FaultsPath, "/healthz"} {
			r := emulatortest.Request(t, "GET", restURL+path, "")
			r.Host = host
			if got := c.do(t, r).Status == http.StatusOK; got != own {
				t.Errorf("%s%s: %v, want %v", host, path, got, own)
			}
			plain := c.raw(t, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nAccept: text/html\r\n\r\n")
			if got := strings.HasPrefix(plain, "HTTP/1.1 200 "); got != own {
				t.Errorf("%s%s without TLS: %v, want %v: %.60q", host, path, got, own, plain)
			} else if !own && (!strings.HasPrefix(plain, "HTTP/1.1 421 ") || strings.Contains(plain, "1234567")) {
				t.Errorf("%s%s without TLS: %q", host, path, plain)
			} else if own && path != web.FaultsPath && path != "/healthz" && !strings.Contains(plain, "Content-Security-Policy") {
				t.Errorf("%s%s without TLS: no policy", host, path)
			}
		}
	}
	for _, method := range []string{"POST", "DELETE"} {
		if res := c.raw(t, method+" "+web.FaultsPath+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"); !strings.HasPrefix(res, "HTTP/1.1 400 ") {
			t.Errorf("%s without TLS: %q", method, res)
		}
		r := emulatortest.Request(t, method, restURL+web.FaultsPath, "")
		r.Host = "evil.example"
		if res := c.do(t, r); res.Status != http.StatusMisdirectedRequest {
			t.Errorf("%s from a foreign name: %d", method, res.Status)
		}
	}
	if res := c.raw(t, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); !strings.HasPrefix(res, "HTTP/1.1 200 ") {
		t.Errorf("healthz without TLS: %q", res)
	}
}

// The filter selects rows by result and by text; what it does not know selects all.
func TestPagesFilter(t *testing.T) {
	c := pageServer(t)
	for query, want := range map[string]int{
		"": 6, "?show=failed": 5, "?show=accepted": 1, "?show=other": 6, "?find=EXPIRED": 2, "?find=connect": 1, "?find=503": 2, "?find=kkkk": 1,
		"?find=mapping&show=accepted": 0, "?find=example.com": 1, "?find=" + strings.Repeat("x", 5000): 0, "?refresh=5": 6, "?show=failed;find=x": 6,
	} {
		page := c.page(t, web.RequestsPath+query).Body
		if got := strings.Count(page, "<tr class="); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
		if refresh := strings.Contains(page, `<meta http-equiv="refresh" content="5">`); refresh != strings.Contains(query, "refresh") {
			t.Errorf("%s: refreshes: %v", query, refresh)
		}
	}
	for query, want := range map[string]int{"?show=failed": 2, "?show=accepted": 1, "?find=missingkey": 1, "?find=user": 1} {
		if got := strings.Count(c.page(t, web.AuditTrailPath+query).Body, "<tr class="); got != want {
			t.Errorf("audit trail %s: %d rows, want %d", query, got, want)
		}
	}
}
