// Package diagnosis turns the results of the checks into causes: what can be
// proved, what is likely, what cannot be told apart from here, and what the
// evidence excludes. It measures nothing and knows no order of checks: the same
// results give the same diagnosis, in whatever order they come.
package diagnosis

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// Context is what is known besides the results.
type Context struct {
	// Sandbox says that the account is a sandbox: a refresh clears its mappings.
	Sandbox bool
	// AuditDetail is a Detail of the Login Audit Trail that a person looked up, or "".
	AuditDetail string
	// Answers are what a person said to questions, in the order in which they were
	// answered; Subject holds the values that the questions' words name: account,
	// client_id, kid, scope, time.
	Answers []Answer
	Subject finding.Evidence
	// Foreign says that the authorization server is not NetSuite.
	Foreign bool
	// Worked is when the set-up last got a token; nil if nothing is known of it.
	Worked *Worked
	// Outcome is the outcome of the run. With it there is a diagnosis exactly if
	// it is not OutcomePass; without it the statuses decide.
	Outcome finding.Outcome
}

// Diagnose explains results. It returns nil when there is nothing to explain:
// no check failed, warned or stayed unknown.
//
// The causes come in this order: the certain ones, in the order in which to mend
// them; the likely ones; the server's own error, as the consequence of the first
// of those; and the set that cannot be told apart from here, in the catalog's
// prior order. Where no check failed, the causes are the warnings that a refusal
// can follow from: possible where nothing was sent, likely where it is certain to
// come, as with a certificate that ends soon. Other warnings are no causes.
func Diagnose(results []finding.Result, c Context) *finding.Diagnosis {
	if !needed(results, c.Outcome) {
		return nil
	}
	p := newPicture(results, c)
	out := p.ruledOut()
	causes, excluded := p.causes(out)
	excluded = append(excluded, p.excludedByAnswers()...)
	d := &finding.Diagnosis{Causes: causes, RuledOut: []finding.RuledOut{}, Answers: c.said(), Worked: p.worked(causes)}
	named := map[finding.Code]bool{}
	for _, cause := range causes {
		named[cause.Code] = true
	}
	for _, r := range append(out, excluded...) {
		if !named[r.Code] {
			named[r.Code] = true
			d.RuledOut = append(d.RuledOut, r)
		}
	}
	return d
}

func needed(results []finding.Result, outcome finding.Outcome) bool {
	if outcome != "" {
		return outcome != finding.OutcomePass
	}
	for _, r := range results {
		if r.Status != finding.Pass && r.Status != finding.Skip {
			return true
		}
	}
	return false
}

// causes lists the causes, best first, and the members of the set that the audit
// trail's Detail excludes.
func (p *picture) causes(out []finding.RuledOut) ([]finding.Cause, []finding.RuledOut) {
	l := newList(append(out[:len(out):len(out)], p.excludedByAnswers()...), p)
	p.addSuspects(l)
	p.addWrongClock(l)
	p.addReach(l)
	switch {
	case p.refused != nil && p.context.Foreign:
		if _, explained := l.explanation(); !explained {
			l.add(finding.Possible, *p.refused, catalog.Because("foreign-server", nil))
		}
	case p.refused == nil || l.has(finding.Certain):
	case l.named["clock.skewed"] && p.context.detail() == "": // no word about credentials before it is right
		l.extend("clock.skewed", catalog.Because("clock-first", nil))
	default:
		if because, ended := p.endedByRecord(); ended {
			l.add(finding.Likely, finding.Finding{Code: "setup.certificate-revoked"}, because)
		}
		p.addMalformed(l)
		p.addBlindSpots(l)
		for _, code := range p.remaining() {
			l.addCode(code, p.lead(l)+p.why(code))
		}
		p.addDisproved(l)
	}
	p.addAPI(l)
	p.addRest(l)
	excluded := p.narrow(l)
	p.addNamed(l)
	p.addNothingLeft(l)
	return p.withSymptom(l), excluded
}

// addSuspects adds the findings that can make a token request fail.
func (p *picture) addSuspects(l *list) {
	for _, f := range p.findings {
		s, ok := suspects()[f.Code]
		if !ok || f.Severity == finding.Info {
			continue
		}
		e, _ := catalog.Said(f.Code, nil)
		_, worked := p.workedWith(f.Code)
		switch {
		case p.byWrongClock(f): // see addWrongClock
		case worked && p.refused != nil && f.Severity == finding.Warning: // see addDisproved
		case p.ofOtherFile(f) && !p.issued:
			l.add(finding.Likely, f, f.Message+"; unless this certificate file is another one than the mapping's, for its ID is not the configured one")
		case f.Severity == finding.Error && e.Refused && !p.issued && (s.Universal || !p.context.Foreign):
			l.add(finding.Certain, f, f.Message)
		case f.Severity == finding.Error:
			l.add(finding.Likely, f, f.Message)
		case p.issued: // the server's yes outranks the rule
		case p.refused != nil && !s.Weak:
			l.add(finding.Likely, f, f.Message+inferred(f))
		case p.refused != nil, !p.unreached() || s.Always:
			l.add(finding.Possible, f, f.Message+inferred(f))
		}
	}
}

// addWrongClock adds, behind the clock, what is so by this machine's clock only.
func (p *picture) addWrongClock(l *list) {
	for _, f := range p.findings {
		if p.byWrongClock(f) {
			l.addBehind(finding.Likely, f, f.Message+"; by that clock it is not so", new(skewed))
		}
	}
}

// addDisproved adds, behind all others, the warnings that an earlier token speaks
// against.
func (p *picture) addDisproved(l *list) {
	for _, f := range p.findings {
		before, worked := p.workedWith(f.Code)
		if _, suspect := suspects()[f.Code]; suspect && worked && f.Severity == finding.Warning && !l.named[f.Code] {
			l.add(finding.Possible, f, f.Message+inferred(f)+"; but "+catalog.Because("token-before", before))
		}
	}
}

func inferred(f finding.Finding) string {
	if f.Basis == finding.Inferred {
		return " (inferred, not documented as refused)"
	}
	return ""
}

// addReach adds what kept nsauth from an answer: such a fault is its own cause and
// says nothing about any credential.
func (p *picture) addReach(l *list) {
	var first *finding.Code
	for _, f := range p.findings {
		if slices.Contains(tables().Reach, f.Code) {
			var behind *finding.Code
			if skewed, ok := p.datedBySkew(f); ok {
				behind = &skewed.Code
				l.add(finding.Likely, skewed, catalog.Because("server-certificate-too", nil))
			}
			l.addBehind(finding.Likely, f, f.Message, behind)
			if first == nil && strings.HasPrefix(string(f.Code), "network.") {
				first = &f.Code
			}
		}
	}
	for _, f := range p.findings {
		if first == nil && len(l.causes) > 0 {
			break // nothing was asked, for a reason that stands there already
		}
		if f.Code == "clock.unmeasured" && !p.issued && p.refused == nil {
			l.addBehind(finding.Possible, f, f.Message, first)
		}
	}
}

// datedBySkew is the clock's finding that makes a server's certificate look out of
// date: a clock that is ahead sees it expired, one that is behind not valid yet.
func (p *picture) datedBySkew(untrusted finding.Finding) (finding.Finding, bool) {
	way := map[any]string{"expired": "ahead", "not-yet-valid": "behind"}[untrusted.Evidence["reason"]]
	for _, f := range p.findings {
		if untrusted.Code == "network.tls-untrusted" && f.Code == skewed && f.Evidence["reason"] == way {
			return f, true
		}
	}
	return finding.Finding{}, false
}

// addMalformed adds what invalid_request says by itself, which none of the set does.
func (p *picture) addMalformed(l *list) {
	if _, explained := l.explanation(); !explained && p.refused.Code == "token.invalid-request" {
		l.add(finding.Possible, *p.refused, catalog.Because("malformed-form", nil))
	}
}

// addBlindSpots adds the causes that a check would have shown, had it been able to look.
func (p *picture) addBlindSpots(l *list) {
	for _, b := range tables().BlindSpots {
		if !l.out[b.Code] && !p.sharesDetail(b.Code) {
			l.addCode(b.Code, catalog.Because(b.Because, nil))
		}
	}
}

// sharesDetail reports whether a finding already stands for what code would be.
func (p *picture) sharesDetail(code finding.Code) bool {
	e, _ := catalog.Said(code, nil)
	for _, f := range p.findings {
		if _, ok := suspects()[f.Code]; !ok {
			continue
		}
		found, _ := catalog.Said(f.Code, nil)
		for _, d := range e.AuditDetails {
			for _, other := range found.AuditDetails {
				if d == other {
					return true
				}
			}
		}
	}
	return false
}

// lead opens the because of a member of the set.
func (p *picture) lead(l *list) string {
	if first, ok := l.explanation(); ok {
		return "if it is not " + string(first) + ": "
	}
	return ""
}

// addAPI adds the causes behind a refused API call.
func (p *picture) addAPI(l *list) {
	for _, f := range p.findings {
		family, _, _ := strings.Cut(string(f.Code), ".")
		if family != "api" || f.Severity == finding.Info {
			continue
		}
		call, several := ambiguous(f)
		if !several {
			l.add(finding.Likely, f, f.Message)
			continue
		}
		for _, r := range p.findings {
			if slices.Contains(call.ExplainedBy, r.Code) && r.Severity != finding.Info {
				l.add(finding.Likely, r, r.Message)
			}
		}
		if f.Code == "api.invalid-login" && p.callWorked() { // which proves log-in, role and features
			if _, explained := l.explanation(); !explained {
				l.add(finding.Likely, f, f.Message+"; another call was answered with the same token, so log-in, role and features are in order")
			}
			continue
		}
		for _, code := range p.whoChanges(call.Set) {
			because := catalog.BehindCall()[code]
			if code == f.Code && !l.out[code] {
				l.add(finding.Possible, f, because)
			} else if !l.out[code] {
				l.addCode(code, because)
			}
		}
	}
}

// addRest adds what makes a check fail or stay unknown and is in no other table,
// and the warnings that announce a refusal. None of these can be why a token was
// refused, so that after a refusal they are left to their checks.
func (p *picture) addRest(l *list) {
	if p.refused != nil {
		return
	}
	for _, f := range p.findings {
		_, suspect := suspects()[f.Code]
		_, several := ambiguous(f)
		switch e, _ := catalog.Said(f.Code, nil); {
		case l.named[f.Code], suspect, several, f.Severity == finding.Info, f.Code == "clock.unmeasured":
		case f.Severity == finding.Error, e.Status == finding.Unknown && !f.Accepted:
			l.add(finding.Likely, f, f.Message)
		case slices.Contains(tables().Announces, f.Code) && !p.unreached():
			l.add(finding.Likely, f, f.Message)
		}
	}
}

// narrow applies the Detail that a person read in the Login Audit Trail: what it
// names is likely, the rest of the set is excluded. It is an answer and no proof,
// so nothing becomes certain by it, and a proven cause stands beside it. A Detail
// that no cause at hand has says nothing: it may be of another attempt.
func (p *picture) narrow(l *list) []finding.RuledOut {
	detail := p.context.detail()
	if detail == "" || p.context.Foreign || l.has(finding.Certain) {
		return nil
	}
	hit := false
	for _, c := range l.causes {
		hit = hit || p.detailNames(c.Code)
	}
	if !hit {
		return nil
	}
	var kept []finding.Cause
	var excluded []finding.RuledOut
	for _, c := range l.causes {
		switch {
		case p.detailNames(c.Code):
			c.Confidence = finding.Likely
			c.Because = catalog.Because("detail-names-it", finding.Evidence{"detail": detail, "because": c.Because})
			kept = append(kept, c)
		case c.Confidence == finding.Possible && !p.found(c.Code):
			excluded = append(excluded, finding.RuledOut{Code: c.Code,
				Because: catalog.Because("other-detail", finding.Evidence{"detail": detail})})
		default:
			c.Confidence = finding.Possible
			kept = append(kept, c)
		}
	}
	l.causes = kept
	return excluded
}

// withSymptom puts the server's own error behind the causes that explain it.
func (p *picture) withSymptom(l *list) []finding.Cause {
	l.sort()
	symptom := p.symptom()
	first, explained := l.explanation()
	if symptom == nil || !explained || l.named[symptom.Code] {
		return l.causes
	}
	s := l.cause(finding.Likely, *symptom, symptom.Message+"; "+string(first)+" explains it", &first)
	at := 0
	for at < len(l.causes) && l.causes[at].Confidence != finding.Possible {
		at++
	}
	return append(l.causes[:at:at], append([]finding.Cause{s}, l.causes[at:]...)...)
}
