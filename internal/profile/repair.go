package profile

import (
	"slices"
	"strings"
	"unicode"
)

// The repairs, by the names that evidence uses.
const (
	repairSpace     = "surrounding-space" // blanks and line ends
	repairInvisible = "invisible"
	repairQuotes    = "quotes"
	repairURL       = "url"  // an account taken from a URL
	repairHost      = "host" // an account taken from a host name
)

// quotePairs are the quotes that survive when a value is copied from a shell, an
// env file or a document.
func quotePairs() [][2]string {
	return [][2]string{{`"`, `"`}, {`'`, `'`}, {"\u201c", "\u201d"}, {"\u2018", "\u2019"}}
}

// repair takes off what a copied value picks up at its ends, and says what it
// took. The inside of a value is never changed.
func repair(s string) (string, []string) {
	var done []string
	note := func(what string) {
		if !slices.Contains(done, what) {
			done = append(done, what)
		}
	}
	trim := func() {
		s = strings.TrimFunc(s, func(r rune) bool {
			switch {
			case isSpace(r):
				note(repairSpace)
			case isInvisible(r):
				note(repairInvisible)
			default:
				return false
			}
			return true
		})
	}
	trim()
	for _, q := range quotePairs() {
		inner, ok := strings.CutPrefix(s, q[0])
		if !ok {
			continue
		}
		if inner, ok = strings.CutSuffix(inner, q[1]); ok {
			s = inner
			note(repairQuotes)
			trim()
			break
		}
	}
	return s, done
}

// repair of a command line takes nothing but blanks: its quotes are the shell's.
func (info FieldInfo) repair(s string) (string, []string) {
	if info.Command {
		return strings.TrimSpace(s), nil
	}
	return repair(s)
}

// isKeyMaterial is looksLikeKeyMaterial, but for a command line, which may well
// name the private key that it prints.
func (info FieldInfo) isKeyMaterial(s string) bool {
	if info.Command {
		return strings.Contains(s, "-----BEGIN")
	}
	return looksLikeKeyMaterial(s)
}

func isSpace(r rune) bool { return unicode.IsSpace(r) }

// isInvisible recognises the byte order mark and the zero-width characters that
// come along when a value is copied from a page.
func isInvisible(r rune) bool {
	switch r {
	case '\ufeff', '\u200b', '\u200c', '\u200d', '\u2060':
		return true
	}
	return false
}

var (
	// Two lines of base64 without a break: longer than every ID, and no file name,
	// which would have a dot or start with a slash.
	longBase64 = lazily(`^[A-Za-z0-9+][A-Za-z0-9+/_=\\-]{119,}$`)
	// The DER of a key or certificate is a SEQUENCE; in base64 that is MI or MH.
	derStart = lazily(`^M[IH][A-Za-z0-9+/=]{60}`)
	jwtShape = lazily(`^eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*\.`)
)

// looksLikeKeyMaterial recognises the content of a key, certificate or token
// where a name or an ID belongs, also when copying has damaged it.
func looksLikeKeyMaterial(s string) bool {
	s, _ = repair(s)
	return strings.Contains(s, "-----") ||
		strings.Contains(strings.ToUpper(s), "PRIVATE KEY") ||
		strings.Contains(s, `"kty"`) ||
		longBase64().MatchString(s) || derStart().MatchString(s) || jwtShape().MatchString(s)
}
