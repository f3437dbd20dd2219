package text

import "unicode/utf8"

// LowerASCII lowers the ASCII letters of s alone and so keeps its length: places in
// one are places in the other.
func LowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// Alphanumeric reports whether c is an ASCII letter or digit.
func Alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// IsInvisible reports whether c is a byte order mark or a zero-width character: they
// come along when text is copied from a page.
func IsInvisible(c rune) bool {
	return c == '\ufeff' || c >= '\u200b' && c <= '\u200d' || c == '\u2060'
}

// Shorten cuts s to at most max bytes, between characters, and marks the cut with
// three dots.
func Shorten(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max] + "..."
}
