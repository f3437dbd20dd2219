package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// set lists causes for which NetSuite gives the same answer, each with the check that
// confirms it and the page in NetSuite.
func (t *textReport) set(p plan) {
	t.paragraph(t.setIntroduction(p))
	because := p.set[0].Because
	same := !slices.ContainsFunc(p.set, func(c finding.Cause) bool { return c.Because != because })
	if same {
		t.gap()
		t.say(causeBlock, "why", because)
	}
	audit := auditTrail{members: map[string][]string{}}
	b := block{causeBlock.indent + len(fmt.Sprintf("%d. ", len(p.set))), 7}
	brief := len(p.main) > 0 // a more likely cause is listed before it
	for i, c := range p.set {
		if !brief || i == 0 {
			t.gap()
		}
		look := audit.collect(c, i+1)
		t.row(causeBlock.indent, []span{{fmt.Sprintf("%d.", i+1), plain}}, b.indent, t.named("", c.Code)...)
		if brief {
			continue
		}
		if !same && (look == "" || i == 0) {
			t.say(b, "why", c.Because)
		}
		m := withoutRepeatedPath(t.remedyOf(c.Code), look)
		t.say(b, "check", look)
		t.place(b, m)
		t.say(b, "fix", m.Summary)
		if i == 0 { // the first one with all steps
			t.steps(b, "", m.Steps)
			t.commands(b, m.Commands)
		}
	}
	t.gap()
	t.paragraph("All steps for one of them: nsauth explain CODE.")
	if trail, _ := finding.TrailOf(t.r.Checks); len(audit.details) > 0 && trail.LookedAt == nil {
		t.gap()
		t.paragraph("The Login Audit Trail may tell them apart: " + catalog.Menu("login-audit-trail") +
			"; tick Use Advanced Search, and on Results add Detail and Token-based Application Name." + t.lookAt("") +
			" NetSuite does not always log it. If there is an entry, its Detail means:")
		room := 0
		for _, detail := range audit.details {
			room = max(room, Columns(detail)+2)
		}
		list := block{causeBlock.indent + 2, room}
		for _, detail := range audit.details {
			label := []span{{detail, plain}, {pad(Columns(detail), list.room), plain}}
			t.row(list.indent, label, list.hang(), span{strings.Join(audit.members[detail], ", "), strong})
		}
		t.paragraph("The doctor with --audit-detail DETAIL shortens this list; nsauth explain DETAIL says more.")
		if next := t.r.Diagnosis.Next; len(p.main) == 0 && next != nil {
			t.commands(causeBlock, next.Commands)
		}
	}
}

// lookAt says which entry of the Login Audit Trail to look for: the time at which the
// token endpoint answered.
func (t *textReport) lookAt(where string) string {
	for _, c := range t.r.Checks {
		if f, ok := c.Facts.(finding.TokenFacts); ok && f.At != nil {
			if at, err := time.Parse(time.RFC3339, *f.At); err == nil {
				return " Look for " + text.Time(at) + where + "."
			}
		}
	}
	return ""
}

// auditTrail collects what the Login Audit Trail would show for each member of a list,
// so that it is said only once.
type auditTrail struct {
	details []string            // in the order of the list
	members map[string][]string // their numbers
}

// collect adds the Details of a cause and returns the other check that confirms it.
func (a *auditTrail) collect(c finding.Cause, number int) string {
	look, _ := c.ConfirmParts()
	for _, detail := range c.AuditDetails {
		if a.members[detail] == nil {
			a.details = append(a.details, detail)
		}
		a.members[detail] = append(a.members[detail], fmt.Sprint(number))
	}
	return look
}

func (t *textReport) setIntroduction(p plan) string {
	if len(p.main) > 0 {
		return "If that is not it, one of these, " + priorOrder + "; " + sameAnswer
	}
	if t.issued() {
		return "NetSuite issued a token, so key, certificate and IDs are in order, and refuses the call: a matter of permissions, not of credentials. " +
			"The cause is one of these, " + priorOrder + "; " + sameAnswer
	}
	if inNetSuite(p.set) {
		return "NetSuite refused an assertion that is correct, as far as can be proved from here: the cause is in the account. " +
			"It is one of these, " + priorOrder + "; " + sameAnswer
	}
	return "The cause is one of these, in the order in which to look; what was measured does not tell them apart:"
}

// sameAnswer says why the causes of a set are all listed.
const sameAnswer = "NetSuite gives the same answer for all of them:"
