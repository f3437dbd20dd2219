package text

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is a writer that shows what a command says, without what a terminal would obey. A
// question without a line end appears at once. Write never fails: a command does not end
// because its output is not shown.
type Plain struct {
	To     io.Writer // nil shows nothing
	Prefix string    // of each line
	Limit  int       // of what is shown, in bytes; 0 is without a limit
	tail   []byte    // the beginning of a character or of a line end
	sum    int
	open   bool // the last line has no end
}

func (p *Plain) Write(data []byte) (int, error) {
	n := len(data)
	if p.To == nil {
		return n, nil
	}
	if p.Limit > 0 {
		data = data[:min(n, p.Limit-p.sum)]
	}
	p.sum += len(data)
	data = append(p.tail, data...)
	whole := len(data)
	for i := 1; i < min(utf8.UTFMax, len(data)+1); i++ {
		if utf8.RuneStart(data[len(data)-i]) {
			if !utf8.FullRune(data[len(data)-i:]) {
				whole = len(data) - i
			}
			break
		}
	}
	if whole == len(data) && strings.HasSuffix(string(data), "\r") {
		whole--
	}
	p.tail = append([]byte(nil), data[whole:]...)
	p.show(string(data[:whole]))
	return n, nil
}

func (p *Plain) show(s string) {
	var b strings.Builder
	for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\t", "    ").Replace(s)) {
		if !p.open {
			b.WriteString(p.Prefix)
		}
		b.WriteString(Escape(line, func(r rune) bool { return r == '\n' || unicode.IsPrint(r) }))
		p.open = !strings.HasSuffix(line, "\n")
	}
	if b.Len() > 0 {
		_, _ = io.WriteString(p.To, b.String())
	}
}

// End shows what is left, and ends the line.
func (p *Plain) End() {
	if p.show(string(p.tail)); p.open {
		_, _ = io.WriteString(p.To, "\n")
	}
}
