// Package shellwords splits a command line in the quoting of its shell: sh and bash,
// PowerShell or cmd.exe. It also splits scripts of PowerShell and programs into tokens.
// It evaluates nothing.
package shellwords

import (
	"strconv"
	"strings"
)

// dialect is the quoting of a shell.
type dialect struct {
	// continuation ends a line that continues on the next.
	continuation byte
	// split returns the words of one command. closing, unless 0, is the character that
	// ends it outside of quotation marks: ) of $(...).
	split func(command string, closing byte) []string
}

// Split returns the words of a command, in the quoting of the shell that its marks show.
// closing, unless 0, ends it outside of quotation marks: ) of $(...).
func Split(command string, closing byte) []string {
	return dialectOf(command).split(command, closing)
}

// The three shells that curl commands are written for.
var (
	posix      = dialect{'\\', splitPOSIX}
	powerShell = dialect{'`', splitPowerShell}
	cmdExe     = dialect{'^', splitCmdExe}
)

// dialectOf recognises the shell by the ends of the lines, else by other marks.
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
		if count[d.continuation] > count[best.continuation] {
			best = d
		}
	}
	switch {
	case count[best.continuation] > 0:
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

// endsCommand reports whether a command ends here: another one or a redirection follows.
// & does not end it, since people paste URLs without quotes.
func endsCommand(c byte, w *words) bool { return !w.inWord && strings.IndexByte("|;<>", c) >= 0 }

// startsNewCommand reports whether the line after an unescaped line break is not part of
// the command: it does not begin with an option, a quotation mark or a URL. Of several
// breaks the last one counts.
func startsNewCommand(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r")
	return rest != "" && strings.IndexByte("\n-'\"$@", rest[0]) < 0 && !hasPrefixFold(rest, "http")
}

func IsSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// SkipBreak returns the index after an escaped line break, with spaces before it; i
// without one.
func SkipBreak(s string, i int) int {
	j := i
	for j < len(s) && (s[j] == ' ' || s[j] == '\t' || s[j] == '\r') {
		j++
	}
	if j < len(s) && s[j] == '\n' {
		return j + 1
	}
	return i
}

// splitWords splits a command line at spaces and stops before another command. escape,
// unless 0, makes the next character literal and removes a line break. quoted reads a
// quotation that begins at i and returns the index of its last character. Line breaks
// without escape separate words, since the escapes often get lost.
func splitWords(s string, escape, closing byte, quoted func(s string, i int, w *words) (end int, ok bool)) []string {
	var w words
	for i := 0; i < len(s); i++ {
		if end, ok := quoted(s, i, &w); ok {
			i = end
			continue
		}
		switch c := s[i]; {
		case c == '\n' && startsNewCommand(s[i+1:]):
			w.end()
			return w.list
		case IsSpace(c):
			w.end()
		case endsCommand(c, &w):
			return w.list
		case c == closing && closing != 0:
			w.end()
			return w.list
		case c == escape && escape != 0:
			if next := SkipBreak(s, i+1); next > i+1 {
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

// posixDouble reads "..." after its quotation mark and returns the index of the closing
// one.
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

// ansiC reads $'...' with the escapes that browsers write.
func ansiC(s string, i int, w *words) int {
	begin := i
	for ; i < len(s) && s[i] != '\''; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	i = min(i, len(s))
	w.add(Unescape(s[begin:i]))
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

// PowerShellText reads a text of PowerShell after its quotation mark, and returns the
// index of the closing one.
func PowerShellText(s string, i int, quote byte) (text string, end int) {
	var w words
	end = powerShellQuoted(s, i, quote, &w)
	return w.word.String(), end
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

// undoCarets removes ^ that escape. Within quotation marks ^ is literal; an escaped mark
// does not quote.
func undoCarets(s string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '^' && !quoted:
			if next := SkipBreak(s, i+1); next > i+1 {
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

// windowsDouble reads "..." after its quotation mark, in which a doubled mark is one, and
// returns the index of the closing one.
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

// backslashes reads those that begin at i and returns the index of the last one, or of
// the quotation mark that it escapes. They are literal unless a mark follows.
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

// HereDocument returns the lines that <<WORD gives to a command, or the text of <<<; ""
// without one.
func HereDocument(command string) string {
	_, rest, ok := strings.Cut(command, "<<")
	if !ok {
		return ""
	}
	if text, ok := strings.CutPrefix(rest, "<"); ok {
		if args := splitPOSIX(text, 0); len(args) > 0 {
			return args[0]
		}
		return ""
	}
	first, body, _ := strings.Cut(strings.TrimPrefix(rest, "-"), "\n")
	word, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	word = strings.Trim(word, `"'\`)
	var lines []string
	for line := range strings.SplitSeq(body, "\n") {
		if strings.TrimSpace(line) == word {
			break
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Unescape replaces the escapes that bash and most languages have in common. A line break
// after a backslash, and the spaces after it, are not part of the text.
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if next := SkipBreak(s, i); next > i {
			for next < len(s) && (s[next] == ' ' || s[next] == '\t') {
				next++
			}
			i = next - 1
			continue
		}
		switch c := s[i]; c {
		case 'n', 'r', 't':
			b.WriteString(map[byte]string{'n': "\n", 'r': "\r", 't': "\t"}[c])
		case 'u', 'x', 'U':
			digits := map[byte]int{'u': 4, 'x': 2, 'U': 8}[c]
			end := min(i+1+digits, len(s))
			if code, err := strconv.ParseUint(s[i+1:end], 16, 32); err == nil {
				b.WriteRune(rune(code))
				i = end - 1
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
