package formats

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/report"
)

// writeShort writes a line for each problem of one profile. Of several profiles each has one
// line, with its worst problem, and one more names those that were left out.
func writeShort(b *bytes.Buffer, r Run, o Options) error {
	for _, one := range r.Reports {
		var lines bytes.Buffer
		if err := report.Lines(&lines, one, report.TextOptions{ASCII: o.ASCII}); err != nil {
			return err
		}
		if r.all == nil {
			b.Write(lines.Bytes())
			continue
		}
		first, rest, _ := strings.Cut(lines.String(), "\n")
		b.WriteString(first)
		if more := strings.Count(rest, "\n"); more > 0 {
			fmt.Fprintf(b, " (and %d more)", more)
		}
		b.WriteByte('\n')
	}
	if r.all == nil || len(r.all.LeftOut) == 0 {
		return nil
	}
	var left []string
	for _, l := range r.all.LeftOut {
		left = append(left, l.Profile+" ("+l.Reason+")")
	}
	fmt.Fprintf(b, "left out: %s\n", strings.Join(strings.Fields(report.Clean(strings.Join(left, ", "))), " "))
	return nil
}
