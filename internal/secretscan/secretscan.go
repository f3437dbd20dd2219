// Package secretscan finds secrets in what people paste: keys, secrets, tokens,
// passwords. It says what each one is, and never repeats its value.
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

// Whether a secret still works.
const (
	LiveYes     = "yes"
	LiveNo      = "no"
	LiveUnknown = "unknown"
)

// Secret is one secret in a text: what it is, never its value.
type Secret struct {
	Kind    string
	Live    string
	Expires time.Time // zero if unknown
	Bearer  bool      // sent as an access token
}

// Find finds the secrets in a text, each once. Tokens are judged as of now.
func Find(pasted string, now time.Time) []Secret {
	s := secrets{}
	lower, joined := text.LowerASCII(pasted), joinBroken(pasted)
	s.jwts(joined, now)
	if !s.pemKeys(pasted) {
		s.base64Keys(joined)
	}
	s.otherKeys(pasted)
	s.labelled(pasted, lower)
	s.passwords(pasted, lower)
	s.clientIDWithSecret(pasted)
	s.headers(pasted, lower)
	return slices.Collect(maps.Values(s))
}

// secrets are the secrets found so far, by value.
type secrets map[string]Secret

func (s secrets) add(value, kind string) { s[value] = Secret{Kind: kind, Live: LiveUnknown} }

// joinBroken joins long base64 values that a mail program, a terminal or a quoted
// answer broke into lines. It removes the quote marks between them, and decodes
// encoded dots.
func joinBroken(text string) string {
	const long = 40 // of the value before the break; words are shorter
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
		case len(next) < len(after) && next != "" && tokenByte(next[0]) && !strings.HasPrefix(next, "eyJ") && long <= len(before) && run(before[len(before)-long:], tokenByte) == long:
			rest = next
		default:
			b.WriteByte(after[0])
			rest = after[1:]
		}
	}
}

// lineBreak is the length of the line break that s begins with, also in JSON's escape,
// with the quote marks after it; 0 if there is none.
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

// after returns the index after the next sub in s[at:], or -1.
func after(s, sub string, at int) int {
	i := strings.Index(s[at:], sub)
	if i < 0 {
		return -1
	}
	return at + i + len(sub)
}

// run counts the first bytes of s that are in the set.
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
func digit(c byte) bool     { return c >= '0' && c <= '9' }
func letter(c byte) bool    { return text.Alphanumeric(c) && !digit(c) }
func hex(c byte) bool       { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func wordByte(c byte) bool  { return text.Alphanumeric(c) || c == '_' }
