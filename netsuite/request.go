package netsuite

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Request is a call for [Client.Do].
type Request struct {
	Method      string      // GET if empty
	URL         string      // a path on APIURL, or a complete URL on an allowed host
	Header      http.Header // Accept defaults to application/json
	Body        []byte      // sent unchanged; nil for none
	AccessToken Secret      // sent as a Bearer token, unless it is zero
	TBA         *TBA        // signs the request, instead of an access token; nil for none
	// IdleTimeout is for Open: how long it waits for the header, and then Read for the
	// next part of the body. If it is 0, it is [DefaultTimeout] for a context without a
	// deadline, and otherwise the deadline is the only limit.
	IdleTimeout time.Duration
}

// reservedHeaders are set by the client only. NetSuite rejects a call that has a
// cookie and a Bearer token.
var reservedHeaders = []string{"Authorization", "Connection", "Cookie", "Host", "Proxy-Authorization", "Upgrade"}

// prepare checks a request and adds the headers that the client sets.
func (c *Client) prepare(r Request) (call, error) {
	u, err := c.resolve(r.URL)
	if err != nil {
		return call{}, err
	}
	header := http.Header{"Accept": {"application/json"}}
	for name, values := range r.Header {
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(reservedHeaders, name) {
			return call{}, &ValueError{Name: "Header " + name, Reason: "not-allowed"}
		}
		header[name] = slices.Clone(values)
	}
	token := r.AccessToken.Reveal()
	if r.TBA != nil {
		if err := r.TBA.check(); err != nil {
			return call{}, err
		}
		token = ""
	} else if token != "" {
		if !sendable(token) {
			return call{}, &ValueError{Name: "AccessToken", Reason: "characters"}
		}
		header.Set("Authorization", "Bearer "+token)
	}
	return call{method: cmp.Or(r.Method, http.MethodGet), url: u, header: header, body: r.Body, secret: token, tba: r.TBA, idle: r.IdleTimeout}, nil
}

// HTTPRequest is the request that Do and Open would send, for display. Pass a
// placeholder as the access token. A placeholder is in place of the signature of a TBA.
func (c *Client) HTTPRequest(r Request) (*http.Request, error) {
	prepared, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	req, err := c.request(context.Background(), prepared)
	if err != nil || r.TBA == nil {
		return req, err
	}
	signed, err := c.sign(req, *r.TBA)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", signed.displayed())
	return req, nil
}

// Check returns the error that Do would return before it sends r, or nil.
func (c *Client) Check(r Request) error {
	_, err := c.HTTPRequest(r)
	return err
}

// call is a checked request.
type call struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte
	secret string // hidden in the answer
	tba    *TBA   // signs the request; nil for none
	issues bool   // the answer holds a token
	stream bool   // the caller reads the body
	idle   time.Duration
}

// request is r as an http.Request.
func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, &ValueError{Name: "Method", Reason: "characters"} // the URL is valid already
	}
	req.Header = r.header
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	if name, ok := invalidHeader(req.Header); ok {
		return nil, &ValueError{Name: "Header " + name, Reason: "characters"}
	}
	return req, nil
}
