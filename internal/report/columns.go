package report

import (
	"unicode"

	"golang.org/x/text/width"
)

// Columns is the width of a cell in terminal columns.
func Columns(s string) int { return columns(s) }

// columns is the width of a printable text in terminal columns.
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

// wide reports whether a character is two columns wide: its East_Asian_Width is Wide or
// Fullwidth (Unicode Standard Annex 11).
func wide(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}
