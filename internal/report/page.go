package report

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/text"
)

// minWidth is the narrowest page; below it a line holds hardly more than a label.
const (
	defaultWidth = 80
	minWidth     = 40
)

// A page collects lines. It cleans, wraps and then colours all text.
type page struct {
	b     strings.Builder
	width int
	style style
	ascii bool
}

func newPage(o TextOptions) page {
	return page{width: max(cmp.Or(o.Width, defaultWidth), minWidth), style: newStyle(o.Color), ascii: o.ASCII}
}

// row writes a paragraph: its label at column indent, and its text from column hang on.
// Without a label the first line begins at indent. A label that does not fit before
// hang is put in front of the text.
func (p *page) row(indent int, label []span, hang int, text ...span) {
	p.rowsOf(0, indent, label, hang, text...)
}

// rowsOf is row with at most n lines, of which the last says that there was more; 0
// for all. What does not fit leaves out a command as a whole.
func (p *page) rowsOf(n, indent int, label []span, hang int, text ...span) {
	label = p.safe(label)
	if n := spansColumns(label); indent+n > hang {
		text = append(append(label, span{" ", plain}), text...)
		label = nil
	}
	start := hang
	if len(label) == 0 {
		start = indent
	}
	ws, rooms := p.words(text), []int{p.width - start, p.width - hang}
	lines := fill(ws, rooms[0], rooms[1])
	if n > 0 && len(lines) > n {
		if i := slices.IndexFunc(ws, func(w word) bool { return strings.Contains(w.text, "nsauth ") }); i == 0 {
			return
		} else if i > 0 {
			lines = fill(ws[:i], rooms[0], rooms[1])
		}
		n = min(n, len(lines))
		lines = p.cut(lines, n, rooms[min(n-1, 1)])
	}
	for i, line := range lines {
		switch {
		case i > 0:
			p.emit(hang, nil, hang, line)
		case len(label) == 0:
			p.emit(indent, nil, indent, line)
		default:
			p.emit(indent, label, hang, line)
		}
	}
}

// cut leaves the first n lines, of which the last ends in an ellipsis; room is its width.
func (p *page) cut(lines [][]span, n, room int) [][]span {
	last, end := slices.Clone(lines[n-1]), span{p.show("…"), plain}
	for spansColumns(last)+Columns(end.text) > room {
		s := &last[len(last)-1]
		switch i := strings.LastIndexByte(s.text, ' '); {
		case i >= 0:
			s.text = s.text[:i]
		case len(last) > 1:
			last = last[:len(last)-1]
		default: // a single word
			return lines[:n]
		}
	}
	return append(lines[:n-1:n-1], append(last, end))
}

// whole writes text that must not be wrapped.
func (p *page) whole(indent int, label []span, hang int, text span) {
	p.emit(indent, p.safe(label), hang, p.safe([]span{text}))
}

func (p *page) emit(indent int, label []span, start int, line []span) {
	if len(label) == 0 && len(line) == 0 {
		return
	}
	p.b.WriteString(strings.Repeat(" ", indent))
	for i, s := range label {
		if len(line) == 0 && i == len(label)-1 {
			s.text = strings.TrimRight(s.text, " ")
		}
		p.b.WriteString(p.style.paint(s.ink, s.text))
	}
	if len(line) > 0 {
		p.b.WriteString(strings.Repeat(" ", max(start-indent-spansColumns(label), 0)))
	}
	for _, s := range line {
		p.b.WriteString(p.style.paint(s.ink, s.text))
	}
	p.b.WriteByte('\n')
}

// rows is the number of lines so far.
func (p *page) rows() int { return strings.Count(p.b.String(), "\n") }

// gap writes an empty line, but not at the top and not two.
func (p *page) gap() {
	if s := p.b.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.b.WriteByte('\n')
	}
}

// safe makes spans safe for the terminal.
func (p *page) safe(spans []span) []span {
	out := make([]span, 0, len(spans))
	for _, s := range spans {
		s.text = p.show(Clean(s.text))
		if s.text != "" {
			out = append(out, s)
		}
	}
	return out
}

// words makes spans safe and splits them where lines may end. It splits before the text
// becomes ASCII, so that Chinese text can still be wrapped after each character.
func (p *page) words(spans []span) []word {
	clear := make([]span, len(spans))
	for i, s := range spans {
		clear[i] = span{Clean(s.text), s.ink}
	}
	ws := words(clear)
	for i := range ws {
		ws[i].text = p.show(ws[i].text)
	}
	return ws
}

// show returns clean text in the characters that the terminal has.
func (p *page) show(s string) string {
	if p.ascii {
		return ascii(s)
	}
	return s
}

// CommandLine writes an argv for the shells of this system, and quotes only the arguments
// that need it.
func CommandLine(argv ...string) string { return commandLine(argv, unicode.IsPrint) }

// commandLine writes it in the characters that the terminal has.
func (p *page) commandLine(argv []string) string {
	return commandLine(argv, func(r rune) bool { return unicode.IsPrint(r) && (r < 0x80 || !p.ascii) })
}

func commandLine(argv []string, shown func(rune) bool) string {
	quoted := make([]string, len(argv))
	for i, arg := range argv {
		quoted[i] = text.ShellQuote(arg, shown)
	}
	return strings.Join(quoted, " ")
}

// widest is the width of the longest piece that cannot be wrapped.
func widest(ws []word) int {
	most, n := 0, 0
	for _, w := range ws {
		if w.join != joined {
			n = 0
		}
		n += Columns(w.text)
		most = max(most, n)
	}
	return most
}

func spansColumns(spans []span) int {
	n := 0
	for _, s := range spans {
		n += Columns(s.text)
	}
	return n
}
