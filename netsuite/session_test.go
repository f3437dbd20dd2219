package netsuite_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

const recordPath = "/services/rest/record/v1/customer/107"

// books is a server that issues numbered tokens and takes only the last one.
type books struct {
	mu         sync.Mutex
	assertions []string
	issued     int
	good       int // the number of the token that is taken
	requests   []*http.Request
	bodies     []string
	handle     func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

const bookToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIzOy01In0.cGxhbnRlZC1hY2Nlc3MtdG9rZW4tc2lnbmF0dXJl-"

func (b *books) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == netsuite.TokenPath {
		form, _ := url.ParseQuery(string(body))
		b.assertions = append(b.assertions, form.Get("client_assertion"))
		b.issued++
		b.good = b.issued
		fmt.Fprintf(w, `{"access_token":"%s%d","expires_in":"3600","token_type":"bearer"}`, bookToken, b.issued)
		return
	}
	b.requests = append(b.requests, r.Clone(context.Background()))
	b.bodies = append(b.bodies, string(body))
	if b.handle != nil && b.handle(w, r) {
		return
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer %s%d", bookToken, b.good) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`)
		return
	}
	_, _ = io.WriteString(w, `{"id":"107"}`)
}

// revoke makes the server refuse what it issued so far.
func (b *books) revoke() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.good = -1
}

func credentials(t testing.TB) netsuite.Credentials {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return netsuite.Credentials{ClientID: strings.Repeat("1c34", 16), CertificateID: "HRri", Key: key}
}

// newSession is a session with a server of this kind. change may be nil.
func newSession(t testing.TB, b *books, retry netsuite.Retry, change func(*netsuite.Options)) (*netsuite.Session, *netsuite.TokenSource) {
	t.Helper()
	_, o := newServer(t, b.ServeHTTP)
	if change != nil {
		change(&o)
	}
	client := newClient(t, o)
	source, err := client.TokenSource(credentials(t), netsuite.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return client.NewSession(source, retry), source
}

// Each token request has its own assertion, with the values of the credentials.
func TestAssertionsAreFresh(t *testing.T) {
	b := &books{}
	session, source := newSession(t, b, netsuite.Retry{}, nil)
	for range 3 {
		if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil {
			t.Fatal(err)
		}
		token, err := source.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		source.Drop(token.AccessToken)
	}
	if len(b.assertions) != 3 {
		t.Fatalf("%d token requests", len(b.assertions))
	}
	seen := map[string]bool{}
	for _, a := range b.assertions {
		if seen[a] {
			t.Error("an assertion was sent twice")
		}
		seen[a] = true
	}
	part := func(i int) (m map[string]any) {
		data, err := base64.RawURLEncoding.DecodeString(strings.Split(b.assertions[0], ".")[i])
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	header, claims := part(0), part(1)
	if header["alg"] != "ES256" || header["kid"] != "HRri" || header["typ"] != "JWT" {
		t.Errorf("header %v", header)
	}
	if claims["iss"] != strings.Repeat("1c34", 16) || claims["aud"] != tokenURL || claims["scope"] != "rest_webservices" ||
		claims["exp"].(float64)-claims["iat"].(float64) != 300 || claims["sub"] != nil {
		t.Errorf("claims %v", claims)
	}
}

// A refused token is dropped and the call repeated once with a new one; a second
// 401 is the answer, and a token that was just issued is not dropped for it.
func TestSessionAfter401(t *testing.T) {
	b := &books{}
	session, source := newSession(t, b, netsuite.Retry{}, nil)
	call := func() error {
		_, err := session.Do(t.Context(), netsuite.Request{Method: http.MethodPost, URL: recordPath, Body: []byte(`{"a":1}`)})
		return err
	}
	if err := call(); err != nil {
		t.Fatal(err)
	}
	b.revoke()
	if err := call(); err != nil {
		t.Fatalf("with a new token: %v", err)
	}
	if b.issued != 2 || len(b.requests) != 3 || b.bodies[2] != `{"a":1}` {
		t.Errorf("%d tokens, %d calls, bodies %q", b.issued, len(b.requests), b.bodies)
	}
	b.handle = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("WWW-Authenticate", `Bearer realm="1234567", error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	err := call()
	var refusal *netsuite.APIError
	if !errors.As(err, &refusal) || !errors.Is(err, netsuite.Status(401)) || !errors.Is(err, netsuite.Code("invalid_token")) {
		t.Fatal(err)
	}
	if b.issued != 3 || len(b.requests) != 5 {
		t.Errorf("%d tokens, %d calls", b.issued, len(b.requests))
	}
	if token, err := source.Get(t.Context()); err != nil || !strings.HasSuffix(token.AccessToken.Reveal(), "-3") {
		t.Errorf("%v, %v", token, err)
	}
}

// An answer other than 2xx has all that a program may want to know, and the
// server's own body, up to a bound.
func TestSessionErrors(t *testing.T) {
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{}, nil)
	const body = `{"status":500,"o:errorDetails":[{"detail":"An unexpected error occurred. Error ID: lz3k4b9a8x-1","o:errorCode":"UNEXPECTED_ERROR"}]}`
	b.handle = func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, body+strings.Repeat(" ", 2*netsuite.MaxBody))
		return true
	}
	answer, err := session.Do(t.Context(), netsuite.Request{URL: recordPath})
	var e *netsuite.APIError
	if answer != nil || !errors.As(err, &e) {
		t.Fatal(answer, err)
	}
	if len(e.Answer.Body) != netsuite.MaxBody || !e.Answer.Truncated || !bytes.HasPrefix(e.Answer.Body, []byte(body)) {
		t.Errorf("%d bytes of the body, truncated: %t", len(e.Answer.Body), e.Answer.Truncated)
	}
	b.handle = func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, body)
		return true
	}
	_, err = session.Do(t.Context(), netsuite.Request{URL: recordPath})
	if !errors.As(err, &e) || !errors.Is(err, netsuite.UnexpectedError) || !errors.Is(err, netsuite.Status(500)) ||
		errors.Is(err, netsuite.InvalidLogin) || e.ErrorID != "lz3k4b9a8x-1" {
		t.Errorf("%+v", err)
	}
}

// As a RoundTripper: bodies that can be sent again are, others are not.
func TestRoundTrip(t *testing.T) {
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{}, nil)
	client := session.HTTPClient()
	do := func(body io.Reader) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+restHost+recordPath, body)
		if err != nil {
			t.Fatal(err)
		}
		before := req.Header.Clone()
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(slices.Sorted(keysOf(before)), slices.Sorted(keysOf(req.Header))) || res.Request.Header.Get("Authorization") != "" {
			t.Errorf("the request was changed: %v", req.Header)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		return res
	}
	if res := do(strings.NewReader("one")); res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	b.revoke()
	if res := do(strings.NewReader("two")); res.StatusCode != 200 || b.bodies[2] != "two" || b.issued != 2 {
		t.Errorf("%s, %q, %d tokens", res.Status, b.bodies, b.issued)
	}
	b.revoke()
	// A pipe cannot be read twice: the 401 is the answer, and the next call works.
	if res := do(io.MultiReader(strings.NewReader("three"))); res.StatusCode != 401 || b.issued != 2 {
		t.Errorf("%s, %d tokens", res.Status, b.issued)
	}
	if res := do(nil); res.StatusCode != 200 || b.issued != 3 {
		t.Errorf("%s, %d tokens", res.Status, b.issued)
	}
}

func keysOf(h http.Header) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range h {
			if !yield(name) {
				return
			}
		}
	}
}

// The token goes to the account's hosts, in a header of the first request, and
// nowhere else.
func TestRoundTripKeepsTheTokenFromOtherHosts(t *testing.T) {
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{Max: 3}, func(o *netsuite.Options) {
		o.Hosts = []string{"1234567.restlets.api.netsuite.com"}
	})
	get := func(c *http.Client, target string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Do(req)
	}
	for _, target := range []string{"https://evil.example/", "https://1234567.suitetalk.api.netsuite.com.evil.example/",
		"https://" + restHost + ":8443/", "https://7654321.suitetalk.api.netsuite.com/"} {
		var foreign *netsuite.ForeignHostError
		if _, err := get(session.HTTPClient(), target); !errors.As(err, &foreign) {
			t.Errorf("%s: %v", target, err)
		}
	}
	var insecure *netsuite.InsecureURLError
	if _, err := get(session.HTTPClient(), "http://"+restHost+"/"); !errors.As(err, &insecure) {
		t.Errorf("plain http: %v", err)
	}
	if len(b.requests) != 0 || b.issued != 0 {
		t.Errorf("%d calls, %d tokens", len(b.requests), b.issued)
	}

	// Redirects: the session's own client returns them, another client gets an error.
	// Neither follows them.
	b.handle = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
		return true
	}
	for _, to := range []string{"https://evil.example/", "https://" + restHost + "/elsewhere", "/elsewhere"} {
		before := len(b.requests)
		target := "https://" + restHost + recordPath + "?to=" + url.QueryEscape(to)
		res, err := get(session.HTTPClient(), target)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusFound || len(b.requests) != before+1 {
			t.Errorf("%s: %s, %d calls", to, res.Status, len(b.requests)-before)
		}
		var redirect *netsuite.RedirectError
		if _, err := get(&http.Client{Transport: session}, target); !errors.As(err, &redirect) || len(b.requests) != before+2 {
			t.Errorf("%s: %v, %d calls", to, err, len(b.requests)-before)
		}
	}

	// No cookie is sent, and a changed Host is rejected.
	b.handle = func(w http.ResponseWriter, r *http.Request) bool {
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: "x", Path: "/"})
		return false
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	withJar := &http.Client{Transport: session, Jar: jar}
	for range 2 {
		res, err := get(withJar, "https://"+restHost+recordPath)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if last := b.requests[len(b.requests)-1]; last.Header.Get("Cookie") != "" || res.StatusCode != 200 {
			t.Errorf("%s, cookies %q", res.Status, last.Header.Get("Cookie"))
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+restHost+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	var value *netsuite.ValueError
	if _, err := session.HTTPClient().Do(req); !errors.As(err, &value) {
		t.Errorf("another Host: %v", err)
	}
}

// With retries a busy server is asked again as it says, and a call that may have
// had an effect is not made twice.
func TestSessionRetries(t *testing.T) {
	for _, tt := range []struct {
		method string
		status int
		body   string
		calls  int
	}{
		{http.MethodGet, 503, "", 3}, {http.MethodGet, 429, "", 3}, {http.MethodPost, 429, "", 3}, {http.MethodPost, 503, "", 1},
		{http.MethodPut, 502, "", 3}, {http.MethodGet, 500, "", 1}, {http.MethodDelete, 504, "", 3}, {http.MethodPatch, 504, "", 1},
		{http.MethodPost, 400, `{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"busy"}}`, 3},
	} {
		t.Run(fmt.Sprint(tt.method, tt.status), func(t *testing.T) {
			b := &books{handle: func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
				return true
			}}
			session, _ := newSession(t, b, netsuite.Retry{Max: 2}, nil)
			_, err := session.Do(t.Context(), netsuite.Request{Method: tt.method, URL: recordPath})
			if !errors.Is(err, netsuite.Status(tt.status)) || len(b.requests) != tt.calls {
				t.Errorf("Do: %v after %d calls, want %d", err, len(b.requests), tt.calls)
			}
			if tt.body != "" {
				return // RoundTrip looks at no body
			}
			b.requests = nil
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "https://"+restHost+recordPath, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			res, err := session.HTTPClient().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != tt.status || len(b.requests) != tt.calls {
				t.Errorf("RoundTrip: %s after %d calls, want %d", res.Status, len(b.requests), tt.calls)
			}
		})
	}
}

// No more calls are under way than were allowed, whichever way they are made, and
// a slot is free again when the body is closed.
func TestMaxConcurrent(t *testing.T) {
	var now, most atomic.Int32
	b := &books{}
	release := make(chan struct{})
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == netsuite.TokenPath {
			b.ServeHTTP(w, r)
			return
		}
		n := now.Add(1)
		defer now.Add(-1)
		for {
			old := most.Load()
			if n <= old || most.CompareAndSwap(old, n) {
				break
			}
		}
		<-release
		_, _ = io.WriteString(w, `{}`)
	})
	o.MaxConcurrent = 3
	client := newClient(t, o)
	source, err := client.TokenSource(credentials(t), netsuite.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	session := client.NewSession(source, netsuite.Retry{})
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			if i%2 == 0 {
				if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil {
					t.Error(err)
				}
				return
			}
			res, err := session.HTTPClient().Get("https://" + restHost + recordPath)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		})
	}
	for now.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	// A fourth does not get in, and its wait ends with its context.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var broken *netsuite.ConnectError
	if _, err := session.Do(ctx, netsuite.Request{URL: recordPath}); !errors.As(err, &broken) || broken.Kind != netsuite.Timeout {
		t.Errorf("the fourth: %v", err)
	}
	// Token requests are not held up by it.
	token, err := source.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	source.Drop(token.AccessToken)
	if _, err := source.Get(t.Context()); err != nil {
		t.Errorf("a token while all slots are taken: %v", err)
	}
	close(release)
	wg.Wait()
	if most.Load() != 3 {
		t.Errorf("%d at once", most.Load())
	}
}

// Observe gets every request and no secret, also in what the server made
// of it.
func TestEventsHaveNoSecret(t *testing.T) {
	var mu sync.Mutex
	var events []netsuite.Event
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{Max: 1}, func(o *netsuite.Options) {
		o.Observe = func(e netsuite.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		}
	})
	b.handle = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":"`+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")+`"}`)
		return true
	}
	if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath + "?token=planted-query"}); !errors.Is(err, netsuite.Status(429)) {
		t.Fatal(err)
	}
	b.revoke()
	b.handle = nil
	if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil {
		t.Fatal(err)
	}
	kinds := ""
	for _, e := range events {
		kinds += string(e.Kind) + " "
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "event", e)
		for _, text := range []string{fmt.Sprintf("%v %+v %#v", e, e, e), log.String(), fmt.Sprint(e.Err)} {
			for _, secret := range append([]string{bookToken, "c2lnbmF0dXJl", "planted-query"}, b.assertions...) {
				if strings.Contains(text, secret) {
					t.Errorf("%s has a secret: %s", e.Kind, text)
				}
			}
		}
		if e.Start.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	want := "token-request renewed call call call dropped token-request renewed call "
	if kinds != want {
		t.Errorf("%q, want %q", kinds, want)
	}
	if e := events[2]; e.Method != "GET" || e.Status != 429 || e.URL != "https://"+restHost+recordPath || e.Duration <= 0 {
		t.Errorf("%+v", e)
	}
}

// What is missing is said before anything is sent, and what cannot be signed has a
// type of its own.
func TestCredentialsRefused(t *testing.T) {
	client := newClient(t, netsuite.Options{TokenURL: tokenURL})
	good := credentials(t)
	for name, change := range map[string]func(*netsuite.Credentials){
		"ClientID":      func(c *netsuite.Credentials) { c.ClientID = "" },
		"CertificateID": func(c *netsuite.Credentials) { c.CertificateID = "" },
		"Key":           func(c *netsuite.Credentials) { c.Key = nil },
	} {
		c := good
		change(&c)
		var value *netsuite.ValueError
		if _, err := client.TokenSource(c, netsuite.SourceOptions{}); !errors.As(err, &value) || value.Name != name || value.Reason != "missing" {
			t.Errorf("%s: %v", name, err)
		}
	}
	var value *netsuite.ValueError
	if _, err := newClient(t, netsuite.Options{APIURL: "https://" + restHost}).TokenSource(good, netsuite.SourceOptions{}); !errors.As(err, &value) || value.Name != "TokenURL" {
		t.Errorf("no TokenURL: %v", err)
	}
	for name, change := range map[string]func(*netsuite.Credentials){
		"Algorithm": func(c *netsuite.Credentials) { c.Algorithm = "RS256" },
		"Lifetime":  func(c *netsuite.Credentials) { c.Lifetime = time.Hour + time.Second },
	} {
		c := good
		change(&c)
		if _, err := client.TokenSource(c, netsuite.SourceOptions{}); !errors.As(err, &value) || value.Name != name || value.Reason != "not-taken" {
			t.Errorf("%s: %v", name, err)
		}
		c.Generic = true
		if _, err := client.TokenSource(c, netsuite.SourceOptions{}); err != nil {
			t.Errorf("%s, for another server: %v", name, err)
		}
		c.Lifetime = -time.Second
		if _, err := client.TokenSource(c, netsuite.SourceOptions{}); !errors.As(err, &value) || value.Name != "Lifetime" {
			t.Errorf("a negative lifetime: %v", err)
		}
	}
	for alg, kind := range map[string]string{"PS256": "alg-key-mismatch", "RS256": "alg-key-mismatch", "none": "alg-unsupported"} {
		c := good
		c.Algorithm, c.Generic = alg, alg != "PS256"
		source, err := client.TokenSource(c, netsuite.SourceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var unsigned *netsuite.SignError
		if _, err := source.Get(t.Context()); !errors.As(err, &unsigned) || unsigned.Kind != kind {
			t.Errorf("%s: %+v", alg, err)
		}
	}
}

// Another server's assertions have sub and jti.
func TestGenericCredentials(t *testing.T) {
	b := &books{}
	_, o := newServer(t, b.ServeHTTP)
	client := newClient(t, o)
	c := credentials(t)
	c.Generic, c.CertificateID = true, ""
	source, err := client.TokenSource(c, netsuite.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Get(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(b.assertions[0], ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if claims := string(data); !strings.Contains(claims, `"sub":"1c34`) || !strings.Contains(claims, `"jti":"`) || strings.Contains(claims, "scope") {
		t.Error(claims)
	}
}
