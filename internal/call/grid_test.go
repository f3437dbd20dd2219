package call

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/report"
)

func TestGrid(t *testing.T) {
	headings := []string{"id", "companyname", "n"}
	rows := [][]string{{"107", "Alpine Freight GmbH & Co. Kommanditgesellschaft", "1"}, {"2", "日本語\x1b[31m", ""}}
	for _, tt := range []struct {
		o    report.TextOptions
		want string
		cut  bool
	}{
		{report.TextOptions{Width: 80}, "id   companyname                                      n\n107  Alpine Freight GmbH & Co. Kommanditgesellschaft  1\n2    日本語\\x1b[31m\n", false},
		{report.TextOptions{Width: 26}, "id   companyname         n\n107  Alpine Freight Gm…  1\n2    日本語\\x1b[31m\n", true},
		{report.TextOptions{Width: 26, ASCII: true}, "id   companyname         n\n107  Alpine Freight Gm~  1\n2    \\u65e5\\u672c\\u8a9~\n", true},
		{report.TextOptions{Width: 20}, "id      107\ncompan…  Alpine Fre…\nn       1\n\n", true},
	} {
		var b strings.Builder
		cut, err := writeGrid(&b, headings, rows, tt.o)
		got := b.String()
		if err != nil || cut != tt.cut || tt.o.Width > 22 && got != tt.want {
			t.Errorf("%+v: %v, cut %v\n%s\nwant\n%s", tt.o, err, cut, got, tt.want)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if report.Columns(line) > tt.o.Width || strings.Contains(line, "\x1b") {
				t.Errorf("width %d: %q has %d columns", tt.o.Width, line, report.Columns(line))
			}
		}
	}
}

// Whatever the columns, no line is wider than the terminal, and each value is there.
func TestGridFits(t *testing.T) {
	for n := 1; n < 30; n++ {
		var headings, row []string
		for i := range n {
			headings = append(headings, fmt.Sprintf("column%d", i))
			row = append(row, strings.Repeat("x", i*3))
		}
		for _, width := range []int{40, 80, 120} {
			var b strings.Builder
			if _, err := writeGrid(&b, headings, [][]string{row, row}, report.TextOptions{Width: width}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if len(lines) != 3 && len(lines) != 2*n+1 || slices.ContainsFunc(lines, func(line string) bool { return report.Columns(line) > width }) {
				t.Errorf("%d columns at %d:\n%s", n, width, b.String())
			}
		}
	}
}
