package cmd

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

// api is a NetSuite that issues a token for every request and whose answers to
// calls a test writes itself.
type api struct {
	answer func(w http.ResponseWriter, r *http.Request, body string)
	refuse func(w http.ResponseWriter) // answers token requests; nil issues tokens

	mu     sync.Mutex
	tokens int      // issued so far
	calls  []string // method and URI
}

func (s *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", labTime().Format(http.TimeFormat))
	s.mu.Lock()
	if strings.HasSuffix(r.URL.Path, "/token") && s.refuse != nil {
		s.mu.Unlock()
		s.refuse(w)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/token") {
		s.tokens++
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"expires_in":3600,"token_type":"Bearer"}`, tokenNumber(s.tokens))
		s.mu.Unlock()
		return
	}
	s.calls = append(s.calls, r.Method+" "+r.RequestURI)
	s.mu.Unlock()
	s.answer(w, r, string(body))
}

// tokenNumber is the n-th token that an api issues.
func tokenNumber(n int) string {
	return accessToken("1012;1042", labAccount, "rest_webservices") + strconv.Itoa(n)
}

// serveAPI starts one under NetSuite's names, and returns the flags that lead there.
func (l *lab) serveAPI(s *api) []string {
	l.Helper()
	server := httptest.NewUnstartedServer(s)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{l.tls}}
	server.EnableHTTP2 = true
	server.StartTLS()
	l.Cleanup(server.Close)
	return append(l.identity(), "--connect-to", server.Listener.Addr().String(), "--ca-file", "ca.pem")
}

// call is a run of nsauth call at the lab's time.
func (l *lab) call(s setup, flags []string, args ...string) run {
	l.Helper()
	change := s.world
	s.dir = l.dir
	s.world = func(w *cli.World) {
		w.Now = labTime
		if change != nil {
			change(w)
		}
	}
	return nsauth(l.T, s, append(append([]string{"call"}, args...), flags...)...)
}

// What is written on the command line is what is sent.
func TestCallSendsWhatIsWritten(t *testing.T) {
	l := newLab(t)
	type sent struct {
		Method, URI, Host, Body string
		Header                  http.Header
	}
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, body string) {
		r.Header.Del("Authorization")
		r.Header.Del("User-Agent")
		r.Header.Del("Content-Length")
		_ = json.NewEncoder(w).Encode(sent{r.Method, r.RequestURI, r.Host, body, r.Header})
	}}
	flags := l.serveAPI(s)
	l.write("body.json", []byte(`{"a":1}`))
	const rest, restlets = "1234567.suitetalk.api.netsuite.com", "1234567.restlets.api.netsuite.com"
	jsonOnly := http.Header{"Accept": {"application/json"}}
	withBody := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	query := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "Prefer": {"transient"}}
	for row, tt := range []struct {
		args  []string
		stdin string
		want  sent
	}{
		{[]string{"record/v1/customer/1"}, "", sent{"GET", "/services/rest/record/v1/customer/1", rest, "", jsonOnly}},
		{[]string{"get", "/services/rest/x"}, "", sent{"GET", "/services/rest/x", rest, "", jsonOnly}},
		{[]string{"https://" + restlets + "/app/site/hosting/restlet.nl?script=1&deploy=2"}, "", sent{"GET", "/app/site/hosting/restlet.nl?script=1&deploy=2", restlets, "", jsonOnly}},
		{[]string{"x", "--query", "q=email IS \"a&b\"", "--query", "limit=5"}, "", sent{"GET", "/services/rest/x?q=email%20IS%20%22a%26b%22&limit=5", rest, "", jsonOnly}},
		{[]string{"x?a=1", "--query", "b=2"}, "", sent{"GET", "/services/rest/x?a=1&b=2", rest, "", jsonOnly}},
		{[]string{"a b/c%2Fd"}, "", sent{"GET", "/services/rest/a%20b/c%2Fd", rest, "", jsonOnly}},
		{[]string{"x", "-f", "name=Müller & <Söhne>", "-f", "n:=5", "-f", "sub:={\"id\":1}", "-f", "empty="}, "", sent{"POST", "/services/rest/x", rest, `{"empty":"","n":5,"name":"Müller & <Söhne>","sub":{"id":1}}`, withBody}},
		{[]string{"PATCH", "x", "-d", "@" + l.path("body.json")}, "", sent{"PATCH", "/services/rest/x", rest, `{"a":1}`, withBody}},
		{[]string{"PUT", "x", "-d", "file:" + l.path("body.json")}, "", sent{"PUT", "/services/rest/x", rest, `{"a":1}`, withBody}},
		{[]string{"x", "-d", "-"}, `[2]`, sent{"POST", "/services/rest/x", rest, `[2]`, withBody}},
		{[]string{"x", "-d", "{}"}, "", sent{"POST", "/services/rest/x", rest, `{}`, withBody}},
		{[]string{"x", "-d", "<a/>", "-H", "content-type: application/xml", "-H", "Accept:text/xml"}, "", sent{"POST", "/services/rest/x", rest, `<a/>`, http.Header{"Accept": {"text/xml"}, "Content-Type": {"application/xml"}}}},
		{[]string{"DELETE", "x", "-H", "X-One: 1", "-H", "X-One: 2"}, "", sent{"DELETE", "/services/rest/x", rest, "", http.Header{"Accept": {"application/json"}, "X-One": {"1", "2"}}}},
		{[]string{"suiteql", "SELECT '<' FROM customer", "--query", "limit=1"}, "", sent{"POST", "/services/rest/query/v1/suiteql?limit=1", rest, `{"q":"SELECT '<' FROM customer"}`, query}},
		{[]string{"suiteql", "-"}, "SELECT 1\nFROM dual", sent{"POST", "/services/rest/query/v1/suiteql", rest, `{"q":"SELECT 1\nFROM dual"}`, query}},
		{[]string{"restlet", "--script", "customscript_x", "--deploy", "1&2", "--query", "id=7"}, "", sent{"GET", "/app/site/hosting/restlet.nl?script=customscript_x&deploy=1%262&id=7", restlets, "", withBody}},
		{[]string{"restlet", "--script", "1", "--deploy", "1", "-d", "{}"}, "", sent{"POST", "/app/site/hosting/restlet.nl?script=1&deploy=1", restlets, "{}", withBody}},
		{[]string{"restlet", "DELETE", "--script", "1", "--deploy", "1"}, "", sent{"DELETE", "/app/site/hosting/restlet.nl?script=1&deploy=1", restlets, "", withBody}},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			r := l.in(t).call(setup{stdin: tt.stdin}, flags, tt.args...)
			want, _ := json.Marshal(tt.want)
			var got sent
			if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.code != 0 || r.stderr != "" {
				t.Fatalf("exit %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
			}
			if text, _ := json.Marshal(got); string(text) != string(want) {
				t.Errorf("sent %s\nwant %s", text, want)
			}
			// A dry run shows the same and sends nothing.
			s.mu.Lock()
			before := len(s.calls) + s.tokens
			s.mu.Unlock()
			dry := l.in(t).call(setup{stdin: tt.stdin}, flags, append(tt.args, "--dry-run")...)
			if dry.code != 0 || len(dry.dialled) > 0 || before != len(s.calls)+s.tokens ||
				!strings.HasPrefix(dry.stdout, "> "+tt.want.Method+" https://"+tt.want.Host+tt.want.URI+"\n") || !strings.Contains(dry.stdout, "+ Authorization: Bearer <secret>\n") {
				t.Errorf("--dry-run: exit %d\n%s%s", dry.code, dry.stdout, dry.stderr)
			}
		})
	}
}

// A mistake costs no login: it is named before anything is connected to, and no
// value is repeated.
func TestCallMistakes(t *testing.T) {
	l := newLab(t)
	s := &api{answer: func(http.ResponseWriter, *http.Request, string) {}}
	flags := l.serveAPI(s)
	l.write("empty", []byte(" \n"))
	l.write("large", nil)
	if err := os.Truncate(l.path("large"), 64<<20+1); err != nil {
		t.Fatal(err)
	}
	const secret = "SuperSecretValue"
	for row, tt := range []struct {
		args []string
		want string
	}{
		{nil, "the path to call is missing"},
		{[]string{""}, "the path to call is missing"},
		{[]string{"GET"}, "the path to call is missing"},
		{[]string{"https://evil.example/" + secret}, "request to evil.example:443 refused"},
		{[]string{"https://7654321.suitetalk.api.netsuite.com/x"}, "refused"},
		{[]string{"http://1234567.suitetalk.api.netsuite.com/x"}, "plain http"},
		{[]string{"https://u:" + secret + "@1234567.suitetalk.api.netsuite.com/x"}, "user name or password"},
		{[]string{"record/../../x"}, ". or .."},
		{[]string{"record/%2e%2e/x"}, ". or .."},
		{[]string{"record/%zz"}, "without two hex digits"},
		{[]string{"record\x00"}, "control characters"},
		{[]string{"record#frag"}, "#"},
		{[]string{`record\v1`}, "backslash"},
		{[]string{"FETCH", "x"}, "unknown method"},
		{[]string{"PACTH", "x"}, `did you mean "PATCH"`},
		{[]string{"x", "-H", "Authorization: Bearer " + secret}, "--access-token-file"},
		{[]string{"x", "-H", "cookie: " + secret}, "cannot set Cookie"},
		{[]string{"x", "-H", "host: evil.example"}, "cannot set Host"},
		{[]string{"x", "-H", "Content-Length: 5"}, "cannot set Content-Length"},
		{[]string{"x", "-H", secret}, "want NAME: VALUE"},
		{[]string{"x", "-H", "X: a\r\nCookie: b"}, "HTTP does not allow"},
		{[]string{"x", "-H", "X Y: a"}, "HTTP does not allow"},
		{[]string{"x", "--query", secret}, "want NAME=VALUE"},
		{[]string{"x", "-f", secret}, "want NAME=VALUE"},
		{[]string{"x", "-f", "a=1", "-f", "a=2"}, "twice"},
		{[]string{"x", "-f", "a:=" + secret}, "is not valid JSON"},
		{[]string{"x", "-f", "a=1", "-d", "{}"}, "-f and -d"},
		{[]string{"x", "-d", secret}, "the request body is not valid JSON"},
		{[]string{"x", "-d", "@nosuch"}, "cannot be read"},
		{[]string{"x", "-d", "@."}, "folder"},
		{[]string{"x", "-d", "@"}, "needs the name of a file"},
		{[]string{"x", "-d", "file:"}, "needs the name of a file"},
		{[]string{"x", "-d", "@" + l.path("empty")}, "is empty"},
		{[]string{"x", "-d", "@" + l.path("large")}, "larger than 64 MiB"},
		{[]string{"GET", "x", "-d", "{}"}, "with a body"},
		{[]string{"x", "--jsonl"}, "--paginate"},
		{[]string{"x", "--max-pages", "2"}, "--paginate"},
		{[]string{"x", "--paginate", "--max-pages", "-1"}, "want 0 or more"},
		{[]string{"x", "--paginate", "-i"}, "-i cannot be combined"},
		{[]string{"x", "--jq", ".", "-i"}, "-i cannot be combined"},
		{[]string{"x", "--jq", ".["}, "cannot be read"},
		{[]string{"x", "--jq", "nosuch(1)"}, "cannot be read"},
		{[]string{"HEAD", "x", "--jq", "."}, "no body"},
		{[]string{"DELETE", "x", "--paginate"}, "not with DELETE"},
		{[]string{"x", "--paginate", "-H", "Accept-Encoding: gzip"}, "Accept-Encoding"},
		{[]string{"x", "--retry", "-1"}, "--retry"},
		{[]string{"x", "--timeout", "0s"}, "--timeout"},
		{[]string{"x", "--har", l.path("empty")}, "already exists"},
		{[]string{"x", "--har", "nosuch/x.har"}, "cannot be written"},
		{[]string{"x", "--access-token-file", l.path("empty")}, "has no access token"},
		{[]string{"x", "--access-token-file", "nosuch"}, "cannot be read"},
		{[]string{"x", "--access-token-file", "env:NSAUTH_TEST_UNSET"}, "is not set"},
		{[]string{"x", "-d", "-", "--access-token-file", "-"}, "standard input"},
		{[]string{"x", "-d", "-", "--key", "-"}, "standard input"},
		{[]string{"suiteql"}, "the query is missing"},
		{[]string{"suiteql", " "}, "the query is missing"},
		{[]string{"suiteql", "SELECT 1", "-d", "{}"}, "cannot be combined with -d or -f"},
		{[]string{"suiteql", "@nosuch.sql"}, "cannot be read"},
		{[]string{"restlet", "--script", "1"}, "--deploy is missing"},
		{[]string{"restlet", "--script", "1", "--deploy", "1", "GET", "x"}, "at most 1"},
		{[]string{"x", "y", "z"}, "at most 2"},
		{[]string{"x", "-o", "json"}, "does not support -o json"},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		r := l.call(setup{}, flags, tt.args...)
		said := r.stderr
		if tt.want == "does not support -o json" {
			said = r.stdout
		}
		if r.code != finding.ExitUsage || !strings.Contains(strings.Join(strings.Fields(said), " "), tt.want) {
			t.Errorf("%q: exit %d, want %q\n%s%s", tt.args, r.code, tt.want, r.stdout, r.stderr)
		}
		if len(r.dialled) > 0 || s.tokens > 0 {
			t.Errorf("%q: connected to %v", tt.args, r.dialled)
		}
		if strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("%q: a value is repeated:\n%s", tt.args, r.stderr)
		}
	}
	if data := l.read(l.path("empty")); string(data) != " \n" {
		t.Errorf("--har changed a file: %q", data)
	}
}

// The server's body is handed over as it came: binary, longer than what is kept for
// a judgement, of any status.
func TestCallHandsOverTheBody(t *testing.T) {
	l := newLab(t)
	long := strings.Repeat("0123456789abcdef", 5<<14) + "\x00\xff end"
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("Content-Type", "application/pdf")
		if r.URL.Query().Has("refused") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, errorBody(400, "INVALID_CONTENT", "no"))
		}
		_, _ = io.WriteString(w, long)
	}}
	flags := l.serveAPI(s)
	if r := l.call(setup{}, flags, "x"); r.code != 0 || r.stdout != long || r.stderr != "" {
		t.Errorf("exit %d, %d bytes of %d, %s", r.code, len(r.stdout), len(long), r.stderr)
	}
	if r := l.call(setup{}, flags, "x?refused"); r.code != 1 || r.stdout != errorBody(400, "INVALID_CONTENT", "no")+long {
		t.Errorf("exit %d, %d bytes of %d", r.code, len(r.stdout), len(long))
	}
	head := "HTTP/2.0 200 OK\r\n"
	if r := l.call(setup{}, flags, "x", "-i"); r.code != 0 || !strings.HasPrefix(r.stdout, head) || !strings.HasSuffix(r.stdout, "\r\n\r\n"+long) {
		t.Errorf("-i: exit %d, %.300q", r.code, r.stdout)
	}
	// On a terminal nothing binary, and nothing that it would obey.
	tty := func(w *cli.World) { w.Width = func(io.Writer) (int, bool) { return 80, true } }
	if r := l.call(setup{world: tty}, flags, "x"); r.code != 0 || !strings.Contains(r.stdout, "\uFFFD\uFFFD end\n") || strings.Contains(r.stdout, "\x00") || strings.Contains(r.stdout, "\xff") {
		t.Errorf("on a terminal: exit %d, %.60q ... %q", r.code, r.stdout, r.stdout[max(0, len(r.stdout)-20):])
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, "%PDF\x00\x01") }
	if r := l.call(setup{world: tty}, flags, "x"); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, "redirect it to a file") {
		t.Errorf("binary on a terminal: exit %d, %q, %s", r.code, r.stdout, r.stderr)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "a\x1b[31mb\u009bc\tü\r\n")
	}
	if r := l.call(setup{world: tty}, flags, "x"); r.code != 0 || r.stdout != "a\uFFFD[31mb\uFFFDc\tü\r\n" {
		t.Errorf("controls on a terminal: exit %d, %q", r.code, r.stdout)
	}
	full := func(w *cli.World) { w.Stdout = failingWriter{} }
	if r := l.call(setup{world: full}, flags, "x"); r.code != 2 || !strings.Contains(r.stderr, "no space left") {
		t.Errorf("a full disk: exit %d, %s", r.code, r.stderr)
	}
}

// In a log of both streams the findings begin on a line of their own; apart, the
// body stays as it came.
func TestRefusedCallInOneLog(t *testing.T) {
	l := newLab(t)
	flags := l.serveAPI(&api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		w.WriteHeader(404)
		_, _ = io.WriteString(w, errorBody(404, "NONEXISTENT_ID", "none")+r.URL.Query().Get("end"))
	}})
	for query, want := range map[string]string{"x": "}\n✗ account 1234567: ", "x?end=%0A": "}\n✗ account 1234567: "} {
		log, err := os.Create(l.path("log"))
		if err != nil {
			t.Fatal(err)
		}
		r := l.call(setup{world: func(w *cli.World) { w.Stdout, w.Stderr = log, log }}, flags, query)
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(log.Name()); err != nil || r.code != 1 || !strings.Contains(string(data), want) {
			t.Errorf("%s: exit %d, %v\n%s", query, r.code, err, data)
		}
	}
}

// A token that is refused is replaced once, for a call and between the pages of a
// list; a second refusal is explained by what the token says.
func TestCallRenewsTheToken(t *testing.T) {
	l := newLab(t)
	good := 1 // the token that is taken
	s := &api{}
	s.answer = func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.Header.Get("Authorization") != "Bearer "+tokenNumber(good) {
			w.WriteHeader(401)
			_, _ = io.WriteString(w, errorBody(401, "INVALID_LOGIN", "Invalid login attempt."))
			return
		}
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		if offset == 2 && good == 2 { // the hour is over
			good = 3
			w.WriteHeader(401)
			return
		}
		_, _ = fmt.Fprintf(w, `{"count":1,"hasMore":%v,"offset":%d,"items":[{"id":"%[2]d"}]}`, offset < 4, offset)
	}
	flags := l.serveAPI(s)
	if r := l.call(setup{}, flags, "x", "--no-cache"); r.code != 0 || s.tokens != 1 {
		t.Fatalf("exit %d, %d tokens, %s", r.code, s.tokens, r.stderr)
	}
	good, s.tokens = 2, 0
	if r := l.call(setup{}, flags, "x", "--no-cache"); r.code != 0 || s.tokens != 2 || !strings.Contains(r.stdout, `"id":"0"`) || r.stderr != "" {
		t.Errorf("exit %d, %d tokens\n%s%s", r.code, s.tokens, r.stdout, r.stderr)
	}
	s.tokens, s.calls = 1, nil
	r := l.call(setup{}, flags, "x", "--no-cache", "--paginate", "--jsonl")
	if r.code != 0 || r.stdout != "{\"id\":\"0\"}\n{\"id\":\"1\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}\n{\"id\":\"4\"}\n" || s.tokens != 3 || len(s.calls) != 6 {
		t.Errorf("exit %d, %d tokens, %v\n%s%s", r.code, s.tokens, s.calls, r.stdout, r.stderr)
	}
	good, s.tokens = 99, 0
	r = l.call(setup{}, flags, "x", "--no-cache")
	if r.code != 1 || s.tokens != 2 || !strings.Contains(r.stdout, "INVALID_LOGIN") || !strings.Contains(r.stderr, "API call: NetSuite rejects the access token") {
		t.Errorf("exit %d, %d tokens\n%s%s", r.code, s.tokens, r.stdout, r.stderr)
	}
	if said := strings.Join(strings.Fields(r.stderr), " "); !strings.Contains(said, "the token is of role 1012, entity 1042, scope rest_webservices") {
		t.Error(r.stderr)
	}
}

// With the cache, calls share a token, and one that is refused is replaced for all.
func TestCallsShareAToken(t *testing.T) {
	l := newLab(t)
	s := &api{}
	good := 1
	s.answer = func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.Header.Get("Authorization") != "Bearer "+tokenNumber(good) {
			w.WriteHeader(401)
		}
	}
	flags := l.serveAPI(s)
	cache := t.TempDir()
	with := setup{world: func(w *cli.World) { w.CacheDir = cache }}
	for _, want := range []int{1, 1, 2, 2} {
		good = want
		if r := l.call(with, flags, "x"); r.code != 0 || s.tokens != want {
			t.Fatalf("exit %d, %d tokens, want %d\n%s", r.code, s.tokens, want, r.stderr)
		}
	}
	if r := l.call(with, flags, "x", "-v"); r.code != 0 || !strings.Contains(r.stderr, "from the cache") || strings.Contains(r.stderr, "auth/oauth2") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
}

// If the API rejects a cached token and the server rejects its renewal, the check of
// the token shows the renewal.
func TestRejectedRenewalFailsTheTokenCheck(t *testing.T) {
	for name, refuse := range map[string]func(http.ResponseWriter){
		"rejected": func(w http.ResponseWriter) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, `{"error":"server_error"}`)
		},
		"reset": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			s := &api{answer: func(w http.ResponseWriter, _ *http.Request, _ string) {}}
			flags, cached := l.serveAPI(s), setup{cache: t.TempDir()}
			if r := l.call(cached, flags, "x"); r.code != 0 {
				t.Fatalf("exit %d\n%s", r.code, r.stderr)
			}
			s.refuse = refuse
			s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(401) }
			r := l.call(cached, flags, "x")
			want, code := "✗ Access token: ", 1
			if name == "reset" {
				want, code = "! Network: ", 3
			}
			if r.code != code || !strings.Contains(r.stderr, want) || strings.Contains(r.stderr, "from the token cache") {
				t.Errorf("exit %d\n%s", r.code, r.stderr)
			}
		})
	}
}

// --retry tries again what may pass, as the server says, and nothing that may have
// changed something already.
func TestCallRetries(t *testing.T) {
	l := newLab(t)
	busy := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	limit := busy(429, errorBody(429, "CONCURRENCY_LIMIT_EXCEEDED", "x"))
	restlets := busy(400, `{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"x"}}`)
	down, gateway := busy(503, "down"), busy(504, "")
	wrong := busy(400, errorBody(400, "INVALID_CONTENT", "x"))
	reset := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	for _, tt := range []struct {
		name  string
		args  []string
		fails []func(http.ResponseWriter) // before it works
		exit  int
		calls int
	}{
		{"limit", []string{"x", "--retry", "2"}, []func(http.ResponseWriter){limit, limit}, 0, 3},
		{"limit of RESTlets", []string{"restlet", "--script", "1", "--deploy", "1", "-d", "{}", "--retry", "1"}, []func(http.ResponseWriter){restlets}, 0, 2},
		{"down, gateway, reset", []string{"x", "--retry", "3"}, []func(http.ResponseWriter){down, gateway, reset}, 0, 4},
		{"not often enough", []string{"x", "--retry", "1"}, []func(http.ResponseWriter){limit, limit}, 3, 2},
		{"not asked for", []string{"x"}, []func(http.ResponseWriter){limit}, 3, 1},
		{"not passing", []string{"x", "--retry", "5"}, []func(http.ResponseWriter){wrong}, 1, 1},
		{"a change that was refused unseen", []string{"POST", "x", "-d", "{}", "--retry", "1"}, []func(http.ResponseWriter){limit}, 0, 2},
		{"a change that may have been made", []string{"POST", "x", "-d", "{}", "--retry", "1"}, []func(http.ResponseWriter){gateway}, 3, 1},
		{"a change that may have been made, reset", []string{"PATCH", "x", "-d", "{}", "--retry", "1"}, []func(http.ResponseWriter){reset}, 3, 1},
		{"a query", []string{"suiteql", "SELECT 1", "--retry", "1"}, []func(http.ResponseWriter){gateway}, 0, 2},
		{"pages", []string{"x", "--paginate", "--retry", "1"}, []func(http.ResponseWriter){limit}, 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &api{}
			s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) {
				s.mu.Lock()
				n := len(s.calls)
				s.mu.Unlock()
				if n <= len(tt.fails) {
					tt.fails[n-1](w)
					return
				}
				_, _ = io.WriteString(w, `{"items":[]}`)
			}
			l := l.in(t)
			r := l.call(setup{}, l.serveAPI(s), tt.args...)
			if r.code != tt.exit || len(s.calls) != tt.calls {
				t.Errorf("exit %d, want %d; %d calls, want %d\n%s%s", r.code, tt.exit, len(s.calls), tt.calls, r.stdout, r.stderr)
			}
			if tries := strings.Count(r.stderr, "nsauth: try "); tries != tt.calls-1 {
				t.Errorf("%d tries told:\n%s", tries, r.stderr)
			}
			if (r.stdout == "") != (tt.name == "a change that may have been made, reset" || tt.name == "a change that may have been made") && tt.exit != 0 {
				t.Errorf("the server's last word: %q", r.stdout)
			}
		})
	}
}

// A list breaks off in valid JSON and with the reason.
func TestCallPages(t *testing.T) {
	const at = "https://1234567.suitetalk.api.netsuite.com/services/rest/x"
	next := func(href string) string { return `"links":[{"rel":"next","href":"` + href + `"}],` }
	for row, tt := range []struct {
		name   string
		answer map[string]string // by query
		args   []string
		exit   int
		out    string
		err    string // "" for silence
	}{
		{"links", map[string]string{"": `{` + next(at+"?offset=1") + `"hasMore":true,"items":[{"id":"1"}]}`, "offset=1": `{"hasMore":false,"items":[{"a":"<\u00e9>",` + "\n" + `"b":1}]}`},
			nil, 0, "[\n{\"id\":\"1\"},\n{\"a\":\"<\\u00e9>\",\"b\":1}\n]\n", ""},
		{"none", map[string]string{"": `{"items":[]}`}, nil, 0, "[]\n", ""},
		{"none, as lines", map[string]string{"": `{"items":[]}`}, []string{"--jsonl"}, 0, "", ""},
		{"jq over the whole", map[string]string{"": `{"hasMore":true,"count":1,"items":[{"id":1}]}`, "offset=1": `{"items":[{"id":2},{"id":10000000000000000001}]}`},
			[]string{"--jq", "map(.id)"}, 0, "[1,2,10000000000000000001]\n", ""},
		{"jq of each", map[string]string{"": `{"hasMore":true,"count":1,"items":[{"id":"a b"}]}`, "offset=1": `{"items":[{"id":null},{}]}`},
			[]string{"--jsonl", "--jq", ".id"}, 0, "a b\nnull\nnull\n", ""},
		{"jq of none", map[string]string{"": `{"items":[]}`}, []string{"--jq", "length"}, 0, "0\n", ""},
		{"a jq that does not fit", map[string]string{"": `{"items":[1]}`}, []string{"--jq", ".id"}, 2, "", "--jq failed on this response"},
		{"as many pages as were asked for", map[string]string{"": `{"hasMore":true,"count":1,"items":[1]}`, "offset=1": `{"hasMore":true,"offset":1,"count":1,"items":[2]}`},
			[]string{"--max-pages", "2"}, 0, "[\n1,\n2\n]\n", "the list is not complete"},
		{"another host", map[string]string{"": `{` + next("https://evil.example/x") + `"items":[1]}`}, nil, 1, "[\n1\n]\n", "another host, evil.example:443"},
		{"a circle", map[string]string{"": `{` + next(at) + `"items":[1]}`}, nil, 1, "[\n1\n]\n", "already read"},
		{"not a list", map[string]string{"": `{"id":"107"}`}, nil, 1, "", "not a list"},
		{"cut off", map[string]string{"": `{"items":[1,2`}, nil, 1, "[\n1,\n2\n]\n", "not valid JSON"},
		{"a refusal at once", map[string]string{"": "400"}, nil, 1, errorBody(400, "INVALID_PARAMETER", "Unknown identifier 'x'"), "api.query-invalid"},
		{"a refusal behind records", map[string]string{"": `{"hasMore":true,"count":1,"items":[1]}`, "offset=1": "400"}, nil, 1, "[\n1\n]\n", "Unknown identifier"},
		{"a web page", map[string]string{"": "page"}, nil, 1, "<html><head><title>Log in</title></head></html>", "api.unexpected-response"},
		{"a redirect, and its body late", map[string]string{"": "late"}, nil, 1, "elsewhere", "api.redirected"},
		{"a redirect with a long body", map[string]string{"": "long"}, nil, 1, strings.Repeat("x", netsuite.MaxBody), "api.redirected"},
		{"a reset behind records", map[string]string{"": `{"hasMore":true,"count":1,"items":[1]}`, "offset=1": "reset"}, nil, 3, "[\n1\n]\n", "network.unreachable"},
	} {
		if testkit.LeftOut(row, 1, 4) {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			leaks := goleak.IgnoreCurrent()
			defer goleak.VerifyNone(t, leaks)
			t.Run("run", func(t *testing.T) { // so that its server is closed before
				l := newLab(t)
				s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
					switch body, known := tt.answer[r.URL.RawQuery]; {
					case !known:
						t.Errorf("asked for %s", r.URL)
					case body == "400":
						w.WriteHeader(400)
						_, _ = io.WriteString(w, errorBody(400, "INVALID_PARAMETER", "Unknown identifier 'x'"))
					case body == "page":
						w.Header().Set("Content-Type", "text/html")
						_, _ = io.WriteString(w, page(200, "Log in").body)
					case body == "late":
						w.Header().Set("Location", "https://other.example/")
						w.WriteHeader(302)
						w.(http.Flusher).Flush()
						time.Sleep(100 * time.Millisecond)
						_, _ = io.WriteString(w, "elsewhere")
					case body == "long":
						w.Header().Set("Location", "https://other.example/")
						w.WriteHeader(302)
						_, _ = io.WriteString(w, strings.Repeat("x", 3*netsuite.MaxBody))
					case body == "reset":
						panic(http.ErrAbortHandler)
					default:
						_, _ = io.WriteString(w, body)
					}
				}}
				r := l.call(setup{}, l.serveAPI(s), append([]string{"x", "--paginate"}, tt.args...)...)
				if r.code != tt.exit || r.stdout != tt.out {
					t.Errorf("exit %d, want %d\n%.2000q\nwant %.2000q", r.code, tt.exit, r.stdout, tt.out)
				}
				if said := strings.Join(strings.Fields(r.stderr), " "); (said == "") != (tt.err == "") || !strings.Contains(said, tt.err) {
					t.Errorf("said %s\nwant %q", r.stderr, tt.err)
				}
				if strings.HasPrefix(r.stdout, "[") && !json.Valid([]byte(r.stdout)) {
					t.Errorf("not valid JSON: %q", r.stdout)
				}
			})
		})
	}
}

// However long a list is, it is not held.
func TestCallHoldsNoList(t *testing.T) {
	l := newLab(t)
	const perPage = 1000
	pages := testkit.Size(60, 60, 30)
	record := `{"id":"0","text":"` + strings.Repeat("x", 1000) + `"},`
	body := strings.TrimSuffix(strings.Repeat(record, perPage), ",") // a megabyte
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		_, _ = fmt.Fprintf(w, `{"count":%d,"hasMore":%v,"offset":%d,"items":[%s]}`, perPage, offset < (pages-1)*perPage, offset, body)
	}}
	flags := l.serveAPI(s)
	var first, peak uint64 // with the server's own
	lines := 0
	out := writerFunc(func(p []byte) (int, error) {
		if lines%(5*perPage) < 64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			if peak = max(peak, m.HeapAlloc); lines > 5*perPage && first == 0 {
				first = m.HeapAlloc
			}
		}
		lines += strings.Count(string(p), "\n")
		return len(p), nil
	})
	r := l.call(setup{world: func(w *cli.World) { w.Stdout = out }}, flags, "x", "--paginate", "--jsonl")
	if r.code != 0 || lines != pages*perPage {
		t.Fatalf("exit %d, %d lines\n%s", r.code, lines, r.stderr)
	}
	if first == 0 || peak > first+20<<20 {
		t.Errorf("%d MB are held after %d MB of a list of %d MB", peak>>20, first>>20, pages)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A change in a profile for production is asked about, or needs --yes.
func TestCallInProduction(t *testing.T) {
	l := newLab(t)
	s := &api{answer: func(http.ResponseWriter, *http.Request, string) {}}
	flags := l.serveAPI(s)
	values := map[string]string{}
	for i := 0; i < len(flags); i++ {
		name, value, joined := strings.Cut(strings.TrimPrefix(flags[i], "--"), "=")
		if !joined {
			i++
			value = flags[i]
		}
		values[strings.ReplaceAll(name, "-", "_")] = value
	}
	text := "profiles:\n  prod:\n    production: true\n"
	for name, value := range values {
		text += fmt.Sprintf("    %s: %q\n", name, value)
	}
	l.write("config.yaml", []byte(text))
	prod := []string{"--config", "config.yaml", "--profile", "prod"}
	tty := func(w *cli.World) {
		w.Terminal = func(io.Reader) bool { return true }
		w.Width = func(w io.Writer) (int, bool) { return 80, true }
	}
	for _, tt := range []struct {
		name  string
		args  []string
		tty   bool
		stdin string
		exit  int
		sent  bool
		says  string
	}{
		{"GET", []string{"x"}, false, "", 0, true, ""},
		{"HEAD", []string{"HEAD", "x"}, false, "", 0, true, ""},
		{"a query", []string{"suiteql", "SELECT 1"}, false, "", 0, true, ""},
		{"POST", []string{"x", "-f", "a=b"}, false, "", 2, false, "--yes"},
		{"POST with --yes", []string{"x", "-f", "a=b", "--yes"}, false, "", 0, true, ""},
		{"DELETE", []string{"DELETE", "x"}, false, "", 2, false, "--yes"},
		{"RESTlet", []string{"restlet", "--script", "1", "--deploy", "1", "-d", "{}"}, false, "", 2, false, "--yes"},
		{"dry run", []string{"DELETE", "x", "--dry-run"}, false, "", 0, false, "nothing was sent"},
		{"yes", []string{"DELETE", "x"}, true, "yes\n", 0, true, "Send it?"},
		{"no", []string{"DELETE", "x"}, true, "no\n", 2, false, "not confirmed"},
		{"neither", []string{"DELETE", "x"}, true, "\n", 2, false, "not confirmed"},
		{"the end", []string{"DELETE", "x"}, true, "", 2, false, "not confirmed"},
		{"standard input is the body", []string{"x", "-d", "-"}, true, "{}", 2, false, "--yes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			with := setup{stdin: tt.stdin}
			if tt.tty {
				with.world = tty
			}
			s.mu.Lock()
			s.calls, s.tokens = nil, 0
			s.mu.Unlock()
			r := l.in(t).call(with, prod, tt.args...)
			if r.code != tt.exit || (len(s.calls) > 0) != tt.sent || !tt.sent && s.tokens > 0 || !strings.Contains(r.stderr, tt.says) {
				t.Errorf("exit %d, want %d; %v, %d tokens\n%s", r.code, tt.exit, s.calls, s.tokens, r.stderr)
			}
			if tt.says == "" && r.stderr != "" {
				t.Error(r.stderr)
			}
		})
	}
}

// -v and --har show the exchange and no secret.
func TestCallShowsTheExchange(t *testing.T) {
	l := newLab(t)
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("Set-Cookie", "JSESSIONID=planted-session")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, `{"echo":"`+r.Header.Get("Authorization")+`"}`)
	}}
	flags := l.serveAPI(s)
	path := l.path("x.har")
	r := l.call(setup{}, flags, "POST", "x", "-d", `{"a":"\u001b[31m"}`, "-H", "X-Mine: 1", "-v", "--har", path)
	if r.code != 0 || r.stdout != `{"echo":"Bearer <secret>"}` {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, want := range []string{
		"> POST https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token\n", "client_assertion=<secret>",
		"> POST https://1234567.suitetalk.api.netsuite.com/services/rest/x\n", "> X-Mine: 1\n", "+ Authorization: Bearer <secret>\n", "+ Accept: application/json\n",
		"+ Content-Type: application/json\n", "+ User-Agent: nsauth", "< HTTP/2.0 200 OK\n", "< Set-Cookie: <secret>\n", "< X-Echo: Bearer <secret>\n",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("lacks %q:\n%s", want, r.stderr)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Fatalf("%v, %v", info, err)
	}
	archive := string(l.read(path))
	var doc struct {
		Log struct {
			Entries []struct {
				Request  struct{ Method, URL string }
				Response struct {
					Status  int
					Content struct{ Text string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(archive), &doc); err != nil || len(doc.Log.Entries) != 2 || doc.Log.Entries[1].Request.Method != "POST" ||
		doc.Log.Entries[1].Response.Content.Text != r.stdout {
		t.Errorf("%v\n%s", err, archive)
	}
	for _, secret := range []string{"planted-session", tokenNumber(1), "eyJ", "\x1b"} {
		if strings.Contains(r.stderr+archive, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	before := archive
	if again := l.call(setup{}, flags, "x", "--har", path); again.code != 2 || s.tokens != 1 || string(l.read(path)) != before {
		t.Errorf("exit %d, %d tokens: the archive is overwritten", again.code, s.tokens)
	}
	// What failed is in it as well, and each page.
	s.answer = func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.URL.RawQuery != "" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"hasMore":true,"count":1,"items":[1]}`)
	}
	if r := l.call(setup{}, flags, "x", "--paginate", "--har", l.path("pages.har")); r.code != 3 {
		t.Errorf("exit %d", r.code)
	}
	if err := json.Unmarshal(l.read(l.path("pages.har")), &doc); err != nil || len(doc.Log.Entries) != 3 || doc.Log.Entries[2].Response.Status != 0 ||
		doc.Log.Entries[1].Response.Content.Text != `{"hasMore":true,"count":1,"items":[1]}` {
		t.Errorf("%v, %d entries\n%s", err, len(doc.Log.Entries), l.read(l.path("pages.har")))
	}
}

// utf16LE is a text as the redirection of Windows PowerShell writes it.
func utf16LE(text string) string {
	data := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	return string(data)
}

// A token of another program is called with, and an assertion in its place is not.
func TestCallWithATokenOfOnesOwn(t *testing.T) {
	l := newLab(t)
	ended := false // by the server's clock
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		if ended {
			w.Header().Set("Date", labTime().Add(time.Hour).Format(http.TimeFormat))
		}
		if !strings.HasSuffix(r.Header.Get("Authorization"), "good") {
			w.WriteHeader(401)
			_, _ = io.WriteString(w, errorBody(401, "INVALID_LOGIN", "Invalid login attempt."))
		}
	}}
	flags := l.serveAPI(s)
	var only []string // the account and the way to the server: no key, no client ID
	for i, f := range flags {
		if f == "--account" || f == "--connect-to" || f == "--ca-file" {
			only = append(only, f, flags[i+1])
		}
	}
	good := plantedToken + "good"
	l.write("token", []byte(good+"\n"))
	for _, tt := range []struct {
		stdin, where string
		env          map[string]string
	}{
		{good, "-", nil}, {"Authorization: Bearer " + good, "-", nil}, {"bearer " + good + "\r\n", "-", nil},
		{`{"access_token":"` + good + `","expires_in":3600}`, "-", nil}, {`"` + good + `"` + "\n", "-", nil},
		{"\ufeff" + good, "-", nil}, {utf16LE(good + "\r\n"), "-", nil}, {"", l.path("token"), nil}, {"", "env:NS_TOKEN", map[string]string{"NS_TOKEN": good}},
	} {
		if r := l.call(setup{stdin: tt.stdin, env: tt.env}, only, "x", "--access-token-file", tt.where); r.code != 0 || r.stderr != "" {
			t.Errorf("%.40q %s: exit %d\n%s", tt.stdin, tt.where, r.code, r.stderr)
		}
	}
	if s.tokens > 0 {
		t.Error("a token was asked for")
	}
	s.calls = nil
	refused := accessToken("1012;1042", labAccount, "rest_webservices")
	for _, tt := range []struct {
		name, token string
		calls       int
		says        string
	}{
		{"assertion", l.forge(nil).text(), 0, "api.is-assertion"},
		{"refused", refused, 1, "invalid login attempt"},
		{"ended", refused, 1, "the access token expired at 2026-11-23 16:00:00 UTC"},
		{"opaque", "opaque", 1, "not an access token of NetSuite, which is a JWT"},
	} {
		s.calls, ended = nil, tt.name == "ended"
		r := l.call(setup{stdin: tt.token}, only, "x", "--access-token-file", "-")
		said := strings.Join(strings.Fields(r.stderr), " ")
		if r.code != 1 || len(s.calls) != tt.calls || !strings.Contains(said, tt.says) || strings.Contains(r.stdout+r.stderr, tt.token) {
			t.Errorf("%s: exit %d, %v\n%s", tt.name, r.code, s.calls, r.stderr)
		}
		for _, noise := range []string{"Private key", "Client assertion", "profile.missing-value", "Last token"} {
			if strings.Contains(r.stderr, noise) {
				t.Errorf("%s: %s has nothing to do with it\n%s", tt.name, noise, r.stderr)
			}
		}
	}
	s.calls = nil
	for _, none := range []string{"a token\nwith blanks", "'" + good + "'", `"` + good, `{"access_token":"a b"}`, "export NETSUITE_ACCESS_TOKEN='" + good + "'"} {
		if r := l.call(setup{stdin: none}, only, "x", "--access-token-file", "-"); r.code != 2 || !strings.Contains(r.stderr, "has no access token") || len(s.calls) > 0 {
			t.Errorf("%.20q: exit %d\n%s", none, r.code, r.stderr)
		}
	}
	if r := l.call(setup{stdin: good}, nil, "x", "--access-token-file", "-"); r.code != 2 || !strings.Contains(r.stderr, "--account") {
		t.Errorf("without an account: exit %d\n%s", r.code, r.stderr)
	}
}

// A call by ID tells the causes of the misleading 400 apart.
func TestCallSettlesTheMisleading400(t *testing.T) {
	l := newLab(t)
	const text = "Your current role does not have permission to perform this action."
	for _, tt := range []struct{ one, says, not string }{
		{`{"id":"1042"}`, "a record by its ID works (/services/rest/record/v1/employee/1042, status 200)", "login-permission-missing"},
		{"400", "SuiteAnalytics Workbook is not the reason", "api.workbook-permission-missing"},
		{"503", "Does the role have Log in using OAuth 2.0 Access Tokens?", "by its ID works"}, // both are left
	} {
		s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
			switch {
			case !strings.Contains(r.URL.Path, "/employee/") || tt.one == "400":
				w.WriteHeader(400)
				_, _ = io.WriteString(w, errorBody(400, "USER_ERROR", text))
			case tt.one == "503":
				w.WriteHeader(503)
			default:
				_, _ = io.WriteString(w, tt.one)
			}
		}}
		for _, args := range [][]string{{"record/v1/customer"}, {"suiteql", "SELECT id FROM customer"}, {"record/v1/customer", "--paginate"}} {
			s.calls = nil
			r := l.call(setup{}, l.serveAPI(s), args...)
			said := strings.Join(strings.Fields(r.stderr), " ")
			if r.code != 1 || len(s.calls) != 2 || !strings.Contains(said, tt.says) || strings.Contains(said, tt.not) || !strings.Contains(r.stdout, "USER_ERROR") {
				t.Errorf("%v, %s: exit %d, %v\n%s", args, tt.one, r.code, s.calls, r.stderr)
			}
		}
	}
}

// Ctrl-C ends a call, a page and a wait at once.
func TestCallIsInterrupted(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	defer goleak.VerifyNone(t, leaks)
	t.Run("all", func(t *testing.T) {
		l := newLab(t)
		for _, args := range [][]string{{"x"}, {"x", "--paginate"}, {"x", "--retry", "5"}} {
			ctx, cancel := context.WithCancel(t.Context())
			s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
				if len(args) == 3 { // wait
					w.Header().Set("Retry-After", "20")
					w.WriteHeader(429)
					time.AfterFunc(50*time.Millisecond, cancel)
					return
				}
				_, _ = io.WriteString(w, `{"items":[1,`)
				_ = http.NewResponseController(w).Flush()
				cancel()
				<-r.Context().Done()
			}}
			r := l.call(setup{ctx: ctx}, l.serveAPI(s), args...)
			if r.code != finding.ExitInterrupted {
				t.Errorf("%v: exit %d\n%s%s", args, r.code, r.stdout, r.stderr)
			}
		}
	})
}

// A kept token needs no key, and so no passphrase: neither for the token, nor for a
// call, nor to say why a call was refused. To renew it the person is asked, once.
func TestKeptTokenNeedsNoPassphrase(t *testing.T) {
	if testing.Short() {
		t.Skip("derives keys from passphrases, which is made to be slow")
	}
	const passphrase = "correct horse"
	l := newLab(t)
	k, err := new(keys.Loader).Key(t.Context(), keys.Source{Name: l.path(labKey + ".pem")})
	if err != nil {
		t.Fatal(err)
	}
	locked, err := k.EncryptedPKCS8PEM(secret.New(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	l.write("locked.pem", []byte(locked.Reveal()))
	s := &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		switch first := strings.HasSuffix(r.Header.Get("Authorization"), tokenNumber(1)); {
		case r.URL.Path == "/services/rest/forbidden":
			w.WriteHeader(403)
			_, _ = io.WriteString(w, errorBody(403, "INSUFFICIENT_PERMISSION", "You need the 'Lists -> Customers' permission."))
		case r.URL.Path == "/services/rest/ended" && first:
			w.WriteHeader(401)
			_, _ = io.WriteString(w, errorBody(401, "INVALID_LOGIN", "Invalid login attempt."))
		default:
			_, _ = io.WriteString(w, `{"ok":true}`)
		}
	}}
	flags := append(l.serveAPI(s), "--key", "locked.pem")
	cache := t.TempDir()
	asked := 0
	person := func(w *cli.World) {
		w.Terminal = func(io.Reader) bool { return true }
		w.AskSecret = func(context.Context, string) (string, error) { asked++; return passphrase, nil }
	}
	run := func(world func(*cli.World), path string) run {
		return l.call(setup{cache: cache, world: world}, flags, path)
	}
	if r := run(nil, "good"); r.code != 1 || !strings.Contains(r.stderr, "key.encrypted") || s.tokens != 0 {
		t.Fatalf("without a passphrase: exit %d, %d tokens\n%s", r.code, s.tokens, r.stderr)
	}
	if r := run(person, "good"); r.code != 0 || asked != 1 || s.tokens != 1 {
		t.Fatalf("exit %d, asked %d times, %d tokens\n%s", r.code, asked, s.tokens, r.stderr)
	}
	asked = 0
	for path, code := range map[string]int{"good": 0, "forbidden": 1} {
		r := run(person, path)
		if r.code != code || asked != 0 || s.tokens != 1 {
			t.Errorf("%s: exit %d, asked %d times, %d tokens\n%s", path, r.code, asked, s.tokens, r.stderr)
		}
		if alone := run(nil, path); alone.code != code || alone.stderr != r.stderr || strings.Contains(r.stderr, "key.") {
			t.Errorf("%s without anybody to ask: exit %d\n%s", path, alone.code, alone.stderr)
		}
	}
	if r := run(nil, "ended"); r.code != 1 || !strings.Contains(r.stderr, "key.encrypted") {
		t.Errorf("ended, and nobody to ask: exit %d\n%s", r.code, r.stderr)
	}
	if r := run(person, "ended"); r.code != 0 || asked != 1 || s.tokens != 2 || r.stderr != "" {
		t.Errorf("ended: exit %d, asked %d times, %d tokens\n%s", r.code, asked, s.tokens, r.stderr)
	}
}

// Of a call that was refused only that is told: what was good enough for a token is
// no news, and what the call did not prove is none.
func TestRefusedCallBeginsWithWhy(t *testing.T) {
	l := newLab(t)
	flags := l.serveAPI(&api{answer: func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.WriteHeader(404)
		_, _ = io.WriteString(w, errorBody(404, "NONEXISTENT_ID", "The record instance does not exist."))
	}})
	key := l.write(labKey+".pem", ofAllLabs.files[labKey+".pem"])
	if err := os.Chmod(key, 0o644); err != nil { // a warning of its own
		t.Fatal(err)
	}
	for _, how := range []string{"a token of its own", "one from the cache"} {
		r := l.call(setup{cache: l.path("cache")}, flags, "record/v1/customer/1")
		if first, _, _ := strings.Cut(r.stderr, "\n"); r.code != 1 || first != "✗ account 1234567: Record or path was not found" {
			t.Errorf("%s: exit %d\n%s", how, r.code, r.stderr)
		}
	}
}
