package text

import (
	"slices"
	"strings"
)

// HasDotSegments reports whether a path, with its escapes resolved, has . or ..
// between its slashes, of either kind. A server may walk up them, and the request
// would be another one.
func HasDotSegments(path string) bool {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(segments, ".") || slices.Contains(segments, "..")
}
