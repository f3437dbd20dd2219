package netsuite

import (
	"bytes"
	"context"
	"io"

	"github.com/nsauth/nsauth/internal/secret"
)

// Stream is an answer whose body the caller reads and closes. Answer.Body holds
// what was read so far, at most [MaxBody] bytes: enough to judge an error.
// Truncated says that more was read.
type Stream struct {
	*Answer
	from      *openAnswer
	body      io.Reader // without the access token
	err       error     // of the last Read
	discarded bool      // the body is not kept
}

// DiscardBody keeps nothing of the rest of the body: Answer.Body does not grow, and
// Truncated is set.
func (s *Stream) DiscardBody() { s.discarded, s.Truncated = true, true }

// Open sends a request like Do, and returns after the answer's header. The context
// and its deadline also limit the body: reading then fails with a [*ConnectError].
// Without a deadline the body may take any time as long as it flows; see
// IdleTimeout of [Request]. The caller closes the stream.
func (c *Client) Open(ctx context.Context, r Request) (*Stream, error) {
	prepared, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	prepared.stream = true
	o, err := c.open(ctx, prepared)
	if err != nil {
		return nil, err
	}
	o.hide(o.hidden) // in the header
	return &Stream{Answer: o.Answer, from: o, body: newRedactor(o.body, o.hidden)}, nil
}

// Read reads the body. A placeholder replaces the access token if the server
// repeats it. The error is io.EOF after the body, else a [*ConnectError] with the
// stream's Answer.
func (s *Stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	s.from.idle.start()
	n, err := s.body.Read(p)
	s.from.idle.stop()
	if err == io.EOF {
		s.from.release()
	}
	if kept := min(n, MaxBody-len(s.Answer.Body)); !s.discarded {
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

// Close closes the answer and drops the rest of its body.
func (s *Stream) Close() error {
	s.from.close()
	return nil
}

// redactor replaces the secrets in what it reads by a placeholder. It holds back what
// may be the beginning of a secret.
type redactor struct {
	from    io.Reader
	secrets [][]byte // the longest first; each is longer than the placeholder
	held    []byte   // may be the beginning of a secret
	err     error    // of from, once everything before it was returned
	buffer  []byte   // used for reads that are too short to find a secret in; nil until then
	ready   []byte   // the part of buffer to return next
}

func newRedactor(from io.Reader, secrets []string) io.Reader {
	if len(secrets) == 0 {
		return from
	}
	h := &redactor{from: from}
	for _, s := range secrets {
		h.secrets = append(h.secrets, []byte(s))
	}
	return h
}

func (h *redactor) Read(p []byte) (int, error) {
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

// fill reads into p, and returns how much of it can be returned: 0 only at the end.
func (h *redactor) fill(p []byte) int {
	for {
		kept := copy(p, h.held)
		n, err := h.from.Read(p[kept:])
		end := h.clean(p[:kept+n])
		h.held = h.held[:0]
		if h.err = err; err != nil {
			return end
		}
		sure := end - partialSecret(p[:end], h.secrets)
		h.held = append(h.held, p[sure:end]...)
		if sure > 0 {
			return sure
		}
	}
}

// clean replaces the secrets in data by placeholders, and returns the new length.
func (h *redactor) clean(data []byte) int {
	clean := data
	for _, s := range h.secrets {
		if index(clean, s) >= 0 {
			clean = bytes.ReplaceAll(clean, s, []byte(secret.Placeholder))
		}
	}
	return copy(data, clean)
}

// index is bytes.Index, which is fast only for short texts. It looks for the
// beginning of the secret first.
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

// partialSecret is how many bytes at the end of data may be the beginning of a secret.
func partialSecret(data []byte, secrets [][]byte) int {
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
