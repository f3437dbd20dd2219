package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/text"
)

// The diagnosis is the answer. Independent causes come first, each with its fix and its
// consequences; causes with the same answer from NetSuite are one short list.

// plan sorts the causes of a diagnosis into those three groups.
type plan struct{ main, set, follows []finding.Cause }

func planOf(r *finding.Report) (p plan) {
	if r.Diagnosis != nil {
		p.main, p.set, p.follows = finding.SortCauses(r.Diagnosis.Causes)
	}
	return p
}

// alternatives reports whether only one of the main causes applies: those in the account
// come from a Detail of the Login Audit Trail, which has several causes. Measured causes
// all apply.
func (p plan) alternatives() bool {
	proven := slices.ContainsFunc(p.main, func(c finding.Cause) bool { return c.Confidence == finding.Certain })
	return len(p.main) > 1 && !proven && slices.ContainsFunc(p.main, inAccount)
}

// answered reports whether the diagnosis says what to do about a finding. The token
// endpoint's own error is always explained by its causes.
func (t *textReport) answered(code finding.Code) bool {
	p := planOf(t.r)
	if allOf := len(p.main) + len(p.set) + len(p.follows); allOf == 0 {
		return false
	}
	is := func(c finding.Cause) bool { return c.Code == code }
	symptom := strings.HasPrefix(string(code), "token.") || len(p.set) > 0 && strings.HasPrefix(string(code), "api.")
	return symptom || slices.ContainsFunc(p.main, is) || slices.ContainsFunc(p.follows, is)
}

// causeBlock is where the diagnosis is written, with labels as wide as "possible".
var causeBlock = block{2, 10}

// confidenceLook is the ink of each confidence; the word is its own.
var confidenceLook = map[finding.Confidence]ink{
	finding.Certain:  bad,
	finding.Likely:   caution,
	finding.Possible: unsure,
}

func (t *textReport) diagnosis(d *finding.Diagnosis) {
	p := planOf(t.r)
	t.row(0, nil, 2, span{"Diagnosis", strong})
	t.gap()
	if d.Worked != nil {
		t.paragraph(d.Worked.Summary + ".")
		t.gap()
	}
	if len(d.Causes) == 0 {
		t.paragraph("No cause can be named from what was measured.")
	}
	if said := t.mainIntroduction(p); said != "" {
		t.paragraph(said)
	}
	for i, c := range p.main {
		t.gap()
		number := ""
		if len(p.main) > 1 {
			number = fmt.Sprintf("%d. ", i+1)
		}
		t.cause(c, number)
		t.consequences(p, c.Code)
	}
	if len(p.set) > 0 {
		t.gap()
		t.set(p)
	}
	t.otherConsequences(p)
	t.answers(d.Answers)
	t.ruledOut(p, d.RuledOut)
}

// answer is the diagnosis in one sentence, near the end of the page.
func (t *textReport) answer() {
	d := t.r.Diagnosis
	if d == nil || len(d.Causes) == 0 || allWell(t.r) {
		return
	}
	p := planOf(t.r)
	words := span{"", strong}
	var titles []string
	for _, c := range p.main {
		titles = append(titles, t.titleOf(c.Code))
	}
	switch {
	case len(p.main) == 1:
		c, how := p.main[0], string(p.main[0].Confidence)
		if t.r.Outcome == finding.OutcomeWarn {
			how = "nothing failed, but"
		}
		words.text = fmt.Sprintf("%s: %s. %s", how, titles[0], t.remedyOf(c.Code).Summary)
	case len(p.main) > 1:
		how := fmt.Sprintf("%d causes, in the order in which to fix them", len(titles))
		switch {
		case t.r.Outcome == finding.OutcomeWarn:
			how = fmt.Sprintf("nothing failed, but %d warnings could become a refusal", len(titles))
		case p.alternatives():
			how = fmt.Sprintf("likely one of these %d", len(titles))
		}
		words.text = fmt.Sprintf("%s: %s. Begin with the first: %s", how, strings.Join(titles, "; "), t.remedyOf(p.main[0].Code).Summary)
	case len(p.set) > 0:
		words.text = t.setAnswer(p)
	default:
		return
	}
	t.row(0, nil, 2, span{"Answer: ", plain}, words)
}

// setAnswer says where the causes of a set are, and which to check first.
func (t *textReport) setAnswer(p plan) string {
	first := fmt.Sprintf("one of the %d above, the first to look at: %s.", len(p.set), t.titleOf(p.set[0].Code))
	switch {
	case t.issued():
		return "NetSuite issued a token and refuses the call: a matter of permissions, not of credentials; " + first
	case inNetSuite(p.set):
		return "NetSuite refused an assertion that is correct, as far as can be proved from here; the cause is in the account: " + first + " Look into the Login Audit Trail too."
	}
	return strings.TrimSuffix(first, ".") + ": " + p.set[0].Because + "."
}

// issued reports whether the run got a token.
func (t *textReport) issued() bool {
	return slices.ContainsFunc(t.r.Checks, func(c finding.Result) bool {
		return c.ID == finding.CheckToken && (c.Status == finding.Pass || c.Status == finding.Warn)
	})
}

// titleOf is the title of a cause, or of one that is ruled out.
func (t *textReport) titleOf(code finding.Code) string {
	for _, c := range t.causes() {
		if c.Code == code && c.Title != "" {
			return c.Title
		}
	}
	return string(code)
}

// inNetSuite reports whether all causes are in the account.
func inNetSuite(set []finding.Cause) bool {
	return !slices.ContainsFunc(set, func(c finding.Cause) bool { return !inAccount(c) })
}

func inAccount(c finding.Cause) bool { return strings.HasPrefix(string(c.Code), "setup.") }

// priorOrder names the order of causes with the same answer from NetSuite.
const priorOrder = "most likely first"

func (t *textReport) paragraph(s string) {
	t.row(causeBlock.indent, nil, causeBlock.indent, span{s, plain})
}

// cause writes one cause with its reason and its fix.
func (t *textReport) cause(c finding.Cause, number string) {
	b := causeBlock
	sure := span{string(c.Confidence), confidenceLook[c.Confidence]}
	label := []span{sure, {pad(Columns(sure.text), b.room), plain}}
	t.row(b.indent, label, b.hang(), t.named(number, c.Code)...)
	t.say(b, "why", c.Because)
	look, audit := c.ConfirmParts()
	t.say(b, "check", look)
	t.say(b, "", audit)
	m := withoutRepeatedPath(t.remedyOf(c.Code), c.Confirm)
	t.remedy(b, m)
	t.docs(b, m)
}

// consequences names what a cause explains, so that a reader does not fix a symptom.
// The symptom's check describes it.
func (t *textReport) consequences(p plan, of finding.Code) {
	label := "explains"
	for _, c := range p.follows {
		if *c.ConsequenceOf == of {
			t.consequence(label, c.Code, "")
			label = ""
		}
	}
}

func (t *textReport) consequence(label string, code finding.Code, because string) {
	b := causeBlock
	name := t.named("", code)
	name[0].ink = plain
	if because != "" {
		name = append(name, span{": " + noStop(because), plain})
	}
	t.row(b.indent, b.label(label), b.hang(), name...)
}

// otherConsequences names the consequences of what is not a main cause.
func (t *textReport) otherConsequences(p plan) {
	label := "follows"
	for _, c := range p.follows {
		if slices.ContainsFunc(p.main, func(m finding.Cause) bool { return m.Code == *c.ConsequenceOf }) {
			continue
		}
		if label != "" {
			t.gap()
		}
		t.consequence(label, c.Code, c.Because)
		label = ""
	}
}

// ruledOut names the causes that were excluded, where the cause is a set. The checks
// have the measurements that exclude them.
func (t *textReport) ruledOut(p plan, out []finding.RuledOut) {
	if t.quiet || len(p.set) == 0 || len(out) == 0 || t.issued() {
		return // the set's introduction says what a token proves
	}
	var titles []string
	for _, c := range out {
		titles = append(titles, cmp.Or(c.Title, string(c.Code)))
	}
	t.gap()
	t.row(causeBlock.indent, nil, causeBlock.indent, span{"Ruled out: ", plain}, span{strings.Join(titles, "; "), faint})
}

func (t *textReport) answers(as []finding.Answer) {
	if len(as) == 0 {
		return
	}
	t.gap()
	t.paragraph("Answered, not measured:")
	for _, a := range as {
		t.row(causeBlock.indent+2, nil, causeBlock.indent+4, span{a.Question + " ", plain}, span{a.Answer, strong})
	}
}

// named is a cause's title in the catalog, and its code.
func (t *textReport) named(number string, code finding.Code) []span {
	title := t.titleOf(code)
	if title == string(code) {
		return []span{{number + title, strong}}
	}
	return []span{{number + title, strong}, {" (" + string(code) + ")", faint}}
}

// remedyOf is the remedy of a cause.
func (t *textReport) remedyOf(code finding.Code) finding.Remedy {
	for _, c := range t.causes() {
		if c.Code == code {
			return c.Remedy
		}
	}
	return finding.Remedy{}
}

// withoutRepeatedPath drops the menu path if confirm names it.
func withoutRepeatedPath(m finding.Remedy, confirm string) finding.Remedy {
	if m.UIPath != nil && strings.Contains(confirm, *m.UIPath) {
		m.UIPath = nil
	}
	return m
}

// safeAccount matches an account that may become part of a host name.
var safeAccount = text.Regexp(`^[A-Za-z0-9]+([_-][A-Za-z0-9]+)?$`)

// PageURL completes the path of a NetSuite page with the account's host. It returns "" if
// the report has no account that is safe in a host name.
func PageURL(r *finding.Report, path string) string {
	s := r.Profile
	switch {
	case !strings.HasPrefix(path, "/"):
		return path
	case s == nil || s.Account == nil:
		return ""
	}
	label := strings.ToLower(strings.ReplaceAll(*s.Account, "_", "-"))
	if !safeAccount().MatchString(*s.Account) {
		if *s.Account != maskedAccount {
			return ""
		}
		label = maskedAccount
	}
	return "https://" + label + nsid.App.Suffix() + path
}
