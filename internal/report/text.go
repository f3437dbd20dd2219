package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// The text report is for people, who may grep it. Each check is a line that begins with
// its status, only FAIL in capitals; what belongs to a check is indented below it; the
// answer comes last. Errors and hints begin with "nsauth: error: " and "nsauth: hint: ".
// Colours carry no information, and a report has no secrets.

// TextOptions says how Text writes.
type TextOptions struct {
	Color   bool                     // the caller knows the terminal and the settings
	Width   int                      // columns, at least 40; 0 without a terminal: 80, and errors on one line
	Verbose bool                     // every check and every cause
	Quiet   bool                     // nothing if all is well; with Verbose only what did not pass
	MaskIDs bool                     // see Mask
	ASCII   bool                     // for terminals without Unicode
	Omit    func(argv []string) bool // commands to leave out; nil for none
}

// Text writes a report for people. It returns only the writer's error.
func Text(w io.Writer, r *finding.Report, o TextOptions) error {
	if o.MaskIDs {
		r = Mask(r)
	}
	t := &textReport{page: newPage(o), r: Offered(r), verbose: o.Verbose, quiet: o.Quiet, omit: o.Omit, piped: o.Width == 0}
	t.write()
	_, err := io.WriteString(w, t.b.String())
	return err
}

// Offered is r without the checks of an auditor if there is none.
func Offered(r *finding.Report) *finding.Report {
	_, asked := finding.TrailOf(r.Checks)
	text := *r
	text.Checks = slices.DeleteFunc(slices.Clone(r.Checks), func(c finding.Result) bool {
		return !asked && (c.ID == finding.CheckAuditTrail || c.ID == finding.CheckSetup)
	})
	text.Summary.Skip -= len(r.Checks) - len(text.Checks)
	return &text
}

type textReport struct {
	page
	r       *finding.Report
	verbose bool
	quiet   bool
	omit    func(argv []string) bool
	piped   bool // to a program or a log: an error stays on one line
}

// The columns of the page.
const (
	statusColumns = 9   // "unknown" and two spaces: where titles and findings begin
	maxTitle      = 24  // a longer title shares the summary's paragraph
	minSummary    = 24  // with less room beside its title, a summary goes below it
	maxTwice      = 140 // a longer message is not repeated
)

func (t *textReport) write() {
	r := t.r
	if t.quiet && r.Outcome == finding.OutcomePass {
		return
	}
	nothing := r.Outcome == finding.OutcomeError || r.Outcome == finding.OutcomeInterrupted && len(r.Checks) == 0
	if nothing && !anyFinished(r.Checks) {
		t.failure()
		return
	}
	if !t.verbose {
		t.short()
		return
	}
	if !t.quiet {
		t.header()
		t.gap()
	}
	t.checks()
	if r.Diagnosis != nil && !allWell(r) {
		t.gap()
		t.diagnosis(r.Diagnosis)
	}
	t.gap()
	t.failure()
	t.notes()
	t.answer()
	t.outcome()
}

// allWell reports whether the diagnosis has nothing to add: nothing failed, and it has
// neither causes nor answers.
func allWell(r *finding.Report) bool {
	well := r.Outcome == finding.OutcomePass || r.Outcome == finding.OutcomeWarn
	return well && len(r.Diagnosis.Causes) == 0 && len(r.Diagnosis.Answers) == 0
}

func anyFinished(results []finding.Result) bool {
	return slices.ContainsFunc(results, func(c finding.Result) bool { return c.Status != finding.Skip })
}

// header says what was examined.
func (t *textReport) header() {
	r := t.r
	parts := []string{strings.TrimSpace(cmp.Or(r.Tool.Name, "nsauth") + " " + r.Command)}
	add := func(name string, value *string) {
		if value != nil && *value != "" {
			parts = append(parts, name+" "+*value)
		}
	}
	if s := r.Profile; s != nil {
		add("profile", s.Name)
		add("account", s.Account)
	}
	head, rest := parts[0], strings.Join(parts[1:], ", ")
	if rest != "" {
		head += ":"
	}
	t.row(0, nil, 2, span{head, strong}, span{" " + rest, plain})

	if s := r.Profile; s != nil {
		parts = nil
		add("client ID", s.ClientID)
		add("Certificate ID", s.CertificateID)
		t.row(0, nil, 2, span{shorten(strings.Join(parts, ", ")), faint})
	}
}

func (t *textReport) checks() {
	titles := 0
	for _, c := range t.r.Checks {
		if n := spansColumns(t.safe([]span{{text: c.Title}})); n <= maxTitle {
			titles = max(titles, n)
		}
	}
	for _, c := range t.r.Checks {
		if t.quiet && !t.shownWhenQuiet(c) {
			continue
		}
		t.check(c, statusColumns+titles+2)
		for _, f := range c.Findings {
			if t.quiet && f.Severity == finding.Info {
				continue
			}
			t.finding(f, c.Summary)
		}
	}
}

// shownWhenQuiet reports whether a quiet page shows a check: one that did not pass, and
// a skipped one only if the skip may be the reason of the outcome.
func (t *textReport) shownWhenQuiet(c finding.Result) bool {
	switch c.Status {
	case finding.Pass:
		return false
	case finding.Skip:
		return t.r.Outcome == finding.OutcomeInconclusive && !notSelected(c)
	}
	return true
}

func notSelected(c finding.Result) bool {
	return c.Reason != nil && *c.Reason == finding.NotSelected
}

// statusLook is the word and the ink of each status.
var statusLook = map[finding.Status]span{
	finding.Pass:    {"pass", good},
	finding.Warn:    {"warn", caution},
	finding.Fail:    {"FAIL", bad},
	finding.Skip:    {"skip", faint},
	finding.Unknown: {"unknown", unsure},
}

// check writes one check: status, title, and from column hang its summary.
func (t *textReport) check(c finding.Result, hang int) {
	look, ok := statusLook[c.Status]
	if !ok {
		look = span{string(c.Status), unsure}
	}
	body := plain
	summary := summaryOf(c)
	if c.Status == finding.Skip {
		body = faint
		summary = skipped(c)
	} else if !c.Selected {
		summary = strings.TrimSpace(summary + " (not selected, but needed)")
	}
	title := t.safe([]span{{c.Title, body}})
	status := []span{look, {pad(Columns(look.text), statusColumns), plain}}

	switch n := spansColumns(title); {
	case n > maxTitle:
		t.row(0, status, statusColumns, span{c.Title + ": " + summary, body})
	case t.width-hang < minSummary || widest(t.words([]span{{summary, body}})) > t.width-hang:
		t.row(0, status, statusColumns, title...)
		t.row(statusColumns, nil, statusColumns, span{summary, body})
	case summary == "":
		t.row(0, status, statusColumns, title...)
	default:
		label := append(status, title...)
		label = append(label, span{pad(n, hang-statusColumns), plain})
		t.row(0, label, hang, span{summary, body})
	}
	if facts, ok := c.Facts.(finding.CertificateIDFacts); ok && facts.Folder != nil && !t.quiet {
		t.folder(facts)
	}
	if facts, ok := c.Facts.(finding.AssertionFacts); ok && t.r.Command == "jwt inspect" {
		t.assertion(facts, c.Findings)
	}
}

func pad(used, width int) string { return strings.Repeat(" ", max(width-used, 1)) }

// reasonWords says why a check was skipped.
var reasonWords = map[finding.Reason]string{
	finding.NotSelected:   "not selected",
	finding.Offline:       "needs the network, and this run is offline",
	finding.NotConfigured: "not configured",
	finding.NotGiven:      "not given",
	finding.NoScope:       "not among the scopes",
	finding.NoPermission:  "the role has no permission for it",
	finding.ForeignServer: "not a NetSuite server",
	finding.NotRun:        "not run",
}

// skipped says why a check was skipped, and its summary if that says more.
func skipped(c finding.Result) string {
	why := ""
	switch {
	case len(c.BlockedBy) > 0:
		ids := make([]string, len(c.BlockedBy))
		for i, id := range c.BlockedBy {
			ids[i] = string(id)
		}
		why = "needs " + strings.Join(ids, ", ")
	case c.Reason != nil:
		why = cmp.Or(reasonWords[*c.Reason], string(*c.Reason))
	}
	summary := summaryOf(c)
	switch {
	case why == "" || strings.Contains(strings.ToLower(summary), strings.ToLower(why)):
		return summary
	case summary == "":
		return why
	}
	return why + ": " + summary
}

// summaryOf is a check's summary with shortened IDs, except the Certificate ID, which a
// user compares with NetSuite's page.
func summaryOf(c finding.Result) string {
	if c.ID == finding.CheckCertificateID {
		return c.Summary
	}
	return shorten(c.Summary)
}

// notes say what a passing report does not prove, or why a report is inconclusive.
func (t *textReport) notes() {
	if t.quiet && t.r.Outcome != finding.OutcomeInconclusive {
		return
	}
	for _, note := range t.r.Notes {
		t.row(0, nil, 2, span{"Note: ", plain}, span{note, plain})
	}
}

var outcomeInk = map[finding.Outcome]ink{
	finding.OutcomePass:         good,
	finding.OutcomeWarn:         caution,
	finding.OutcomeFail:         bad,
	finding.OutcomeInconclusive: unsure,
	finding.OutcomeError:        bad,
	finding.OutcomeInterrupted:  unsure,
}

// Mark paints a text of a page as that of an outcome; "" is a title.
func (o TextOptions) Mark(outcome finding.Outcome, text string) string {
	i, ok := outcomeInk[outcome]
	if !ok {
		i = strong
	}
	return newStyle(o.Color).paint(i, text)
}

// outcome is the last line: the outcome, the counts, the exit code.
func (t *textReport) outcome() {
	r := t.r
	var counts []string
	for _, c := range []struct {
		n    int
		word string
	}{
		{r.Summary.Fail, "failed"}, {r.Summary.Unknown, "unknown"}, {r.Summary.Warn, "warned"},
		{r.Summary.Pass, "passed"}, {r.Summary.Skip, "skipped"},
	} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	t.row(0, nil, 2, span{"Outcome ", plain}, span{string(r.Outcome), outcomeInk[r.Outcome]},
		span{fmt.Sprintf(", exit code %d: %s", r.ExitCode, strings.Join(counts, ", ")), plain})
}

// failure writes the report's error and its hints.
func (t *textReport) failure() {
	e := t.r.Error
	if e == nil {
		return
	}
	tool := cmp.Or(t.r.Tool.Name, "nsauth")
	if t.piped {
		t.whole(0, nil, 0, span{tool + ": error: " + noStop(e.Message), plain})
		for _, hint := range e.Hints {
			t.whole(0, nil, 0, span{tool + ": hint: " + noStop(hint), plain})
		}
		return
	}
	t.row(0, nil, 4, span{tool + ": ", plain}, span{"error:", bad}, span{" " + noStop(e.Message), plain})
	for _, hint := range e.Hints {
		t.row(0, nil, 4, span{tool + ": hint: " + noStop(hint), plain})
	}
}

// noStop drops the full stop: errors on the command line have none.
func noStop(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "..") {
		return strings.TrimSuffix(s, ".")
	}
	return s
}
