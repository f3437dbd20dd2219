package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/text"
)

// maxTextRunes bounds one text of a report on the terminal. A server may answer
// with a megabyte; the JSON document has all that the check kept.
const maxTextRunes = 4000

// lineEnds replaces what would begin or overwrite a line.
var lineEnds = strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ", "\r", `\x0d`)

// logCommand is what GitHub Actions, Azure Pipelines and TeamCity obey in a log.
var logCommand = text.Regexp(`(?i):(:(?:add-|set-|save-|remove-|internal-|stop-|debug|warning|error|notice|group|endgroup|echo))|#(#[a-z]*\[)`)

// Clean makes any text safe to print on one line: it escapes what a terminal would obey
// or hide (control characters, bidirectional overrides, invisible spaces, invalid UTF-8),
// and commands in a CI log.
func Clean(s string) string {
	s, rest := text.CutRunes(s, maxTextRunes)
	s = text.Escape(lineEnds.Replace(s), unicode.IsPrint)
	if strings.Contains(s, "::") || strings.Contains(s, "##") {
		s = logCommand().ReplaceAllStringFunc(s, func(c string) string { return fmt.Sprintf(`\x%02x`, c[0]) + c[1:] })
	}
	if rest != "" {
		s = fmt.Sprintf("%s [%d bytes more]", s, len(rest))
	}
	return s
}

// typography has the ASCII form of the characters that nsauth itself writes.
var typography = strings.NewReplacer("…", "...", "–", "-", "—", "-", "‐", "-", "‘", "'", "’", "'", "“", `"`, "”", `"`)

// ascii writes text for a terminal that shows nothing else.
func ascii(s string) string {
	return text.Escape(typography.Replace(s), func(r rune) bool { return r < utf8.RuneSelf })
}

// shorten leaves the first six and the last four characters of each Client ID,
// Certificate ID and fingerprint in a text.
func shorten(s string) string {
	return editTokens(s, func(t string) (string, bool) {
		if nsid.IsFingerprint(t) || nsid.IsCertificateID(t) {
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
