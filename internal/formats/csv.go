package formats

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// columns of the table, one row for each profile. They are a promise: new ones come last.
var columns = []string{"profile", "account", "outcome", "exit_code", "cause", "title", "certificate_expires", "days_left", "netsuite_expires", "not_checked"}

// writeCSV writes the table of profiles as RFC 4180 says, with the line ends of Unix.
func writeCSV(b *bytes.Buffer, r Run, _ Options) error {
	w := csv.NewWriter(b)
	if err := w.Write(columns); err != nil {
		return err
	}
	for _, one := range r.Reports {
		row := finding.RowOf(one)
		days := ""
		if row.DaysLeft != nil {
			days = strconv.Itoa(*row.DaysLeft)
		}
		var unchecked []string
		for _, id := range row.NotChecked {
			unchecked = append(unchecked, string(id))
		}
		cells := []string{row.Profile, row.Account, string(row.Outcome), "", string(row.Cause), row.Hedged(row.Title), row.NotAfter, "", row.ListedEnd, strings.Join(unchecked, " ")}
		for i, cell := range cells {
			cells[i] = inCSV(cell)
		}
		cells[3], cells[7] = strconv.Itoa(row.ExitCode), days // numbers: a sign is no formula
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// inCSV makes a text that a spreadsheet does not compute: an apostrophe before what begins
// like a formula.
func inCSV(s string) string {
	s = report.Clean(s)
	if begin := strings.TrimLeft(s, " "); begin != "" && strings.ContainsRune("=+-@|%", rune(begin[0])) {
		s = "'" + s
	}
	return s
}
