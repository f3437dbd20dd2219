package netsuite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// Session makes calls with the token of a [TokenSource]. When one is answered with
// 401, the token is dropped, and the call repeated once with a new one. It may be
// used by several goroutines at once.
//
// It is an http.RoundTripper, for everything that takes an [http.Client]; Do is
// for those who want an answer or a typed error.
type Session struct {
	client *Client
	source *TokenSource
	retry  Retry
}

var _ http.RoundTripper = (*Session)(nil)

// NewSession makes a session. With retry, calls that fail for a passing reason
// are made again where that cannot have an effect twice: after 429 any call, and
// after the other [Temporary] failures those of a method that may be repeated (RFC
// 9110, section 9.2.2).
func (c *Client) NewSession(s *TokenSource, retry Retry) *Session {
	return &Session{client: c, source: s, retry: retry}
}

// Do makes a call as [Client.Do] does, with the session's token. An answer other
// than 2xx is an [*APIError], which has the answer; the other errors are those of
// Client.Do and of [TokenSource.Get].
func (s *Session) Do(ctx context.Context, r Request) (*Answer, error) {
	var answer *Answer
	err := s.retryOf(r.Method).Do(ctx, func(ctx context.Context, _ int) error {
		var err error
		for again := true; ; again = false {
			t, failed := s.source.Get(ctx)
			if failed != nil {
				return failed
			}
			r.AccessToken = t.AccessToken
			answer, err = s.client.Do(ctx, r)
			if err != nil || answer.Status != http.StatusUnauthorized || !again {
				break // a token that was just issued is not to blame
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

// retryOf is when a call is made again: where the server says that it did not
// begin, or where twice is as good as once.
func (s *Session) retryOf(method string) Retry {
	repeatable := slices.Contains([]string{"", "GET", "HEAD", "OPTIONS", "PUT", "DELETE"}, method)
	retry := s.retry
	retry.Temporary = func(err error) bool {
		notBegun := errors.Is(err, Status(http.StatusTooManyRequests)) || errors.Is(err, RequestLimit)
		return Temporary(err) && (repeatable || notBegun)
	}
	return retry
}

// HTTPClient is an http.Client that sends the session's token, follows no
// redirect and has no cookie jar. Its Timeout is [DefaultTimeout], bodies
// included; change it for long ones.
func (s *Session) HTTPClient() *http.Client {
	return &http.Client{Transport: s, Timeout: DefaultTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// RedirectError is the refusal to take a token where a redirect leads.
type RedirectError struct {
	Host string // where it leads, host:port
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("redirect to %s refused: the access token goes nowhere by itself", e.Host)
}

// RoundTrip sends a request with the session's token. It goes only to the hosts of
// the [Client], never where a redirect leads, and without cookies, beside which
// NetSuite refuses a token. Answers of any status are returned; the body is not
// bounded. A 401 for a request whose body cannot be sent twice, for want of
// GetBody, is returned, and the next request has a new token.
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
	if err := s.client.mayAsk(u); err != nil {
		return refuse(err)
	}
	if req.Host != "" && req.Host != req.URL.Host {
		return refuse(&ValueError{Name: "Header Host", Reason: "not-allowed"})
	}
	leave, err := s.client.enter(req.Context(), u, false)
	if err != nil {
		return refuse(err)
	}
	res, err := s.patiently(req)
	if err != nil {
		leave()
		return nil, err
	}
	res.Body = &leaving{res.Body, leave}
	return res, nil
}

// patiently sends a request as often as it takes, if its body can be sent again.
func (s *Session) patiently(req *http.Request) (*http.Response, error) {
	retry := s.retryOf(req.Method)
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
		// With the request's own context: that of the try ends before the body is read.
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

// newBody is the body of a replayable request once more.
func newBody(req *http.Request) (io.ReadCloser, error) {
	if req.GetBody == nil {
		return req.Body, nil
	}
	return req.GetBody()
}

// discard ends an answer that no caller gets. Its connection can be used again if the
// body was read.
func discard(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, MaxBody)
	res.Body.Close()
}

// leaving gives the slot of a call back when its body is closed.
type leaving struct {
	io.ReadCloser
	leave func()
}

func (l *leaving) Close() error {
	defer l.leave()
	return l.ReadCloser.Close()
}

// authorized sends a request, and once more with another token after a 401.
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

// CloseIdleConnections closes the connections that are kept for a next request.
func (s *Session) CloseIdleConnections() { s.client.CloseIdle() }
