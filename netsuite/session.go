package netsuite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// Session makes calls with the token of a [TokenSource]. After a 401 it drops the
// token and repeats the call once with a new one. Several goroutines may use it at
// once.
//
// It is an http.RoundTripper, for code that needs an [http.Client]; Do returns an
// answer or a typed error.
type Session struct {
	client *Client
	source *TokenSource
	retry  Retry
}

var _ http.RoundTripper = (*Session)(nil)

// NewSession makes a session. It retries only what cannot have an effect twice:
// any call after 429, and after other [Temporary] errors the calls of an idempotent
// method (RFC 9110, section 9.2.2).
func (c *Client) NewSession(s *TokenSource, retry Retry) *Session {
	return &Session{client: c, source: s, retry: retry}
}

// Do makes a call as [Client.Do] does, with the session's token. For a status other
// than 2xx the error is an [*APIError] with the answer. The other errors are those
// of Client.Do and [TokenSource.Get].
func (s *Session) Do(ctx context.Context, r Request) (*Answer, error) {
	var answer *Answer
	err := s.retryFor(r.Method).Do(ctx, func(ctx context.Context, _ int) error {
		var err error
		for again := true; ; again = false {
			t, failed := s.source.Get(ctx)
			if failed != nil {
				return failed
			}
			r.AccessToken = t.AccessToken
			answer, err = s.client.Do(ctx, r)
			if err != nil || answer.Status != http.StatusUnauthorized || !again {
				break // a new token is not the cause
			}
			s.source.Drop(t.AccessToken)
		}
		if e := APIErrorFrom(answer); err == nil && e != nil {
			return e
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// retryFor retries a call that the server did not begin, or whose method is
// idempotent.
func (s *Session) retryFor(method string) Retry {
	idempotent := slices.Contains([]string{"", "GET", "HEAD", "OPTIONS", "PUT", "DELETE"}, method)
	retry := s.retry
	retry.Temporary = func(err error) bool {
		notBegun := errors.Is(err, Status(http.StatusTooManyRequests)) || errors.Is(err, RequestLimit)
		return Temporary(err) && (idempotent || notBegun)
	}
	return retry
}

// HTTPClient is an http.Client that sends the session's token, follows no
// redirect and has no cookie jar. Its Timeout is [DefaultTimeout] and includes the
// body; raise it for long bodies.
func (s *Session) HTTPClient() *http.Client {
	return &http.Client{Transport: s, Timeout: DefaultTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// RedirectError rejects a redirect, which would send the token to another URL.
type RedirectError struct {
	Host string // of the redirect, host:port
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("redirect to %s refused: the client follows none with an access token", e.Host)
}

// RoundTrip sends a request with the session's token. It only calls the hosts of the
// [Client], follows no redirect, and removes cookies: NetSuite rejects a token with
// a cookie. It returns answers of any status and does not bound the body. After a
// 401 it cannot repeat a request with a body but without GetBody; it returns the
// answer, and the next request gets a new token.
func (s *Session) RoundTrip(req *http.Request) (*http.Response, error) {
	refuse := func(err error) (*http.Response, error) {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	u, err := parseURL("URL", req.URL.String())
	if err != nil {
		return refuse(err)
	}
	if req.Response != nil {
		return refuse(&RedirectError{Host: hostPort(u)})
	}
	if err := s.client.checkHost(u); err != nil {
		return refuse(err)
	}
	if req.Host != "" && req.Host != req.URL.Host {
		return refuse(&ValueError{Name: "Header Host", Reason: "not-allowed"})
	}
	release, err := s.client.acquireSlot(req.Context(), u, false)
	if err != nil {
		return refuse(err)
	}
	res, err := s.sendWithRetry(req)
	if err != nil {
		release()
		return nil, err
	}
	res.Body = &slotBody{res.Body, release}
	return res, nil
}

// sendWithRetry sends a request, and again if its body can be sent twice.
func (s *Session) sendWithRetry(req *http.Request) (*http.Response, error) {
	retry := s.retryFor(req.Method)
	if !replayable(req) {
		retry.Max = 0
	}
	var res *http.Response
	body := req.Body
	err := retry.Do(req.Context(), func(_ context.Context, n int) (err error) {
		if res != nil {
			discard(res)
			res = nil
		}
		if n > 1 {
			if body, err = newBody(req); err != nil {
				return err
			}
		}
		// With the request's own context: the one of the try is canceled before the body is read.
		if res, err = s.authorized(req, body); err != nil || !temporaryStatus(res.StatusCode) {
			return err
		}
		return &APIError{Answer: &Answer{Status: res.StatusCode, Header: res.Header, Received: s.client.now()}}
	})
	if res != nil {
		return res, nil
	}
	return nil, err
}

func replayable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// newBody is a new copy of a replayable request's body.
func newBody(req *http.Request) (io.ReadCloser, error) {
	if req.GetBody == nil {
		return req.Body, nil
	}
	return req.GetBody()
}

// discard drops an answer. It reads the body so that the connection can be used
// again.
func discard(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, MaxBody)
	res.Body.Close()
}

// slotBody releases the slot of a call when the body is closed.
type slotBody struct {
	io.ReadCloser
	release func()
}

func (b *slotBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}

// authorized sends a request, and after a 401 again with a new token.
func (s *Session) authorized(req *http.Request, body io.ReadCloser) (*http.Response, error) {
	for again := true; ; again = false {
		t, err := s.source.Get(req.Context())
		if err != nil {
			if body != nil {
				body.Close()
			}
			return nil, err
		}
		res, err := s.send(req, body, t.AccessToken)
		if err != nil || res.StatusCode != http.StatusUnauthorized || !again {
			return res, err
		}
		s.source.Drop(t.AccessToken)
		if !replayable(req) {
			return res, nil
		}
		discard(res)
		if body, err = newBody(req); err != nil {
			return nil, err
		}
	}
}

func (s *Session) send(req *http.Request, body io.ReadCloser, token Secret) (*http.Response, error) {
	t := s.client.trace(req.URL)
	out := req.Clone(t.attach(req.Context()))
	out.Body = body
	out.Header.Del("Cookie")
	out.Header.Set("Authorization", "Bearer "+token.Reveal())
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", s.client.userAgent)
	}
	res, err := s.client.transfer(t, out, false)
	if err == nil {
		res.Request = req // without the token
	}
	return res, err
}

// CloseIdleConnections closes the connections that are kept for the next request.
func (s *Session) CloseIdleConnections() { s.client.CloseIdle() }
