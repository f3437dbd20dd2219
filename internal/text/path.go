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
