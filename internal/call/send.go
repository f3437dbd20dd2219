package call

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// incoming is an answer whose body is still to be read.
type incoming struct {
	*netsuite.Stream
	request netsuite.Request
	cancel  context.CancelFunc
	trace   *tracer
	shown   *exchange
	waiting func() (done func())
	size    int64
	err     error
	again   io.Reader // what was read ahead; nil for nothing
}

func (r *incoming) Read(p []byte) (int, error) {
	if r.again != nil {
		if n, err := r.again.Read(p); err == nil {
			return n, nil
		}
		r.again = nil
	}
	done := r.waiting()
	n, err := r.Stream.Read(p)
	done()
	r.size += int64(n)
	if err != io.EOF {
		r.err = err
	}
	return n, err
}

// look reads what an error is judged by, and leaves it to be read again.
func (r *incoming) look() {
	// What breaks off here breaks off again for the next reader.
	data, _ := io.ReadAll(io.LimitReader(r, netsuite.MaxBody))
	r.again = bytes.NewReader(data)
}

// Close ends the reply and has it written down.
func (r *incoming) Close() error {
	err := r.Stream.Close()
	r.cancel()
	if r.shown != nil {
		r.trace.done(r.shown, r.Answer, r.size, r.err)
		r.shown = nil
	}
	return err
}

func (r *incoming) ok() bool { return r.Status/100 == 2 }

// send makes a request with the present token. --timeout limits the wait for the answer,
// and then each wait for more of its body: a long answer takes its time.
func (r *caller) send(ctx context.Context, request netsuite.Request) (*incoming, error) {
	ctx, cancel := context.WithCancel(ctx)
	request.IdleTimeout = r.options.Timeout
	request.AccessToken, request.TBA = r.line.Seen.Token.AccessToken, r.signer()
	shown := r.trace.sending(r.line.Client, request, r.target.added)
	host := ""
	if prepared, err := r.line.Client.HTTPRequest(request); err == nil {
		host = prepared.URL.Hostname()
	}
	waiting := func() (done func()) { return r.WaitingFor(ctx, host, "call") }
	answered := waiting()
	s, err := r.line.Client.Open(ctx, request)
	answered()
	if err != nil {
		r.trace.done(shown, nil, 0, err)
		cancel()
		return nil, err
	}
	r.trace.answered(s.Answer)
	return &incoming{Stream: s, request: request, cancel: cancel, trace: r.trace, shown: shown, waiting: waiting}, nil
}

// signer signs one request: what is shown of it has the nonce that is sent.
func (r *caller) signer() *netsuite.TBA {
	if r.tba == nil {
		return nil
	}
	t, now, nonce := *r.tba, r.Now(), rand.Text()
	t.Now, t.Nonce = func() time.Time { return now }, func() string { return nonce }
	return &t
}

// open makes a request, and again as often as --retry says when it failed for a
// passing reason.
func (r *caller) open(ctx context.Context, request netsuite.Request) (answer *incoming, err error) {
	o := r.options.Login
	retry := netsuite.Retry{Max: o.Retry, MaxWait: r.options.Timeout, Temporary: r.passing(request),
		Waiting: func(try int, err error, wait time.Duration) { o.TellRetry(r.App, try, err, wait) },
		TooLong: func(_ int, err error, wait time.Duration) { o.TellTooLong(r.App, err, wait) }}
	err = retry.Do(ctx, func(_ context.Context, _ int) (err error) { // not with its context, which ends before the body
		if answer != nil {
			drain(answer)
		}
		if answer, err = r.authorized(ctx, request); err != nil {
			return err
		}
		if answer.Status < 400 {
			return nil
		}
		answer.look()
		return netsuite.APIErrorFrom(answer.Answer)
	})
	if answer != nil {
		return answer, nil
	}
	return nil, err
}

// passing says which errors of a request go away by themselves. What may have
// changed something is not sent again unless it was refused unseen.
func (r *caller) passing(request netsuite.Request) func(error) bool {
	once := r.target.changes() && (request.Method == http.MethodPost || request.Method == http.MethodPatch)
	return func(err error) bool {
		var refused *netsuite.APIError
		if errors.As(err, &refused) && (refused.Answer.Status == http.StatusTooManyRequests || refused.Code == "SSS_REQUEST_LIMIT_EXCEEDED") {
			return true
		}
		return !once && netsuite.Temporary(err)
	}
}

// authorized makes a request, and once more with a new token when the first is
// refused.
func (r *caller) authorized(ctx context.Context, request netsuite.Request) (*incoming, error) {
	answer, err := r.send(ctx, request)
	if err != nil || answer.Status != http.StatusUnauthorized || r.line.Seen.Own {
		return answer, err
	}
	drain(answer)
	if !r.renew(ctx) {
		return nil, errNoToken
	}
	return r.send(ctx, request)
}

// errNoToken says that the token is gone: why is in the pipeline.
var errNoToken = errors.New("no access token")

// drain reads what there is of an answer that is not handed over, so that its
// connection can be used again, and closes it.
func drain(answer *incoming) {
	_, _ = io.Copy(io.Discard, io.LimitReader(answer, netsuite.MaxBody))
	answer.Close()
}
