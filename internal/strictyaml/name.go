package strictyaml

import "strings"

// nameLike reports whether text looks like a name: at most 40 letters, digits and
// a few marks.
func nameLike(s string) bool {
	if s == "" || len(s) > 40 || strings.Contains(".@ -", s[:1]) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("_.@ -", r))
	})
}

// QuoteName quotes what stands where a name belongs. Text that does not look like
// a name may be a secret, so it is not repeated.
func QuoteName(s string) string {
	if !nameLike(s) {
		return "(not shown: does not look like a name)"
	}
	return `"` + s + `"`
}
