package formats

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// writeMarkdown writes a run for a ticket or the summary of a CI job: a table of the
// profiles if they are several, then each one, and what passed in a part to unfold.
func writeMarkdown(b *bytes.Buffer, r Run, o Options) error {
	if r.all != nil {
		writeFleet(b, r)
	}
	for i, one := range r.Reports {
		if r.all != nil && one.Outcome == finding.OutcomePass {
			continue // the table has it
		}
		var part bytes.Buffer
		writeAnswer(&part, one)
		if o.Limit > 0 && b.Len()+part.Len()+len(cutNote)+20 > o.Limit {
			fmt.Fprintf(b, cutNote, len(r.Reports)-i)
			return nil
		}
		b.Write(part.Bytes())
	}
	return nil
}

const cutNote = "\nToo long for this place: %d more profiles are not shown.\n"

// signs stand before a status and an outcome. Words follow them.
var signs = map[string]string{"pass": "✅", "warn": "⚠️", "fail": "❌", "unknown": "❔", "skip": "➖", "inconclusive": "❔", "error": "❌", "interrupted": "❔"}

func signed[T ~string](s T) string {
	return strings.TrimSpace(signs[string(s)] + " " + InMarkdown(string(s)))
}

func writeAnswer(b *bytes.Buffer, r *finding.Report) {
	fmt.Fprintf(b, "## %s %s: %s\n\n", signs[string(r.Outcome)], InMarkdown(report.SubjectOf(r)), InMarkdown(report.Headline(r)))
	if e := r.Error; e != nil {
		fmt.Fprintf(b, "**Error:** %s: %s\n\n", InMarkdown(e.Code), InMarkdown(e.Message))
		for _, hint := range e.Hints {
			fmt.Fprintf(b, "- Hint: %s\n", InMarkdown(hint))
		}
		if len(e.Hints) > 0 {
			b.WriteByte('\n')
		}
	}
	if d := r.Diagnosis; d != nil {
		writeCauses(b, d)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(b, "Note: %s\n\n", InMarkdown(note))
	}
	s := r.Summary
	fmt.Fprintf(b, "<details><summary>Checks: %d pass, %d warn, %d fail, %d unknown, %d skip; exit code %d</summary>\n\n", s.Pass, s.Warn, s.Fail, s.Unknown, s.Skip, r.ExitCode)
	b.WriteString("| Check | Status | Result |\n|---|---|---|\n")
	for _, c := range r.Checks {
		result := c.Summary
		if c.Status == finding.Skip {
			result = reasonOf(c)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", InMarkdown(string(c.ID)), signed(c.Status), InMarkdown(result))
	}
	fmt.Fprintf(b, "\n%s, nsauth %s, %s\n\n</details>\n\n", InMarkdown(r.StartedAt), InMarkdown(r.Command), InMarkdown("version "+r.Tool.Version))
}

// writeCauses writes what to do first, and then each cause.
func writeCauses(b *bytes.Buffer, d *finding.Diagnosis) {
	if n := d.Next; n != nil {
		fmt.Fprintf(b, "**Next:** %s\n\n", InMarkdown(n.Summary))
		writePlace(b, n.UIPath, n.UIURL)
		writeCommands(b, n.Commands)
	}
	main, set, _ := finding.SortCauses(d.Causes)
	for _, c := range main {
		writeCause(b, c)
	}
	if len(set) == 0 {
		return
	}
	fmt.Fprintf(b, "One of these %d causes, most likely first:\n\n", len(set))
	for _, c := range set {
		fmt.Fprintf(b, "- **%s** (%s): %s", InMarkdown(c.Title), InMarkdown(string(c.Code)), InMarkdown(c.Remedy.Summary))
		if c.UIPath != nil {
			fmt.Fprintf(b, " In NetSuite: %s", InMarkdown(*c.UIPath))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

func writeCause(b *bytes.Buffer, c finding.Cause) {
	fmt.Fprintf(b, "**Cause (%s):** %s (%s)\n\n", InMarkdown(string(c.Confidence)), InMarkdown(c.Title), InMarkdown(string(c.Code)))
	if c.Because != "" {
		fmt.Fprintf(b, "- Because: %s\n", InMarkdown(c.Because))
	}
	if c.Remedy.Summary != "" {
		fmt.Fprintf(b, "- Fix: %s\n", InMarkdown(c.Remedy.Summary))
	}
	for i, step := range c.Remedy.Steps {
		fmt.Fprintf(b, "- Step %d: %s\n", i+1, InMarkdown(step))
	}
	if c.UIPath != nil {
		fmt.Fprintf(b, "- In NetSuite: %s\n", InMarkdown(*c.UIPath))
	}
	if c.Confirm != "" {
		fmt.Fprintf(b, "- To confirm: %s\n", InMarkdown(c.Confirm))
	}
	b.WriteByte('\n')
}

func writePlace(b *bytes.Buffer, path, url *string) {
	if path != nil {
		fmt.Fprintf(b, "In NetSuite: %s\n\n", InMarkdown(*path))
	}
	if url != nil && safeURL().MatchString(*url) {
		fmt.Fprintf(b, "Page: <%s>\n\n", *url)
	}
}

// safeURL is a link that cannot leave its brackets. Only the pages of NetSuite are linked.
var safeURL = text.Regexp(`^https://[A-Za-z0-9.-]+\.netsuite\.com(/[A-Za-z0-9/._~?=&%-]*)?$`)

// writeCommands writes commands as a block of code, which ends at no text in it.
func writeCommands(b *bytes.Buffer, commands [][]string) {
	if len(commands) == 0 {
		return
	}
	var all []string
	for _, argv := range commands {
		all = append(all, commandLine(argv))
	}
	code := strings.Join(all, "\n")
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "%s\n%s\n%s\n\n", fence, code, fence)
}

// commandLine is an argv for a POSIX shell, on one line.
func commandLine(argv []string) string {
	quoted := make([]string, len(argv))
	for i, arg := range argv {
		quoted[i] = text.POSIXQuote(arg, unicode.IsPrint)
	}
	return report.Clean(strings.Join(quoted, " "))
}

// writeFleet writes the table of several profiles.
func writeFleet(b *bytes.Buffer, r Run) {
	b.WriteString("| | Profile | Account | Cause | Certificate expires | By NetSuite | Not checked |\n|---|---|---|---|---|---|---|\n")
	for _, one := range r.Reports {
		row := finding.RowOf(one)
		ends := row.NotAfter
		if row.DaysLeft != nil {
			ends += fmt.Sprintf(" (%d days)", *row.DaysLeft)
		}
		var unchecked []string
		for _, id := range row.NotChecked {
			unchecked = append(unchecked, string(id))
		}
		cells := []string{row.Profile, row.Account, row.Hedged(strings.TrimPrefix(string(row.Cause)+": "+row.Title, ": ")), ends, row.ListedEnd, strings.Join(unchecked, ", ")}
		for i, cell := range cells {
			cells[i] = InMarkdown(cell)
		}
		fmt.Fprintf(b, "| %s | %s |\n", signed(row.Outcome), strings.Join(cells, " | "))
	}
	b.WriteByte('\n')
	for _, s := range r.all.Diagnosis.Shared {
		fmt.Fprintf(b, "**Same %s** %s: %s (%s). Profiles: %s\n\n", InMarkdown(string(s.By)), InMarkdown(s.Value), InMarkdown(s.Title), InMarkdown(string(s.Code)), InMarkdown(strings.Join(s.Profiles, ", ")))
	}
	for _, left := range r.all.LeftOut {
		fmt.Fprintf(b, "Not examined: %s (%s)\n\n", InMarkdown(left.Profile), InMarkdown(left.Reason))
	}
}

// markdownEscapes has what is markup in GitHub's or GitLab's Markdown, anywhere in a line.
const markdownEscapes = "\\`*_[|~<&"

// references are the signs that begin a mention, or a link to an issue, before a word.
const references = "@#!~"

// InMarkdown makes a text that Markdown shows as it is: without markup, HTML, links and
// mentions. It may not begin a line.
func InMarkdown(s string) string {
	var b strings.Builder
	runes := []rune(report.Clean(s))
	for i, r := range runes {
		next := ' '
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case r == ':' && next == '/', r == '.' && i >= 3 && strings.EqualFold(string(runes[i-3:i]), "www"):
			b.WriteString(`\` + string(r)) // else GitHub makes a link of an address
			continue
		case strings.ContainsRune(markdownEscapes, r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		word := unicode.IsLetter(next) || unicode.IsDigit(next) || next == '_'
		if word && strings.ContainsRune(references, r) || r == '-' && unicode.IsDigit(next) && i >= 2 && strings.EqualFold(string(runes[i-2:i]), "gh") {
			b.WriteString("&#8203;") // a space without width
		}
	}
	return b.String()
}
