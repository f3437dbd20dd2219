package explain

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/text"
)

// flatten joins a text into one line, without terminal colors, the quote marks of mail,
// and the escapes of JSON, JavaScript and URLs.
func flatten(text string) string {
	f := flattened{blank: true}
	f.Grow(len(text))
	for i := 0; i < len(text); {
		i += f.next(text[i:])
	}
	return f.String()
}

// flattened is a text in one line, without two spaces in a row.
type flattened struct {
	strings.Builder
	blank bool // it is empty, or ends with a space
}

func (f *flattened) put(c byte) {
	if c > ' ' && c != 0x7f {
		f.WriteByte(c)
		f.blank = false
		return
	}
	if !f.blank {
		f.WriteByte(' ')
	}
	f.blank = true
}

// next writes what s begins with, and returns its length in s.
func (f *flattened) next(s string) int {
	switch s[0] {
	case 0x1b:
		return controlSequence(s)
	case '\n': // with the quote marks after it
		f.put(' ')
		return len(s) - len(strings.TrimLeft(s[1:], " \t>|"))
	case '\\':
		return f.backslash(s)
	case '%':
		if len(s) >= 3 {
			if n, err := strconv.ParseUint(s[1:3], 16, 8); err == nil && n >= ' ' && n < 0x7f {
				f.put(byte(n))
				return 3
			}
		}
	case 0xc2, 0xe2: // no-break space, zero-width space
		switch r, n := utf8.DecodeRuneInString(s); r {
		case '\u00a0':
			f.put(' ')
			return n
		case '\u200b', '\u200c', '\u200d':
			return n
		}
	}
	f.put(s[0])
	return 1
}

// backslash writes what an escape of JSON or JavaScript means, even if it was escaped
// several times.
func (f *flattened) backslash(s string) int {
	rest := strings.TrimLeft(s, `\`)
	n := len(s) - len(rest)
	switch {
	case rest == "":
	case rest[0] == 'n' || rest[0] == 'r' || rest[0] == 't':
		f.put(' ')
		n++
	case strings.HasPrefix(rest, "u00") && len(rest) >= 5:
		if c, err := strconv.ParseUint(rest[3:5], 16, 8); err == nil && c < 0x80 {
			f.put(byte(c))
			n += 5
		}
	case rest[0] >= 'A' && rest[0] <= 'Z':
		f.put('\\') // a namespace of PHP, or a path of Windows: a new word begins
	}
	return n
}

// controlSequence is the length of the terminal control sequence at the start of s.
func controlSequence(s string) int {
	if len(s) < 2 || s[1] != '[' {
		return 1
	}
	i := 2
	for ; i < len(s) && (s[i] < 0x40 || s[i] > 0x7e); i++ {
		if s[i] == '\n' {
			return i
		}
	}
	return min(i+1, len(s))
}

// eachWord calls f with every word of s: letters, digits, "_", and inner "-" and ".".
// If a word has "-" or ".", f is also called with its parts.
func eachWord(s string, f func(word string, at int)) {
	for i := 0; i < len(s); i++ {
		end := i
		for end < len(s) && (wordByte(s[end]) || end > i && inner(s, end)) {
			end++
		}
		if end == i {
			continue
		}
		if end-i <= maxWord {
			f(s[i:end], i)
		}
		if strings.ContainsAny(s[i:end], "-.") {
			eachPart(s[:end], i, f)
		}
		i = end
	}
}

// eachPart calls f with the parts of the word that begins at from and ends s.
func eachPart(s string, from int, f func(word string, at int)) {
	for part := range strings.FieldsFuncSeq(s[from:], func(r rune) bool { return r == '-' || r == '.' }) {
		at := from + strings.Index(s[from:], part)
		if len(part) <= maxWord {
			f(part, at)
		}
		from = at + len(part)
	}
}

func wordByte(c byte) bool {
	return text.Alphanumeric(c) || c == '_'
}

// inner reports whether the byte at i joins two parts of a word.
func inner(s string, i int) bool {
	return (s[i] == '-' || s[i] == '.') && i+1 < len(s) && wordByte(s[i+1])
}
