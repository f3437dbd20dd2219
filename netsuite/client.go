package netsuite

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// DefaultTimeout ends a request whose context has no deadline, so that a
// server that hangs cannot hold the caller for ever.
const DefaultTimeout = 30 * time.Second

// maxHeader bounds the header of an answer, in bytes. NetSuite's are about one
// kilobyte.
const maxHeader = 256 << 10

// idleTimeout is how long a connection is kept for the next request. A
// diagnosis asks the same host several times within seconds.
const idleTimeout = 30 * time.Second

// Options say where a [Client] goes and how. Only TokenURL is needed for
// Exchange, and only APIURL for Do with paths.
type Options struct {
	// TokenURL is the token endpoint: [Account.TokenURL], or that of another
	// authorization server (RFC 7523).
	TokenURL string
	// APIURL is scheme and host of REST calls: [Account.RESTURL].
	APIURL string
	// Scope is the scope parameter of the token request (RFC 6749, section 4.4.2),
	// left out if empty. NetSuite documents none: its scope is a claim of the
	// assertion.
	Scope []string
	// Hosts are further hosts that Do may ask, as HOST or HOST:PORT; the port is
	// 443 if not stated. The hosts of TokenURL and APIURL are always allowed.
	Hosts []string
	// ConnectTo is HOST:PORT to connect to whatever the URL says. URL, Host
	// header, server name and certificate verification stay those of the URL,
	// and neither resolver nor Proxy is asked for the URL's host.
	ConnectTo string
	// DialContext makes connections, a net.Dialer's if nil. It gets host:port.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs are the trusted authorities, the system's if nil. To add one, give
	// the system's pool with it added.
	RootCAs *x509.CertPool
	// Proxy chooses a proxy for a request, nil for none; see
	// [http.ProxyFromEnvironment]. It is asked for https requests only.
	Proxy func(*http.Request) (*url.URL, error)
	// UserAgent is "nsauth" if empty.
	UserAgent string
	// Now dates what is sent and received, [time.Now] if nil. Certificates are
	// verified by real time. It may be called from several goroutines.
	Now func() time.Time
	// MaxConcurrent bounds the calls that are under way at one time, until their
	// bodies are read; 0 for no bound. Who is beyond it waits. Token requests are not
	// counted. NetSuite's own limit is the account's, for all its integrations.
	MaxConcurrent int
	// Observe is told of every request and of what token sources do, for metrics and
	// logs; nil for none. It is called by the goroutine that does it, so it must be
	// quick, and may be called by several at once.
	Observe func(Event)
}

// Client exchanges assertions and makes calls. It may be used by several
// goroutines at once, and keeps connections for the next request until
// [Client.CloseIdle], but for those with HTTP/1 through a proxy. Nothing that a
// server sends gets into the program's log.
type Client struct {
	tokenURL  *url.URL // nil if not given
	apiURL    *url.URL // nil if not given
	scope     string
	allowed   map[string]bool
	userAgent string
	now       func() time.Time
	direct    *http.Transport
	proxied   *http.Transport
	proxy     func(*http.Request) (*url.URL, error)
	slots     chan struct{} // one for each call that is under way; nil for no bound
	observe   func(Event)
}

// New checks the options and connects to nothing. The error is an
// [*InsecureURLError] or a [*ValueError].
func New(o Options) (*Client, error) {
	c := &Client{scope: strings.Join(o.Scope, " "), allowed: map[string]bool{}, userAgent: o.UserAgent, now: o.Now, observe: o.Observe}
	if c.userAgent == "" {
		c.userAgent = "nsauth"
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.observe == nil {
		c.observe = func(Event) {}
	}
	if o.MaxConcurrent > 0 {
		c.slots = make(chan struct{}, o.MaxConcurrent)
	}
	if err := c.setURLs(o); err != nil {
		return nil, err
	}
	dial := o.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	if o.ConnectTo != "" {
		if err := c.checkConnectTo(o.ConnectTo); err != nil {
			return nil, err
		}
		dial = to(o.ConnectTo, dial)
		o.Proxy = nil
	}
	dial = guard(dial)
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs}
	c.direct = &http.Transport{
		DialContext:       overHTTP1(dial),
		DialTLSContext:    overTLS(dial, config),
		TLSClientConfig:   config,
		ForceAttemptHTTP2: true, // a DialContext of our own would switch it off
		// A page of a list in one or two frames, where it would take ten.
		HTTP2: &http.HTTP2Config{MaxReadFrameSize: 256 << 10},
		// A body is taken as it is: nothing that unpacks to gigabytes.
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		ReadBufferSize:         readBuffer,
		IdleConnTimeout:        idleTimeout,
	}
	c.proxied = c.direct.Clone()
	c.proxied.DialContext, c.proxied.DialTLSContext = dial, nil
	c.proxied.MaxIdleConnsPerHost = -1 // HTTP/2 connections are kept nevertheless
	c.proxied.Proxy = func(r *http.Request) (*url.URL, error) { return traceFrom(r.Context()).state().via, nil }
	c.proxied.ProxyConnectHeader = http.Header{"User-Agent": {c.userAgent}}
	c.proxied.OnProxyConnectResponse = proxyAnswered
	c.proxy = proxyFor(o.Proxy)
	return c, nil
}

// setURLs sets the URLs and the hosts that may be asked.
func (c *Client) setURLs(o Options) (err error) {
	if o.TokenURL != "" {
		if c.tokenURL, err = parseURL("TokenURL", o.TokenURL); err != nil {
			return err
		}
		c.allowed[hostPort(c.tokenURL)] = true
	}
	if o.APIURL != "" {
		if c.apiURL, err = parseURL("APIURL", o.APIURL); err != nil {
			return err
		}
		if (c.apiURL.Path != "" && c.apiURL.Path != "/") || c.apiURL.RawQuery != "" {
			return &ValueError{Name: "APIURL", Reason: "path"}
		}
		c.allowed[hostPort(c.apiURL)] = true
	}
	for _, h := range o.Hosts {
		u, err := url.Parse("https://" + h)
		if err != nil || u.Host != h || u.Hostname() == "" {
			return &ValueError{Name: "Hosts", Reason: "unparsable"}
		}
		c.allowed[hostPort(u)] = true
	}
	return nil
}

// checkConnectTo refuses to lead a plain http URL off this machine.
func (c *Client) checkConnectTo(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 || host == "" {
		return &ValueError{Name: "ConnectTo", Reason: "unparsable"}
	}
	for _, u := range []*url.URL{c.tokenURL, c.apiURL} {
		if u != nil && u.Scheme == "http" && !isLoopback(host) {
			return &InsecureURLError{URL: "http://" + addr}
		}
	}
	return nil
}

// CloseIdle closes the connections that are kept for a next request.
func (c *Client) CloseIdle() {
	c.direct.CloseIdleConnections()
	c.proxied.CloseIdleConnections()
}

// Request is a call for [Client.Do].
type Request struct {
	Method      string      // GET if empty
	URL         string      // a path on APIURL, or a whole URL on an allowed host
	Header      http.Header // Accept is application/json if not stated
	Body        []byte      // sent as it is; nil for none
	AccessToken Secret      // sent as a Bearer token; nothing is sent if zero
}

// notYours are headers that the client is in charge of. A cookie beside a
// Bearer token makes NetSuite refuse the call.
var notYours = []string{"Authorization", "Connection", "Cookie", "Host", "Proxy-Authorization", "Upgrade"}

// Do sends a request, once, and returns the answer whatever its status: a
// redirect is not followed, and an error of NetSuite's is read with
// [APIErrorFrom]. The error is a [*ConnectError] if there was no whole answer,
// else a [*ValueError], [*InsecureURLError] or [*ForeignHostError], and then
// nothing was sent.
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	prepared, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	answer, err := c.send(ctx, prepared)
	if err != nil {
		return nil, err
	}
	return answer.Answer, nil
}

// prepare checks a request and adds the headers that the client is in charge of.
func (c *Client) prepare(r Request) (call, error) {
	u, err := c.resolve(r.URL)
	if err != nil {
		return call{}, err
	}
	header := http.Header{"Accept": {"application/json"}}
	for name, values := range r.Header {
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(notYours, name) {
			return call{}, &ValueError{Name: "Header " + name, Reason: "not-allowed"}
		}
		header[name] = slices.Clone(values)
	}
	token := r.AccessToken.Reveal()
	if !r.AccessToken.IsZero() {
		if !sendable(token) {
			return call{}, &ValueError{Name: "AccessToken", Reason: "characters"}
		}
		header.Set("Authorization", "Bearer "+token)
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	return call{method: method, url: u, header: header, body: r.Body, secret: token}, nil
}

// HTTPRequest is the request that Do and Open send, for showing: give it a
// placeholder in place of the access token.
func (c *Client) HTTPRequest(r Request) (*http.Request, error) {
	prepared, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	return c.request(context.Background(), prepared)
}

// Check reports whether Do would send r at all, without sending it: the error
// is the one that Do would return.
func (c *Client) Check(r Request) error {
	_, err := c.HTTPRequest(r)
	return err
}

// call is a request that has passed all checks.
type call struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte
	secret string // must not come back in the answer
	issues bool   // the answer holds a token
}

// rawAnswer is an answer with its body as it came, for the one reader that
// must find a token in it.
type rawAnswer struct {
	*Answer
	raw []byte
}

// request is r as it goes out.
func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, &ValueError{Name: "Method", Reason: "characters"} // the URL is known to be good
	}
	req.Header = r.header
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	if name, ok := badHeader(req.Header); ok {
		return nil, &ValueError{Name: "Header " + name, Reason: "characters"}
	}
	return req, nil
}

// opened is an answer whose body is still to be read.
type opened struct {
	*Answer
	ctx    context.Context
	cancel context.CancelFunc
	trace  *trace
	body   io.ReadCloser
}

func (o *opened) close() {
	o.body.Close()
	o.cancel()
}

// open makes one request and returns the answer before its body. It goes to the
// transport, not through http.Client: no redirect, no cookie, no user name from
// the URL.
func (c *Client) open(ctx context.Context, r call) (*opened, error) {
	cancel := context.CancelFunc(func() {})
	if _, ok := ctx.Deadline(); !ok {
		ctx, cancel = context.WithTimeout(ctx, DefaultTimeout)
	}
	leave, err := c.enter(ctx, r.url, r.issues)
	if err != nil {
		cancel()
		return nil, err
	}
	o, err := c.roundTrip(ctx, r)
	if err != nil {
		leave()
		cancel()
		return nil, err
	}
	o.cancel = func() { leave(); cancel() }
	return o, nil
}

// enter waits until a call may be made. leave may be called more than once.
func (c *Client) enter(ctx context.Context, u *url.URL, token bool) (leave func(), err error) {
	if c.slots == nil || token {
		return func() {}, nil
	}
	select {
	case c.slots <- struct{}{}:
		return sync.OnceFunc(func() { <-c.slots }), nil
	case <-ctx.Done():
		return nil, c.trace(u).fail(ctx, ctx.Err())
	}
}

func (c *Client) trace(u *url.URL) *trace {
	return &trace{now: c.now, plain: u.Scheme == "http", traceState: traceState{host: u.Host, phase: phaseStart, since: c.now()}}
}

// transfer sends a request and tells who observes.
func (c *Client) transfer(t *trace, req *http.Request, token bool) (*http.Response, error) {
	event := Event{Kind: EventCall, Method: req.Method, URL: req.URL.Scheme + "://" + req.URL.Host + req.URL.EscapedPath(), Start: c.now()}
	if token {
		event.Kind = EventToken
	}
	res, err := c.route(t, req)
	if err != nil {
		err = t.fail(req.Context(), err)
	} else {
		event.Status = res.StatusCode
	}
	event.Duration, event.Err = c.now().Sub(event.Start), err
	c.observe(event)
	return res, err
}

func (c *Client) roundTrip(ctx context.Context, r call) (*opened, error) {
	t := c.trace(r.url)
	if ctx.Err() != nil {
		return nil, t.fail(ctx, ctx.Err())
	}
	req, err := c.request(t.attach(ctx), r)
	if err != nil {
		return nil, err
	}
	res, err := c.transfer(t, req, r.issues)
	if err != nil {
		return nil, err
	}
	received := c.now()

	state := t.state()
	if res.StatusCode == http.StatusSwitchingProtocols {
		// What follows is no body but the bare connection, which the context
		// does not end. It was not asked for.
		res.Body.Close()
		res.Body = http.NoBody
	}
	a := &Answer{
		Method: r.method, URL: r.url.String(),
		Sent: state.sent, Received: received,
		Protocol: res.Proto, Status: res.StatusCode, Header: res.Header,
		RemoteAddr: state.remote,
		Addresses:  state.addresses,
		Timings:    state.took,
	}
	if s := res.TLS; s != nil {
		a.TLSVersion = tls.VersionName(s.Version)
		if a.Chain = chain(s.PeerCertificates); len(a.Chain) > 0 {
			a.TLSIssuer = a.Chain[0].Issuer
		}
	}
	return &opened{Answer: a, ctx: ctx, trace: t, body: res.Body}, nil
}

// send makes one request and reads the answer.
func (c *Client) send(ctx context.Context, r call) (*rawAnswer, error) {
	o, err := c.open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer o.close()
	body, err := text.ReadAtMost(o.body, MaxBody)
	a := &rawAnswer{raw: body, Answer: o.Answer}
	a.Body, a.Truncated = body[:min(len(body), MaxBody)], len(body) > MaxBody || err != nil
	if r.issues {
		a.Body = hideTokens(a.Body)
	}
	a.hide(r.secret)
	if err != nil {
		return nil, o.trace.failBody(o.ctx, err, a.Answer)
	}
	return a, nil
}
