//go:build linux || darwin

package prompt

import (
	"strings"
	"unicode/utf8"
)

// The control characters that edit a line. A terminal that edits lines itself stores
// NUL in place of a Ctrl-D that was typed before the program asked for keys.
const (
	keyNUL       = 0x00
	keyEnd       = 0x04 // Ctrl-D
	keyBackspace = 0x08
	keyKillLine  = 0x15 // Ctrl-U
	keyKillWord  = 0x17 // Ctrl-W
	keyEscape    = 0x1b
	keyDelete    = 0x7f
)

// The marks around a paste, and how a terminal is asked for them.
const (
	pasteBegins = "\x1b[200~"
	pasteEnds   = "\x1b[201~"
	marksOn     = "\x1b[?2004h"
	marksOff    = "\x1b[?2004l"
)

// event is what a key does to the line.
type event int

const (
	edited event = iota
	entered
	ended
)

// editor edits a line from the keys of a terminal. It removes control sequences and
// the marks of a paste. All other bytes arrive unchanged, and those of a marked paste
// edit nothing.
type editor struct {
	line     []byte
	sequence []byte // a control sequence that is not complete
	pasting  bool
	shown    []byte // what the terminal must show for the last keys
}

// key reads one byte.
func (e *editor) key(c byte) event {
	switch {
	case len(e.sequence) == 0 && c != keyEscape:
		return e.plain(c)
	case e.pasting:
		return e.mark(c)
	case e.continues(c):
		return edited
	}
	e.sequence = e.sequence[:0] // the byte is not part of it
	return e.key(c)
}

// plain reads a byte outside of control sequences.
func (e *editor) plain(c byte) event {
	switch {
	case c == '\n' || c == '\r':
		e.shown = append(e.shown, '\n')
		return entered
	case e.pasting:
	case c == keyEnd || c == keyNUL:
		return ended
	case c == keyBackspace || c == keyDelete:
		e.erase(len(e.lastRune()))
		return edited
	case c == keyKillLine:
		e.erase(len(e.line))
		return edited
	case c == keyKillWord:
		words := strings.TrimRight(string(e.line), " \t")
		e.erase(len(e.line) - 1 - strings.LastIndexAny(words, " \t"))
		return edited
	}
	e.add(c)
	return edited
}

// mark reads a byte of what may be a mark within a paste. Other sequences there are text.
func (e *editor) mark(c byte) event {
	e.sequence = append(e.sequence, c)
	read := string(e.sequence)
	switch {
	case read == pasteBegins || read == pasteEnds:
		e.pasting = read == pasteBegins
	case strings.HasPrefix(pasteBegins, read) || strings.HasPrefix(pasteEnds, read):
		return edited
	default:
		for _, b := range e.sequence[:len(e.sequence)-1] {
			e.add(b)
		}
		e.sequence = e.sequence[:0]
		return e.key(c)
	}
	e.sequence = e.sequence[:0]
	return edited
}

// continues reports whether a byte belongs to the control sequence (ECMA-48, section
// 5.4; SS3 has one more byte), and ends the sequence after its last one.
func (e *editor) continues(c byte) bool {
	switch n := len(e.sequence); {
	case n == 0:
	case n == 1 && (c == '[' || c == 'O'):
	case n == 1, c < 0x20, c > 0x7e:
		return false
	case e.sequence[1] == 'O', c >= 0x40:
		e.pasting = string(e.sequence)+string(c) == pasteBegins
		e.sequence = e.sequence[:0]
		return true
	case n > len(pasteBegins): // no mark is longer
		return true
	}
	e.sequence = append(e.sequence, c)
	return true
}

func (e *editor) add(c byte) {
	e.line = append(e.line, c)
	e.shown = append(e.shown, echoOf(c)...)
}

// echoOf is how a terminal shows a byte that was typed: control characters as ^X.
func echoOf(c byte) string {
	switch {
	case c == '\t':
		return " "
	case c < ' ' || c == keyDelete:
		return "^" + string(rune(c^0x40))
	}
	return string([]byte{c})
}

func (e *editor) lastRune() []byte {
	_, n := utf8.DecodeLastRune(e.line)
	return e.line[len(e.line)-n:]
}

// erase removes the last n bytes of the line, one column for each character, as
// terminals do.
func (e *editor) erase(n int) {
	for from := len(e.line) - n; len(e.line) > from; {
		last := e.lastRune()
		columns := 1
		if len(last) == 1 {
			columns = len(echoOf(last[0]))
		}
		e.line = e.line[:len(e.line)-len(last)]
		e.shown = append(e.shown, strings.Repeat("\b \b", columns)...)
	}
}

// take returns the line and begins another one.
func (e *editor) take() string {
	line := string(e.line)
	e.line = e.line[:0]
	return line
}
