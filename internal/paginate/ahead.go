package paginate

import (
	"context"
	"io"
	"slices"
)

// fetch is a page that was sent for. It is received by a goroutine of its own, so that
// its time does not run out while the page before it is printed.
type fetch struct {
	to     destination
	cancel context.CancelFunc
	done   chan struct{}
	body   io.ReadCloser
	page   *ahead
	err    error
}

// fetch sends for a page.
func (r *run) fetch(ctx context.Context, to destination, number int) *fetch {
	ctx, cancel := context.WithCancel(ctx)
	f := &fetch{to: to, cancel: cancel, done: make(chan struct{}), page: r.spare}
	if r.spare = nil; f.page == nil {
		f.page = new(ahead)
	}
	go func() {
		defer close(f.done)
		if f.body, f.err = r.Open(ctx, to.ref, number); f.err == nil {
			f.page.receive(f.body)
		}
	}()
	return f
}

// wait returns when there is enough of the page to read it. An error may hold an answer
// that is still to be read: the receiver closes it.
func (f *fetch) wait() error {
	<-f.done
	return f.err
}

// drop ends a page that is not wanted any more; nil is none.
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

// maxAhead bounds what is received of a page before its records are handed over, in
// bytes. NetSuite's pages of 1000 records are smaller.
const maxAhead = 4 << 20

// firstAhead is where the room for a page begins, in bytes.
const firstAhead = 256 << 10

// ahead is a page that was received as far as there is room for it. What is behind
// that is read from the server as it is needed.
type ahead struct {
	from   io.Reader
	buffer []byte // what was received; used again for another page
	next   int    // of buffer, to be read
	err    error  // of from
}

// receive begins a page. It returns when the page was received, there is no more
// room, or the page broke off, which is for the one who reads to find out.
func (a *ahead) receive(from io.Reader) {
	a.from, a.buffer, a.next, a.err = from, a.buffer[:0], 0, nil
	for a.err == nil && len(a.buffer) < maxAhead {
		if len(a.buffer) == cap(a.buffer) {
			a.buffer = slices.Grow(a.buffer, min(max(len(a.buffer), firstAhead), maxAhead-len(a.buffer)))
		}
		var n int
		n, a.err = from.Read(a.buffer[len(a.buffer):min(cap(a.buffer), maxAhead)])
		a.buffer = a.buffer[:len(a.buffer)+n]
	}
}

// whole reports whether nothing more will come from the server.
func (a *ahead) whole() bool { return a.err == io.EOF }

func (a *ahead) Read(p []byte) (int, error) {
	if a.next < len(a.buffer) {
		n := copy(p, a.buffer[a.next:])
		a.next += n
		return n, nil
	}
	if a.err != nil {
		return 0, a.err
	}
	return a.from.Read(p)
}
