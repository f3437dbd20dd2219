package text

import (
	"slices"
	"strings"
)

// HasDotSegments reports whether an unescaped path has a segment . or .. between slashes
// or backslashes. A server may resolve them to another path.
func HasDotSegments(path string) bool {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(segments, ".") || slices.Contains(segments, "..")
}

// IsEscape reports whether s begins with an escape of a URL, such as %2F.
func IsEscape(s string) bool {
	hex := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
	return len(s) >= 3 && s[0] == '%' && hex(s[1]) && hex(s[2])
}
