package shellwords

import "strings"

// Kind is a kind of Token.
type Kind int

const (
	Word    Kind = iota // Invoke-RestMethod, -Uri, $body, https://...
	Literal             // '...' and @'...'@
	Text                // "..." and @"..."@, in which variables are replaced
	Mark                // = ( ) { } [ ] , | + and @{
	End                 // of a statement: a line break or ;
	EOF                 // after the last token
)

// Token is a token of a script or a program; Text is without its quotation marks.
type Token struct {
	Kind Kind
	Text string
	// Expands says how a text of a program refers to variables: 0 not, '$' as ${x} and
	// $x, '{' as {x} too.
	Expands byte
}

// Tokens splits a PowerShell script (about_Parsing, about_Quoting_Rules).
func Tokens(s string) []Token {
	var list []Token
	tables := 0
	lastHereString := map[byte]int{'"': strings.LastIndex(s, "\n\"@"), '\'': strings.LastIndex(s, "\n'@")}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\n' || c == ';':
			list = append(list, Token{Kind: End, Text: ""})
			i++
		case IsSpace(c):
			i++
		case c == '`' && SkipBreak(s, i+1) > i+1:
			i = SkipBreak(s, i+1)
		case c == '#':
			comment, _, _ := strings.Cut(s[i:], "\n")
			i += len(comment)
		case isHereString(s[i:]) && i < lastHereString[s[i+1]]:
			quote := s[i+1]
			text, after, _ := strings.Cut(s[i+2:], "\n"+s[i+1:i+2]+"@")
			_, text, _ = strings.Cut(text, "\n")
			list = append(list, Token{Kind: kindOfQuote(quote), Text: text})
			i = len(s) - len(after)
		case strings.HasPrefix(s[i:], "@{"):
			tables++
			list = append(list, Token{Kind: Mark, Text: "@{"})
			i += 2
		case c == '\'' || c == '"':
			text, end := PowerShellText(s, i+1, c)
			list = append(list, Token{Kind: kindOfQuote(c), Text: text})
			i = end + 1
		case strings.IndexByte("(){}[],|+=", c) >= 0:
			if c == '}' && tables > 0 {
				tables--
			}
			list = append(list, Token{Kind: Mark, Text: s[i : i+1]})
			i++
		default:
			text, end := bareWord(s, i, tables > 0)
			list = append(list, Token{Kind: Word, Text: text})
			i = end
		}
	}
	return list
}

func kindOfQuote(c byte) Kind {
	if c == '"' {
		return Text
	}
	return Literal
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
			if SkipBreak(s, i+1) > i+1 {
				break
			}
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), i
}
