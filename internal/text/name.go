package text

import (
	"slices"
	"strings"
)

// NameLike reports whether s looks like a name: at most 40 letters, digits, dots,
// underscores, at signs, spaces and hyphens.
func NameLike(s string) bool {
	if s == "" || len(s) > 40 || strings.Contains(".@ -", s[:1]) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("_.@ -", r))
	})
}

// QuoteName quotes s in a message about a name. It does not repeat text that does not
// look like a name: it may be a secret.
func QuoteName(s string) string {
	if !NameLike(s) {
		return "(not shown: does not look like a name)"
	}
	return `"` + s + `"`
}

// DidYouMean returns the hints for an unknown name: a suggestion if a known name is
// near, then hints.
func DidYouMean(name string, known []string, hints ...string) []string {
	if near := Nearest(name, known); near != "" {
		return append([]string{`did you mean "` + near + `"?`}, hints...)
	}
	return hints
}

// Nearest returns the known name that name is most likely a typing error of. It returns
// "" if name is known or none is near. It ignores case, and treats - and _ as equal.
func Nearest(name string, known []string) string {
	const maxName = 64 // limits the work; known names are shorter
	if name == "" || len(name) > maxName || slices.Contains(known, name) {
		return ""
	}
	fold := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }
	best, bestDistance := "", len(name)
	for _, k := range known {
		limit := max(1, len(k)/3)
		if len(k)-len(name) > limit {
			continue // also limits the work if the known names come from a file
		}
		if d := editDistance(fold(name), fold(k)); d <= limit && d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// editDistance returns the number of insertions, deletions, replacements and swaps of
// neighbors between a and b, in bytes (optimal string alignment).
func editDistance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
