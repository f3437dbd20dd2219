// Package diagnosis turns the results of the checks into causes: which are proven,
// which are likely, which only NetSuite can tell apart, and which the evidence
// excludes. It measures nothing, and the order of the results does not matter.
package diagnosis

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// Context is what is known in addition to the results.
type Context struct {
	// Sandbox says that the account is a sandbox: a refresh clears its mappings.
	Sandbox bool
	// AuditDetail is a Detail of the Login Audit Trail that a person looked up, or "".
	AuditDetail string
	// Answers are in the order in which a person gave them. Subject holds the values
	// that questions mention: account, client_id, kid, scope, time.
	Answers []Answer
	Subject finding.Evidence
	// Foreign says that the authorization server is not NetSuite.
	Foreign bool
	// Worked is when the set-up last got a token; nil if unknown.
	Worked *Worked
	// Outcome is the outcome of the run: every one but OutcomePass is diagnosed. If it
	// is "", the statuses decide.
	Outcome finding.Outcome
}

// Diagnose explains results. It returns nil if no check failed, warned or stayed
// unknown.
//
// The causes come in this order: the certain ones, in the order in which to fix them;
// the likely ones; the server's own error, as the consequence of the first of those;
// the set that only NetSuite can tell apart, in prior order. If no check failed, the
// causes are the warnings that can lead to a refusal: possible if nothing was sent,
// likely if the refusal will come, as with a certificate that expires soon.
func Diagnose(results []finding.Result, c Context) *finding.Diagnosis {
	if !needed(results, c.Outcome) {
		return nil
	}
	o := newObservations(results, c)
	out := o.ruledOut()
	causes, excluded := o.causes(out)
	excluded = append(excluded, o.excludedByAnswers()...)
	d := &finding.Diagnosis{Causes: causes, RuledOut: []finding.RuledOut{}, Answers: c.reportedAnswers(), Worked: o.worked(causes)}
	named := map[finding.Code]bool{}
	for i := range causes {
		o.describe(&causes[i])
		named[causes[i].Code] = true
	}
	d.Headline, d.Next = o.headline(causes), o.next(causes)
	for _, r := range append(out, excluded...) {
		if !named[r.Code] {
			named[r.Code] = true
			e, _ := o.entry(r.Code, finding.Finding{})
			r.Title = e.Title
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

// causes lists the causes, surest first, and the members of the set that the audit
// trail's Detail excludes.
func (o *observations) causes(out []finding.RuledOut) ([]finding.Cause, []finding.RuledOut) {
	l := newList(append(out[:len(out):len(out)], o.excludedByAnswers()...), o)
	o.addSuspects(l)
	o.addWrongClock(l)
	o.addReach(l)
	excludedByTrail := o.addRead(l)
	switch {
	case o.refused != nil && o.context.Foreign:
		if _, explained := l.explanation(); !explained {
			l.add(finding.Possible, *o.refused, catalog.Because("foreign-server", nil))
		}
	case o.refused == nil || l.has(finding.Certain):
	default:
		if because, expired := o.expiredByRecord(); expired {
			l.add(finding.Likely, finding.Finding{Code: "setup.certificate-revoked"}, because)
		}
		o.addMalformed(l)
		o.addBlindSpots(l, false)
		for _, code := range o.remaining() {
			l.addCode(code, o.lead(l)+o.why(code)+o.unseenByAuditor(code))
		}
		o.addDisproved(l)
		o.addSlightlyAhead(l)
		o.addBlindSpots(l, true)
		o.uploadFirst(l)
	}
	o.addClockBehind(l)
	o.addAPI(l)
	o.addRest(l)
	excluded := o.narrow(l)
	o.addNamed(l)
	o.addNothingLeft(l)
	return o.withSymptom(l), append(excluded, excludedByTrail...)
}

// addSuspects adds the findings that can make a token request fail.
func (o *observations) addSuspects(l *list) {
	for _, f := range o.findings {
		s, ok := suspects()[f.Code]
		if !ok || f.Severity == finding.Info {
			continue
		}
		e, _ := catalog.Said(f.Code, nil)
		_, worked := o.workedWith(f.Code)
		switch {
		case o.byWrongClock(f): // see addWrongClock
		case f.Evidence["read_by"] != nil: // see addRead
		case o.refused != nil && clockBehind(f): // see addClockBehind
		case f.Code == "clock.sources-disagree" && o.found(skewed): // which says it too
		case worked && o.refused != nil && f.Severity == finding.Warning: // see addDisproved
		case o.ofOtherFile(f) && !o.issued:
			l.add(finding.Likely, f, f.Message+"; unless this certificate file is another one than the mapping's, for its ID is not the configured one")
		case f.Severity == finding.Error && e.Refused && !o.issued && !unclear(f) && (s.Universal || !o.context.Foreign):
			l.add(finding.Certain, f, f.Message)
		case f.Severity == finding.Error:
			l.add(finding.Likely, f, f.Message)
		case o.issued: // a token outranks the rule
		case o.refused != nil && !s.Weak:
			l.add(finding.Likely, f, f.Message+inferred(f))
		case o.refused != nil, !o.unreached() || s.Always:
			l.add(finding.Possible, f, f.Message+inferred(f))
		}
	}
}

// notInText are the reasons of assertion.malformed for a text that is cut, or in which no
// assertion was found. Nothing about such a text is certain.
var notInText = []any{"cut", "variable", "file", "not-in-log", "text-too-large", "no-jwt", "json-document"}

// unclear reports whether a finding is about input that was not fully understood.
func unclear(f finding.Finding) bool {
	return f.Code == "assertion.malformed" && slices.Contains(notInText, f.Evidence["reason"]) || f.Evidence["unclear"] == true
}

// addWrongClock adds, after the clock, what is true only by this machine's clock.
func (o *observations) addWrongClock(l *list) {
	for _, f := range o.findings {
		if o.byWrongClock(f) {
			l.addBehind(finding.Likely, f, f.Message+"; by that clock it is not so", new(skewed))
		}
	}
}

// addDisproved adds, after all others, the warnings that an earlier token contradicts.
func (o *observations) addDisproved(l *list) {
	for _, f := range o.findings {
		before, worked := o.workedWith(f.Code)
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

// addReach adds the faults between nsauth and an answer. Such a fault is its own cause
// and says nothing about credentials.
func (o *observations) addReach(l *list) {
	var first *finding.Code
	for _, f := range o.findings {
		if slices.Contains(tables().Reach, f.Code) && f.Severity != finding.Info {
			var behind *finding.Code
			sure := measured(f)
			if skewed, ok := o.datedBySkew(f); ok {
				behind = &skewed.Code
				l.add(finding.Likely, skewed, catalog.Because("server-certificate-too", nil))
				sure = finding.Likely
			}
			l.addBehind(sure, f, f.Message, behind)
			if first == nil && strings.HasPrefix(string(f.Code), "network.") {
				first = &f.Code
			}
		}
	}
	for _, f := range o.findings {
		if first == nil && len(l.causes) > 0 {
			break // nothing was sent, for a cause that is already listed
		}
		if f.Code == "clock.unmeasured" && !o.issued && o.refused == nil {
			l.addBehind(finding.Possible, f, f.Message, first)
		}
	}
}

// measured is how sure a finding is of itself: certain if nsauth measured it or NetSuite
// said it, unless its rule is inferred.
func measured(f finding.Finding) finding.Confidence {
	if f.Basis == finding.Inferred {
		return finding.Likely
	}
	return finding.Certain
}

// datedBySkew is the clock's finding that makes a server's certificate look invalid: by
// a clock that is ahead it has expired, by one that is behind it is not valid yet.
func (o *observations) datedBySkew(untrusted finding.Finding) (finding.Finding, bool) {
	way := map[any]string{"expired": "ahead", "not-yet-valid": "behind"}[untrusted.Evidence["reason"]]
	for _, f := range o.findings {
		if untrusted.Code == "network.tls-untrusted" && f.Code == skewed && f.Evidence["reason"] == way {
			return f, true
		}
	}
	return finding.Finding{}, false
}

// addMalformed adds what only invalid_request says, and no member of the set.
func (o *observations) addMalformed(l *list) {
	if _, explained := l.explanation(); !explained && o.refused.Code == "token.invalid-request" {
		l.add(finding.Possible, *o.refused, catalog.Because("malformed-form", nil))
	}
}

// addBlindSpots adds the causes that a check would have shown with more input: those
// before the set, or those after it.
func (o *observations) addBlindSpots(l *list, last bool) {
	for _, b := range tables().BlindSpots {
		if b.Last == last && !l.out[b.Code] && !o.sharesDetail(b.Code) {
			l.addCode(b.Code, catalog.Because(b.Because, nil))
		}
	}
}

// sharesDetail reports whether a finding has an audit trail Detail in common with code.
func (o *observations) sharesDetail(code finding.Code) bool {
	e, _ := catalog.Said(code, nil)
	return slices.ContainsFunc(o.findings, func(f finding.Finding) bool {
		_, suspect := suspects()[f.Code]
		found, _ := catalog.Said(f.Code, nil)
		return suspect && slices.ContainsFunc(e.AuditDetails, func(d string) bool { return slices.Contains(found.AuditDetails, d) })
	})
}

// lead begins the because of a member of the set.
func (o *observations) lead(l *list) string {
	if first, ok := l.explanation(); ok {
		return "if it is not " + string(first) + ": "
	}
	return ""
}

// sureOfCall is how sure the one cause of a refused call is: certain if the answer names
// it.
func sureOfCall(f finding.Finding) finding.Confidence {
	if slices.Contains(tables().InferredCalls, f.Code) {
		return finding.Likely
	}
	return measured(f)
}

// addAPI adds the causes of a refused API call.
func (o *observations) addAPI(l *list) {
	for _, f := range o.findings {
		family, _, _ := strings.Cut(string(f.Code), ".")
		if family != "api" || f.Severity == finding.Info || f.Evidence["read_by"] != nil { // see addRead
			continue
		}
		call, several := ambiguous(f)
		if !several {
			l.add(sureOfCall(f), f, f.Message)
			continue
		}
		if len(o.audited) == 0 || !l.has(finding.Certain) {
			o.addCallSet(l, f, call)
		}
	}
}

// addCallSet adds what can stand behind a refused call whose answer names no cause.
func (o *observations) addCallSet(l *list, f finding.Finding, call ambiguousCall) {
	for _, r := range o.findings {
		if slices.Contains(call.ExplainedBy, r.Code) && r.Severity != finding.Info {
			l.add(finding.Likely, r, r.Message)
		}
	}
	if f.Code == "api.invalid-login" && o.callWorked() { // which proves access, role and features
		if _, explained := l.explanation(); !explained {
			l.add(finding.Likely, f, f.Message+"; another call with the same token succeeded, so access, role and features are in order")
		}
		return
	}
	for _, code := range o.revocableFirst(call.Set) {
		because := catalog.BehindCall()[code]
		if code == f.Code && !l.out[code] {
			l.add(finding.Possible, f, because)
		} else if !l.out[code] {
			l.addCode(code, because)
		}
	}
}

// addRest adds the findings of no other table that make a check fail or stay unknown,
// and the warnings that announce a refusal. None of them explains a refused token, so
// after a refusal only their checks show them.
func (o *observations) addRest(l *list) {
	if o.refused != nil {
		return
	}
	for _, f := range o.findings {
		_, suspect := suspects()[f.Code]
		_, several := ambiguous(f)
		switch e, _ := catalog.Said(f.Code, nil); {
		case l.named[f.Code], suspect, several, f.Severity == finding.Info, f.Code == "clock.unmeasured":
		case strings.HasPrefix(string(f.Code), "auditor.") && o.anyFailed(): // it is not about the profile
		case f.Severity == finding.Error, e.Status == finding.Unknown && !f.Accepted:
			l.add(measured(f), f, f.Message)
		case slices.Contains(tables().Announces, f.Code) && !o.unreached():
			l.add(measured(f), f, f.Message)
		}
	}
}

// anyFailed reports whether a check found an error.
func (o *observations) anyFailed() bool {
	return slices.ContainsFunc(o.findings, func(f finding.Finding) bool {
		return f.Severity == finding.Error && !strings.HasPrefix(string(f.Code), "auditor.")
	})
}

// narrow applies the Detail that a person read in the Login Audit Trail: it makes the
// causes that have it likely and excludes the rest of the set. It is not a proof, so
// no cause becomes certain, and a proven cause stays. A Detail that no listed cause has
// changes nothing: its entry may be of another attempt.
func (o *observations) narrow(l *list) []finding.RuledOut {
	detail := o.context.detail()
	if detail == "" || o.context.Foreign || l.has(finding.Certain) {
		return nil
	}
	if !slices.ContainsFunc(l.causes, func(c finding.Cause) bool { return o.detailNames(c.Code) }) {
		return nil
	}
	var kept []finding.Cause
	var excluded []finding.RuledOut
	for _, c := range l.causes {
		switch {
		case o.detailNames(c.Code):
			c.Confidence = finding.Likely
			c.Because = catalog.Because("detail-names-it", finding.Evidence{"detail": detail, "because": c.Because})
			kept = append(kept, c)
		case c.Confidence == finding.Possible && !o.found(c.Code):
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

// withSymptom puts the server's own error after the causes that explain it.
func (o *observations) withSymptom(l *list) []finding.Cause {
	l.sort()
	symptom := o.symptom()
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
