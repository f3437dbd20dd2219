package capture

import (
	"strings"

	"github.com/nsauth/nsauth/internal/shellwords"
)

// psKind is a kind of token of PowerShell.
type psKind int

const (
	psWord    psKind = iota // Invoke-RestMethod, -Uri, $body, https://...
	psLiteral               // '...' and @'...'@
	psText                  // "..." and @"..."@, in which variables are replaced
	psMark                  // = ( ) { } [ ] , | + and @{
	psEnd                   // of a statement: a line break or ;
	psEOF                   // after the last token
)

type psToken struct {
	kind psKind
	text string
}

// psTokens splits a script (about_Parsing, about_Quoting_Rules).
func psTokens(s string) []psToken {
	var list []psToken
	tables := 0
	lastHereString := map[byte]int{'"': strings.LastIndex(s, "\n\"@"), '\'': strings.LastIndex(s, "\n'@")}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\n' || c == ';':
			list = append(list, psToken{psEnd, ""})
			i++
		case shellwords.IsSpace(c):
			i++
		case c == '`' && shellwords.SkipBreak(s, i+1) > i+1:
			i = shellwords.SkipBreak(s, i+1)
		case c == '#':
			i += len(line(s[i:]))
		case isHereString(s[i:]) && i < lastHereString[s[i+1]]:
			quote := s[i+1]
			text, after, _ := strings.Cut(s[i+2:], "\n"+s[i+1:i+2]+"@")
			_, text, _ = strings.Cut(text, "\n")
			list = append(list, psToken{kindOfQuote(quote), text})
			i = len(s) - len(after)
		case strings.HasPrefix(s[i:], "@{"):
			tables++
			list = append(list, psToken{psMark, "@{"})
			i += 2
		case c == '\'' || c == '"':
			text, end := shellwords.PowerShellText(s, i+1, c)
			list = append(list, psToken{kindOfQuote(c), text})
			i = end + 1
		case strings.IndexByte("(){}[],|+=", c) >= 0:
			if c == '}' && tables > 0 {
				tables--
			}
			list = append(list, psToken{psMark, s[i : i+1]})
			i++
		default:
			text, end := bareWord(s, i, tables > 0)
			list = append(list, psToken{psWord, text})
			i = end
		}
	}
	return list
}

func kindOfQuote(c byte) psKind {
	if c == '"' {
		return psText
	}
	return psLiteral
}

// line returns the first line of s.
func line(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// isHereString reports whether s begins a here-string: @" at the end of a line. It ends
// with "@ at the beginning of a line.
func isHereString(s string) bool {
	return len(s) > 2 && s[0] == '@' && (s[1] == '"' || s[1] == '\'') && strings.HasPrefix(strings.TrimLeft(s[2:], " \t\r"), "\n")
}

// bareWord reads a word without quotation marks. A variable, and a name in a table, ends
// before = and +.
func bareWord(s string, i int, inTable bool) (text string, end int) {
	var b strings.Builder
	stops := " \t\r\n;'\"(){}[],|"
	if s[i] == '$' || inTable {
		stops += "=+"
	}
	for ; i < len(s) && strings.IndexByte(stops, s[i]) < 0; i++ {
		if s[i] == '`' && i+1 < len(s) {
			if shellwords.SkipBreak(s, i+1) > i+1 {
				break
			}
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), i
}
