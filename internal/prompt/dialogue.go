package prompt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// MaxLine bounds a line that is typed or pasted. The longest that anybody is
// asked for is the path of a file.
const MaxLine = 16 << 10

// ErrTooLong says that a line was longer than MaxLine. The line is gone; the next
// one can be read.
var ErrTooLong = errors.New("the line is too long")

// IsTerminal reports whether a stream, such as os.Stdin, is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) || keyboardOf(stream) != nil
}

// BeginTyping tells a terminal that a text is read from it from now on, so that what is
// pasted at once arrives whole. Other streams need no telling.
func BeginTyping(stream any) error { return keyboardOf(stream).enter() }

// Dialogue asks for lines. It writes plain lines and reads plain lines: nothing is
// drawn twice, so that a screen reader, a dumb terminal, a pipe and a recording get
// the same as everybody. Ctrl-D at the beginning of a line is io.EOF.
type Dialogue struct {
	in      *bufio.Reader
	keys    *keyboard // in place of in, where that is one
	out     io.Writer
	echoes  bool       // what is typed is seen, with its line break
	pending chan typed // of a read that was given up
}

// NewDialogue asks on out and reads from in.
func NewDialogue(in io.Reader, out io.Writer) *Dialogue {
	return &Dialogue{in: bufio.NewReader(in), keys: keyboardOf(in), out: out, echoes: IsTerminal(in)}
}

type typed struct {
	line string
	err  error
}

// Line writes the question, without a line break, and returns what was typed,
// without spaces around it and without characters that cannot be printed. The
// error is io.EOF when there is nothing more to read, that of ctx when it ended,
// ErrTooLong, or the stream's own. What is written next begins a line.
//
// Of a pasted PEM block it returns the first line alone, which no question has as its
// answer, and drops the others up to the END line, or to a word that leaves the question.
func (d *Dialogue) Line(ctx context.Context, question string) (string, error) {
	line, err := d.lineOf(ctx, question)
	if err != nil || !strings.Contains(line, "-----BEGIN ") {
		return line, err
	}
	for more := line; err == nil && !strings.Contains(more, "-----END "); {
		if more, err = d.lineOf(ctx, ""); err == nil {
			if _, leaves := (Choices{Back, Quit}).Chosen(more); leaves {
				return more, nil
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil // the next question meets it again
	}
	return line, err
}

func (d *Dialogue) lineOf(ctx context.Context, question string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := d.keys.enter(); err != nil {
		return "", err
	}
	if _, err := io.WriteString(d.out, question); err != nil {
		d.keys.leave()
		return "", err
	}
	if d.pending == nil {
		d.pending = make(chan typed, 1)
		go func(to chan<- typed) { to <- d.read() }(d.pending)
	}
	select {
	case t := <-d.pending:
		d.pending = nil
		if given := t.err == nil || errors.Is(t.err, ErrTooLong); !given || !d.echoes && question != "" {
			fmt.Fprintln(d.out)
		}
		return clean(t.line), t.err
	case <-ctx.Done():
		d.keys.leave()
		fmt.Fprintln(d.out)
		return "", ctx.Err()
	}
}

// read reads one line. A last line without a line break is a line.
func (d *Dialogue) read() typed {
	if d.keys != nil {
		return d.keys.line()
	}
	var b strings.Builder
	tooLong := false
	for {
		part, err := d.in.ReadSlice('\n')
		if b.Len()+len(part) > MaxLine {
			tooLong = true
		} else {
			b.Write(part)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && (b.Len() > 0 || tooLong), err == nil:
			if tooLong {
				return typed{err: ErrTooLong}
			}
			return typed{line: b.String()}
		default:
			return typed{err: err}
		}
	}
}

// clean takes out what a paste brings along: escape sequences that frame it,
// control and zero-width characters, spaces around it.
func clean(s string) string {
	for _, frame := range []string{"\x1b[200~", "\x1b[201~"} {
		s = strings.ReplaceAll(s, frame, "")
	}
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// The words that answer questions.
const (
	Yes      = "yes"
	No       = "no"
	DontKnow = "don't know"
	Back     = "back"
	Quit     = "quit"
)

// short are shorter ways to type a word.
func short(word string) []string {
	switch word {
	case Yes, No, Back:
		return []string{word[:1]}
	case DontKnow:
		return []string{"d", "dont know", "don’t know"}
	case Quit:
		return []string{"q", "exit"}
	}
	return nil
}

// Choices are the words that may answer a question.
type Choices []string

// String writes the choices in one line: "yes / no / back".
func (c Choices) String() string { return strings.Join(c, " / ") }

// Chosen finds the word that was typed, in any case; false if none was.
func (c Choices) Chosen(text string) (string, bool) {
	for _, word := range c {
		if strings.EqualFold(text, word) || slices.ContainsFunc(short(word), func(s string) bool { return strings.EqualFold(text, s) }) {
			return word, true
		}
	}
	return "", false
}
