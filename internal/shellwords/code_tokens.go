package shellwords

import (
	"slices"
	"strings"
)

// codeLexer splits a program in one of the languages that share these quotation marks,
// comments and marks: JavaScript, Python, PHP, C#, Java, Ruby, Go and similar ones.
type codeLexer struct {
	s         string
	at        int
	list      []Token
	multiline bool // a text in ' or " may have several lines
}

// CodeTokens splits a program. A line break or ; ends a statement; a word has its path.
func CodeTokens(s string) []Token {
	l := codeLexer{s: s, multiline: strings.Contains(s, "CURLOPT_") || strings.Contains(s, "<?php")}
	for l.at < len(l.s) {
		l.next()
	}
	return l.list
}

func (l *codeLexer) emit(kind Kind, text string) {
	l.list = append(l.list, Token{Kind: kind, Text: text})
}

func (l *codeLexer) starts(prefix string) bool { return strings.HasPrefix(l.s[l.at:], prefix) }

// next reads one token, or skips what is none.
func (l *codeLexer) next() {
	c := l.s[l.at]
	switch {
	case c == '\n' || c == ';':
		if n := len(l.list); n > 0 && l.list[n-1].Kind != End {
			l.emit(End, "")
		}
		l.at++
	case IsSpace(c):
		l.at++
	case c == '\\' && SkipBreak(l.s, l.at+1) > l.at+1:
		l.at = SkipBreak(l.s, l.at+1)
	case l.comment():
	case c == '"' || c == '\'' || c == '`':
		l.quoted("")
	case (c == '$' || c == '@') && l.prefixed():
	case IsWordByte(c):
		l.word()
	default:
		l.mark()
	}
}

// comment skips a comment and reports whether there is one.
func (l *codeLexer) comment() bool {
	lineStart := l.at == 0 || IsSpace(l.s[l.at-1])
	switch {
	case l.starts("/*"):
		_, after, found := strings.Cut(l.s[l.at:], "*/")
		if !found {
			return false
		}
		l.at = len(l.s) - len(after)
	case l.starts("//") && (l.at == 0 || l.s[l.at-1] != ':'), l.s[l.at] == '#' && lineStart && !l.starts("#{"):
		line, _, _ := strings.Cut(l.s[l.at:], "\n")
		l.at += len(line)
	default:
		return false
	}
	return true
}

// prefixed reads a text of C# after its $ and @.
func (l *codeLexer) prefixed() bool {
	n := 1
	for n < 3 && l.at+n < len(l.s) && strings.IndexByte("$@", l.s[l.at+n]) >= 0 {
		n++
	}
	if l.at+n >= len(l.s) || l.s[l.at+n] != '"' {
		return false
	}
	prefix := l.s[l.at : l.at+n]
	l.at += n
	l.quoted(prefix)
	return true
}

// IsWordByte reports whether a name in a program may have this byte.
func IsWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// joins are the marks between the names of a path: a.b, $a->b, A::b, a?.b.
var joins = []string{".", "->", "::", "?."}

// word reads a name with its path, in which every join becomes a dot. A name right
// before a quotation mark may be a prefix of Python.
func (l *codeLexer) word() {
	var b strings.Builder
	for l.at < len(l.s) {
		begin := l.at
		for l.at < len(l.s) && IsWordByte(l.s[l.at]) {
			l.at++
		}
		b.WriteString(l.s[begin:l.at])
		join := slices.IndexFunc(joins, l.joinsName)
		if join < 0 {
			break
		}
		b.WriteByte('.')
		l.at += len(joins[join])
	}
	word := b.String()
	if l.at < len(l.s) && (l.s[l.at] == '"' || l.s[l.at] == '\'') && slices.Contains([]string{"r", "b", "f", "u", "rb", "br", "fr", "rf"}, strings.ToLower(word)) {
		l.quoted(strings.ToLower(word))
		return
	}
	l.emit(Word, word)
}

// joinsName reports whether a join is here, with a name right after it.
func (l *codeLexer) joinsName(join string) bool {
	rest, ok := strings.CutPrefix(l.s[l.at:], join)
	return ok && rest != "" && IsWordByte(rest[0]) && rest[0] != '$'
}

// mark reads a mark. A dot before a name is a member; any other joins texts, as in PHP.
func (l *codeLexer) mark() {
	for _, m := range []string{"=>", "->", "::", "?.", ":=", "==", "+=", ".=", "&&", "||", "..."} {
		if l.starts(m) {
			l.at += len(m)
			switch m {
			case "->", "::", "?.":
				m = "."
			case ".=":
				m = "+="
			}
			l.emit(Mark, m)
			return
		}
	}
	m := l.s[l.at : l.at+1]
	if m == "." && !l.joinsName(".") {
		m = "+"
	}
	l.at++
	l.emit(Mark, m)
}

// quoted reads a text at its quotation mark. A mark without another one on its line is
// an apostrophe, and skipped.
func (l *codeLexer) quoted(prefix string) {
	quote := l.s[l.at : l.at+1]
	verbatim := strings.Contains(prefix, "@")
	raw := strings.Contains(prefix, "r") || verbatim
	if l.starts(strings.Repeat(quote, 3)) && quote != "`" {
		quote = strings.Repeat(quote, 3)
	}
	begin := l.at + len(quote)
	end := begin
	for end < len(l.s) && !strings.HasPrefix(l.s[end:], quote) {
		switch c := l.s[end]; {
		case c == '\\' && !raw:
			end++
			if end < len(l.s) && l.s[end] == '\r' {
				end++
			}
		case c == '\n' && len(quote) == 1 && quote != "`" && !verbatim && !l.multiline:
			l.at++
			return
		}
		end++
	}
	if end >= len(l.s) {
		l.at++
		return
	}
	text := l.s[begin:end]
	if !raw {
		text = Unescape(text)
	}
	if len(quote) == 3 {
		text = dedent(text)
	}
	expands := byte(0)
	switch {
	case strings.ContainsAny(prefix, "f$"):
		expands = '{'
	case quote != "'":
		expands = '$'
	}
	l.list = append(l.list, Token{Text, text, expands})
	l.at = end + len(quote)
}

// dedent removes the line breaks around a text block, and the spaces before its lines.
func dedent(s string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "\n")
}
