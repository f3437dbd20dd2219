package pages

import (
	"context"
	"io"

	"github.com/nsauth/nsauth/netsuite"
)

// fetch is a page that was sent for.
type fetch struct {
	request netsuite.Request
	cancel  context.CancelFunc
	done    chan struct{}
	body    io.ReadCloser
	err     error
}

// fetch sends for a page, once after is closed; nil is at once.
func (w Walk) fetch(ctx context.Context, r netsuite.Request, number int, after <-chan struct{}) *fetch {
	ctx, cancel := context.WithCancel(ctx)
	f := &fetch{request: r, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		if after != nil {
			select {
			case <-after:
			case <-ctx.Done():
				f.err = ctx.Err()
				return
			}
		}
		f.body, f.err = w.Open(ctx, r, number)
	}()
	return f
}

// wait returns the page, whose Close also ends what it was fetched with.
func (f *fetch) wait() (*body, error) {
	<-f.done
	if f.err != nil {
		f.cancel()
		return nil, f.err
	}
	return &body{f.body, f.cancel}, nil
}

// drop ends a page that nobody wants any more; nil is none.
func (f *fetch) drop() {
	if f == nil {
		return
	}
	f.cancel()
	<-f.done
	if f.body != nil {
		f.body.Close()
	}
}

// body is an answer's body and the end of its request.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// The body is received in chunks, as many at most as make four megabytes.
const (
	chunkSize = 32 << 10
	maxChunks = 128
)

// ahead receives a body while what came before is still being read.
type ahead struct {
	from   *body
	chunks chan []byte
	free   chan []byte   // chunks of earlier pages too, to be used again
	stop   chan struct{} // closed when nobody reads any more
	whole  chan struct{} // closed when everything was received
	err    error         // of the body, once chunks is closed
	chunk  []byte        // being read
	rest   []byte        // of it
}

func readAhead(from *body, free chan []byte) *ahead {
	a := &ahead{from: from, chunks: make(chan []byte, maxChunks), free: free,
		stop: make(chan struct{}), whole: make(chan struct{})}
	go func() {
		defer close(a.chunks)
		for {
			var chunk []byte
			select {
			case chunk = <-a.free:
			default:
				chunk = make([]byte, chunkSize)
			}
			n, err := a.from.Read(chunk[:chunkSize])
			if n > 0 {
				select {
				case a.chunks <- chunk[:n]:
				case <-a.stop:
					return
				}
			}
			if err != nil {
				if a.err = err; err == io.EOF {
					close(a.whole)
				}
				return
			}
		}
	}()
	return a
}

func (a *ahead) Read(p []byte) (int, error) {
	if len(a.rest) == 0 {
		if a.chunk != nil {
			select {
			case a.free <- a.chunk:
			default:
			}
			a.chunk = nil
		}
		chunk, ok := <-a.chunks
		if !ok {
			return 0, a.err
		}
		a.chunk, a.rest = chunk, chunk
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close ends the request and waits for what receives it.
func (a *ahead) Close() {
	a.from.cancel()
	close(a.stop)
	for range a.chunks { // until it has ended
	}
	a.from.Close()
}
