// Package htmlreport writes the reports of a run as one HTML page. It needs no script and
// loads nothing. The page is made from the reports alone.
package htmlreport

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

//go:embed page.html
var pageText string

//go:embed style.css
var style string

// The page is written in parts, so that a run over many profiles needs little memory.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"clean": func(v any) string { return report.Clean(fmt.Sprint(v)) },
	"sign":  func(s any) string { return signs[fmt.Sprint(s)] },
	"known": known, "link": link, "shell": shell, "when": when, "flowAt": func(f *flow, anchor string) flowAt { return flowAt{f, anchor} }, "left": daysLeft,
}).Parse(pageText))

// signs stand beside the word of a status or an outcome.
var signs = map[string]string{"pass": "✓", "warn": "!", "fail": "✗", "unknown": "?", "skip": "–", "inconclusive": "?", "error": "✗", "interrupted": "?"}

// known is a status or an outcome as a class of the style sheet.
func known(v any) string {
	s := fmt.Sprint(v)
	if signs[s] == "" {
		return "unknown"
	}
	return s
}

// head is the beginning of the page.
type head struct {
	Style template.CSS
	Title string
	Lead  string // the heading above everything
	Fleet *fleet // nil for the run of one profile
}

type fleet struct {
	*finding.Reports
	Rows []tableRow
}

// tableRow is a row of the table of profiles.
type tableRow struct {
	finding.FleetRow
	Anchor string
}

// run is the report of one profile.
type run struct {
	*finding.Report
	Anchor         string
	Subject        string // "" if the heading of the page says it
	Headline       string
	Intro, SetText string
	Main, Set      []cause
	Checks         []check
	Flow           *flow
	Open           bool // what passed is shown in full
}

type cause struct {
	finding.Cause
	Why  string
	Look string
}

type check struct {
	finding.Result
	Summary  string
	Facts    []fact
	Findings []found
	Open     bool
}

// flowAt is a drawing with an anchor, which its title needs.
type flowAt struct {
	*flow
	Anchor string
}

// found is a finding; its remedy is nil where the answer has it.
type found struct {
	finding.Finding
	Remedy *finding.Remedy
	URL    string
}

// Render writes the reports of a run as a page. all is nil for the run of one profile. It
// returns only the writer's error.
func Render(w io.Writer, reports []*finding.Report, all *finding.Reports) error {
	h := head{Style: template.CSS(style)}
	if all != nil {
		top := report.Cleaned(finding.Reports{Tool: all.Tool, Command: all.Command, StartedAt: all.StartedAt, LeftOut: all.LeftOut, Outcome: all.Outcome,
			ExitCode: all.ExitCode, Error: all.Error, Summary: all.Summary, Diagnosis: all.Diagnosis, DurationMS: all.DurationMS})
		h.Fleet = &fleet{Reports: &top}
		for i, r := range reports {
			h.Fleet.Rows = append(h.Fleet.Rows, tableRow{finding.RowOf(report.Cleaned(r)), anchor(i)})
		}
		h.Lead = text.Counted(len(reports), "profile") + ": " + counts(all.Summary)
	} else if len(reports) > 0 {
		h.Lead = report.Clean(report.SubjectOf(reports[0]))
	}
	h.Title = "nsauth: " + h.Lead
	if err := page.ExecuteTemplate(w, "head", h); err != nil {
		return err
	}
	for i, r := range reports {
		if err := page.ExecuteTemplate(w, "run", runOf(report.Cleaned(report.Offered(r)), i, all != nil)); err != nil {
			return err
		}
	}
	return page.ExecuteTemplate(w, "foot", nil)
}

// daysLeft says how long a certificate is valid.
func daysLeft(days int) string {
	if days < 0 {
		return "expired " + text.Counted(-days, "day") + " ago"
	}
	return text.Counted(days, "day") + " left"
}

func anchor(i int) string { return fmt.Sprintf("p%d", i+1) }

// counts says how many profiles have each outcome, the worst first.
func counts(c finding.OutcomeCounts) string {
	var said []string
	for _, n := range []struct {
		n    int
		word finding.Outcome
	}{{c.Interrupted, finding.OutcomeInterrupted}, {c.Fail, finding.OutcomeFail}, {c.Error, finding.OutcomeError},
		{c.Inconclusive, finding.OutcomeInconclusive}, {c.Warn, finding.OutcomeWarn}, {c.Pass, finding.OutcomePass}} {
		if n.n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n.n, n.word))
		}
	}
	return strings.Join(said, ", ")
}

// runOf is what the page says of a report.
func runOf(r *finding.Report, i int, several bool) run {
	v := run{Report: r, Anchor: anchor(i), Headline: report.Clean(report.Sentence(report.Headline(r)))}
	if several {
		v.Subject = report.Clean(report.SubjectOf(r))
	}
	v.Intro, v.SetText = report.Introductions(r)
	if r.Diagnosis != nil {
		main, set, _ := finding.SortCauses(r.Diagnosis.Causes)
		v.Main, v.Set = causesOf(r, main), causesOf(r, set)
	}
	for _, c := range r.Checks {
		v.Checks = append(v.Checks, checkOf(r, c))
	}
	v.Open = !several || r.Outcome != finding.OutcomePass
	has := func(is func(finding.Result) bool) bool { return slices.ContainsFunc(r.Checks, is) }
	if !has(func(c finding.Result) bool { return c.Status != finding.Skip }) {
		v.Checks = nil // nothing ran
		if r.Error != nil {
			v.Headline = report.Clean(report.Sentence(r.Error.Message))
		}
	} else if v.Open && has(func(c finding.Result) bool { return c.ID == finding.CheckToken }) {
		v.Flow = draw(r)
	}
	return v
}

func causesOf(r *finding.Report, causes []finding.Cause) (list []cause) {
	for _, c := range causes {
		if c.UIURL == nil && c.Remedy.UIURL != nil {
			u := report.PageURL(r, *c.Remedy.UIURL)
			c.UIURL = &u
		}
		list = append(list, cause{c, report.WhyOf(c), c.Confirm})
	}
	return list
}

func checkOf(r *finding.Report, c finding.Result) check {
	v := check{Result: c, Summary: report.Clean(report.SummaryOf(c)), Facts: factsOf(c.Facts), Open: c.Status != finding.Pass && c.Status != finding.Skip}
	for _, f := range c.Findings {
		one := found{Finding: f}
		if !f.Accepted && f.Severity != finding.Info && !report.Answered(r, f.Code) {
			one.Remedy = &f.Remedy
			if f.Remedy.UIURL != nil {
				one.URL = report.PageURL(r, *f.Remedy.UIURL)
			}
		}
		v.Findings = append(v.Findings, one)
	}
	return v
}

// linked are the sites that the page links to, with those below them.
var linked = []string{"netsuite.com", "oracle.com", "rfc-editor.org"}

// link is an address that the page may link to, "" for any other.
func link(v any) string {
	s, _ := v.(string)
	if p, ok := v.(*string); ok && p != nil {
		s = *p
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Host != u.Hostname() || strings.ContainsAny(u.Host, "<>") {
		return ""
	}
	if !slices.ContainsFunc(linked, func(site string) bool { return u.Host == site || strings.HasSuffix(u.Host, "."+site) }) {
		return ""
	}
	return u.String()
}

// shell is an argv for a POSIX shell, the same on every platform.
func shell(argv []string) string {
	quoted := make([]string, len(argv))
	for i, arg := range argv {
		quoted[i] = text.POSIXQuote(arg, unicode.IsPrint)
	}
	return report.Clean(strings.Join(quoted, " "))
}

// when is a time as people read it.
func when(s string) string {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return text.Time(at)
	}
	return s
}
