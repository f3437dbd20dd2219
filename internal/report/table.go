package report

import (
	"io"
	"strings"
)

// Table writes rows in aligned columns, two spaces apart. A cell wider than maxCell does
// not move the columns of other rows.
func Table(w io.Writer, rows [][]string) error {
	var widths []int
	cells := make([][]string, len(rows))
	for i, row := range rows {
		for j, cell := range row {
			cell = Clean(cell)
			cells[i] = append(cells[i], cell)
			if j == len(widths) {
				widths = append(widths, 0)
			}
			if n := Columns(cell); n <= maxCell {
				widths[j] = max(widths[j], n)
			}
		}
	}
	var b strings.Builder
	for _, row := range cells {
		for j, cell := range row {
			b.WriteString(cell)
			if j < len(row)-1 {
				b.WriteString(strings.Repeat(" ", max(0, widths[j]-Columns(cell))+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Cell makes a text of others safe to print in one cell of a table.
func Cell(s string, o TextOptions) string {
	if s = Clean(s); o.ASCII {
		s = ascii(s)
	}
	return s
}

// maxCell keeps one long URL from moving all other columns off the screen.
const maxCell = 64
