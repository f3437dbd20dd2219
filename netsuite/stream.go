package netsuite

import (
	"bytes"
	"context"
	"io"

	"github.com/nsauth/nsauth/internal/secret"
)

// Stream is an answer of any length whose body the caller reads, from Read, and
// closes. Its Answer.Body holds what was read so far, at most [MaxBody] bytes,
// and Truncated says that there was more: enough to judge an error by.
type Stream struct {
	*Answer
	from  *opened
	body  io.Reader // without the access token
	err   error     // of the last Read
	light bool      // nothing is kept
}

// Light keeps nothing more of what is read from now on: Answer.Body stays as it is,
// and Truncated says that it is not the whole.
func (s *Stream) Light() { s.light, s.Truncated = true, true }

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
	return &Stream{Answer: o.Answer, from: o, body: newHider(o.body, parts(prepared.secret))}, nil
}

// Read reads the body. Where the server repeated the access token, a placeholder
// stands instead. The error is io.EOF at the body's end and else a
// [*ConnectError], whose Answer is the stream's.
func (s *Stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.body.Read(p)
	if kept := min(n, MaxBody-len(s.Answer.Body)); !s.light {
		s.Answer.Body = append(s.Answer.Body, p[:kept]...)
		s.Truncated = s.Truncated || kept < n
	}
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

// hider reads what from holds, a placeholder in place of the secrets. It holds back
// what may be the beginning of one.
type hider struct {
	from    io.Reader
	secrets [][]byte // each is a part of the one before it, and longer than the placeholder
	held    []byte   // may be the beginning of a secret
	err     error    // of from, once everything before it is given out
	buffer  []byte   // in place of one that is too short to find a secret in; nil until then
	ready   []byte   // of buffer, to be given out
}

func newHider(from io.Reader, secrets []string) io.Reader {
	if len(secrets) == 0 {
		return from
	}
	h := &hider{from: from}
	for _, s := range secrets {
		h.secrets = append(h.secrets, []byte(s))
	}
	return h
}

func (h *hider) Read(p []byte) (int, error) {
	if len(h.ready) == 0 && h.err == nil {
		longest := len(h.secrets[0])
		if len(p) > 2*longest {
			return h.fill(p), h.err
		}
		if h.buffer == nil {
			h.buffer = make([]byte, 32<<10+longest)
		}
		h.ready = h.buffer[:h.fill(h.buffer)]
	}
	if len(h.ready) == 0 {
		return 0, h.err
	}
	n := copy(p, h.ready)
	h.ready = h.ready[n:]
	return n, nil
}

// fill reads into p, and returns how much of it can be given out: nothing only at
// the end.
func (h *hider) fill(p []byte) int {
	for {
		kept := copy(p, h.held)
		n, err := h.from.Read(p[kept:])
		end := h.clean(p[:kept+n])
		h.held = h.held[:0]
		if h.err = err; err != nil {
			return end
		}
		sure := end - beginning(p[:end], h.secrets)
		h.held = append(h.held, p[sure:end]...)
		if sure > 0 {
			return sure
		}
	}
}

// clean puts placeholders in place of the secrets in data, and returns how long it
// is then.
func (h *hider) clean(data []byte) int {
	if index(data, h.secrets[len(h.secrets)-1]) < 0 {
		return len(data) // what is a part of all the others is not there
	}
	clean := data
	for _, s := range h.secrets {
		clean = bytes.ReplaceAll(clean, s, []byte(secret.Placeholder))
	}
	return copy(data, clean)
}

// index is bytes.Index, which is fast for short texts only: a secret hardly ever
// begins without going on.
func index(data, secret []byte) int {
	const short = 32
	if len(secret) <= short {
		return bytes.Index(data, secret)
	}
	for at := 0; ; at++ {
		i := bytes.Index(data[at:], secret[:short])
		if i < 0 {
			return -1
		}
		if at += i; bytes.HasPrefix(data[at:], secret) {
			return at
		}
	}
}

// beginning is how many bytes at the end of data may be the beginning of a secret.
func beginning(data []byte, secrets [][]byte) int {
	longest := 0
	for _, secret := range secrets {
		tail := data[max(0, len(data)-len(secret)+1):]
		for len(tail) > longest {
			i := bytes.IndexByte(tail, secret[0])
			if i < 0 {
				break
			}
			if tail = tail[i:]; bytes.HasPrefix(secret, tail) {
				longest = max(longest, len(tail))
				break
			}
			tail = tail[1:]
		}
	}
	return longest
}
