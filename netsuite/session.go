package netsuite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// Session makes calls with the token of a [TokenSource], or signed with a [TBA]. After a
// 401 it drops the token and repeats the call once with a new one. Several goroutines may
// use it at once.
//
// It is an http.RoundTripper, for code that needs an [http.Client]; Do returns an
// answer or a typed error.
type Session struct {
	client *Client
	source *TokenSource
	tba    *TBA // signs instead of source; nil for none
	retry  Retry
	reads  bool // its calls change nothing, whatever the method
}

var _ http.RoundTripper = (*Session)(nil)

// NewSession makes a session. It retries only what cannot have an effect twice:
// any call after 429, and after other [Temporary] errors the calls of an idempotent
// method (RFC 9110, section 9.2.2).
func (c *Client) NewSession(s *TokenSource, retry Retry) *Session {
	return &Session{client: c, source: s, retry: retry}
}

// Do makes a call as [Client.Do] does, with the session's token. For a status other
// than 2xx the error is an [*APIError] with the answer, except for 304 after a request
// with If-None-Match or If-Modified-Since. It is a [*TooLargeError] if the body is longer
// than [MaxBody]: read such a one with [Session.Open] or [Session.Records]. The other
// errors are those of Client.Do and [TokenSource.Get].
func (s *Session) Do(ctx context.Context, r Request) (*Answer, error) {
	var answer *Answer
	err := s.retryFor(r.Method).Do(ctx, func(ctx context.Context, _ int) error {
		err := s.withToken(ctx, true, func(token Secret, _ bool) (status int, err error) {
			r.AccessToken, r.TBA = token, s.tba
			if answer, err = s.client.Do(ctx, r); err != nil {
				return 0, err
			}
			return answer.Status, nil
		})
		return errorOf(r, answer, err)
	})
	switch {
	case err != nil:
		return nil, err
	case answer.Truncated:
		return nil, &TooLargeError{Answer: answer}
	}
	return answer, nil
}

// Open makes a call like Do, and returns before the body is read: see [Client.Open]. The
// caller closes the stream. A retry is only made before that.
func (s *Session) Open(ctx context.Context, r Request) (*Stream, error) {
	var stream *Stream
	// Not with the context of the try, which ends before the body is read.
	err := s.retryFor(r.Method).Do(ctx, func(context.Context, int) error {
		err := s.withToken(ctx, true, func(token Secret, again bool) (status int, err error) {
			r.AccessToken, r.TBA = token, s.tba
			if stream, err = s.client.Open(ctx, r); err != nil {
				return 0, err
			}
			if stream.Status == http.StatusUnauthorized && again {
				stream.readError()
			}
			return stream.Status, nil
		})
		if err != nil {
			return err
		}
		if err = errorOf(r, stream.Answer, nil); err != nil {
			stream.readError()
			err = errorOf(r, stream.Answer, nil) // now with the body
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return stream, nil
}

// readError reads the body of an error, as far as it is kept, and closes the stream.
func (s *Stream) readError() {
	_, _ = io.CopyN(io.Discard, s, MaxBody)
	s.Close()
}

// withToken makes a call with the source's token. After a 401 it makes a repeatable one
// again with a new token, if there is a new one; again says that this may happen. A TBA
// has no other token.
func (s *Session) withToken(ctx context.Context, repeatable bool, call func(token Secret, again bool) (status int, err error)) error {
	if s.tba != nil {
		_, err := call(Secret{}, false)
		return err
	}
	for again := true; ; again = false {
		t, err := s.source.Get(ctx)
		if err != nil {
			return err
		}
		status, err := call(t.AccessToken, again)
		switch {
		case err != nil:
			return err
		case status != http.StatusUnauthorized:
			s.source.accept(t.AccessToken)
			return nil
		case !again: // a new token is not the cause
			return nil
		case !s.source.reject(t.AccessToken) || !repeatable:
			return nil
		}
	}
}

// errorOf is the error of a call that has an answer.
func errorOf(r Request, a *Answer, err error) error {
	if err != nil {
		return err
	}
	if a.Status == http.StatusNotModified && IsConditional(r.Header) {
		return nil
	}
	if e := APIErrorFrom(a); e != nil {
		return e
	}
	return nil
}

// IsConditional reports whether a request with header h asks for an answer only if it
// has changed: a 304 then is what it wants.
func IsConditional(h http.Header) bool {
	for name := range h {
		if name = http.CanonicalHeaderKey(name); name == "If-None-Match" || name == "If-Modified-Since" {
			return true
		}
	}
	return false
}

// retryFor retries a call that the server did not begin, or whose method is
// idempotent.
func (s *Session) retryFor(method string) Retry {
	idempotent := s.reads || slices.Contains([]string{"", "GET", "HEAD", "OPTIONS", "PUT", "DELETE"}, method)
	retry := s.retry
	temporary := retry.Temporary
	if temporary == nil {
		temporary = Temporary
	}
	retry.Temporary = func(err error) bool {
		notBegun := errors.Is(err, Status(http.StatusTooManyRequests)) || errors.Is(err, RequestLimit)
		return (idempotent || notBegun) && temporary(err)
	}
	return retry
}

// HTTPClient is an http.Client that sends the session's token or signs, follows no
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
	if err := s.refusal(req); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	return s.sendWithRetry(req)
}

// refusal is why a request is not sent.
func (s *Session) refusal(req *http.Request) error {
	if req.URL == nil {
		return &ValueError{Name: "URL", Reason: "missing"}
	}
	u, err := parseURL("URL", req.URL.String())
	switch {
	case err != nil:
		return err
	case req.Response != nil:
		return &RedirectError{Host: hostPort(u)}
	case req.Host != "" && req.Host != req.URL.Host:
		return &ValueError{Name: "Header Host", Reason: "not-allowed"}
	}
	return s.client.checkHost(u)
}

// sendWithRetry sends a request, and again if its body can be sent twice.
func (s *Session) sendWithRetry(req *http.Request) (*http.Response, error) {
	retry := s.retryFor(req.Method)
	if !replayable(req) {
		retry.Max = 0
	}
	var res *http.Response
	waiting := retry.Waiting
	retry.Waiting = func(try int, err error, wait time.Duration) {
		if res != nil { // its connection and its slot are free while this call waits
			discard(res)
			res = nil
		}
		if waiting != nil {
			waiting(try, err, wait)
		}
	}
	body := req.Body
	err := retry.Do(req.Context(), func(_ context.Context, n int) (err error) {
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
	if ctx := req.Context(); ctx.Err() != nil && answerOf(err) != nil { // during the wait
		err = s.client.trace(req.URL).fail(ctx, ended(ctx))
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

// slotBody releases the slot of a call when its body is read or closed.
type slotBody struct {
	io.ReadCloser
	release func()
}

func (b *slotBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.release()
	}
	return n, err
}

func (b *slotBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}

// authorized sends a request, and after a 401 again with a new token.
func (s *Session) authorized(req *http.Request, body io.ReadCloser) (res *http.Response, err error) {
	first := body
	err = s.withToken(req.Context(), replayable(req), func(token Secret, _ bool) (int, error) {
		if res != nil {
			discard(res)
			if body, err = newBody(req); err != nil {
				return 0, err
			}
		}
		first = nil // send closes it
		if res, err = s.send(req, body, token); err != nil {
			return 0, err
		}
		return res.StatusCode, nil
	})
	if err != nil {
		if first != nil {
			first.Close()
		}
		if res != nil { // the 401, for which there is no new token
			discard(res)
		}
		return nil, err
	}
	return res, nil
}

// send sends a request with a token when there is a slot for it.
func (s *Session) send(req *http.Request, body io.ReadCloser, token Secret) (*http.Response, error) {
	release, err := s.client.acquireSlot(req.Context(), req.URL, false)
	if err != nil {
		if body != nil {
			body.Close()
		}
		return nil, err
	}
	t := s.client.trace(req.URL)
	out := req.Clone(t.attach(req.Context()))
	out.Body = body
	if out.Header == nil {
		out.Header = http.Header{}
	}
	out.Header.Del("Cookie")
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", s.client.userAgent)
	}
	var res *http.Response
	if err = s.authorize(out, token); err == nil {
		res, err = s.client.transfer(t, out, false)
	}
	if err != nil {
		release()
		return nil, err
	}
	res.Request = req // without the token
	res.Body = &slotBody{res.Body, release}
	return res, nil
}

// authorize adds the Authorization header to a request.
func (s *Session) authorize(r *http.Request, token Secret) error {
	if s.tba != nil {
		_, err := s.client.sign(r, *s.tba)
		if err != nil && r.Body != nil {
			r.Body.Close()
		}
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token.Reveal())
	return nil
}

// CloseIdleConnections closes the connections that are kept for the next request.
func (s *Session) CloseIdleConnections() { s.client.CloseIdle() }
