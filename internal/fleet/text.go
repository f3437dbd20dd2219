package fleet

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// Text writes the reports of several profiles for people: a table, what failures share, what
// to do for each, and the outcome. With o.Verbose each report follows whole. The command that shows
// more of one profile goes on after the run a.
func Text(w io.Writer, doc *finding.Reports, o report.TextOptions, a *cli.App) error {
	if o.MaskIDs {
		doc = report.Mask(doc)
		o.MaskIDs = false
	}
	if o.Quiet && doc.Outcome == finding.OutcomePass {
		return nil
	}
	p := &page{o: o, width: max(cmp.Or(o.Width, 80), 40)}
	p.table(doc)
	told := p.shared(doc)
	p.failures(doc, told)
	if o.Verbose {
		for _, r := range doc.Reports {
			p.b.WriteByte('\n')
			if err := report.Text(&p.b, r, o); err != nil {
				return err
			}
		}
	}
	p.closing(doc, a)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// page collects lines.
type page struct {
	b     strings.Builder
	o     report.TextOptions
	width int
}

// say writes a paragraph from column indent on, or its first row if one is set. The label in
// front of it is painted.
func (p *page) say(one bool, indent int, label, said string) {
	label, said = report.Cell(label, p.o), report.Cell(label+said, p.o)
	rows := strings.Split(report.Wrap(said, indent+2, p.width), "\n")
	if one && report.Columns(said) > p.width-indent {
		rows = []string{shorten(said, p.width-indent, false, p.o)}
	} else if one {
		rows = []string{said}
	}
	if rest, ok := strings.CutPrefix(rows[0], label); ok && label != "" {
		rows[0] = p.o.Mark("", label) + rest
	}
	p.b.WriteString(strings.Repeat(" ", indent) + strings.Join(rows, "\n") + "\n")
}

// The words and signs of the outcomes in the table.
var (
	outcomeSign = map[finding.Outcome]string{finding.OutcomePass: "✓", finding.OutcomeFail: "✗", finding.OutcomeError: "✗",
		finding.OutcomeWarn: "!", finding.OutcomeInconclusive: "!", finding.OutcomeInterrupted: "!"}
	outcomeWord = map[finding.Outcome]string{finding.OutcomeInconclusive: "unknown", finding.OutcomeInterrupted: "stopped"}
)

// column is a column of the table. The least important ones are cut first.
type column struct {
	title string
	of    func(finding.FleetRow) string
	right bool
}

var columns = []column{
	{title: "PROFILE", of: func(r finding.FleetRow) string { return r.Profile }},
	{title: "ACCOUNT", of: func(r finding.FleetRow) string { return r.Account }},
	{title: "OUTCOME", of: func(r finding.FleetRow) string { return cmp.Or(outcomeWord[r.Outcome], string(r.Outcome)) }},
	{title: "CERT ENDS", of: func(r finding.FleetRow) string { return r.NotAfter }},
	{title: "DAYS", right: true, of: func(r finding.FleetRow) string {
		if r.DaysLeft == nil {
			return ""
		}
		return strconv.Itoa(*r.DaysLeft)
	}},
	{title: "NETSUITE", of: func(r finding.FleetRow) string {
		if r.ListedEnd != "" && r.ListedEnd == r.NotAfter {
			return "same"
		}
		return r.ListedEnd
	}},
	{title: "UNCHECKED", of: unchecked},
	{title: "CAUSE", of: func(r finding.FleetRow) string {
		if r.Confidence == finding.Possible {
			return string(r.Cause) + "?"
		}
		return string(r.Cause)
	}},
}

// unchecked names the check without a result, or counts several.
func unchecked(r finding.FleetRow) string {
	switch n := len(r.NotChecked); {
	case n == 0:
		return ""
	case r.NotAfter == "" && (r.Outcome == finding.OutcomeError || r.Outcome == finding.OutcomeInterrupted):
		return "all"
	case n == 1 && len(r.NotChecked[0]) <= len("UNCHECKED"):
		return string(r.NotChecked[0])
	default:
		return fmt.Sprint(n)
	}
}

// Places in columns.
const (
	atProfile = 0
	atAccount = 1
	minName   = 7
	goodName  = 16 // enough of a name, if the cause then has a column
)

// table writes a row for each profile. The cause has a column of its own where there is room,
// else a row below.
func (p *page) table(doc *finding.Reports) {
	rows := make([][]string, 0, len(doc.Reports))
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = len(c.title)
	}
	for _, r := range doc.Reports {
		row := finding.RowOf(r)
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = report.Cell(cmp.Or(c.of(row), "-"), p.o)
			widths[i] = max(widths[i], report.Columns(cells[i]))
		}
		rows = append(rows, cells)
	}
	sign := 2
	if p.o.ASCII {
		sign = 0 // the outcome is a word
	}
	last := len(columns) - 1
	shown := p.fit(sign, widths)
	p.distinguish(rows, widths[atProfile])
	line := func(mark string, cells []string, paint func(i int, cell string) string) {
		var b strings.Builder
		b.WriteString(mark)
		for i, cell := range cells[:shown] {
			cell = shorten(cell, widths[i], true, p.o)
			gap := strings.Repeat(" ", widths[i]-report.Columns(cell))
			if i == shown-1 {
				gap = ""
			} else {
				gap += "  "
			}
			if columns[i].right {
				b.WriteString(strings.TrimSuffix(gap, "  ") + cell + "  ")
			} else {
				b.WriteString(paint(i, cell) + gap)
			}
		}
		p.b.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	line(strings.Repeat(" ", sign), titles, func(_ int, cell string) string { return p.o.Mark("", cell) })
	for n, r := range doc.Reports {
		mark := ""
		if sign > 0 {
			mark = p.o.Mark(r.Outcome, outcomeSign[r.Outcome]) + " "
		}
		line(mark, rows[n], func(i int, cell string) string {
			if columns[i].title == "OUTCOME" {
				return p.o.Mark(r.Outcome, cell)
			}
			return cell
		})
		if row := finding.RowOf(r); shown == last && row.Cause != "" && r.Outcome != finding.OutcomeInterrupted {
			p.say(true, sign+2, "", row.Hedged(string(row.Cause)+": "+withoutFolder(row.Title)))
		}
	}
}

// fit makes the columns as narrow as the page, and returns how many it has.
func (p *page) fit(sign int, widths []int) (shown int) {
	total := func(n int) int {
		sum := sign
		for _, w := range widths[:n] {
			sum += w + 2
		}
		return sum - 2
	}
	shown = len(widths) - 1
	if over := total(shown+1) - p.width; over <= 0 || widths[atProfile]-over >= goodName {
		widths[atProfile] -= max(0, over)
		shown++
	}
	for _, i := range []int{atProfile, atAccount} {
		if over := total(shown) - p.width; over > 0 {
			widths[i] = max(minName, widths[i]-over)
		}
	}
	return shown
}

// distinguish shortens the names that would look the same in width columns: each begins with
// its head, and continues where it differs from the others.
func (p *page) distinguish(rows [][]string, width int) {
	alike := map[string][][]string{}
	for _, cells := range rows {
		short := shorten(cells[atProfile], width, true, p.o)
		alike[short] = append(alike[short], cells)
	}
	for _, group := range alike {
		names := make([][]rune, len(group))
		for i, cells := range group {
			names[i] = []rune(cells[atProfile])
		}
		for i, cells := range group {
			same := 0
			for k, other := range names {
				if n := common(names[i], other); k != i && n < len(other) {
					same = max(same, n)
				}
			}
			if head := width / 3; same > head {
				cells[atProfile] = shorten(string(names[i][:head])+p.dots()+string(names[i][same:]), width, false, p.o)
			}
		}
	}
}

// common is how many runes a and b have in common at their beginning.
func common(a, b []rune) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// dots stand for what is cut.
func (p *page) dots() string {
	if p.o.ASCII {
		return ".."
	}
	return "…"
}

// withoutFolder leaves the name of the file with which an error begins.
func withoutFolder(message string) string {
	file, _, _ := strings.Cut(message, ": ")
	return message[strings.LastIndexAny(file, `/\`)+1:]
}

// shorten cuts a cell to width columns: in the middle, as names differ at both ends, or at
// its end.
func shorten(s string, width int, middle bool, o report.TextOptions) string {
	if report.Columns(s) <= width {
		return s
	}
	dots := (&page{o: o}).dots()
	runes := []rune(s)
	room := max(0, width-report.Columns(dots))
	head, tail := room, 0
	if middle {
		head, tail = (room+1)/2, room/2
	}
	cut := func() string {
		return string(runes[:min(head, len(runes))]) + dots + string(runes[len(runes)-min(tail, len(runes)):])
	}
	for report.Columns(cut()) > width && head+tail > 0 { // wide characters
		if head > tail {
			head--
		} else {
			tail--
		}
	}
	return cut()
}

// sharedWords say what is shared.
var sharedWords = map[finding.SharedBy]string{finding.ByAccount: "Account ", finding.ByRole: "Role ", finding.ByCertificate: "Certificate ",
	finding.ByNetwork: "Network, ", finding.ByClock: "This machine's clock, ", finding.ByMachine: "This machine, "}

// shared writes the groups, each with the next step of its first profile. It returns the
// profiles for which all is said.
func (p *page) shared(doc *finding.Reports) map[string]bool {
	told := map[string]bool{}
	byName := map[string]*finding.Report{}
	for _, r := range doc.Reports {
		if r.Profile != nil {
			byName[deref(r.Profile.Name)] = r
		}
	}
	for i, s := range doc.Diagnosis.Shared {
		if i == 0 {
			p.b.WriteByte('\n')
			p.say(false, 0, "Shared by several profiles", "")
		}
		p.say(false, 2, sharedWords[s.By]+s.Value+": ", fmt.Sprintf("%s (%s) in %s", s.Title, s.Code, names(s.Profiles)))
		first := byName[s.Profiles[0]]
		if first != nil && mainCode(first) == s.Code {
			p.next(4, first)
		}
		for _, name := range s.Profiles {
			// one whose next step is another has a section of its own
			r := byName[name]
			if step := nextStep(r); r != nil && mainCode(r) == s.Code && (step == "" || step == nextStep(first)) {
				told[name] = true
			}
		}
	}
	return told
}

// names lists some names, and counts the others.
func names(list []string) string {
	const most = 6
	if more := len(list) - most; more > 1 {
		return fmt.Sprintf("%d profiles: %s and %d more", len(list), strings.Join(list[:most], ", "), more)
	}
	return fmt.Sprintf("%d profiles: %s", len(list), strings.Join(list, ", "))
}

// next is the next step of a report. It is not cut: it may be a menu path.
func (p *page) next(indent int, r *finding.Report) {
	if step := nextStep(r); step != "" {
		p.say(false, indent, "Next: ", step)
	}
}

func nextStep(r *finding.Report) string {
	switch {
	case r == nil:
	case r.Diagnosis != nil && r.Diagnosis.Next != nil:
		return r.Diagnosis.Next.Summary
	case r.Error != nil && len(r.Error.Hints) > 0:
		return r.Error.Hints[0]
	}
	return ""
}

// failures says for each profile that failed alone what happened and what to do, the most
// urgent first.
func (p *page) failures(doc *finding.Reports, told map[string]bool) {
	first := true
	reports := slices.Clone(doc.Reports)
	slices.SortStableFunc(reports, func(a, b *finding.Report) int { return byUrgency(a.Outcome, b.Outcome) })
	for _, r := range reports {
		row := finding.RowOf(r)
		well := r.Outcome == finding.OutcomePass || r.Outcome == finding.OutcomeInterrupted
		if well || told[row.Profile] {
			continue
		}
		if first {
			p.b.WriteByte('\n')
		}
		first = false
		said := withoutFolder(row.Title)
		if r.Diagnosis != nil && r.Diagnosis.Headline != "" {
			said = r.Diagnosis.Headline
		}
		p.say(true, 0, row.Profile+": ", said)
		p.next(2, r)
	}
}

// closing is the outcome, and what was left out. A command is never cut or wrapped.
func (p *page) closing(doc *finding.Reports, a *cli.App) {
	p.b.WriteByte('\n')
	if len(doc.LeftOut) > 0 {
		said := LeftOut(doc.LeftOut)
		p.say(true, 0, "", strings.ToUpper(said[:1])+said[1:])
	}
	if doc.Outcome != finding.OutcomePass && !p.o.Verbose && doc.Outcome != finding.OutcomeInterrupted {
		if i := slices.IndexFunc(doc.Reports, func(r *finding.Report) bool { return r.Outcome == doc.Outcome && r.Profile != nil }); i >= 0 {
			p.b.WriteString(report.Cell("More: -v, "+a.FollowUp(doc.Command, deref(doc.Reports[i].Profile.Name)), p.o) + "\n")
		}
	}
	var counts []string
	s := doc.Summary
	for _, c := range []struct {
		n    int
		word string
	}{{s.Fail, "failed"}, {s.Error, "not examined"}, {s.Inconclusive, "unknown"}, {s.Warn, "warned"}, {s.Pass, "passed"}, {s.Interrupted, "stopped"}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	said := report.Wrap(fmt.Sprintf("Outcome %s, exit code %d: %s", doc.Outcome, doc.ExitCode, strings.Join(counts, ", ")), 2, p.width)
	p.b.WriteString(strings.Replace(said, string(doc.Outcome), p.o.Mark(doc.Outcome, string(doc.Outcome)), 1) + "\n")
}
