package report

import (
	"unicode"

	"golang.org/x/text/width"
)

// Columns is the width of a printable text in terminal columns.
func Columns(s string) int {
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
	}
	switch width.LookupRune(r).Kind() { // East_Asian_Width of Unicode Standard Annex 11
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
