package netsuite_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/netsuite"
)

var quiet = log.New(io.Discard, "", 0)

func TestExchangeSendsWhatIsDocumented(t *testing.T) {
	type seen struct {
		Method, Path, Host, Proto string
		Header                    http.Header
		Form                      url.Values
	}
	var got seen
	s, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		got = seen{r.Method, r.RequestURI, r.Host, r.Proto, r.Header, form}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":%q,"expires_in":"3600","token_type":"bearer"}`, accessToken)
	})
	// Ten minutes behind and a step of a second for each look.
	clock := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	var looks atomic.Int64
	o.Now = func() time.Time { return clock.Add(time.Duration(looks.Add(1)) * time.Second) }
	c := newClient(t, o)
	for range 2 { // the second time there is a cookie that could be sent
		token, err := c.Exchange(t.Context(), assertion)
		if err != nil {
			t.Fatal(err)
		}
		if token.AccessToken.Reveal() != accessToken || token.ExpiresIn != time.Hour || token.TokenType != "bearer" {
			t.Errorf("got %+v", token)
		}
		want := seen{"POST", "/services/rest/auth/oauth2/v1/token", restHost, "HTTP/2.0",
			http.Header{
				"Content-Type":   {"application/x-www-form-urlencoded"},
				"Accept":         {"application/json"},
				"User-Agent":     {"nsauth"},
				"Content-Length": {fmt.Sprint(len(netsuite.TokenForm(assertion).Encode()))},
			},
			url.Values{
				"grant_type":            {"client_credentials"},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
				"client_assertion":      {assertion},
			}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		a := token.Answer
		if a.Method != "POST" || a.URL != tokenURL || a.Status != 200 || a.RemoteAddr != s.Listener.Addr().String() ||
			a.TLSVersion != "TLS 1.3" || a.TLSIssuer != "CN=Test CA" || !a.IsJSON() || a.ContentType() != "application/json" {
			t.Errorf("got %+v", a)
		}
		if strings.Contains(string(a.Body), accessToken) || !strings.Contains(string(a.Body), `"access_token":"<secret>"`) {
			t.Errorf("the answer shows the token: %s", a.Body)
		}
		if took := a.Received.Sub(a.Sent); took < time.Second || took > 10*time.Second || a.Sent.Before(clock) || a.Sent.After(clock.Add(time.Minute)) {
			t.Errorf("sent %v, received %v: not by the given clock", a.Sent, a.Received)
		}
		if date, ok := a.Date(); !ok || time.Since(date).Abs() > time.Minute {
			t.Errorf("date %v, %t", date, ok)
		}
	}
}

func TestDoSendsWhatIsAsked(t *testing.T) {
	var got *http.Request
	var body string
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		w.Header()["Date"] = nil
		io.WriteString(w, `["ok"]`)
	})
	o.UserAgent = "test/1"
	c := newClient(t, o)
	a, err := c.Do(t.Context(), netsuite.Request{
		Method: "POST", URL: "/services/rest/query/v1/suiteql?limit=1#top",
		Header:      http.Header{"prefer": {"transient"}, "Content-Type": {"application/json"}},
		Body:        []byte(`{"q":"SELECT 1"}`),
		AccessToken: netsuite.NewSecret(accessToken),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Prefer": {"transient"}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
		"User-Agent": {"test/1"}, "Authorization": {"Bearer " + accessToken}, "Content-Length": {"16"},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Error(diff)
	}
	if got.Method != "POST" || got.RequestURI != "/services/rest/query/v1/suiteql?limit=1" || got.Host != restHost || body != `{"q":"SELECT 1"}` {
		t.Errorf("got %s %s on %s: %s", got.Method, got.RequestURI, got.Host, body)
	}
	if !a.IsJSON() || a.IsHTML() || a.URL != "https://"+restHost+"/services/rest/query/v1/suiteql?limit=1" {
		t.Errorf("got %+v", a)
	}
	if date, ok := a.Date(); ok {
		t.Errorf("a Date header out of nothing: %v", date)
	}

	// Without a token nothing is said about one.
	if _, err := c.Do(t.Context(), netsuite.Request{URL: "https://" + strings.ToUpper(restHost) + ":443/x"}); err != nil {
		t.Fatal(err)
	}
	if _, ok := got.Header["Authorization"]; ok || got.Method != "GET" || got.ContentLength > 0 {
		t.Errorf("got %s with %v", got.Method, got.Header)
	}
}

func TestDoRefuses(t *testing.T) {
	noLeaks(t)
	c := newClient(t, netsuite.Options{
		TokenURL: tokenURL, APIURL: "https://" + restHost, Hosts: []string{"1234567.restlets.api.netsuite.com"},
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			t.Error("a connection was made")
			return nil, errors.New("no")
		},
	})
	token := netsuite.NewSecret(accessToken)
	for name, tt := range map[string]struct {
		request netsuite.Request
		want    error
	}{
		"other host":         {netsuite.Request{URL: "https://evil.example/x"}, &netsuite.ForeignHostError{Host: "evil.example:443"}},
		"other port":         {netsuite.Request{URL: "https://" + restHost + ":8443/x"}, &netsuite.ForeignHostError{Host: restHost + ":8443"}},
		"other account":      {netsuite.Request{URL: "https://7654321.suitetalk.api.netsuite.com/"}, &netsuite.ForeignHostError{Host: "7654321.suitetalk.api.netsuite.com:443"}},
		"trailing dot":       {netsuite.Request{URL: "https://" + restHost + "./"}, &netsuite.ForeignHostError{Host: restHost + ".:443"}},
		"plain http":         {netsuite.Request{URL: "http://" + restHost + "/x"}, &netsuite.InsecureURLError{URL: "http://" + restHost}},
		"http on loopback":   {netsuite.Request{URL: "http://127.0.0.1/x"}, &netsuite.ForeignHostError{Host: "127.0.0.1:80"}},
		"network path":       {netsuite.Request{URL: "//evil.example/x"}, &netsuite.ValueError{Name: "URL", Reason: "relative"}},
		"relative path":      {netsuite.Request{URL: "services"}, &netsuite.ValueError{Name: "URL", Reason: "relative"}},
		"empty":              {netsuite.Request{}, &netsuite.ValueError{Name: "URL", Reason: "missing"}},
		"file":               {netsuite.Request{URL: "file:///etc/passwd"}, &netsuite.ValueError{Name: "URL", Reason: "scheme"}},
		"opaque":             {netsuite.Request{URL: "https:evil.example"}, &netsuite.ValueError{Name: "URL", Reason: "relative"}},
		"user":               {netsuite.Request{URL: "https://u:p@" + restHost}, &netsuite.ValueError{Name: "URL", Reason: "userinfo"}},
		"dots":               {netsuite.Request{URL: "/services/rest/../app"}, &netsuite.ValueError{Name: "URL", Reason: "dot-segments"}},
		"escaped dots":       {netsuite.Request{URL: "https://" + restHost + "/services/%2e%2E/app"}, &netsuite.ValueError{Name: "URL", Reason: "dot-segments"}},
		"dots behind %2F":    {netsuite.Request{URL: "/services/a%2F.%2Fb"}, &netsuite.ValueError{Name: "URL", Reason: "dot-segments"}},
		"dots, other slash":  {netsuite.Request{URL: `/services/a\..\b`}, &netsuite.ValueError{Name: "URL", Reason: "dot-segments"}},
		"newline":            {netsuite.Request{URL: "/x\nHost: evil.example"}, &netsuite.ValueError{Name: "URL", Reason: "unparsable"}},
		"cookie":             {netsuite.Request{URL: "/x", Header: http.Header{"cookie": {"a=b"}}}, &netsuite.ValueError{Name: "Header Cookie", Reason: "not-allowed"}},
		"authorization":      {netsuite.Request{URL: "/x", Header: http.Header{"authorization": {"NLAuth"}}}, &netsuite.ValueError{Name: "Header Authorization", Reason: "not-allowed"}},
		"header with break":  {netsuite.Request{URL: "/x", Header: http.Header{"Prefer": {"a\r\nCookie: b"}}}, &netsuite.ValueError{Name: "Header Prefer", Reason: "characters"}},
		"header name":        {netsuite.Request{URL: "/x", Header: http.Header{"A: b\r\nCookie": {"c"}}}, &netsuite.ValueError{Name: "Header A: b Cookie", Reason: "characters"}},
		"method":             {netsuite.Request{URL: "/x", Method: "GET /y"}, &netsuite.ValueError{Name: "Method", Reason: "characters"}},
		"token with a break": {netsuite.Request{URL: "/x", AccessToken: netsuite.NewSecret(accessToken + "\n")}, &netsuite.ValueError{Name: "AccessToken", Reason: "characters"}},
	} {
		if tt.request.AccessToken.IsZero() {
			tt.request.AccessToken = token
		}
		a, err := c.Do(t.Context(), tt.request)
		if foreign := (*netsuite.ForeignHostError)(nil); errors.As(err, &foreign) {
			if len(foreign.Allowed) != 2 {
				t.Errorf("%s: allowed are %v", name, foreign.Allowed)
			}
			foreign.Allowed = nil
		}
		if diff := cmp.Diff(tt.want, err); diff != "" || a != nil {
			t.Errorf("%s: %s", name, diff)
		}
		noSecrets(t, err)
		if s := err.Error(); s == "" || strings.ContainsAny(s, "\r\n") {
			t.Errorf("%s: error text %q", name, s)
		}
	}

	bare := newClient(t, netsuite.Options{})
	if _, err := bare.Exchange(t.Context(), assertion); !cmp.Equal(err, error(&netsuite.ValueError{Name: "TokenURL", Reason: "missing"})) {
		t.Errorf("no token URL: %v", err)
	}
	if _, err := bare.Do(t.Context(), netsuite.Request{URL: "/x"}); !cmp.Equal(err, error(&netsuite.ValueError{Name: "APIURL", Reason: "missing"})) {
		t.Errorf("no API URL: %v", err)
	}
	if _, err := c.Exchange(t.Context(), ""); !cmp.Equal(err, error(&netsuite.ValueError{Name: "assertion", Reason: "missing"})) {
		t.Errorf("no assertion: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		o    netsuite.Options
		want error
	}{
		"plain http":         {netsuite.Options{TokenURL: "http://example.com/token"}, &netsuite.InsecureURLError{URL: "http://example.com"}},
		"loopback in name":   {netsuite.Options{TokenURL: "http://127.0.0.1.example.com/"}, &netsuite.InsecureURLError{URL: "http://127.0.0.1.example.com"}},
		"localhost in name":  {netsuite.Options{APIURL: "http://localhost.example.com"}, &netsuite.InsecureURLError{URL: "http://localhost.example.com"}},
		"private address":    {netsuite.Options{APIURL: "http://10.0.0.1:80"}, &netsuite.InsecureURLError{URL: "http://10.0.0.1:80"}},
		"password":           {netsuite.Options{TokenURL: "https://u:hunter2@example.com/"}, &netsuite.ValueError{Name: "TokenURL", Reason: "userinfo"}},
		"scheme":             {netsuite.Options{TokenURL: "ftp://example.com/"}, &netsuite.ValueError{Name: "TokenURL", Reason: "scheme"}},
		"no scheme":          {netsuite.Options{TokenURL: "example.com/token"}, &netsuite.ValueError{Name: "TokenURL", Reason: "scheme"}},
		"no host":            {netsuite.Options{TokenURL: "https:///token"}, &netsuite.ValueError{Name: "TokenURL", Reason: "relative"}},
		"control":            {netsuite.Options{TokenURL: "https://example.com/\x00"}, &netsuite.ValueError{Name: "TokenURL", Reason: "unparsable"}},
		"path":               {netsuite.Options{APIURL: "https://example.com/services"}, &netsuite.ValueError{Name: "APIURL", Reason: "path"}},
		"query":              {netsuite.Options{APIURL: "https://example.com?x"}, &netsuite.ValueError{Name: "APIURL", Reason: "path"}},
		"host with path":     {netsuite.Options{Hosts: []string{"example.com/x"}}, &netsuite.ValueError{Name: "Hosts", Reason: "unparsable"}},
		"empty host":         {netsuite.Options{Hosts: []string{""}}, &netsuite.ValueError{Name: "Hosts", Reason: "unparsable"}},
		"connect-to no port": {netsuite.Options{ConnectTo: "127.0.0.1"}, &netsuite.ValueError{Name: "ConnectTo", Reason: "unparsable"}},
		"connect-to port":    {netsuite.Options{ConnectTo: "127.0.0.1:x"}, &netsuite.ValueError{Name: "ConnectTo", Reason: "unparsable"}},
		"connect-to port 0":  {netsuite.Options{ConnectTo: "127.0.0.1:0"}, &netsuite.ValueError{Name: "ConnectTo", Reason: "unparsable"}},
		"connect-to no host": {netsuite.Options{ConnectTo: ":443"}, &netsuite.ValueError{Name: "ConnectTo", Reason: "unparsable"}},
		"plain http led away": {netsuite.Options{TokenURL: "http://localhost/token", ConnectTo: "example.com:80"},
			&netsuite.InsecureURLError{URL: "http://example.com:80"}},
	} {
		c, err := netsuite.New(tt.o)
		if diff := cmp.Diff(tt.want, err); diff != "" || c != nil {
			t.Errorf("%s: %s", name, diff)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, u := range []string{"https://example.com/token", "http://localhost:8080/token", "http://127.0.0.53/t", "http://[::1]:80/t"} {
		if _, err := netsuite.New(netsuite.Options{TokenURL: u}); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
}

// "localhost" is a name, and names resolve to what someone says they do.
func TestPlainHTTPStaysOnLoopback(t *testing.T) {
	noLeaks(t)
	there := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}
	c := newClient(t, netsuite.Options{
		TokenURL: "http://localhost/token",
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			t.Cleanup(func() { theirs.Close() })
			return elsewhere{ours, there}, nil
		},
	})
	_, err := c.Exchange(within(t, time.Minute), assertion)
	if diff := cmp.Diff(error(&netsuite.InsecureURLError{URL: "http://localhost"}), err); diff != "" {
		t.Error(diff)
	}
}

type elsewhere struct {
	net.Conn
	addr net.Addr
}

func (e elsewhere) RemoteAddr() net.Addr { return e.addr }

func TestOneConnectionServesSeveralCalls(t *testing.T) {
	s, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			fmt.Fprintf(w, `{"access_token":%q}`, accessToken)
			return
		}
		io.WriteString(w, `{"serverTime":"2026-11-23T15:00:00.000Z"}`)
	})
	for _, http2 := range []bool{true, false} {
		var connections atomic.Int32
		addr := s.Listener.Addr().String()
		o := o
		if !http2 {
			s1 := newHTTP1(t, s.Config.Handler, &o)
			addr = s1
		}
		o.ConnectTo = addr
		o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			connections.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		c := newClient(t, o)
		ask := func() {
			t.Helper()
			if _, err := c.Do(t.Context(), netsuite.Request{URL: netsuite.ServerTimePath}); err != nil {
				t.Fatal(err)
			}
		}
		ask()
		if _, err := c.Exchange(t.Context(), assertion); err != nil {
			t.Fatal(err)
		}
		ask()
		if n := connections.Load(); n != 1 {
			t.Errorf("HTTP/2 %t: %d connections for three requests", http2, n)
		}
		c.CloseIdle()
		ask()
		if n := connections.Load(); n != 2 {
			t.Errorf("HTTP/2 %t: CloseIdle kept the connection", http2)
		}
	}
}

// newHTTP1 serves handler without HTTP/2 and trusts it.
func newHTTP1(t *testing.T, handler http.Handler, o *netsuite.Options) string {
	t.Helper()
	ca := newAuthority(t, "HTTP/1 CA")
	config := ca.server(t, restHost, 0)
	server := &http.Server{Handler: handler, TLSConfig: config, ErrorLog: quiet, TLSNextProto: nil}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { server.ServeTLS(l, "", ""); close(done) }()
	t.Cleanup(func() { server.Close(); <-done })
	o.RootCAs = ca.pool
	return l.Addr().String()
}

func TestConnectToKeepsTheName(t *testing.T) {
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.ServerName != restHost || r.Host != restHost {
			t.Errorf("server name %s, host %s", r.TLS.ServerName, r.Host)
		}
		io.WriteString(w, "{}")
	})
	var dialled []string
	to := o.ConnectTo
	o.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled = append(dialled, addr)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	o.Proxy = func(*http.Request) (*url.URL, error) {
		t.Error("a proxy was asked for")
		return nil, nil
	}
	o.Hosts = []string{"7654321.suitetalk.api.netsuite.com"}
	c := newClient(t, o)
	if _, err := c.Do(t.Context(), netsuite.Request{URL: "/"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{to}, dialled); diff != "" {
		t.Error(diff)
	}
	// The certificate is still that of another host.
	_, err := c.Do(t.Context(), netsuite.Request{URL: "https://7654321.suitetalk.api.netsuite.com/"})
	var failed *netsuite.ConnectError
	if !errors.As(err, &failed) || failed.Kind != netsuite.TLSUntrusted || failed.Reason != "wrong-host" || failed.Addr != to {
		t.Errorf("got %+v", failed)
	}
}

func TestRedirectIsTheAnswer(t *testing.T) {
	requests := 0
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		w.Header().Set("Location", "https://"+restHost+"/elsewhere?assertion="+assertion)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c := newClient(t, o)
	a, err := c.Do(t.Context(), netsuite.Request{URL: "/x", AccessToken: netsuite.NewSecret(accessToken)})
	if err != nil || a.Status != 307 || a.Header.Get("Location") == "" {
		t.Fatalf("%+v, %v", a, err)
	}
	_, err = c.Exchange(t.Context(), assertion)
	var refused *netsuite.TokenError
	if !errors.As(err, &refused) || refused.Answer.Status != 307 {
		t.Fatal(err)
	}
	if got := refused.Answer.Header.Get("Location"); got != "https://"+restHost+"/elsewhere?assertion=<secret>" {
		t.Errorf("location %s", got)
	}
	noSecrets(t, err)
	if requests != 2 {
		t.Errorf("%d requests", requests)
	}
}

func TestTokenErrorKeepsTheServersWords(t *testing.T) {
	for name, tt := range map[string]struct {
		status          int
		header          http.Header
		body            string
		code, text, www string
		message         string
	}{
		"bare":              {500, nil, `{"error":"server_error"}`, "server_error", "", "", "token endpoint answered HTTP 500, error server_error"},
		"with words":        {400, nil, `{"error":"invalid_grant","error_description":"line\none"}`, "invalid_grant", "line one", "", "token endpoint answered HTTP 400, error invalid_grant"},
		"challenge":         {401, http.Header{"WWW-Authenticate": {`Basic realm="1234567"`, "Bearer"}}, `{"error":"invalid_client"}`, "invalid_client", "", `Basic realm="1234567", Bearer`, "token endpoint answered HTTP 401, error invalid_client"},
		"empty":             {503, nil, ``, "", "", "", "token endpoint answered HTTP 503"},
		"html":              {502, nil, `<html><title>Bad Gateway</title>`, "", "", "", "token endpoint answered HTTP 502"},
		"html with 200":     {200, http.Header{"Content-Type": {"text/html"}}, `<!DOCTYPE html><title>Log in</title>`, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"error is no text":  {400, nil, `{"error":{"code":"X","message":"y"}}`, "", "", "", "token endpoint answered HTTP 400"},
		"error too long":    {400, nil, `{"error":"` + strings.Repeat("x", 101) + `"}`, "", "", "", "token endpoint answered HTTP 400"},
		"error with breaks": {400, nil, `{"error":"a\nb"}`, "", "", "", "token endpoint answered HTTP 400"},
		"array":             {400, nil, `[{"error":"a"}]`, "", "", "", "token endpoint answered HTTP 400"},
		"error with 200":    {200, nil, `{"error":"server_error"}`, "server_error", "", "", "token endpoint answered HTTP 200, error server_error"},
		"null token":        {200, nil, `{"access_token":null}`, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"numeric token":     {200, nil, `{"access_token":7}`, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"token with break":  {200, nil, `{"access_token":"a\r\nb"}`, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"other case":        {200, nil, `{"ACCESS_TOKEN":"` + accessToken + `"}`, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"camel case":        {200, nil, `{"accessToken":"` + accessToken + `"}`, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"cut off":           {200, nil, `{"access_token":"` + accessToken, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"two documents":     {200, nil, `{"access_token":"` + accessToken + `"}{}`, "", "", "", "token endpoint answered HTTP 200 without an access token"},
		"token with 400":    {400, nil, `{"access_token":"` + accessToken + `"}`, "", "", "", "token endpoint answered HTTP 400"},
		"echo":              {500, http.Header{"X-Debug": {assertion}, "WWW-Authenticate": {"Bearer " + assertion}}, `{"error":"` + assertion + `","error_description":"got ` + assertion + `"}`, "<secret>", "got <secret>", "Bearer <secret>", "token endpoint answered HTTP 500, error <secret>"},
		"echo of signature": {500, nil, `{"error":"e","error_description":"` + assertion[len(assertion)-36:] + `"}`, "e", "<secret>", "", "token endpoint answered HTTP 500, error e"},
	} {
		t.Run(name, func(t *testing.T) {
			_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				for name, values := range tt.header {
					w.Header()[http.CanonicalHeaderKey(name)] = values
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			})
			c := newClient(t, o)
			_, err := c.Exchange(t.Context(), assertion)
			var got *netsuite.TokenError
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			if got.Answer.Status != tt.status || got.Code != tt.code || got.Description != tt.text || got.WWWAuthenticate != tt.www || err.Error() != tt.message {
				t.Errorf("code %q, description %q, challenge %q, text %q", got.Code, got.Description, got.WWWAuthenticate, err)
			}
			if _, ok := got.Answer.Date(); !ok {
				t.Error("the date is lost")
			}
			noSecrets(t, err)
		})
	}
}

// The token is taken out of the answer however it was written.
func TestIssuedTokenIsRedacted(t *testing.T) {
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Token", accessToken)
		fmt.Fprintf(w, `{"access\u005ftoken":"%s","copy":["%[1]s"]}`, accessToken)
	})
	token, err := newClient(t, o).Exchange(t.Context(), assertion)
	if err != nil || token.AccessToken.Reveal() != accessToken {
		t.Fatalf("%v, %v", token, err)
	}
	if got := fmt.Sprintf("%s %v", token.Answer.Body, token.Answer.Header); strings.Contains(got, accessToken) {
		t.Errorf("got %s", got)
	}
}

func TestExpiresIn(t *testing.T) {
	for in, want := range map[string]time.Duration{
		`3600`: time.Hour, `"3600"`: time.Hour, `" 3600 "`: time.Hour, `3600.0`: time.Hour, `3.6e3`: time.Hour, `0.5`: 500 * time.Millisecond,
		`null`: 0, `""`: 0, `"an hour"`: 0, `-1`: 0, `0`: 0, `1e300`: 0, `1e999`: 0, `"NaN"`: 0, `"Inf"`: 0, `true`: 0, `[3600]`: 0, `{}`: 0,
	} {
		t.Run(in, func(t *testing.T) {
			_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"access_token":"t","scope":"a b","expires_in":%s}`, in)
			})
			c := newClient(t, o)
			token, err := c.Exchange(t.Context(), assertion)
			if err != nil {
				t.Fatal(err)
			}
			if token.ExpiresIn != want || !cmp.Equal(token.Scope, []string{"a", "b"}) {
				t.Errorf("%v, scope %v", token.ExpiresIn, token.Scope)
			}
		})
	}
}

func TestAPIError(t *testing.T) {
	const unauthorized = `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.2","title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt. For more details, see the Login Audit Trail","o:errorCode":"INVALID_LOGIN"}]}`
	for name, tt := range map[string]struct {
		status int
		www    string
		body   string
		want   netsuite.APIError
	}{
		"rest": {401, `Bearer realm="1234567", error="invalid_token", error_description="Invalid login attempt."`, unauthorized,
			netsuite.APIError{Code: "INVALID_LOGIN", Title: "Unauthorized", Detail: "Invalid login attempt. For more details, see the Login Audit Trail"}},
		"challenge only": {401, `Bearer realm="1234567", error="invalid_token", error_description="Invalid login attempt."`, ``,
			netsuite.APIError{Code: "invalid_token"}},
		"code outside": {400, ``, `{"title":"Bad Request","status":400,"o:errorCode":"USER_ERROR","o:errorPath":"/q","detail":"d"}`, netsuite.APIError{Code: "USER_ERROR", Title: "Bad Request", ErrorPath: "/q", Detail: "d"}},
		"path":         {400, ``, `{"o:errorDetails":[{"o:errorCode":"INVALID_CONTENT","o:errorPath":"body.q","detail":"x"},{"o:errorCode":"SECOND"}]}`, netsuite.APIError{Code: "INVALID_CONTENT", ErrorPath: "body.q", Detail: "x"}},
		"error ID":     {500, ``, `{"o:errorDetails":[{"o:errorCode":"UNEXPECTED_ERROR","detail":"An unexpected error occurred. Error ID: lz3k4b9a8x-1"}]}`, netsuite.APIError{Code: "UNEXPECTED_ERROR", Detail: "An unexpected error occurred. Error ID: lz3k4b9a8x-1", ErrorID: "lz3k4b9a8x-1"}},
		"restlet":      {400, ``, `{"error":{"code":"SSS_INVALID_SCRIPTLET_ID","message":"That Suitelet is invalid"}}`, netsuite.APIError{Code: "SSS_INVALID_SCRIPTLET_ID", Detail: "That Suitelet is invalid"}},
		"restlet text": {400, ``, "error code: SSS_INVALID_SCRIPTLET_ID\nerror message: That Suitelet is invalid\n", netsuite.APIError{Code: "SSS_INVALID_SCRIPTLET_ID", Detail: "That Suitelet is invalid"}},
		"restlet XML":  {400, ``, `<?xml version="1.0" encoding="UTF-8"?><error><code>SSS_INVALID_SCRIPTLET_ID</code><message>invalid &amp; gone</message></error>`, netsuite.APIError{Code: "SSS_INVALID_SCRIPTLET_ID", Detail: "invalid & gone"}},
		"other XML":    {400, ``, `<fault><code>X</code></fault>`, netsuite.APIError{}},
		"oauth":        {400, ``, `{"error":"invalid_request","error_description":"d"}`, netsuite.APIError{Code: "invalid_request", Detail: "d"}},
		"redirect":     {302, ``, ``, netsuite.APIError{}},
		"html":         {503, ``, `<html><body>down</body></html>`, netsuite.APIError{}},
		"odd types":    {400, ``, `{"title":7,"o:errorDetails":"x","error":[1],"o:errorCode":null}`, netsuite.APIError{}},
		"control":      {400, ``, `{"title":"a\u001b[31mb\u202ec","o:errorCode":"X Y"}`, netsuite.APIError{Title: "a[31mbc"}},
	} {
		a := &netsuite.Answer{Status: tt.status, Header: http.Header{}, Body: []byte(tt.body)}
		if tt.www != "" {
			a.Header.Set("WWW-Authenticate", tt.www)
		}
		tt.want.Answer = a
		got := netsuite.APIErrorFrom(a)
		if diff := cmp.Diff(&tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if want := fmt.Sprintf("HTTP %d", tt.status); !strings.Contains(got.Error(), want) || !strings.Contains(got.Error(), tt.want.Code) {
			t.Errorf("%s: text %q", name, got)
		}
	}
	for _, a := range []*netsuite.Answer{nil, {Status: 200, Body: []byte(unauthorized)}, {Status: 204}} {
		if got := netsuite.APIErrorFrom(a); got != nil {
			t.Errorf("an error of %+v: %v", a, got)
		}
	}
}

func TestAnswerKinds(t *testing.T) {
	for name, tt := range map[string]struct {
		contentType, body string
		json, html        bool
		title             string
	}{
		"json":              {"application/json; charset=UTF-8", `{"a":1}`, true, false, ""},
		"json called html":  {"text/html", ` [1]`, true, false, ""},
		"number":            {"application/json", `1`, false, false, ""},
		"cut off":           {"application/json", `{"a":`, false, false, ""},
		"empty":             {"application/json", ``, false, false, ""},
		"html":              {"text/html;charset=utf-8", "<html><head><title>\n Service  Unavailable&#33;\x1b </title>", false, true, "Service Unavailable!"},
		"html called json":  {"application/json", `<!DOCTYPE html><TITLE lang="en">Log in</TITLE >`, false, true, "Log in"},
		"html without type": {"", `  <html><body>x</body></html>`, false, true, ""},
		"long title":        {"text/html", "<title>" + strings.Repeat("é", 500) + "</title>", false, true, strings.Repeat("é", 119) + "…"},
		"text":              {"text/plain", `No service`, false, false, ""},
		"malformed type":    {"text/;;;", `x <title>t</title>`, false, false, ""},
	} {
		a := &netsuite.Answer{Header: http.Header{"Content-Type": {tt.contentType}}, Body: []byte(tt.body)}
		if a.IsJSON() != tt.json || a.IsHTML() != tt.html || a.HTMLTitle() != tt.title {
			t.Errorf("%s: json %t, html %t, title %q", name, a.IsJSON(), a.IsHTML(), a.HTMLTitle())
		}
	}
	if a := (&netsuite.Answer{Body: []byte("{}"), Truncated: true}); a.IsJSON() {
		t.Error("what was cut off is no JSON document")
	}
}

// An access token that is sent does not come back in an answer.
func TestDoRedactsAnEcho(t *testing.T) {
	_, o := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		fmt.Fprintf(w, `{"headers":{"Authorization":%q}}`, r.Header.Get("Authorization"))
	})
	a, err := newClient(t, o).Do(t.Context(), netsuite.Request{URL: "/", AccessToken: netsuite.NewSecret(accessToken)})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(a.Body) + a.Header.Get("X-Echo"); got != `{"headers":{"Authorization":"Bearer <secret>"}}Bearer <secret>` {
		t.Errorf("got %s", got)
	}
}

func TestMain(m *testing.M) {
	// Proxies of the machine are no part of these tests.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		os.Unsetenv(name)
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "16") // cases that wait for the end of a time need no processor
	os.Exit(m.Run())
}
