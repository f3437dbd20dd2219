package capture

import (
	"strconv"
	"strings"
)

// dialect is a command line's way of quoting.
type dialect struct {
	// continued ends a line that goes on in the next.
	continued byte
	// split gives the words of one command. closing, unless 0, is the character that
	// ends it outside of quotation marks: ) of $(...).
	split func(command string, closing byte) []string
}

// The three shells that curl commands are written for.
var (
	posix      = dialect{'\\', splitPOSIX}
	powerShell = dialect{'`', splitPowerShell}
	cmdExe     = dialect{'^', splitCmdExe}
)

// dialectOf tells by the ends of the lines, else by marks within.
func dialectOf(command string) dialect {
	count := map[byte]int{}
	lines := strings.Split(command, "\n")
	for _, line := range lines[:len(lines)-1] {
		if line = strings.TrimRight(line, " \t\r"); line != "" {
			count[line[len(line)-1]]++
		}
	}
	best := posix
	for _, d := range []dialect{powerShell, cmdExe} {
		if count[d.continued] > count[best.continued] {
			best = d
		}
	}
	switch {
	case count[best.continued] > 0:
	case strings.Contains(command, `^"`):
		best = cmdExe
	case hasPrefixFold(command, "curl.exe"):
		best = powerShell
	}
	return best
}

// words collects the words of a command line.
type words struct {
	list   []string
	word   strings.Builder
	inWord bool
}

func (w *words) add(s string) { w.inWord = true; w.word.WriteString(s) }

func (w *words) end() {
	if w.inWord {
		w.list = append(w.list, w.word.String())
	}
	w.word.Reset()
	w.inWord = false
}

// ends says whether a command ends here: what follows is another one, or where
// its output goes. & is left in, for addresses that nobody quoted.
func ends(c byte, w *words) bool { return !w.inWord && strings.IndexByte("|;<>", c) >= 0 }

// another says whether the line behind a break that was not escaped is no part of the
// command: it begins neither with an option nor with a quotation mark or a URL. Of
// several breaks the last one counts.
func another(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r")
	return rest != "" && strings.IndexByte("\n-'\"$@", rest[0]) < 0 && !hasPrefixFold(rest, "http")
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// skipBreak gives the index behind a line break that was escaped, with spaces
// before it, or i if there is none.
func skipBreak(s string, i int) int {
	j := i
	for j < len(s) && (s[j] == ' ' || s[j] == '\t' || s[j] == '\r') {
		j++
	}
	if j < len(s) && s[j] == '\n' {
		return j + 1
	}
	return i
}

// splitWords splits a command line at spaces. Before a character, escape takes its
// meaning away, and before a line break the break. quoted reads what begins at i, if
// that is a quotation mark, and gives the index of the closing one. Line breaks that
// are not escaped separate words: what escapes them gets lost on the way. What is
// another command by its looks is left out.
func splitWords(s string, escape, closing byte, quoted func(s string, i int, w *words) (end int, ok bool)) []string {
	var w words
	for i := 0; i < len(s); i++ {
		if end, ok := quoted(s, i, &w); ok {
			i = end
			continue
		}
		switch c := s[i]; {
		case c == '\n' && another(s[i+1:]):
			w.end()
			return w.list
		case isSpace(c):
			w.end()
		case ends(c, &w):
			return w.list
		case c == closing && closing != 0:
			w.end()
			return w.list
		case c == escape && escape != 0:
			if next := skipBreak(s, i+1); next > i+1 {
				i = next - 1
			} else if i++; i < len(s) {
				w.add(s[i : i+1])
			}
		default:
			w.add(s[i : i+1])
		}
	}
	w.end()
	return w.list
}

// splitPOSIX follows the quoting of sh (POSIX.1-2017, XCU section 2.2) and $'...'
// of bash, which browsers copy.
func splitPOSIX(s string, closing byte) []string {
	return splitWords(s, '\\', closing, func(s string, i int, w *words) (int, bool) {
		switch {
		case s[i] == '\'':
			text, _, _ := strings.Cut(s[i+1:], "'")
			w.add(text)
			return i + 1 + len(text), true
		case s[i] == '"':
			return posixDouble(s, i+1, w), true
		case s[i] == '$' && i+1 < len(s) && s[i+1] == '\'':
			return ansiC(s, i+2, w), true
		}
		return i, false
	})
}

// posixDouble reads "..." from behind its quotation mark and gives the index of
// the closing one.
func posixDouble(s string, i int, w *words) int {
	w.add("")
	for ; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("$`\"\\\n", s[i+1]) >= 0 {
			if i++; s[i] == '\n' {
				continue
			}
		}
		w.add(s[i : i+1])
	}
	return i
}

// ansiC reads $'...' as far as browsers write it.
func ansiC(s string, i int, w *words) int {
	w.add("")
	for ; i < len(s) && s[i] != '\''; i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			w.add(s[i : i+1])
			continue
		}
		i++
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[i]]
		end := min(i+1+digits, len(s))
		if code, err := strconv.ParseUint(s[i+1:end], 16, 32); digits > 0 && err == nil {
			w.add(string(rune(code)))
			i = end - 1
			continue
		}
		if c, ok := map[byte]string{'n': "\n", 'r': "\r", 't': "\t"}[s[i]]; ok {
			w.add(c)
		} else {
			w.add(s[i : i+1])
		}
	}
	return i
}

// splitPowerShell follows about_Quoting_Rules: ` escapes, a quotation mark is
// doubled within its own kind.
func splitPowerShell(s string, closing byte) []string {
	return splitWords(s, '`', closing, func(s string, i int, w *words) (int, bool) {
		if s[i] != '\'' && s[i] != '"' {
			return i, false
		}
		return powerShellQuoted(s, i+1, s[i], w), true
	})
}

func powerShellQuoted(s string, i int, quote byte, w *words) int {
	w.add("")
	for ; i < len(s); i++ {
		switch {
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i
		case s[i] == '`' && quote == '"' && i+1 < len(s):
			i++
		}
		w.add(s[i : i+1])
	}
	return i
}

// splitCmdExe undoes cmd.exe's escapes first, then splits as the C runtime of
// Windows does (Microsoft Learn, "Parsing C command-line arguments").
func splitCmdExe(s string, _ byte) []string {
	return splitWords(undoCarets(s), 0, 0, func(s string, i int, w *words) (int, bool) {
		switch s[i] {
		case '"':
			return windowsDouble(s, i+1, w), true
		case '\\':
			return backslashes(s, i, w), true
		}
		return i, false
	})
}

// undoCarets takes away the ^ that escape. Within quotation marks ^ is itself,
// but a mark that is escaped does not quote.
func undoCarets(s string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '^' && !quoted:
			if next := skipBreak(s, i+1); next > i+1 {
				i = next - 1
			} else if i++; i < len(s) {
				b.WriteByte(s[i])
			}
			continue
		case s[i] == '"':
			quoted = !quoted
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// windowsDouble reads "..." from behind its quotation mark, in which a doubled mark
// stands for one, and gives the index of the closing one.
func windowsDouble(s string, i int, w *words) int {
	w.add("")
	for ; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i = backslashes(s, i, w)
		case s[i] != '"':
			w.add(s[i : i+1])
		case i+1 < len(s) && s[i+1] == '"':
			i++
			w.add(`"`)
		default:
			return i
		}
	}
	return i
}

// backslashes reads those that begin at i and gives the index of the last one, or of
// the quotation mark that it escapes. They stand for themselves unless a mark follows.
func backslashes(s string, i int, w *words) int {
	n := len(s[i:]) - len(strings.TrimLeft(s[i:], `\`))
	end := i + n
	if end == len(s) || s[end] != '"' {
		w.add(s[i:end])
		return end - 1
	}
	w.add(s[i : i+n/2])
	if n%2 == 0 {
		return end - 1
	}
	w.add(`"`)
	return end
}
