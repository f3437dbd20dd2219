package call

import (
	"io"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/report"
)

// minCell is the least width of a column of a grid.
const minCell = 6

// writeGrid writes rows below their headings in columns that fit the width of a terminal. What
// does not fit is cut, and the result says whether anything was. Where the columns are too
// many, each row becomes a block of lines of heading and value.
func writeGrid(w io.Writer, headings []string, rows [][]string, o report.TextOptions) (cut bool, err error) {
	room := o.Width
	show := func(s string, most int) string {
		s = report.Cell(s, o)
		mark := "…"
		if o.ASCII {
			mark = "~"
		}
		if report.Columns(s) <= most {
			return s
		}
		cut = true
		n := 0
		for i, r := range s {
			if n += report.Columns(string(r)); n > most-1 {
				return s[:i] + mark
			}
		}
		return s
	}
	var b strings.Builder
	if len(headings)*(minCell+2)-2 > room {
		blocks(&b, headings, rows, room, show)
	} else {
		widths := fit(headings, rows, room)
		for _, row := range append([][]string{headings}, rows...) {
			var line strings.Builder
			for j, cell := range row {
				cell = show(cell, widths[j])
				line.WriteString(cell + strings.Repeat(" ", max(0, widths[j]-report.Columns(cell))+2))
			}
			b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		}
	}
	_, err = io.WriteString(w, b.String())
	return cut, err
}

// fit gives each column what its cells need, and takes from the widest ones what does not
// fit into room.
func fit(headings []string, rows [][]string, room int) []int {
	widths := make([]int, len(headings))
	for _, row := range append([][]string{headings}, rows...) {
		for j, cell := range row {
			widths[j] = max(widths[j], report.Columns(report.Cell(cell, report.TextOptions{})))
		}
	}
	sum := 2 * (len(widths) - 1)
	for _, n := range widths {
		sum += n
	}
	for ; sum > room; sum-- {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	return widths
}

// blocks writes each row as lines of heading and value, with an empty line between rows.
func blocks(b *strings.Builder, headings []string, rows [][]string, room int, show func(string, int) string) {
	label := 0
	for _, h := range headings {
		label = max(label, min(report.Columns(report.Cell(h, report.TextOptions{})), room/3))
	}
	for i, row := range rows {
		if i > 0 {
			b.WriteString("\n")
		}
		for j, cell := range row {
			name := show(headings[j], label)
			line := name + strings.Repeat(" ", max(0, label-report.Columns(name))+2) + show(cell, room-label-2)
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
}
