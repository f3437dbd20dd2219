package testkit

import "strings"

// Screen is what a terminal shows of output with carriage returns: its lines, without
// the spaces at their ends.
func Screen(output string) string {
	var rows []string
	for line := range strings.SplitSeq(output, "\n") {
		var row []rune
		column := 0
		for _, r := range line {
			switch {
			case r == '\r':
				column = 0
				continue
			case column == len(row):
				row = append(row, r)
			default:
				row[column] = r
			}
			column++
		}
		rows = append(rows, strings.TrimRight(string(row), " "))
	}
	return strings.Join(rows, "\n")
}
