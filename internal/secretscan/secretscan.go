// Package secretscan finds secrets in what people paste: keys, secrets, tokens,
// passwords. It says what each is, and never repeats one.
package secretscan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// The kinds of secrets.
const (
	PrivateKey    = "private-key"
	EncryptedKey  = "encrypted-private-key"
	ClientSecret  = "client-secret"
	Basic         = "basic-header"
	TokenSecret   = "tba-token-secret"
	Password      = "password"
	RefreshToken  = "refresh-token"
	AccessToken   = "access-token"
	Assertion     = "assertion"
	JWT           = "jwt"
	SessionCookie = "session-cookie"
)

// Whether a secret can be used by whoever has it.
const (
	LiveYes     = "yes"
	LiveNo      = "no"
	LiveUnknown = "unknown"
)

// Secret is one secret in a text: what it is, never its value.
type Secret struct {
	Kind   string
	Live   string
	Ends   time.Time // zero where it is not known
	Bearer bool      // sent as an access token
}

// Find finds the secrets in a text, each once. Tokens are judged as of now.
func Find(pasted string, now time.Time) []Secret {
	found := map[string]Secret{} // by value
	lower := text.LowerASCII(pasted)
	whole := rejoined(pasted)
	jwts(whole, now, found)
	if !framedKeys(pasted, found) {
		bareKeys(whole, found)
	}
	otherKeys(pasted, found)
	labelled(pasted, lower, found)
	headers(pasted, lower, found)
	return slices.Collect(maps.Values(found))
}

// rejoined is a text with what a mail program, a terminal or a quoted answer broke
// into lines put together again: a line that ends in the middle of something long
// in base64, and the next one, without the marks of a quotation. Encoded dots are
// dots.
func rejoined(text string) string {
	const long = 40 // what ends a line that was broken; words are shorter
	var b strings.Builder
	b.Grow(len(text))
	for rest := text; ; {
		i := strings.IndexAny(rest, "\r\n\\%")
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:i])
		before, after := rest[:i], rest[i:]
		next := after[lineBreak(after):]
		switch {
		case len(after) >= 3 && strings.EqualFold(after[:3], "%2E"):
			b.WriteByte('.')
			rest = after[3:]
		case len(next) < len(after) && next != "" && tokenByte(next[0]) && !strings.HasPrefix(next, "eyJ") && endsInRun(before, long):
			rest = next
		default:
			b.WriteByte(after[0])
			rest = after[1:]
		}
	}
}

// endsInRun reports whether s ends with n bytes of a token.
func endsInRun(s string, n int) bool {
	return len(s) >= n && run(s[len(s)-n:], tokenByte) == n
}

// lineBreak is the length of a line break, in JSON's escape or as it is, with the
// marks of a quotation after it; 0 if s does not begin with one.
func lineBreak(s string) int {
	rest := s
	for _, end := range []string{"\r", "\n", `\r`, `\n`} {
		rest = strings.TrimPrefix(rest, end)
	}
	if len(rest) == len(s) {
		return 0
	}
	return len(s) - len(strings.TrimLeft(rest, " \t>|"))
}

func run(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func count(s string, in func(byte) bool) int {
	n := 0
	for i := range len(s) {
		if in(s[i]) {
			n++
		}
	}
	return n
}

func base64url(c byte) bool { return wordByte(c) || c == '-' }
func base64std(c byte) bool { return wordByte(c) && c != '_' || c == '+' || c == '/' || c == '=' }
func tokenByte(c byte) bool { return wordByte(c) || strings.IndexByte("-.~+/=", c) >= 0 }
func hex(c byte) bool       { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func wordByte(c byte) bool {
	return text.Alphanumeric(c) || c == '_'
}
