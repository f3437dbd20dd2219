package netsuite

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// DefaultTimeout limits a request whose context has no deadline, so that a
// server that hangs cannot block the caller forever.
const DefaultTimeout = 30 * time.Second

// maxHeader bounds the header of an answer, in bytes. NetSuite's are about one
// kilobyte.
const maxHeader = 256 << 10

// idleTimeout is how long a connection is kept for the next request. A diagnosis
// sends several requests to one host within seconds.
const idleTimeout = 30 * time.Second

// maxIdle bounds the connections that are kept for one host, in which no request is
// running. net/http would keep two, and dial again for the other goroutines.
const maxIdle = 1000

// Options configure a [Client]. Exchange needs only TokenURL, and Do with a path
// needs only APIURL.
type Options struct {
	// TokenURL is the token endpoint: [Account.TokenURL], or that of another
	// authorization server (RFC 7523).
	TokenURL string
	// APIURL is the scheme and host of REST calls: [Account.RESTURL].
	APIURL string
	// Scope is the scope parameter of the token request (RFC 6749, section 4.4.2);
	// none is sent if it is empty. NetSuite documents no such parameter: its scope
	// is a claim of the assertion.
	Scope []string
	// Hosts are further hosts that Do may call, as HOST or HOST:PORT (default 443).
	// The hosts of TokenURL and APIURL are always allowed.
	Hosts []string
	// ConnectTo is the HOST:PORT to connect to instead of the URL's. The Host
	// header, server name and certificate verification still follow the URL.
	// Neither the resolver nor Proxy is asked about the URL's host.
	ConnectTo string
	// DialContext connects to host:port; nil means that of a net.Dialer.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs are the trusted authorities; nil means the system's. To add one, add
	// it to a copy of the system's pool.
	RootCAs *x509.CertPool
	// Proxy chooses a proxy for an https request; nil means no proxy. See
	// [http.ProxyFromEnvironment].
	Proxy func(*http.Request) (*url.URL, error)
	// UserAgent is the User-Agent header, "nsauth" if empty.
	UserAgent string
	// Now is the clock for what is sent and received; nil means [time.Now].
	// Certificates are verified by real time. Several goroutines may call it.
	Now func() time.Time
	// MaxConcurrent bounds the number of concurrent calls, until their bodies are
	// read; 0 means no bound. Further calls wait. Token requests and the wait before a
	// retry do not count.
	// NetSuite's own limit is per account, for all its integrations.
	MaxConcurrent int
	// Observe is called for every request and every event of a token source, for
	// metrics and logs; nil means never. It must return quickly, and several
	// goroutines may call it at once.
	Observe func(Event)
}

// Client exchanges assertions and makes calls. Several goroutines may use it at
// once. It keeps connections for the next request until [Client.CloseIdle], except
// HTTP/1 connections through a proxy. Nothing that a server sends gets into the
// program's log.
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
	dialTLS   dialFunc
	dials     dials
	slots     chan struct{} // one for each running call; nil for no bound
	observe   func(Event)
}

// New checks the options; it does not connect. The error is an
// [*InsecureURLError] or a [*ValueError].
func New(o Options) (*Client, error) {
	c := &Client{scope: strings.Join(o.Scope, " "), allowed: map[string]bool{}, userAgent: cmp.Or(o.UserAgent, "nsauth"), now: o.Now, observe: o.Observe}
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
		dial = dialOnly(o.ConnectTo, dial)
		o.Proxy = nil
	}
	dial = guardDial(dial)
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs}
	c.dialTLS = dialTLS(dial, config)
	c.dials = dials{waiting: map[string]*preconnection{}, dialled: map[string]bool{}, running: map[chan struct{}]bool{}}
	c.direct = &http.Transport{
		DialContext:       dialHTTP1(dial),
		DialTLSContext:    c.takeOrDial,
		TLSClientConfig:   config,
		ForceAttemptHTTP2: true, // our own DialContext would disable it
		// A page of a list then needs one or two frames instead of ten.
		HTTP2: &http.HTTP2Config{MaxReadFrameSize: 256 << 10},
		// A small body must not unpack to gigabytes.
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		ReadBufferSize:         readBuffer,
		MaxIdleConnsPerHost:    max(maxIdle, o.MaxConcurrent),
		IdleConnTimeout:        idleTimeout,
	}
	c.proxied = c.direct.Clone()
	c.proxied.DialContext, c.proxied.DialTLSContext = dial, nil
	c.proxied.MaxIdleConnsPerHost = -1 // HTTP/2 connections are still kept
	c.proxied.Proxy = func(r *http.Request) (*url.URL, error) { return traceFrom(r.Context()).state().via, nil }
	c.proxied.ProxyConnectHeader = http.Header{"User-Agent": {c.userAgent}}
	c.proxied.OnProxyConnectResponse = proxyAnswered
	c.proxy = proxyFor(o.Proxy)
	return c, nil
}

// setURLs sets the URLs and the allowed hosts.
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

// checkConnectTo rejects an address that would send plain http off this machine.
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

// CloseIdle closes the connections that are kept for the next request.
func (c *Client) CloseIdle() {
	c.dials.closeUnused()
	c.direct.CloseIdleConnections()
	c.proxied.CloseIdleConnections()
}

// Do sends a request once and returns the answer, of any status. It follows no
// redirect; read NetSuite's error with [APIErrorFrom]. Answer.Truncated says that the
// body is longer than [MaxBody]; Open has no such limit. The error is a
// [*ConnectError] if the answer is missing or incomplete. For a [*ValueError],
// [*InsecureURLError] or [*ForeignHostError] nothing was sent.
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

// rawAnswer is an answer with its original body, in which the issued token is
// found.
type rawAnswer struct {
	*Answer
	raw []byte
}

// openAnswer is an answer whose body was not read yet.
type openAnswer struct {
	*Answer
	ctx     context.Context
	cancel  context.CancelFunc
	hidden  []string   // what the server must not repeat
	release func()     // the call does not count any more
	idle    *idleLimit // nil for none
	trace   *trace
	body    io.ReadCloser
}

func (o *openAnswer) close() {
	o.idle.stop()
	o.body.Close()
	o.release()
	o.cancel()
}

// open makes one request and returns the answer before its body is read. It calls
// the transport and not http.Client, which adds redirects, cookies and a user name
// from the URL.
func (c *Client) open(ctx context.Context, r call) (*openAnswer, error) {
	ctx, idle, cancel := limited(ctx, r)
	release, err := c.acquireSlot(ctx, r.url, r.issues)
	if err != nil {
		cancel()
		return nil, err
	}
	idle.start()
	o, err := c.roundTrip(ctx, r)
	idle.stop()
	if err != nil {
		release()
		cancel()
		return nil, err
	}
	o.cancel, o.release, o.idle = cancel, release, idle
	return o, nil
}

// acquireSlot waits until a call may be made. release may be called more than once.
func (c *Client) acquireSlot(ctx context.Context, u *url.URL, token bool) (release func(), err error) {
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

// transfer sends a request and reports it to Observe.
func (c *Client) transfer(t *trace, req *http.Request, token bool) (*http.Response, error) {
	event := Event{Kind: EventCall, Method: req.Method, URL: req.URL.Scheme + "://" + req.URL.Host + req.URL.EscapedPath(), Start: c.now()}
	if token {
		event.Kind = EventToken
	}
	res, err := c.route(t, req)
	if err != nil && t.lostPreconnection(req) {
		res, err = c.route(t, req)
	}
	if err != nil {
		err = t.fail(req.Context(), err)
	} else {
		event.Status = res.StatusCode
	}
	event.Duration, event.Err = c.now().Sub(event.Start), err
	c.observe(event)
	return res, err
}

func (c *Client) roundTrip(ctx context.Context, r call) (*openAnswer, error) {
	t := c.trace(r.url)
	if ctx.Err() != nil {
		return nil, t.fail(ctx, ctx.Err())
	}
	req, err := c.request(t.attach(ctx), r)
	if err != nil {
		return nil, err
	}
	hidden := secretParts(r.secret)
	if r.tba != nil {
		signed, err := c.sign(req, *r.tba)
		if err != nil {
			return nil, err
		}
		hidden = signed.hidden()
	}
	res, err := c.transfer(t, req, r.issues)
	if err != nil {
		return nil, err
	}
	received := c.now()

	state := t.state()
	if res.StatusCode == http.StatusSwitchingProtocols {
		// The body is then the bare connection, which the context does not close.
		// The client never asks for an upgrade.
		res.Body.Close()
		res.Body = http.NoBody
	}
	a := &Answer{
		Method: r.method, URL: r.url.String(),
		Sent: state.sent, Received: received,
		Protocol: res.Proto, Status: res.StatusCode, Header: res.Header,
		RemoteAddr: state.remote,
		Addresses:  state.addresses,
		Timings:    state.timings,
	}
	if s := res.TLS; s != nil {
		a.TLSVersion = tls.VersionName(s.Version)
		if a.Chain = peerCertificates(s.PeerCertificates); len(a.Chain) > 0 {
			a.TLSIssuer = a.Chain[0].Issuer
		}
	}
	return &openAnswer{Answer: a, ctx: ctx, hidden: hidden, trace: t, body: res.Body}, nil
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
	a.hide(o.hidden)
	if err != nil {
		return nil, o.trace.failBody(o.ctx, err, a.Answer)
	}
	return a, nil
}
