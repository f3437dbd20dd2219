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
	{below: 0, checks: 8, why: 2, fix: 4, others: 3, pages: 9, notes: 1},
	{below: 0, checks: 7, why: 2, fix: 3, others: 2, pages: 3, notes: 1},
	{below: 0, checks: 6, why: 1, fix: 2, others: 1, pages: 2, notes: 1},
	{below: 0, checks: 4, why: 1, fix: 1, others: 1, pages: 1, notes: 1},
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
		if t.rows() <= limit {
			return
		}
	}
}

func (t *textReport) screen(p plan, d detail) {
	t.headline()
	if t.unset() {
		t.rowsOf(2, 2, nil, 2, span{t.r.Diagnosis.Next.Summary, plain})
		t.next(p)
		return
	}
	if t.listsChecks() {
		t.checks()
	} else {
		t.passed()
		t.failed(d)
		t.accepted()
		t.untested()
	}
	if r := t.r; r.Diagnosis != nil {
		t.gap()
		if w := r.Diagnosis.Worked; w != nil && !(len(p.main) > 0 && p.main[0].Confidence == finding.Certain) {
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

// unset reports whether nothing was configured, so that no check has anything to say.
func (t *textReport) unset() bool {
	return t.r.Diagnosis != nil && t.r.Diagnosis.Next != nil && slices.ContainsFunc(t.r.Checks, func(c finding.Result) bool {
		return slices.ContainsFunc(c.Findings, func(f finding.Finding) bool {
			return f.Code == "profile.missing-value" && f.Evidence["profiles"] != nil
		})
	})
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
	room := Columns(sign.text) + 1
	t.rowsOf(n, 0, []span{sign, {" ", plain}}, room, text...)
}

// headline says whose answer it is, and what happened.
func (t *textReport) headline() {
	said := t.happened()
	status := map[finding.Outcome]finding.Status{finding.OutcomePass: finding.Pass, finding.OutcomeWarn: finding.Warn,
		finding.OutcomeFail: finding.Fail}[t.r.Outcome]
	t.signed(2, cmp.Or(status, finding.Unknown), span{t.subject() + ": ", strong}, span{said, strong})
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
	if n := t.infos(); n > 0 {
		t.signed(1, finding.Skip, span{fmt.Sprintf("notes on what works: %d (-v shows them)", n), plain})
	}
}

// infos counts the findings that are no fault.
func (t *textReport) infos() (n int) {
	for _, c := range t.r.Checks {
		for _, f := range c.Findings {
			n += map[bool]int{true: 1}[f.Severity == finding.Info]
		}
	}
	return n
}

// failed writes a line for each check that did not pass, the failures first.
func (t *textReport) failed(d detail) {
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
			said = t.withoutFolders(messages(f))
			if c.ID != finding.CheckCertificateID { // whose IDs a person compares with NetSuite's page
				said = shorten(said)
			}
			own := slices.ContainsFunc(t.causes(), func(c finding.Cause) bool { return c.Code == f[0].Code && c.ConsequenceOf == nil })
			switch {
			case own && c.ID == finding.CheckCertificateID: // with room for both IDs
				rows = 3
			case own, c.Status == finding.Fail:
				rows += d.below
			}
		}
		t.signed(rows, c.Status, span{c.Title + ": ", strong}, span{said, plain})
	}
	if more > 0 {
		t.signed(1, finding.Fail, span{fmt.Sprintf("and %d more checks: -v lists them", more), plain})
	}
}

// accepted names the findings that the profile's accept list takes for no failure.
func (t *textReport) accepted() {
	var titles []string
	for _, c := range t.r.Checks {
		for _, f := range c.Findings {
			if f.Accepted {
				titles = append(titles, string(f.Code))
			}
		}
	}
	if len(titles) > 0 {
		t.signed(1, finding.Skip, span{"accepted: " + strings.Join(titles, ", "), faint})
	}
}

func (t *textReport) causes() []finding.Cause {
	if t.r.Diagnosis == nil {
		return nil
	}
	return t.r.Diagnosis.Causes
}

// messages are those of findings, in one line.
func messages(list []finding.Finding) string {
	var said []string
	for _, f := range list {
		said = append(said, noStop(f.Message))
	}
	return strings.Join(said, "; ")
}

// withoutFolders shortens the paths of the profile's files to their names.
func (t *textReport) withoutFolders(s string) string {
	for _, c := range t.r.Checks {
		facts, ok := c.Facts.(finding.ProfileFacts)
		if !ok {
			continue
		}
		for _, field := range []string{"key", "cert"} {
			if file := facts.Values[field].Value; file != "" {
				s = strings.ReplaceAll(s, file, fileName(file))
			}
		}
	}
	return s
}

// fileName is the last part of a path of any system.
func fileName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

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

// closing is the end of the page: what to do next, where to read more, the outcome.
func (t *textReport) closing(p plan, d detail) {
	t.gap()
	t.failure()
	inconclusive := t.r.Outcome == finding.OutcomeInconclusive // a note may say why
	for _, note := range t.r.Notes {
		if t.r.Outcome != finding.OutcomeFail && (inconclusive || !t.quiet) || strings.HasPrefix(note, finding.NoteRecorded) {
			t.rowsOf(d.notes, 0, nil, 2, span{note, plain})
		}
	}
	t.givenAnswers()
	t.next(p)
	t.more(p)
	t.outcome()
}

// givenAnswers names what rests on a person's answers.
func (t *textReport) givenAnswers() {
	if t.r.Diagnosis == nil || len(t.r.Diagnosis.Answers) == 0 {
		return
	}
	var said []string
	for _, a := range t.r.Diagnosis.Answers {
		said = append(said, a.ID+" "+shorten(a.Answer))
	}
	t.rowsOf(1, 0, nil, 0, span{"Answered, not measured: " + strings.Join(said, ", "), plain})
}

// next is the one thing to do, in at most three rows.
func (t *textReport) next(p plan) {
	d := t.r.Diagnosis
	if d == nil || d.Next == nil {
		return
	}
	n, label := *d.Next, []span{{"Next: ", strong}}
	commands := slices.DeleteFunc(slices.Clone(n.Commands), func(argv []string) bool { return t.omit != nil && t.omit(argv) })
	set := len(p.main) == 0 && len(p.set) > 0
	switch {
	case len(commands) > 0 && t.unset(): // the summary stands above
		t.whole(0, label, 6, span{t.commandLine(commands[0]), command})
	case len(commands) > 0:
		line := span{t.commandLine(commands[0]), command}
		if all := []span{{n.Summary + " ", plain}, line}; set && len(fill(t.words(all), t.width-6, t.width-6)) <= 3 {
			t.rowsOf(3, 0, label, 6, all...)
			return
		}
		t.rowsOf(map[bool]int{true: 3, false: 2}[set], 0, label, 6, span{n.Summary, plain})
		t.whole(6, nil, 6, line)
	case n.UIPath != nil && t.r.Command == "doctor" && !set:
		t.rowsOf(3, 0, label, 6, span{n.Summary + " Then run the doctor again.", plain})
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
	also := ""
	if _, asked := finding.TrailOf(t.r.Checks); t.r.Command == "doctor" { // the others have neither flag
		also = map[bool]string{true: "--message admin, ", false: "--auditor NAME, "}[asked || len(p.set) == 0]
	}
	t.rowsOf(1, 0, []span{{"More: ", plain}}, 6, span{"-v, " + also + "nsauth explain " + string(causes[0].Code), faint})
}
