package secret

import (
	"slices"
	"strings"
)

// maxName bounds the names that are repeated. They are shorter than secrets: a damaged
// request may have a secret in place of a name.
const maxName = 40

// Redacted replaces what may be a secret.
const Redacted = "..."

// Name returns a name, a method or a media type, or Redacted.
func Name(s string) string {
	if len(s) > maxName || LooksLikeJWT(s) || strings.IndexFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("_-./+[]", c))
	}) >= 0 {
		return Redacted
	}
	return s
}

// Title returns the name of a request in a collection, or Redacted.
func Title(s string) string {
	if Name(strings.ReplaceAll(s, " ", "_")) == Redacted {
		return Redacted
	}
	return s
}

// URL returns a URL with each part that is not a name Redacted.
func URL(s string) string {
	scheme, rest, absolute := strings.Cut(s, "://")
	if !absolute {
		scheme, rest = "", s
	}
	if len(rest) > maxURL {
		return Redacted
	}
	parts := strings.Split(rest, "/")
	for i, part := range parts {
		if i > 0 || !absolute { // the first is the host
			parts[i] = Name(part)
		} else if !IsHost(part) {
			parts[i] = Redacted
		}
	}
	if rest = strings.Join(parts, "/"); absolute {
		return Name(scheme) + "://" + rest
	}
	return rest
}

// IsHost reports whether a host, with or without a port, can be repeated: each label,
// since a token has dots too.
func IsHost(s string) bool {
	unfit := func(label string) bool { return Name(label) == Redacted }
	return len(s) <= 253 && !LooksLikeJWT(s) && !slices.ContainsFunc(strings.Split(strings.ReplaceAll(s, ":", "."), "."), unfit)
}

// maxURL is longer than any URL of NetSuite's API.
const maxURL = 2000

// IsWord reports whether a value is a word such as a grant type, which can be repeated.
func IsWord(s string) bool {
	return len(s) > 0 && len(s) <= 80 && !LooksLikeJWT(s) &&
		strings.IndexFunc(s, func(c rune) bool { return !('a' <= c && c <= 'z' || strings.ContainsRune("_:-", c)) }) < 0
}

// IsTokenText reports whether s has a dot and only characters that a JWT, also a damaged
// one, can have.
func IsTokenText(s string) bool {
	return strings.Contains(s, ".") && strings.IndexFunc(s, func(c rune) bool { return !IsTokenRune(c) }) < 0
}

// IsTokenRune also accepts the characters of plain base64, and an ellipsis.
func IsTokenRune(c rune) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.ContainsRune("-_.+/=…", c)
}

// LooksLikeJWT reports whether s begins as every JWT does, with an encoded {", and has a
// dot.
func LooksLikeJWT(s string) bool {
	return len(s) > 20 && strings.HasPrefix(s, "ey") && IsTokenText(s)
}

// IsNear reports whether a value is a known text and at most three characters around it,
// so that it can be repeated: a quotation mark, or the escape character of a shell.
func IsNear(value, known string) bool {
	return strings.Contains(value, known) && len(value)-len(known) <= 3
}
