package netsuite

import (
	"bytes"
	"context"
	"io"
)

// Stream is an answer of any length whose body the caller reads, from Read, and
// closes. Its Answer.Body holds what was read so far, at most [MaxBody] bytes,
// and Truncated says that there was more: enough to judge an error by.
type Stream struct {
	*Answer
	from *opened
	body io.Reader // without the access token
	err  error     // of the last Read
}

// Open sends a request like Do, and returns when the answer's header is there.
// The context, and the time that it leaves, are also those of the body: it ends
// in a [*ConnectError] when they end. The caller closes the stream.
func (c *Client) Open(ctx context.Context, r Request) (*Stream, error) {
	prepared, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	o, err := c.open(ctx, prepared)
	if err != nil {
		return nil, err
	}
	o.hide(prepared.secret) // in the header
	s := &Stream{Answer: o.Answer, from: o, body: o.body}
	for _, secret := range parts(prepared.secret) {
		s.body = newHider(s.body, secret)
	}
	return s, nil
}

// Read reads the body. Where the server repeated the access token, a placeholder
// stands instead. The error is io.EOF at the body's end and else a
// [*ConnectError], whose Answer is the stream's.
func (s *Stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.body.Read(p)
	kept := min(n, MaxBody-len(s.Answer.Body))
	s.Answer.Body = append(s.Answer.Body, p[:kept]...)
	s.Truncated = s.Truncated || kept < n
	if err != nil && err != io.EOF {
		s.Truncated = true
		err = s.from.trace.failBody(s.from.ctx, err, s.Answer)
	}
	s.err = err
	return n, err
}

// Close ends the request. What was not read of its answer is dropped.
func (s *Stream) Close() error {
	s.from.close()
	return nil
}

// hider reads what from holds, a placeholder in place of the secret. It holds back
// what may be the beginning of one.
type hider struct {
	from   io.Reader
	secret []byte
	ready  []byte // to be given out
	held   []byte // may be the beginning of a secret
	err    error  // of from
	buffer []byte // longer than a secret
}

func newHider(from io.Reader, secret string) *hider {
	return &hider{from: from, secret: []byte(secret), buffer: make([]byte, 16<<10+len(secret))}
}

func (h *hider) Read(p []byte) (int, error) {
	for len(h.ready) == 0 {
		if h.err != nil {
			return 0, h.err
		}
		kept := copy(h.buffer, h.held)
		n, err := h.from.Read(h.buffer[kept:])
		h.err = err
		data := h.buffer[:kept+n]
		if bytes.Contains(data, h.secret) {
			data = bytes.ReplaceAll(data, h.secret, []byte(placeholder))
		}
		end := len(data)
		if err == nil {
			end -= beginning(data, h.secret)
		}
		h.ready, h.held = data[:end], data[end:]
	}
	n := copy(p, h.ready)
	h.ready = h.ready[n:]
	return n, nil
}

// beginning is how many bytes at the end of data are the beginning of secret.
func beginning(data, secret []byte) int {
	for n := min(len(data), len(secret)-1); n > 0; n-- {
		if bytes.HasPrefix(secret, data[len(data)-n:]) {
			return n
		}
	}
	return 0
}
