package cmd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/certificates"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/testkit"
)

// certificatesOf is an answer to a list request with the certificate of the lab's identity.
func (l *lab) certificatesOf(until string) string {
	return fmt.Sprintf(`[{"application":{"id":1,"name":"Shop"},"role":{"id":1012,"name":"API"},"entity":{"id":1042,"name":"User"},"created":"2026-09-01",
		"valid_from":"2026-09-01","valid_until":%q,"revoked":false,"certificate_id":%q,"algorithm":"EC"}]`, until, l.certificateID(labKey+"-cert.pem"))
}

// cert is a run of nsauth cert at the lab's time that prints a document.
func (l *lab) cert(s setup, flags []string, args ...string) run {
	l.Helper()
	return l.nsauth(s, append(append([]string{"cert"}, args...), flags...)...)
}

// A token from the cache that NetSuite rejects is renewed once, and only then.
func TestCertRenewsTheToken(t *testing.T) {
	l := newLab(t)
	s, good := &api{}, 1
	s.answer = func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.Header.Get("Authorization") != "Bearer "+tokenNumber(good) {
			w.WriteHeader(401)
			return
		}
		_, _ = io.WriteString(w, l.certificatesOf("2027-12-01"))
	}
	flags := l.serveAPI(s)
	cache := t.TempDir()
	with := setup{world: func(w *cli.World) { w.CacheDir = cache }}
	for _, want := range []int{1, 1, 2, 2} {
		good = want
		if r := l.cert(with, flags, "list"); r.code != 0 || s.tokens != want {
			t.Fatalf("exit %d, %d tokens, want %d\n%s%s", r.code, s.tokens, want, r.stdout, r.stderr)
		}
	}
	good = 99
	if r := l.cert(with, flags, "list"); r.code != 3 || s.tokens != 3 || !strings.Contains(r.stdout, "mapping.unreadable") {
		t.Errorf("exit %d, %d tokens\n%s", r.code, s.tokens, r.stdout)
	}
	s.calls = nil
	if r := l.cert(setup{}, flags, "list", "--no-cache"); r.code != 3 || s.tokens != 4 || len(s.calls) != 1 {
		t.Errorf("exit %d, %d tokens, %v", r.code, s.tokens, s.calls)
	}
}

// Whatever answers in the place of the list, nothing is said about the certificate.
func TestCertWithoutAList(t *testing.T) {
	l := newLab(t)
	s := &api{}
	flags := append(l.serveAPI(s), "--no-cache")
	row := 0
	for name, answer := range map[string]func(w http.ResponseWriter){
		"500":        func(w http.ResponseWriter) { w.WriteHeader(500) },
		"503":        func(w http.ResponseWriter) { w.WriteHeader(503); _, _ = io.WriteString(w, "<html>") },
		"404":        func(w http.ResponseWriter) { w.WriteHeader(404) },
		"403":        func(w http.ResponseWriter) { w.WriteHeader(403) },
		"a web page": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>Sign in</html>") },
		"an object":  func(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}") },
		"half a list": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, l.certificatesOf("2027-12-01")[:200])
		},
		"too much": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `[{"certificate_id":"`+strings.Repeat("A", 2<<20)+`"}]`)
		},
		"a broken connection": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "[")
		},
		"\x1b[31m": func(w http.ResponseWriter) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, errorBody(400, "USER_ERROR", "\u001b[31mred\n"))
		},
	} {
		if row++; testkit.LeftOut(row, 1, 4) {
			continue
		}
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) { answer(w) }
		r := l.cert(setup{}, flags, "list")
		if r.code != 3 || !strings.Contains(r.stdout, "mapping.unreadable") || strings.Contains(r.stdout, "not-listed") {
			t.Errorf("%q: exit %d\n%s%s", name, r.code, r.stdout, r.stderr)
		}
		if r = l.cert(setup{}, flags, "show"); r.code != 3 || !strings.Contains(r.stdout, `"state": "unknown"`) {
			t.Errorf("%q: show: exit %d\n%s%s", name, r.code, r.stdout, r.stderr)
		}
		text := nsauth(t, setup{dir: l.dir, world: func(w *cli.World) { w.Now = labTime }}, append([]string{"cert", "list"}, flags...)...)
		if text.code != 3 || text.stdout != "" || strings.Contains(text.stderr, "\x1b") {
			t.Errorf("%q: exit %d\n%q%q", name, text.code, text.stdout, text.stderr)
		}
	}
}

// A server that never answers ends with --timeout.
func TestCertHang(t *testing.T) {
	l := newLab(t)
	stop := make(chan struct{})
	s := &api{answer: func(http.ResponseWriter, *http.Request, string) { <-stop }}
	flags := l.serveAPI(s)
	t.Cleanup(func() { close(stop) }) // before the server is closed
	r := l.cert(setup{}, flags, "list", "--no-cache", "--timeout", "3s")
	if r.code != 3 || !strings.Contains(r.stdout, "mapping.unreadable") {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// Each Client ID is asked for once, with its next profile if one fails, four at a time. The
// document is the same in every run.
func TestCertInventoryAsksOnce(t *testing.T) {
	l := newLab(t)
	var busy, most, asked atomic.Int32
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		most.Store(max(most.Load(), busy.Add(1)))
		defer busy.Add(-1)
		asked.Add(1)
		time.Sleep(20 * time.Millisecond)
		if strings.Contains(r.URL.Path, strings.Repeat("0", 64)) && asked.Load()%10 == 0 {
			w.WriteHeader(500)
			return
		}
		_, _ = io.WriteString(w, l.certificatesOf("2027-12-01"))
	}}
	flags := l.serveAPI(s)
	connect := flags[len(flags)-3]
	config := "profiles:\n"
	for i := range 12 { // nine Client IDs, the first with four profiles
		config += fmt.Sprintf("  p%d: {account: %q, client_id: %q, certificate_id: %q, key: %s.pem, cert: %[5]s-cert.pem, connect_to: %q, ca_file: ca.pem}\n",
			i, labAccount, strings.Repeat(fmt.Sprint(max(0, i-3)), 64), l.certificateID(labKey+"-cert.pem"), labKey, connect)
	}
	l.write("several.yaml", []byte(config))
	first := ""
	for range 3 {
		asked.Store(0)
		r := l.nsauth(setup{}, "cert", "inventory", "--config", "several.yaml", "--no-cache")
		var doc certificates.Document
		if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
			t.Fatal(err)
		}
		doc.Certificates = slices.DeleteFunc(doc.Certificates, func(r certificates.Row) bool { return r.State == certificates.NotMapped })
		if r.code != 0 || asked.Load() != 9 || most.Load() > 4 || len(doc.Certificates) != 9 || len(doc.Certificates[0].SignedBy) != 4 {
			t.Errorf("exit %d, %d requests, at most %d at once\n%s%s", r.code, asked.Load(), most.Load(), r.stdout, r.stderr)
		}
		if first = cmp.Or(first, r.stdout); r.stdout != first {
			t.Errorf("another document:\n%s\n%s", first, r.stdout)
		}
	}
	asked.Store(9) // the next answer for the first Client ID is a failure, if it comes first
	one := strings.Join(strings.SplitAfter(config, "\n")[:5], "")
	l.write("one.yaml", []byte(one))
	var doc certificates.Document
	r := l.nsauth(setup{}, "cert", "inventory", "--config", "one.yaml", "--no-cache")
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, p := range doc.Profiles {
		states = append(states, string(p.State))
	}
	if got := strings.Join(states, " "); r.code != 0 || got != "not-read read shared shared" || *doc.Lists[0].ReadBy != "p1" {
		t.Errorf("exit %d, %s\n%s", r.code, got, r.stdout)
	}
}
