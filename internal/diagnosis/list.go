package diagnosis

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// list collects causes: one per code, without those that the evidence excludes.
type list struct {
	causes []finding.Cause
	named  map[finding.Code]bool
	out    map[finding.Code]bool
	// foreign says that the server is not NetSuite, and has no Login Audit Trail.
	foreign bool
	// at says when the token endpoint answered, " at TIME"; "" if it did not.
	at string
	// detail is what a person read in that trail, or "".
	detail string
	// lastRole names role and entity of an earlier token, or "".
	lastRole string
	// inspected says that the run judged an assertion only, as jwt inspect does.
	inspected bool
}

func newList(out []finding.RuledOut, o *observations) *list {
	l := &list{causes: []finding.Cause{}, named: map[finding.Code]bool{}, out: map[finding.Code]bool{},
		foreign: o.context.Foreign, at: o.answeredAt(), detail: o.context.detail(), lastRole: o.context.Worked.lastRole()}
	_, assertion := o.results[finding.CheckAssertion]
	_, sent := o.results[finding.CheckToken]
	l.inspected = assertion && !sent
	if recorded, _, _ := o.recorded(); recorded != "" {
		l.detail = recorded
	}
	for _, r := range out {
		l.out[r.Code] = true
	}
	return l
}

// add adds a finding. A second one of the same code adds its because to the first, and
// the greater confidence of the two counts.
func (l *list) add(c finding.Confidence, f finding.Finding, because string) {
	l.addBehind(c, f, because, nil)
}

func (l *list) addBehind(c finding.Confidence, f finding.Finding, because string, behind *finding.Code) {
	if i := l.index(f.Code); i >= 0 {
		if l.causes[i].Because != because {
			l.causes[i].Because += "; " + because
		}
		if grade(c) < grade(l.causes[i].Confidence) {
			l.causes[i].Confidence = c
		}
		return
	}
	l.named[f.Code] = true
	l.causes = append(l.causes, l.cause(c, f, because, behind))
}

// index is the place of code in the list, or -1.
func (l *list) index(code finding.Code) int {
	return slices.IndexFunc(l.causes, func(c finding.Cause) bool { return c.Code == code })
}

// addCode adds a possible cause that no check found.
func (l *list) addCode(code finding.Code, because string) {
	if !l.named[code] && !l.out[code] {
		l.add(finding.Possible, finding.Finding{Code: code}, because)
	}
}

func (l *list) has(confidence finding.Confidence) bool {
	return slices.ContainsFunc(l.causes, func(c finding.Cause) bool { return c.Confidence == confidence })
}

// explanation is the surest cause that explains a refusal.
func (l *list) explanation() (finding.Code, bool) {
	for _, confidence := range []finding.Confidence{finding.Certain, finding.Likely} {
		for _, c := range l.causes {
			if c.Confidence == confidence && explains(c.Code) {
				return c.Code, true
			}
		}
	}
	return "", false
}

// sort puts the surest first and keeps the order among equals.
func (l *list) sort() {
	slices.SortStableFunc(l.causes, func(a, b finding.Cause) int { return grade(a.Confidence) - grade(b.Confidence) })
}

func grade(c finding.Confidence) int {
	return slices.Index([]finding.Confidence{finding.Certain, finding.Likely, finding.Possible}, c)
}

// cause says which look or command confirms it, and which Details the audit trail would
// show if it has an entry.
func (l *list) cause(c finding.Confidence, f finding.Finding, because string, behind *finding.Code) finding.Cause {
	cause := finding.Cause{Code: f.Code, Confidence: c, Because: because, ConsequenceOf: behind}
	if f.Evidence["reason"] == "foreign-server" { // which NetSuite's pages do not explain
		cause.Confirm = "the authorization server's own log"
		return cause
	}
	e, _ := catalog.Said(f.Code, f.Evidence)
	cause.Confirm = catalog.Fill(e.Confirm, f.Evidence)
	if l.inspected && cause.Confirm == catalog.ConfirmByInspecting {
		cause.Confirm = "header and claims, as this run shows them"
	}
	if f.Code == "setup.role-or-entity-inactive" {
		cause.Confirm += l.lastRole
	}
	named := slices.ContainsFunc(e.AuditDetails, func(d string) bool { return strings.EqualFold(d, l.detail) })
	if l.foreign || named || len(e.AuditDetails) == 0 || e.Owner == finding.CheckAPI {
		return cause
	}
	at := l.at
	if c == finding.Certain { // needs no look-up
		at = ""
	}
	cause.AuditDetails = e.AuditDetails
	cause.Confirm += "; " + finding.InAuditTrail(e.AuditDetails) + " (" + catalog.Menu("login-audit-trail") + ")" + at + " would confirm it, if there is an entry"
	return cause
}
