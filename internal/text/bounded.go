package text

import (
	"bytes"
	"errors"
)

// Bounded takes what a command prints: Limit bytes, and one more that tells that
// there was more. It refuses the rest, which ends the command. The buffer is not
// embedded: io.Copy would find its ReadFrom, which knows no bound.
type Bounded struct {
	Limit int // in bytes
	kept  bytes.Buffer
}

var errTooMuch = errors.New("too much output")

func (b *Bounded) Write(p []byte) (int, error) {
	room := b.Limit + 1 - b.kept.Len()
	if len(p) > room {
		b.kept.Write(p[:room])
		return room, errTooMuch
	}
	return b.kept.Write(p)
}

// Bytes returns what was kept, which is longer than Limit where Exceeded.
func (b *Bounded) Bytes() []byte { return b.kept.Bytes() }

// Exceeded reports whether there was more than Limit.
func (b *Bounded) Exceeded() bool { return b.kept.Len() > b.Limit }
