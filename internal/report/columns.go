package report

import (
	"unicode"

	"golang.org/x/text/width"
)

// columns is how many columns of a terminal a printable text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x80:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me), r >= 0x1160 && r <= 0x11ff: // combining marks, Hangul vowels and finals
		return 0
	case wide(r):
		return 2
	}
	return 1
}

// wide says whether a character takes two columns: its East_Asian_Width is Wide or
// Fullwidth (Unicode Standard Annex 11).
func wide(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}
