package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/text"
)

// maxTextRunes bounds one text of a report on the terminal. A server may answer
// with a megabyte; the JSON document has all that the check kept.
const maxTextRunes = 4000

// clean makes text from anywhere safe to print: blanks and line ends become
// spaces, and what a terminal would obey or hide (control characters,
// bidirectional overrides, invisible spaces, broken UTF-8) is shown as an escape.
func clean(s string) string {
	if utf8.RuneCountInString(s) > maxTextRunes {
		n := 0
		for i := range s {
			if n == maxTextRunes {
				s = fmt.Sprintf("%s [%d bytes more]", s[:i], len(s)-i)
				break
			}
			n++
		}
	}
	safe := func(r rune) bool { return r != utf8.RuneError && unicode.IsPrint(r) }
	if strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"): // the line end follows
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		i += n
	}
	return b.String()
}

func escape(r rune) string {
	switch {
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// ascii writes text for a terminal that shows nothing else. Our own typography
// gets its plain form, anything further an escape.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '…':
			b.WriteString("...")
		case '–', '—', '‐':
			b.WriteByte('-')
		case '‘', '’':
			b.WriteByte('\'')
		case '“', '”':
			b.WriteByte('"')
		default:
			if r < 0x80 {
				b.WriteRune(r)
			} else {
				b.WriteString(escape(r))
			}
		}
	}
	return b.String()
}

// shorten leaves the first six and the last four characters of each Client ID,
// Certificate ID and fingerprint in a text.
func shorten(s string) string {
	return editTokens(s, func(t string) (string, bool) {
		if len(t) == 64 && isHex(t) || isCertificateID(t) {
			return t[:6] + "…" + t[len(t)-4:], true
		}
		return "", false
	})
}

// editTokens offers each run of letters, digits, "-" and "_" to edit.
func editTokens(s string, edit func(token string) (string, bool)) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && tokenByte(s[j]) {
			j++
		}
		if j == i {
			b.WriteByte(s[i])
			i++
			continue
		}
		if to, ok := edit(s[i:j]); ok {
			b.WriteString(to)
		} else {
			b.WriteString(s[i:j])
		}
		i = j
	}
	return b.String()
}

func tokenByte(c byte) bool { return text.Alphanumeric(c) || c == '-' || c == '_' }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" && s != "" }

// isCertificateID says whether a token looks like the unpadded base64url of a
// SHA-256: 43 characters in both cases, which no path or host name mixes like that.
func isCertificateID(s string) bool {
	return len(s) == 43 && strings.ToLower(s) != s && strings.ToUpper(s) != s && strings.ContainsAny(s, "0123456789")
}
