package diagnosis

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// list collects causes: one per code, none that the evidence excludes.
type list struct {
	causes []finding.Cause
	named  map[finding.Code]bool
	out    map[finding.Code]bool
	// foreign says that the server is not NetSuite, and has no Login Audit Trail.
	foreign bool
	// at is when the token endpoint answered, as the Login Audit Trail would have it; "" if it did not.
	at string
	// detail is what a person read in that trail, or "": what it names nobody has to look up there again.
	detail string
	// whose names role and entity, where an earlier token showed them; "" else.
	whose string
	// inspected says that nothing but an assertion was looked at, as jwt inspect does.
	inspected bool
}

func newList(out []finding.RuledOut, p *picture) *list {
	l := &list{causes: []finding.Cause{}, named: map[finding.Code]bool{}, out: map[finding.Code]bool{},
		foreign: p.context.Foreign, at: p.answeredAt(), detail: p.context.detail(), whose: p.context.Worked.whose()}
	_, assertion := p.results[finding.CheckAssertion]
	l.inspected = assertion && len(p.results) == 1
	for _, r := range out {
		l.out[r.Code] = true
	}
	return l
}

// add adds what a check found. A second finding of the same code adds its because
// to the first, and the greater confidence of the two counts.
func (l *list) add(c finding.Confidence, f finding.Finding, because string) {
	l.addBehind(c, f, because, nil)
}

func (l *list) addBehind(c finding.Confidence, f finding.Finding, because string, behind *finding.Code) {
	if l.named[f.Code] {
		for i, known := range l.causes {
			if known.Code == f.Code {
				if known.Because != because {
					l.causes[i].Because += "; " + because
				}
				if grade(c) < grade(known.Confidence) {
					l.causes[i].Confidence = c
				}
			}
		}
		return
	}
	l.named[f.Code] = true
	l.causes = append(l.causes, l.cause(c, f, because, behind))
}

// addCode adds a possible cause that no check found.
func (l *list) addCode(code finding.Code, because string) {
	if l.named[code] || l.out[code] {
		return
	}
	l.add(finding.Possible, finding.Finding{Code: code}, because)
}

// extend adds to the because of a cause that is there.
func (l *list) extend(code finding.Code, because string) {
	for i := range l.causes {
		if l.causes[i].Code == code {
			l.causes[i].Because += "; " + because
		}
	}
}

func (l *list) has(confidence finding.Confidence) bool {
	return slices.ContainsFunc(l.causes, func(c finding.Cause) bool { return c.Confidence == confidence })
}

// explanation is the surest cause, if there is one, that a refusal follows from.
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

// sort brings the surest to the front and keeps the order among equals.
func (l *list) sort() {
	slices.SortStableFunc(l.causes, func(a, b finding.Cause) int { return grade(a.Confidence) - grade(b.Confidence) })
}

func grade(c finding.Confidence) int {
	switch c {
	case finding.Certain:
		return 0
	case finding.Likely:
		return 1
	}
	return 2
}

// cause says which look or command settles it, and which Details the audit trail
// would show: whether it has an entry is not promised.
func (l *list) cause(c finding.Confidence, f finding.Finding, because string, behind *finding.Code) finding.Cause {
	cause := finding.Cause{Code: f.Code, Confidence: c, Because: because, ConsequenceOf: behind}
	if f.Evidence["reason"] == "foreign-server" { // NetSuite's pages tell nothing there
		cause.Confirm = "the authorization server's own log"
		return cause
	}
	e, _ := catalog.Said(f.Code, f.Evidence)
	cause.Confirm = catalog.Fill(e.Confirm, f.Evidence)
	if l.inspected && cause.Confirm == catalog.ConfirmByInspecting {
		cause.Confirm = "header and claims, as this run shows them"
	}
	if f.Code == "setup.role-or-entity-inactive" {
		cause.Confirm += l.whose
	}
	named := slices.ContainsFunc(e.AuditDetails, func(d string) bool { return strings.EqualFold(d, l.detail) })
	if l.foreign || named || len(e.AuditDetails) == 0 || e.Owner == finding.CheckAPI {
		return cause
	}
	at := l.at
	if c == finding.Certain { // which nobody has to look up
		at = ""
	}
	cause.AuditDetails = e.AuditDetails
	cause.Confirm += "; " + finding.InAuditTrail(e.AuditDetails) + " (" + catalog.Menu("login-audit-trail") + ")" + at + " would confirm it, if there is an entry"
	return cause
}
