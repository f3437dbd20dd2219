package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// The short text is the answer on one screen. What to do comes last, because that stays
// in view.

// The rows of a screen of 24 or 30 lines, at 80 columns.
const (
	maxRows       = 30
	maxRowsOneWay = 24 // with one certain or likely cause
)

// detail says how many rows the parts of the short text may have.
type detail struct {
	below  int // of a check, after its first row
	checks int // that did not pass
	why    int
	fix    int
	others int // causes after the first
	pages  int // of a set, with questions
	notes  int
}

// details lists what is tried, most first, until the text fits.
var details = []detail{
	{below: 2, checks: 8, why: 3, fix: 7, others: 6, pages: 9, notes: 2},
	{below: 1, checks: 8, why: 3, fix: 5, others: 4, pages: 9, notes: 2},
	{below: 1, checks: 7, why: 2, fix: 4, others: 3, pages: 4, notes: 1},
	{below: 0, checks: 7, why: 2, fix: 3, others: 2, pages: 3, notes: 1},
	{below: 0, checks: 6, why: 1, fix: 2, others: 1, pages: 2, notes: 1},
	{below: 0, checks: 5, why: 1, fix: 1, others: 1, pages: 1, notes: 1},
}

func (t *textReport) short() {
	p := planOf(t.r)
	limit := maxRows
	if len(p.main) == 1 {
		limit = maxRowsOneWay
	}
	if t.width < defaultWidth {
		limit = limit * defaultWidth / t.width
	}
	for _, d := range details {
		t.b.Reset()
		t.screen(p, d)
		if strings.Count(t.b.String(), "\n") <= limit {
			return
		}
	}
}

func (t *textReport) screen(p plan, d detail) {
	t.headline()
	if t.listsChecks() {
		t.checks()
	} else {
		t.passed()
		t.failed(p, d)
		t.untested()
	}
	if r := t.r; r.Diagnosis != nil {
		t.gap()
		if w := r.Diagnosis.Worked; w != nil && !allWell(r) {
			t.rowsOf(2, 0, nil, 0, span{w.Summary + ".", plain})
		}
		if len(p.main) > 0 {
			t.firstCause(p.main[0], d)
			t.otherCauses(p, d)
		} else if len(p.set) > 0 {
			t.pagesOf(p.set, d)
		}
	}
	t.closing(p, d)
}

// listsChecks reports whether each check is listed: by a command whose answer they are.
func (t *textReport) listsChecks() bool {
	return slices.Contains([]string{"keycheck", "jwt inspect"}, t.r.Command)
}

// sign is the mark of a status or an outcome, in words where the terminal has no signs.
func (t *textReport) sign(s finding.Status) span {
	looks := map[finding.Status][2]string{finding.Pass: {"✓", "pass"}, finding.Fail: {"✗", "FAIL"},
		finding.Warn: {"!", "warn"}, finding.Unknown: {"!", "unknown"}, finding.Skip: {"–", "skip"}}
	look := looks[s]
	ink := statusLook[s].ink
	if t.ascii {
		return span{look[1], ink}
	}
	return span{look[0], ink}
}

// signed writes a row that begins with a sign.
func (t *textReport) signed(n int, s finding.Status, text ...span) {
	sign := t.sign(s)
	room := columns(sign.text) + 1
	t.rowsOf(n, 0, []span{sign, {" ", plain}}, room, text...)
}

// headline says whose answer it is, and what happened.
func (t *textReport) headline() {
	r := t.r
	what := strings.TrimSpace(cmp.Or(r.Tool.Name, "nsauth") + " " + r.Command)
	if s := r.Profile; s != nil {
		name, account := value(s.Name), value(s.Account)
		switch {
		case name != "" && account != "":
			what = name + " (" + account + ")"
		case account != "":
			what = "account " + account
		case name != "":
			what = name
		}
	}
	said := t.happened()
	status := map[finding.Outcome]finding.Status{finding.OutcomePass: finding.Pass, finding.OutcomeWarn: finding.Warn,
		finding.OutcomeFail: finding.Fail}[r.Outcome]
	t.signed(2, cmp.Or(status, finding.Unknown), span{what + ": ", strong}, span{said, strong})
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// happened is the headline of the diagnosis; a run without one has nothing to report.
func (t *textReport) happened() string {
	if d := t.r.Diagnosis; d != nil && d.Headline != "" {
		return d.Headline
	}
	passed := func(id finding.CheckID) bool {
		return slices.ContainsFunc(t.r.Checks, func(c finding.Result) bool { return c.ID == id && c.Status == finding.Pass })
	}
	switch {
	case t.r.Outcome != finding.OutcomePass:
		return string(t.r.Outcome)
	case passed(finding.CheckToken) && passed(finding.CheckAPI):
		return "works. Token issued, API call answered"
	case passed(finding.CheckToken):
		return "token issued"
	}
	return "no fault found"
}

// passed lists the checks that passed, and what a person likes to know of them.
func (t *textReport) passed() {
	var ids []string
	for _, c := range t.r.Checks {
		if c.Status == finding.Pass {
			ids = append(ids, string(c.ID))
		}
	}
	if len(ids) > 0 {
		t.signed(2, finding.Pass, span{fmt.Sprintf("%d passed: %s", len(ids), strings.Join(ids, ", ")), plain})
	}
	if t.r.Outcome != finding.OutcomePass {
		return
	}
	var facts []string
	for _, c := range t.r.Checks {
		if c.Status == finding.Pass && (c.ID == finding.CheckCertificate || c.ID == finding.CheckRole) {
			facts = append(facts, strings.ToLower(c.Title)+": "+summaryOf(c))
		}
	}
	t.rowsOf(2, 2, nil, 2, span{strings.Join(facts, "; "), plain})
}

// failed writes a line for each check that did not pass, the failures first.
func (t *textReport) failed(p plan, d detail) {
	var list []finding.Result
	for _, s := range []finding.Status{finding.Fail, finding.Warn, finding.Unknown} {
		for _, c := range t.r.Checks {
			if c.Status == s && (s != finding.Unknown || len(counted(c)) > 0) {
				list = append(list, c)
			}
		}
	}
	more := max(0, len(list)-d.checks)
	for _, c := range list[:len(list)-more] {
		f := counted(c)
		rows, said := 1, summaryOf(c)
		if len(f) > 0 {
			said = shorten(noStop(f[0].Message))
			if slices.ContainsFunc(t.causes(), func(c finding.Cause) bool { return c.Code == f[0].Code }) {
				rows += d.below
			}
		}
		if len(f) > 1 {
			said += fmt.Sprintf("; and %d more", len(f)-1)
		}
		t.signed(rows, c.Status, span{c.Title + ": ", strong}, span{said, plain})
	}
	if more > 0 {
		t.signed(1, finding.Fail, span{fmt.Sprintf("and %d more checks: -v lists them", more), plain})
	}
}

func (t *textReport) causes() []finding.Cause {
	if t.r.Diagnosis == nil {
		return nil
	}
	return t.r.Diagnosis.Causes
}

// counted are the warnings and errors of a check, gravest first.
func counted(c finding.Result) []finding.Finding {
	list := slices.DeleteFunc(slices.Clone(c.Findings), func(f finding.Finding) bool { return f.Accepted || f.Severity == finding.Info })
	slices.SortStableFunc(list, func(a, b finding.Finding) int {
		return strings.Compare(string(a.Severity), string(b.Severity)) // error, warning
	})
	return list
}

// untested names the checks that had no result, but for those not asked for.
func (t *textReport) untested() {
	var ids []string
	token := true
	for _, c := range t.r.Checks {
		unknown := c.Status == finding.Unknown && len(counted(c)) == 0
		if !unknown && (c.Status != finding.Skip || notSelected(c)) {
			continue
		}
		ids = append(ids, string(c.ID))
		token = token && (unknown || slices.Contains(c.BlockedBy, finding.CheckToken))
	}
	why := "not tested: "
	if token {
		why = "not tested, need a token: "
	}
	if len(ids) > 0 {
		t.signed(2, finding.Skip, span{why + strings.Join(ids, ", "), faint})
	}
}

// shortBlock is where the parts of a cause are written.
var shortBlock = block{2, 6}

func (t *textReport) part(n int, label, body string) {
	if strings.TrimSpace(body) != "" {
		t.rowsOf(n, shortBlock.indent, shortBlock.label(label), shortBlock.hang(), span{body, plain})
	}
}

// firstCause writes the cause to fix first: why, how and where.
func (t *textReport) firstCause(c finding.Cause, d detail) {
	sure := map[finding.Confidence]string{finding.Likely: "Likely: ", finding.Possible: "Possible: "}[c.Confidence]
	if c.Kind == finding.CauseWarning {
		sure = ""
	}
	t.rowsOf(2, 0, nil, 2, span{sure, confidenceLook[c.Confidence]}, span{c.Title, strong}, span{" (" + string(c.Code) + ")", faint})
	t.part(d.why, "why", t.whyOf(c))
	t.fix(c.Remedy, d.fix)
	if c.UIPath != nil {
		t.part(2, "page", *c.UIPath)
	}
	if c.UIURL != nil {
		t.part(1, "", *c.UIURL)
	}
}

// fix writes the steps of a remedy, or its summary if it has none, in at most n rows.
func (t *textReport) fix(m finding.Remedy, n int) {
	steps := m.Steps
	if len(steps) == 0 {
		steps = []string{m.Summary}
	}
	label := "fix"
	for i, step := range steps {
		before := strings.Count(t.b.String(), "\n")
		number := ""
		if len(steps) > 1 {
			number = fmt.Sprintf("%d. ", i+1)
		}
		t.rowsOf(min(n, 2), shortBlock.indent, append(shortBlock.label(label), span{number, plain}), shortBlock.hang()+len(number), span{step, plain})
		label = ""
		if n -= strings.Count(t.b.String(), "\n") - before; n <= 0 {
			return
		}
	}
}

// whyOf is why a cause matters. What a person answered or read is said as that.
func (t *textReport) whyOf(c finding.Cause) string {
	if c.ReadBy == finding.ReadByPerson || c.Meaning == "" {
		return c.Because
	}
	return c.Meaning
}

// otherCauses names what is left after the first cause, a row each.
func (t *textReport) otherCauses(p plan, d detail) {
	others := p.main[1:]
	more := max(0, len(others)-d.others)
	if more == 1 {
		more = 0
	}
	for _, c := range others[:len(others)-more] {
		t.rowsOf(1, 0, []span{{"Also:", plain}}, 6, span{c.Title, strong}, span{" (" + string(c.Code) + ")", faint})
	}
	if more > 0 {
		t.rowsOf(1, 0, nil, 0, span{fmt.Sprintf("and %d more: -v", more), plain})
	}
	switch {
	case len(p.set) > 1 && inNetSuite(p.set):
		t.rowsOf(1, 0, nil, 0, span{fmt.Sprintf("If that is correct there, it is one of %d causes in the account: -v lists them.", len(p.set)), plain})
	case len(p.set) > 1:
		t.rowsOf(1, 0, nil, 0, span{fmt.Sprintf("If that is not it, it is one of %d causes: -v lists them.", len(p.set)), plain})
	}
}

// pagesOf lists a set by the page in NetSuite that a person has open, with a question
// for each cause.
func (t *textReport) pagesOf(set []finding.Cause, d detail) {
	var pages []string
	byPage := map[string][]finding.Cause{}
	for _, c := range set {
		page := value(c.Page)
		if byPage[page] == nil {
			pages = append(pages, page)
		}
		byPage[page] = append(byPage[page], c)
	}
	t.rowsOf(2, 0, nil, 0, span{t.setShort(set, len(pages)), plain})
	for i, page := range pages {
		causes := byPage[page]
		label := []span{{fmt.Sprintf("%d", i+1), strong}, {" ", plain}}
		if page == "" {
			t.rowsOf(1, 0, label, 2, span{"Here, on this machine", strong})
		} else {
			t.rowsOf(2, 0, label, 2, span{value(causes[0].UIPath), strong})
			if u := causes[0].UIURL; u != nil {
				t.rowsOf(1, 2, nil, 2, span{*u, plain})
			}
		}
		if i >= d.pages {
			t.rowsOf(1, 2, nil, 4, span{fmt.Sprintf("- %d causes: -v lists them", len(causes)), plain})
			continue
		}
		for _, c := range causes {
			question := cmp.Or(value(c.Question), c.Title)
			if page == "" {
				question = c.Title + "? " + c.Because
			}
			t.rowsOf(1+min(1, d.below), 2, nil, 4, span{"- " + shorten(question), plain})
		}
	}
}

func (t *textReport) setShort(set []finding.Cause, pages int) string {
	switch {
	case t.issued():
		return "Key, certificate and IDs are in order. NetSuite gives this answer for each of these; most likely first:"
	case inNetSuite(set) && pages == 1:
		return "The cause is in the account, on this page. NetSuite gives the same answer for each of these:"
	case inNetSuite(set):
		return "The cause is in the account. NetSuite gives the same answer for all of these, so look at each page, most likely first:"
	}
	return "It is one of these, in the order in which to look:"
}

// closing is the end of the page: what to do next, where to read more, the outcome.
func (t *textReport) closing(p plan, d detail) {
	t.gap()
	t.failure()
	if t.r.Outcome != finding.OutcomeFail && !t.quiet {
		for _, note := range t.r.Notes {
			t.rowsOf(d.notes, 0, nil, 2, span{note, plain})
		}
	}
	t.next()
	t.more(p)
	t.outcome()
}

// next is the one thing to do, in at most three rows.
func (t *textReport) next() {
	d := t.r.Diagnosis
	if d == nil || d.Next == nil {
		return
	}
	n, label := *d.Next, []span{{"Next: ", strong}}
	commands := slices.DeleteFunc(slices.Clone(n.Commands), func(argv []string) bool { return t.omit != nil && t.omit(argv) })
	main, set := len(planOf(t.r).main) > 0, len(planOf(t.r).set) > 0
	switch {
	case !main && set:
		t.rowsOf(3, 0, label, 6, span{n.Summary, plain})
	case len(commands) > 0:
		t.rowsOf(2, 0, label, 6, span{n.Summary, plain})
		t.whole(6, nil, 6, span{t.commandLine(commands[0]), command})
	case n.UIPath != nil:
		t.rowsOf(3, 0, label, 6, span{n.Summary + " Then run nsauth doctor again.", plain})
	default:
		t.rowsOf(3, 0, label, 6, span{n.Summary, plain})
	}
}

// more says how to see more than this page.
func (t *textReport) more(p plan) {
	causes := append(slices.Clone(p.main), p.set...)
	if len(causes) == 0 {
		return
	}
	t.rowsOf(1, 0, []span{{"More: ", plain}}, 6, span{"-v, --message admin, nsauth explain " + string(causes[0].Code), faint})
}
