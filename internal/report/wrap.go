package report

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/text"
)

// A span is a piece of text in one ink. Spans follow each other without a space.
type span struct {
	text string
	ink  ink
}

// join is what separates a word from the one before it.
type join int

const (
	joined   join = iota // nothing, and the line must not end here
	foldable             // nothing, but the line may end here: between two wide characters
	spaced               // a space, or the end of a line
)

type word struct {
	span
	join join
}

// words splits spans where a line may end: not in a command, nor before the ">" of a menu.
func words(spans []span) []word {
	var out []word
	next := joined
	for _, s := range spans {
		start, commands := 0, text.Advised(s.text)
		var prev rune
		flush := func(end int) {
			if end > start {
				out = append(out, word{span{s.text[start:end], s.ink}, next})
				next = joined
			}
		}
		for i, r := range s.text {
			for len(commands) > 0 && commands[0][1] <= i {
				commands = commands[1:]
			}
			switch {
			case len(commands) > 0 && i > commands[0][0]: // it can be copied
			case r == ' ':
				flush(i)
				start, next = i+1, spaced
			case start < i && runeColumns(r) == 2 && runeColumns(prev) == 2 && !unicode.IsPunct(r):
				flush(i)
				start, next = i, foldable
			}
			prev = r
		}
		flush(len(s.text))
	}
	merged := out[:0]
	for _, w := range out {
		if n := len(merged); n > 0 && w.text == ">" && w.join == spaced && merged[n-1].ink == w.ink {
			merged[n-1].text += " >"
			continue
		}
		merged = append(merged, w)
	}
	return merged
}

// fill puts words into lines: the first of at most first columns, the others of at most
// rest. A wider word gets its own line. The first line is empty if no word fits.
func fill(ws []word, first, rest int) [][]span {
	var lines [][]span
	var line []span
	room, used := first, 0
	for i := 0; i < len(ws); {
		// A unit is a run of joined words.
		end, cols := i+1, Columns(ws[i].text)
		for end < len(ws) && ws[end].join == joined {
			cols += Columns(ws[end].text)
			end++
		}
		gap := 0
		if used > 0 && ws[i].join == spaced {
			gap = 1
		}
		if used+gap+cols > room && (used > 0 || len(lines) == 0 && room < rest) {
			lines = append(lines, line)
			line, room, used, gap = nil, rest, 0, 0
		}
		for k, w := range ws[i:end] {
			text := w.text
			if k == 0 && gap == 1 {
				text = " " + text
			}
			if n := len(line); n > 0 && line[n-1].ink == w.ink {
				line[n-1].text += text
			} else {
				line = append(line, span{text, w.ink})
			}
		}
		used += gap + cols
		i = end
	}
	return append(lines, line)
}

// Wrap wraps s to lines of at most width columns, all but the first indented; width 0
// does not wrap.
func Wrap(s string, indent, width int) string {
	if width == 0 {
		width = math.MaxInt
	}
	var b strings.Builder
	for i, line := range fill(words([]span{{text: s}}), width-indent, width-indent) {
		if i > 0 {
			b.WriteString("\n" + strings.Repeat(" ", indent))
		}
		for _, sp := range line {
			b.WriteString(sp.text)
		}
	}
	return b.String()
}

// rowStart matches the begin of a row of a table: its indent, its first column and the gap.
var rowStart = text.Regexp(`^ +(?:\S+(?: \S+)*? {2,})?`)

// WrapText wraps the paragraphs of a text, and the last column of its indented rows, to
// lines of at most width columns. Commands stay whole, so that they can be copied.
func WrapText(s string, width int) string {
	var lines, paragraph []string
	end := func() {
		if slices.ContainsFunc(paragraph, func(line string) bool { return Columns(line) > width }) {
			paragraph = []string{Wrap(strings.Join(paragraph, " "), 0, width)}
		}
		lines, paragraph = append(lines, paragraph...), nil
	}
	for _, line := range strings.Split(s, "\n") {
		start := rowStart().FindString(line)
		switch {
		case start == "" && line != "":
			paragraph = append(paragraph, line)
			continue
		case Columns(line) > width && !strings.HasPrefix(strings.TrimSpace(line), "nsauth "):
			line = start + Wrap(line[len(start):], len(start), width)
		}
		end()
		lines = append(lines, line)
	}
	end()
	return strings.Join(lines, "\n")
}
