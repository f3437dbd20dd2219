package text

import (
	"bytes"
	"errors"
)

// Bounded is a writer for the output of a command. It keeps Limit bytes, and one more to
// know that there were more. Then Write fails, which stops the command. The buffer is
// not embedded, because io.Copy would call its ReadFrom, which has no limit.
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

// Bytes returns the kept bytes: Limit and one more if Exceeded.
func (b *Bounded) Bytes() []byte { return b.kept.Bytes() }

// Exceeded reports whether there were more than Limit bytes.
func (b *Bounded) Exceeded() bool { return b.kept.Len() > b.Limit }
