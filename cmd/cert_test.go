package cmd

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
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
