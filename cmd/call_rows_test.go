package cmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

// answering is an api that gives every call the same answer. header is NAME, VALUE, ...
func answering(status int, body string, header ...string) *api {
	return &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.URL.Path == netsuite.ServerTimePath {
			_, _ = io.WriteString(w, `{"serverTime":"2026-11-23T15:00:00Z"}`)
			return
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}}
}

const restletCall = "https://1234567.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=1&deploy=1"

// A RESTlet may answer with a web page. Only a sign-in page comes from something else,
// and REST web services never send one.
func TestB1RESTletPage(t *testing.T) {
	const page, portal = "<!doctype html><title>Price list</title><p>1", "<!doctype html><title>Sign in to continue</title>"
	for _, tt := range []struct {
		path, body string
		exit       int
	}{{restletCall, page, 0}, {restletCall, portal, 1}, {"record/v1/customer/107", page, 1}} {
		l := newLab(t)
		flags := append(l.serveAPI(answering(200, tt.body, "Content-Type", "text/html")), "--scope", "restlets")
		r := l.call(setup{}, flags, tt.path)
		if r.code != tt.exit || r.stdout != tt.body || (r.stderr == "") != (tt.exit == 0) || strings.Contains(r.stderr, "api.unexpected-response") != (tt.exit == 1) {
			t.Errorf("%s: exit %d, %q, %s", tt.path, r.code, r.stdout, r.stderr)
		}
		s := setup{dir: l.dir, world: func(w *cli.World) { w.Now = labTime }}
		doctor := nsauth(t, s, append([]string{"doctor", "--api-path", tt.path, "--only", "api", "--no-state"}, flags...)...)
		if doctor.code != tt.exit {
			t.Errorf("doctor, %s: exit %d, %s", tt.path, doctor.code, doctor.stdout)
		}
	}
	// A web page is no list.
	l := newLab(t)
	flags := append(l.serveAPI(answering(200, page, "Content-Type", "text/html")), "--scope", "restlets")
	if r := l.call(setup{}, flags, restletCall, "--paginate"); r.code != 1 || !strings.Contains(r.stderr, "api.pages-broken") {
		t.Errorf("pages: exit %d, %s", r.code, r.stderr)
	}
}

// Statuses without a body that are what was asked for. What the body does not say stands
// on standard error.
func TestB2AnswersWithoutBody(t *testing.T) {
	const at = "https://1234567.suitetalk.api.netsuite.com/services/rest/record/v1/customer/1001"
	for row, tt := range []struct {
		status int
		header []string
		args   []string
		exit   int
		stderr string
	}{
		{304, nil, []string{"record/v1/customer/1", "-H", `If-None-Match: "1"`}, 0, "nsauth: note: HTTP 304: not changed, so the response has no body\n"},
		{304, nil, []string{"record/v1/customer/1", "-H", "if-modified-since: Sat, 01 Jan 2000 00:00:00 GMT", "-q"}, 0, ""},
		{304, nil, []string{"record/v1/customer/1"}, 1, "api.unexpected-response"},
		{202, []string{"Location", at}, []string{"record/v1/customer/1", "-H", "Prefer: respond-async"}, 0, "nsauth: note: HTTP 202, Location: " + at + "\n"},
		{204, []string{"Location", at}, []string{"POST", "record/v1/customer", "-f", "a=b"}, 0, "nsauth: note: HTTP 204, Location: " + at + "\n"},
		{204, []string{"Location", at}, []string{"POST", "record/v1/customer", "-f", "a=b", "--mask-ids"}, 0, "Location: https://<account>.suitetalk"},
		{204, []string{"Location", "/x\u202e"}, []string{"POST", "record/v1/customer", "-f", "a=b"}, 0, `Location: /x\u202e` + "\n"},
		{204, nil, []string{"PATCH", "record/v1/customer/1", "-f", "a=b"}, 0, ""},
		{302, []string{"Location", at}, []string{"record/v1/customer/1"}, 1, "api.redirected"},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		l := newLab(t)
		r := l.call(setup{}, l.serveAPI(answering(tt.status, "", tt.header...)), tt.args...)
		if r.code != tt.exit || !strings.Contains(r.stderr, tt.stderr) || tt.stderr == "" && r.stderr != "" || r.stdout != "" {
			t.Errorf("%d, %v: exit %d, %q, %s", tt.status, tt.args, r.code, r.stdout, r.stderr)
		}
	}
}

// NetSuite's own text is shown, whatever the status, and the ID that its support wants.
func TestB3ErrorDetails(t *testing.T) {
	details := func(code, detail string) string {
		return fmt.Sprintf(`{"type":"https://www.w3.org","title":"x","o:errorDetails":[{"detail":%q,"o:errorCode":%q}]}`, detail, code)
	}
	const restletError = `{"error":{"code":"UNEXPECTED_ERROR","message":"An unexpected error occurred. Error ID: kx9q-1"}}`
	for row, tt := range []struct {
		status       int
		path, body   string
		code         string
		want, absent string
	}{
		{500, "record/v1/customer/1", details("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: kx9q-1"), "api.unexpected-response", "give error ID kx9q-1", "does not document"},
		{500, restletCall, restletError, "api.unexpected-response", "give error ID kx9q-1", "does not document"},
		{400, restletCall, restletError, "api.restlet-error", "Error ID: kx9q-1", ""},
		{406, "record/v1/customer/1", details("INVALID_HEADER", "Accept is text/csv"), "api.invalid-request", "Accept is text/csv", "malformed"},
		{409, "record/v1/customer/1", details("RCRD_HAS_BEEN_CHANGED", "Record has been changed"), "api.invalid-request", "Record has been changed", "malformed"},
		{409, "record/v1/customer/1", `{"title":"Conflict","detail":"Record has been changed"}`, "api.invalid-request", "Record has been changed", "malformed"},
		{413, "record/v1/customer/1", details("SSS_SIZE", "The body is too large"), "api.invalid-request", "The body is too large", "malformed"},
		{422, "record/v1/customer/1", details("WHATEVER", "No such thing"), "api.unexpected-response", "No such thing", "does not document"},
		{501, "record/v1/customer/1", details("WHATEVER", "No such thing"), "api.unexpected-response", "No such thing", "does not document"},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		l := newLab(t)
		r := l.call(setup{}, append(l.serveAPI(answering(tt.status, tt.body)), "--scope", "restlets,rest_webservices"), tt.path)
		if r.code != 1 || r.stdout != tt.body || !strings.Contains(r.stderr, "("+tt.code+")") || !strings.Contains(strings.Join(strings.Fields(r.stderr), " "), tt.want) ||
			tt.absent != "" && strings.Contains(r.stderr, tt.absent) {
			t.Errorf("%d: exit %d, %s", tt.status, r.code, r.stderr)
		}
	}
}

// Ctrl-C is no cause: nothing is examined, in whatever phase it comes.
func TestB4Interrupted(t *testing.T) {
	l := newLab(t)
	for name, tt := range map[string]struct {
		args  []string
		begin bool // the answer
	}{"answer": {[]string{"x"}, false}, "body": {[]string{"x"}, true}, "page": {[]string{"x", "--paginate"}, false}, "in a page": {[]string{"x", "--paginate"}, true},
		"verbose": {[]string{"x", "-v"}, false}, "retries": {[]string{"x", "--retry", "3"}, false}} {
		ctx, stop := context.WithCancel(t.Context())
		flags := l.serveAPI(&api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
			if tt.begin {
				_, _ = io.WriteString(w, `{"items":[1,`)
				_ = http.NewResponseController(w).Flush()
				time.AfterFunc(50*time.Millisecond, stop) // the client has seen it, or not: both are right
			} else {
				stop()
			}
			<-r.Context().Done()
		}})
		r := l.call(setup{ctx: ctx}, flags, tt.args...)
		if r.code != 130 || !strings.Contains(r.stderr, "interrupted") || strings.Contains(r.stderr, "network.") || strings.Contains(r.stderr, "likely") {
			t.Errorf("%s: exit %d, %s", name, r.code, r.stderr)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	flags := l.serveAPI(&api{refuse: func(http.ResponseWriter) { stop(); time.Sleep(time.Second / 4) }})
	if r := l.call(setup{ctx: ctx}, flags, "x"); r.code != 130 || strings.Contains(r.stderr, "network.") {
		t.Errorf("token: exit %d, %s", r.code, r.stderr)
	}
}

// A wait that is longer than --timeout is not made, and that is said.
func TestB6WaitIsTooLong(t *testing.T) {
	for _, after := range []string{"86400", "2000000000", "Thu, 01 Jan 2099 00:00:00 GMT"} {
		l := newLab(t)
		r := l.call(setup{}, l.serveAPI(answering(429, "{}", "Retry-After", after)), "x", "--retry", "3", "--timeout", "3s")
		if r.code != 3 || !strings.Contains(r.stderr, "nsauth: note: not retried: ") || !strings.Contains(r.stderr, "(api.rate-limited)") {
			t.Errorf("%s: exit %d, %s", after, r.code, r.stderr)
		}
		s := &api{refuse: func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusTooManyRequests)
		}}
		if r := l.call(setup{}, l.serveAPI(s), "x", "--retry", "3", "--timeout", "3s"); r.code != 3 || !strings.Contains(r.stderr, "not retried") {
			t.Errorf("token, %s: exit %d, %s", after, r.code, r.stderr)
		}
	}
}

// A kept token that is valid for two minutes is used, although its renewal is refused.
func TestB8KeptToken(t *testing.T) {
	l := newLab(t)
	s := answering(200, "{}")
	flags, cache := l.serveAPI(s), t.TempDir()
	at := func(later time.Duration) setup {
		return setup{cache: cache, world: func(w *cli.World) { w.Now = func() time.Time { return labTime().Add(later) } }}
	}
	if r := l.call(at(0), flags, "x"); r.code != 0 {
		t.Fatal(r)
	}
	s.refuse = func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error":"server_error"}`)
	}
	if r := l.call(at(58*time.Minute), flags, "x"); r.code != 0 || r.stdout != "{}" || !strings.Contains(r.stderr, "warning: no new token: ") || !strings.Contains(r.stderr, "server_error") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
	if r := l.call(at(61*time.Minute), flags, "x"); r.code == 0 || strings.Contains(r.stderr, "warning: no new token") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

// --paginate says that a list ended before its end.
func TestB10ListEndsEarly(t *testing.T) {
	l := newLab(t)
	flags := l.serveAPI(answering(200, `{"hasMore":false,"offset":0,"items":[{"id":"1"},{"id":"2"}],"totalResults":7000}`))
	for _, how := range [][]string{nil, {"--jsonl"}, {"-q"}} {
		r := l.call(setup{}, flags, append([]string{"record/v1/customer", "--paginate"}, how...)...)
		if r.code != 1 || strings.Count(r.stdout, `"id"`) != 2 || !strings.Contains(strings.Join(strings.Fields(r.stderr), " "), "ended after 2 records, but it has 7000") {
			t.Errorf("%v: exit %d, %s%s", how, r.code, r.stdout, r.stderr)
		}
	}
}

// A body may flow longer than --timeout, as long as it flows.
func TestB11SlowBody(t *testing.T) {
	l := newLab(t)
	flags := l.serveAPI(&api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("Content-Type", "text/plain")
		for range 12 {
			_, _ = io.WriteString(w, "1")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(200 * time.Millisecond):
			case <-r.Context().Done():
				return
			}
		}
	}})
	if r := l.call(setup{}, flags, "x", "--timeout", "2s"); r.code != 0 || r.stdout != strings.Repeat("1", 12) {
		t.Errorf("exit %d, %q, %s", r.code, r.stdout, r.stderr)
	}
}

func TestB11Requests(t *testing.T) {
	l := newLab(t)
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, body string) {
		_, _ = fmt.Fprintf(w, "%s%q", "\ufeff", r.RequestURI+" "+body)
	}}
	flags := l.serveAPI(s)
	for _, tt := range []struct {
		args  []string
		stdin string
		want  string // the request, or a part of the refusal
		exit  int
	}{
		{args: []string{"/x?q=50%", "--jq", "."}, want: "/x?q=50%25 "},
		{args: []string{"/x?q=a LIKE 'b%'", "--jq", "."}, want: "/x?q=a%20LIKE%20%27b%25%27 "},
		{args: []string{"/x?q=a%20LIKE '%de%'"}, exit: 2, want: "--query NAME=VALUE"},
		{args: []string{"/x", "--query", "q=50%20%", "--jq", "."}, want: "/x?q=50%2520%25 "},
		{args: []string{"/x", "-d", "@-", "--jq", "."}, stdin: `{"a":1}`, want: `/x {"a":1}`},
		{args: []string{"/x", "-d", "-", "--jq", "."}, stdin: `{"a":1}`, want: `/x {"a":1}`},
		{args: []string{"/x", "-d", "@-", "--access-token-file", "-"}, exit: 2, want: "both read standard input"},
		{args: []string{"-X", "POST", "/x"}, exit: 2, want: "the method comes before the path"},
		{args: []string{"--request", "POST", "/x"}, exit: 2, want: "the method comes before the path"},
	} {
		r := l.call(setup{stdin: tt.stdin}, flags, tt.args...)
		got := strings.TrimSuffix(r.stdout, "\n")
		if tt.exit != 0 {
			got = r.stderr
		}
		got = strings.ReplaceAll(got, "'", "%27")
		if r.code != tt.exit || tt.exit == 0 && got != tt.want || tt.exit != 0 && !strings.Contains(got, tt.want) {
			t.Errorf("%q: exit %d, %q, %s", tt.args, r.code, r.stdout, r.stderr)
		}
	}
	tty := func(w *cli.World) { w.Width = func(io.Writer) (int, bool) { return 80, true } }
	list := l.serveAPI(answering(200, "\ufeff"+`{"items":[{"id":"1"}],"hasMore":false}`))
	if r := l.call(setup{world: tty}, list, "record/v1/x"); r.code != 0 || !strings.HasPrefix(r.stdout, "{\n") {
		t.Errorf("on a terminal: exit %d, %q, %s", r.code, r.stdout, r.stderr)
	}
	if r := l.call(setup{}, list, "record/v1/x", "--paginate"); r.code != 0 || r.stdout != "[\n{\"id\":\"1\"}\n]\n" {
		t.Errorf("pages: exit %d, %q, %s", r.code, r.stdout, r.stderr)
	}
}

// The curl command that is printed goes where the request went.
func TestB11PrintedCurl(t *testing.T) {
	l := newLab(t)
	s := setup{dir: l.dir, world: func(w *cli.World) { w.Now = labTime }}
	token := filepath.Join(l.dir, "own-token")
	if err := os.WriteFile(token, []byte(tokenNumber(1)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := nsauth(t, s, "call", "/x", "--account", "1234567", "--api-url", "http://127.0.0.1:9", "--access-token-file", token)
	if !strings.Contains(r.stderr, "curl -sSv http://127.0.0.1:9/services/rest/") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

// Whatever form the token endpoint answers in, no token is shown: of a body that is not a
// plain JSON object there is only the length and the type.
func TestD4NoTokenIsShown(t *testing.T) {
	jwt, opaque := tokenNumber(7), "s3cr3t-Opaque_token.value~1"
	turn := 0
	for name, format := range map[string]string{
		"form": "access_token=%s&token_type=Bearer", "form in another order": "token_type=Bearer&expires_in=1&access_token=%s",
		"XML": "<?xml version='1.0'?><r><access_token>%s</access_token></r>", "array": `[{"access_token":%q}]`, "array of text": `["%s"]`, "text": `%q`, "bare": "%s",
		"nested": `{"data":{"access_token":%q}}`, "escaped name": `{"access\u005ftoken":%q,"x":1`, "escaped name, whole": `{"error":"x","access\u005ftoken":%q}`,
		"twice": `{"access_token":1,"access_token":%q}`, "two documents": `{"error":"x"} {"access_token":%q}`, "another name": `{"accessToken":%q,"error":"e"}`,
		"unknown name": `{"jwt":%q}`, "page": "<html><title>t</title>%s</html>", "cut off": `{"access_token":%q`, "yaml": "access_token: %s\n", "in scope": `{"scope":["%s"]}`,
	} {
		for _, token := range []string{jwt, opaque} {
			for _, status := range []int{200, 400} {
				if turn++; testkit.LeftOut(turn, 1, 12) {
					continue
				}
				l := newLab(t)
				body := fmt.Sprintf(format, token)
				s := answering(200, "{}")
				s.refuse = func(w http.ResponseWriter) {
					w.Header().Set("X-Token", jwt)
					w.WriteHeader(status)
					_, _ = io.WriteString(w, body)
				}
				r := l.call(setup{}, l.serveAPI(s), "x", "-v", "--har", filepath.Join(l.dir, "x.har"))
				har, err := os.ReadFile(filepath.Join(l.dir, "x.har"))
				if err != nil {
					t.Fatal(err)
				}
				for where, text := range map[string]string{"shown": r.stdout + r.stderr, "archive": string(har)} {
					if strings.Contains(text, token) || strings.Contains(text, jwt[:40]) || strings.Contains(text, jwt[len(jwt)-20:]) {
						t.Errorf("%s, %d: a token is in the %s: %s", name, status, where, text)
					}
				}
				object := strings.HasPrefix(body, `{"jwt"`) || strings.HasPrefix(body, `{"accessToken"`)
				if !object && name != "escaped name, whole" && !strings.Contains(r.stderr, fmt.Sprintf("(%d bytes of application/json, not shown", len(body))) && !strings.Contains(r.stderr, "bytes of ") {
					t.Errorf("%s: %s", name, r.stderr)
				}
			}
		}
	}
	// What is said about a refusal stays.
	l := newLab(t)
	s := &api{refuse: func(w http.ResponseWriter) {
		w.WriteHeader(400)
		_, _ = io.WriteString(w, `{"error":"invalid_scope","error_description":"no such scope","expires_in":5}`)
	}}
	if r := l.call(setup{}, l.serveAPI(s), "x", "-v"); !strings.Contains(r.stderr, `< {"error":"invalid_scope","error_description":"no such scope","expires_in":5}`) {
		t.Error(r.stderr)
	}
}

// With --mask-ids the account is in no line and in no archive.
func TestD5MaskedExchange(t *testing.T) {
	for _, args := range [][]string{{"record/v1/customer/107", "-v", "--har"}, {"record/v1/customer/107", "--dry-run"}, {"PATCH", "record/v1/customer/107", "-f", "a=b", "--dry-run"},
		{restletCall, "--dry-run", "--scope", "restlets"}, {"suiteql", "SELECT 1", "-v", "--paginate"}, {"record/v1/customer/107", "-i"}} {
		l := newLab(t)
		flags := l.serveAPI(answering(200, `{"items":[]}`, "Location", "https://1234567.suitetalk.api.netsuite.com/x"))
		masked := append(flags, "--mask-ids")
		if args[len(args)-1] == "--har" {
			args = append(args, filepath.Join(l.dir, "x.har"))
		}
		r := l.call(setup{}, masked, args...)
		har, _ := os.ReadFile(filepath.Join(l.dir, "x.har"))
		if text := r.stdout + r.stderr + string(har); r.code != 0 || strings.Contains(text, "1234567") || !strings.Contains(text, "<account>") {
			t.Errorf("%q: exit %d, %s", args, r.code, text)
		}
		if bare := l.call(setup{}, flags, args[0], "--dry-run"); args[0] != "suiteql" && args[0] != "PATCH" && !strings.Contains(bare.stdout, "1234567") {
			t.Errorf("without --mask-ids: %s", bare.stdout)
		}
	}
}

// What a terminal would obey is replaced: in headers, in a body on a terminal, and in the
// path of a key.
func TestD10Controls(t *testing.T) {
	l := newLab(t)
	flags := l.serveAPI(answering(200, "a\u202eb", "Content-Type", "text/plain", "X-A", "1\u202e2\u009b3"))
	tty := func(w *cli.World) { w.Width = func(io.Writer) (int, bool) { return 80, true } }
	for _, how := range []setup{{}, {world: tty}} {
		r := l.call(how, flags, "x", "-i", "-v")
		head, body, _ := strings.Cut(r.stdout, "\r\n\r\n")
		if r.code != 0 || strings.ContainsAny(head+r.stderr, "\u202e\u009b\x1b") || !strings.Contains(head, "X-A: 1\uFFFD2\uFFFD3") || (body == "a\u202eb") != (how.world == nil) {
			t.Errorf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
		}
	}
	key := filepath.Join(l.dir, "k\x1b[31m\u202ey.pem")
	data, err := os.ReadFile(filepath.Join(l.dir, labKey+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, data, 0o600); err != nil {
		t.Skip("this system has no such file names")
	}
	r := nsauth(t, setup{dir: l.dir}, "certgen", "--for-key", key, "--name", "own", "--out", l.dir)
	if r.code != 0 || bytes.ContainsAny([]byte(r.stdout+r.stderr), "\x1b\u202e") || !strings.Contains(r.stdout, `k\x1b[31m\u202ey.pem`) {
		t.Errorf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
}
