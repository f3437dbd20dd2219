package profile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/text"
)

// The repairs, by the names that evidence uses.
const (
	repairSpace     = "surrounding-space" // spaces and line ends
	repairInvisible = "invisible"
	repairQuotes    = "quotes"
	repairURL       = "url"  // an account taken from a URL
	repairHost      = "host" // an account taken from a host name
)

// repair removes what copying adds at the ends of a value, and says what it removed. It
// never changes the inside of a value.
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
			case unicode.IsSpace(r):
				note(repairSpace)
			case text.IsInvisible(r):
				note(repairInvisible)
			default:
				return false
			}
			return true
		})
	}
	trim()
	for _, q := range [][2]string{{`"`, `"`}, {`'`, `'`}, {"\u201c", "\u201d"}, {"\u2018", "\u2019"}} { // of a shell, an env file, a document
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

// repair of a command removes only spaces: its quotes belong to the shell.
func (info FieldInfo) repair(s string) (string, []string) {
	if info.Command {
		return strings.TrimSpace(s), nil
	}
	return repair(s)
}

// isKeyMaterial is looksLikeKeyMaterial, except that a command may name the private key
// that it prints.
func (info FieldInfo) isKeyMaterial(s string) bool {
	if info.Command {
		return strings.Contains(s, "-----BEGIN")
	}
	return looksLikeKeyMaterial(s)
}

// The alphabets of base64 and base64url.
const (
	alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	base64Digits = alphanumeric + "+/="
	urlDigits    = alphanumeric + "_-"
)

// cutDigits cuts off what is in the alphabet, and counts it.
func cutDigits(s, alphabet string) (n int, rest string) {
	rest = strings.TrimLeft(s, alphabet)
	return len(s) - len(rest), rest
}

// The functions below use no regular expressions: every run calls them for every
// setting, and compiling would take longer than everything else here.

// isLongBase64 recognises two joined lines of base64. They are longer than any ID; a
// file name would have a dot or start with a slash.
func isLongBase64(s string) bool {
	n, rest := cutDigits(s, base64Digits+`_\-`)
	return n >= 120 && rest == "" && strings.IndexAny(s, alphanumeric+"+") == 0
}

// startsDER recognises the DER of a key or certificate, a SEQUENCE, in base64.
func startsDER(s string) bool {
	n, _ := cutDigits(s, base64Digits)
	return n >= 62 && (strings.HasPrefix(s, "MI") || strings.HasPrefix(s, "MH"))
}

func isJWT(s string) bool {
	header, rest := cutDigits(s, urlDigits)
	claims, isTwo := strings.CutPrefix(rest, ".")
	_, rest = cutDigits(claims, urlDigits)
	return strings.HasPrefix(s, "eyJ") && header >= 13 && isTwo && strings.HasPrefix(rest, ".")
}

// looksLikeKeyMaterial recognises the content of a key, certificate or token in place of
// a name or ID, even if it is damaged.
func looksLikeKeyMaterial(s string) bool {
	s, _ = repair(s)
	return strings.Contains(s, "-----") ||
		strings.Contains(strings.ToUpper(s), "PRIVATE KEY") ||
		strings.Contains(s, `"kty"`) ||
		isLongBase64(s) || startsDER(s) || isJWT(s)
}
