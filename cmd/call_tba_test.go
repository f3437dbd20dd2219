package cmd

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	tbaConsumerSecret = "c0ffee0planted0consumer0secret0e2f3a4b5c6d7e8f90a1b2c3d4e5f60718"
	tbaTokenSecret    = "70ken00planted0token000secret00e2f3a4b5c6d7e8f90a1b2c3d4e5f60718"
)

// tbaServer answers a request with a valid signature, and any other one as NetSuite does.
type tbaServer struct {
	*api
	headers []string
	bases   []string
}

var oauthField = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

func (l *lab) serveTBA(answer func(w http.ResponseWriter, r *http.Request)) (*tbaServer, []string) {
	l.Helper()
	s := &tbaServer{}
	s.api = &api{answer: func(w http.ResponseWriter, r *http.Request, _ string) {
		header := r.Header.Get("Authorization")
		var pairs []string
		given := map[string]string{}
		if r.URL.RawQuery != "" {
			pairs = strings.Split(r.URL.RawQuery, "&")
		}
		for _, m := range oauthField.FindAllStringSubmatch(header, -1) {
			given[m[1]], _ = url.PathUnescape(m[2])
			if m[1] != "realm" && m[1] != "oauth_signature" {
				pairs = append(pairs, m[1]+"="+m[2])
			}
		}
		slices.Sort(pairs)
		escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
		base := r.Method + "&" + escape("https://"+r.Host+r.URL.EscapedPath()) + "&" + escape(strings.Join(pairs, "&"))
		mac := hmac.New(sha256.New, []byte(tbaConsumerSecret+"&"+tbaTokenSecret))
		_, _ = io.WriteString(mac, base)
		reused := slices.Contains(s.headers, header)
		s.headers, s.bases = append(s.headers, header), append(s.bases, base)
		if given["oauth_signature"] != base64.StdEncoding.EncodeToString(mac.Sum(nil)) || given["realm"] != labAccount || reused {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"type":"x","title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI. %s","o:errorCode":"INVALID_LOGIN"}]}`, given["oauth_signature"])
			return
		}
		answer(w, r)
	}}
	flags := l.serveAPI(s.api)
	l.write("consumer.txt", []byte(tbaConsumerSecret+"\n"))
	l.write("config.yaml", []byte("default_profile: old\nprofiles:\n  old:\n    auth: tba\n    account: "+labAccount+"\n    consumer_key: "+strings.Repeat("c0", 32)+
		"\n    consumer_secret: consumer.txt\n    token_id: "+strings.Repeat("d1", 32)+"\n    token_secret: env:TBA_TOKEN_SECRET\n  two:\n    account: "+labAccount+"\n"))
	for i, f := range flags { // where it is; who one is stands in the profile
		if f == "--connect-to" {
			flags = flags[i:]
			break
		}
	}
	return s, append(flags, "--config", "config.yaml")
}

// Every form of a call is signed: a record, a query, its pages, a RESTlet.
func TestCallWithTBA(t *testing.T) {
	l := newLab(t)
	s, flags := l.serveTBA(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Get("offset") == "1":
			_, _ = io.WriteString(w, `{"items":[{"id":"2"}],"hasMore":false}`)
		case strings.HasSuffix(r.URL.Path, "/suiteql"):
			_, _ = io.WriteString(w, `{"items":[{"id":"1"}],"hasMore":true,"links":[{"rel":"next","href":"https://`+r.Host+r.URL.Path+`?limit=1&offset=1"}]}`)
		default:
			_, _ = io.WriteString(w, `{"ok":true}`)
		}
	})
	env := map[string]string{"TBA_TOKEN_SECRET": tbaTokenSecret}
	for _, tt := range []struct {
		args []string
		want string
		n    int // requests
	}{
		{[]string{"record/v1/customer/107"}, `{"ok":true}`, 1},
		{[]string{"record/v1/customer", "--query", `q=email IS "a+b@c"`, "--query", "x=!*'()"}, `{"ok":true}`, 1},
		{[]string{"PATCH", "record/v1/customer/107", "-f", "email=a@b"}, `{"ok":true}`, 1},
		{[]string{"suiteql", "SELECT id FROM customer", "--query", "limit=1", "--paginate", "--jsonl"}, "{\"id\":\"1\"}\n{\"id\":\"2\"}\n", 2},
		{[]string{"restlet", "--script", "512", "--deploy", "1", "--query", "id=7"}, `{"ok":true}`, 1},
	} {
		s.headers = nil
		r := l.call(setup{env: env}, flags, tt.args...)
		if r.code != 0 || r.stdout != tt.want || r.stderr != "" || len(s.headers) != tt.n || s.tokens != 0 {
			t.Errorf("%q: exit %d, %d requests, %d tokens\n%s%s", tt.args, r.code, len(s.headers), s.tokens, r.stdout, r.stderr)
		}
	}
	// What is sent is shown with -v and in an archive, without the signature.
	r := l.call(setup{env: env}, flags, "record/v1/customer/107", "--query", "a=1", "-v", "--har", l.path("out.har"))
	har, err := os.ReadFile(l.path("out.har"))
	if err != nil || r.code != 0 {
		t.Fatal(err, r)
	}
	if !strings.Contains(r.stderr, "* signature base string: "+s.bases[len(s.bases)-1]+"\n") || !strings.Contains(r.stderr, `oauth_signature="<secret>"`) {
		t.Errorf("the base string that was sent is not shown:\n%s", r.stderr)
	}
	masked := l.call(setup{env: env}, flags, "record/v1/customer/107", "-v", "--mask-ids")
	if masked.code != 0 || strings.Contains(masked.stderr, labAccount) || strings.Contains(masked.stderr, strings.Repeat("c0", 32)) || strings.Contains(masked.stderr, strings.Repeat("d1", 32)) {
		t.Errorf("--mask-ids: exit %d\n%s", masked.code, masked.stderr)
	}
	dry := l.call(setup{}, flags, "record/v1/customer/107", "--dry-run")
	if dry.code != 0 || !strings.Contains(dry.stdout, `+ Authorization: OAuth realm="`+labAccount+`"`) {
		t.Errorf("--dry-run: exit %d\n%s%s", dry.code, dry.stdout, dry.stderr)
	}
	all := r.stdout + r.stderr + string(har) + masked.stderr + dry.stdout + dry.stderr
	for _, h := range s.headers {
		_, signature, _ := strings.Cut(strings.TrimSuffix(h, `"`), `oauth_signature="`)
		plain, _ := url.PathUnescape(signature)
		for _, secret := range []string{signature, plain, tbaConsumerSecret, tbaTokenSecret} {
			if len(secret) < 40 || strings.Contains(all, secret) {
				t.Errorf("%q is shown", secret)
			}
		}
	}
}

// A refused signature: what can be wrong, without the words of the other kind, and without
// the signature, which this server repeats.
func TestCallTBARefused(t *testing.T) {
	l := newLab(t)
	s, flags := l.serveTBA(func(http.ResponseWriter, *http.Request) { t.Error("accepted") })
	for _, args := range [][]string{{"record/v1/customer/107"}, {"suiteql", "SELECT 1", "--paginate"}, {"restlet", "--script", "1", "--deploy", "1", "--retry", "2"}} {
		s.headers = nil
		r := l.call(setup{env: map[string]string{"TBA_TOKEN_SECRET": tbaTokenSecret[1:] + "0"}}, flags, args...)
		said := strings.Join(strings.Fields(r.stderr), " ")
		if r.code != 1 || len(s.headers) != 1 {
			t.Errorf("%q: exit %d after %d requests\n%s", args, r.code, len(s.headers), r.stderr)
		}
		for _, want := range []string{"api.invalid-login", "for realm 1234567 (TBA): invalid login attempt", "InvalidSignature: a secret is wrong", "token_rejected", "signature base string"} {
			if !strings.Contains(said, want) {
				t.Errorf("%q: %q is missing:\n%s", args, want, r.stderr)
			}
		}
		for _, not := range []string{"client_id", "OAuth 2.0 Access Tokens", "nsauth doctor", "access token was", "<nil>"} {
			if strings.Contains(said, not) {
				t.Errorf("%q: says %q:\n%s", args, not, r.stderr)
			}
		}
		_, signature, _ := strings.Cut(strings.TrimSuffix(s.headers[0], `"`), `oauth_signature="`)
		plain, _ := url.PathUnescape(signature)
		if strings.Contains(r.stdout+r.stderr, strings.TrimRight(plain, "=")) {
			t.Errorf("%q: the signature is shown", args)
		}
	}
	// By the server's Date, the clock alone is a reason.
	s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Date", labTime().Add(-12*time.Minute).Format(http.TimeFormat))
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`)
	}
	r := l.call(setup{env: map[string]string{"TBA_TOKEN_SECRET": tbaTokenSecret}}, flags, "record/v1/customer/107")
	if said := strings.Join(strings.Fields(r.stderr), " "); r.code != 1 || !strings.Contains(said, "this machine's clock is 12 minutes ahead") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
}

// What a TBA profile lacks, or has in the wrong place, is said before anything is sent,
// and the commands for the other kind say which one works.
func TestTBAProfileOnTheCommandLine(t *testing.T) {
	l := newLab(t)
	s, flags := l.serveTBA(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) })
	l.write("empty.txt", []byte("\n"))
	l.write("two.txt", []byte("a\nb\n"))
	good := map[string]string{"TBA_TOKEN_SECRET": tbaTokenSecret}
	for _, tt := range []struct {
		config, want string
	}{
		{"token_secret: env:UNSET_VARIABLE", "token_secret: env:UNSET_VARIABLE does not exist"},
		{"token_secret: no/such/file", "token_secret: " + l.path("no/such/file") + " does not exist"},
		{"token_secret: " + l.path("empty.txt"), "empty.txt is empty"},
		{"token_secret: " + l.path("two.txt"), "two.txt has more than one line"},
		{"token_secret: " + l.path("key.pem"), "key.pem "},
		{"token_secret_command: exit 3", "token_secret_command: its output cannot be used: the command failed"},
		{"token_secret_command: echo a b", "token_secret_command: its output is not one TBA secret"},
		{"warn: 20d", "a TBA call needs token_secret, which is not set"},
	} {
		l.write("wrong.yaml", []byte("profiles:\n  old:\n    auth: tba\n    account: "+labAccount+"\n    consumer_key: a\n    consumer_secret: consumer.txt\n    token_id: b\n    "+tt.config+"\n"))
		r := l.call(setup{env: good}, append(slices.Clone(flags[:len(flags)-1]), "wrong.yaml"), "record/v1/customer/107")
		if r.code != 2 || !strings.Contains(r.stderr, tt.want) || strings.Contains(r.stderr, "PRIVATE") {
			t.Errorf("%s: exit %d, want %q\n%s", tt.config, r.code, tt.want, r.stderr)
		}
	}
	if len(s.headers) > 0 {
		t.Errorf("%d requests were sent", len(s.headers))
	}
	for _, args := range [][]string{{"doctor"}, {"doctor", "old"}, {"token"}, {"token", "--curl"}, {"jwt", "build"}, {"doctor", "--profile", "old", "--compare", "two"}, {"profile", "init", "old", "--no-input", "--force"}} {
		r := nsauth(t, setup{dir: l.dir}, append(args, "--config", "config.yaml")...)
		if r.code != 2 || !strings.Contains(r.stderr, "the profile has auth: tba") || strings.Count(r.stderr, "\n") > 3 {
			t.Errorf("%q: exit %d\n%s", args, r.code, r.stderr)
		}
	}
	// A variable fills what the named profile leaves out, as with every setting; it is named.
	r := nsauth(t, setup{dir: l.dir, env: map[string]string{"NSAUTH_AUTH": "tba"}}, "doctor", "two", "--config", "config.yaml")
	if r.code != 2 || !strings.Contains(r.stderr, "NSAUTH_AUTH sets auth to tba") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	r = nsauth(t, setup{dir: l.dir}, "profile", "list", "--config", "config.yaml")
	if r.stdout != "old  "+labAccount+"  default, TBA\ntwo  "+labAccount+"\n" {
		t.Errorf("%q", r.stdout)
	}
	r = nsauth(t, setup{dir: l.dir}, "profile", "show", "--config", "config.yaml")
	if r.code != 0 || r.stderr != "" || !regexp.MustCompile(`(?m)^auth +tba +config.yaml, profile old$`).MatchString(r.stdout) || !strings.Contains(r.stdout, "env:TBA_TOKEN_SECRET") {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, flag := range []string{"--token-secret=" + tbaTokenSecret, "--consumer-secret=" + tbaConsumerSecret} {
		if r := l.call(setup{}, flags, "x", flag); r.code != 2 || strings.Contains(r.stderr, "planted") {
			t.Errorf("exit %d\n%s", r.code, r.stderr)
		}
	}
}
