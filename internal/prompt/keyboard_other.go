//go:build !linux && !darwin

package prompt

import (
	"io"
	"os"
)

// keyboard is not used here: the console edits lines of any length that is pasted.
type keyboard struct{}

// Keyboard returns the stream as it is.
func Keyboard(stream *os.File, _ bool) (r io.Reader, restore func()) { return stream, func() {} }

func keyboardOf(any) *keyboard { return nil }

func (*keyboard) enter() error { return nil }
func (*keyboard) leave()       {}
func (*keyboard) line() typed  { return typed{err: io.EOF} }
