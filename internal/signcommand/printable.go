package signcommand

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/text"
)

// printable shows what a command writes to standard error, at most MaxAnswer bytes, with
// control characters escaped. A question without a line end appears at once.
type printable struct {
	to   io.Writer
	tail []byte // the begin of a character
	sum  int
	open bool // the last line has no end
}

// Write never fails: a command does not end because its errors are not shown.
func (p *printable) Write(data []byte) (int, error) {
	n := len(data)
	if p.to == nil || p.sum >= MaxAnswer {
		return n, nil
	}
	data = append(p.tail, data[:min(n, MaxAnswer-p.sum)]...)
	p.sum += n
	whole := len(data)
	for i := 1; i < min(utf8.UTFMax, len(data)+1); i++ {
		if utf8.RuneStart(data[len(data)-i]) {
			if !utf8.FullRune(data[len(data)-i:]) {
				whole = len(data) - i
			}
			break
		}
	}
	p.tail = append([]byte(nil), data[whole:]...)
	p.show(string(data[:whole]))
	return n, nil
}

func (p *printable) show(s string) {
	if s == "" {
		return
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\t", "    ")
	_, _ = io.WriteString(p.to, text.Escape(s, func(r rune) bool { return r == '\n' || unicode.IsPrint(r) }))
	p.open = !strings.HasSuffix(s, "\n")
}

// end shows what is left, and ends the line.
func (p *printable) end() {
	if p.show(string(p.tail)); p.open {
		_, _ = io.WriteString(p.to, "\n")
	}
}
