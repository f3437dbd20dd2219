package diagnosis

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// Reply is what a person answered to a question.
type Reply string

// Pasted is a value, in Answer.Text. No also means that there is no value to paste.
const (
	Yes      Reply = "yes"
	No       Reply = "no"
	DontKnow Reply = "don't know"
	Pasted   Reply = "pasted"
)

// Answer is a reply to a question: what a person says that NetSuite shows. It is never
// a proof: it can make a cause likely, not certain, and measurements outrank it.
type Answer struct {
	Question QuestionID
	Reply    Reply
	Text     string // of Pasted: the value, without spaces around it
}

// answered reports whether a question was asked already.
func (c Context) answered(id QuestionID) bool {
	return id == AskDetail && c.AuditDetail != "" ||
		slices.ContainsFunc(c.Answers, func(a Answer) bool { return a.Question == id })
}

// detail is the Detail of the Login Audit Trail that a person read, or "".
func (c Context) detail() string {
	for _, a := range c.Answers {
		if a.Question == AskDetail && a.Reply == Pasted {
			return a.Text
		}
	}
	return strings.TrimSpace(c.AuditDetail)
}

// withAnswers is c with what the answers say about the last time it worked.
func (c Context) withAnswers() Context {
	worked := slices.ContainsFunc(c.Answers, func(a Answer) bool { return a.Question == AskWorked && a.Reply == Yes })
	if worked && c.Worked == nil {
		c.Worked = &Worked{By: finding.WorkedByAnswered}
	}
	return c
}

// reportedAnswers are the answers in the words of the report.
func (c Context) reportedAnswers() []finding.Answer {
	list := []finding.Answer{}
	if c.AuditDetail != "" {
		list = append(list, finding.Answer{ID: string(AskDetail), Question: "Which Detail does the Login Audit Trail show?", Answer: c.AuditDetail})
	}
	for _, a := range c.Answers {
		q, _ := LookupQuestion(a.Question, c.Subject)
		said := finding.Answer{ID: string(a.Question), Question: q.Ask, Answer: string(a.Reply)}
		if a.Reply == Pasted {
			said.Answer = a.Text
		}
		list = append(list, said)
	}
	return list
}

// Answered reports whether the answers clear a check: each question about it was asked,
// and none named a cause.
func Answered(id finding.CheckID, answers []Answer) bool {
	asked := 0
	for _, q := range questions() {
		if q.check != id || q.Kind != YesNo {
			continue
		}
		asked++
		if !slices.ContainsFunc(answers, func(a Answer) bool { return a.Question == q.ID && a.Reply == other(q.fault) }) {
			return false
		}
	}
	return asked > 0
}

func other(r Reply) Reply {
	if r == Yes {
		return No
	}
	return Yes
}

// effect is what an answer says about one cause.
type effect struct {
	code    finding.Code
	names   bool // or excludes
	because string
}

// effects are what the answers say about causes. An answer that names a cause outranks
// those that exclude it.
func (o *observations) effects() []effect {
	const said = ", as answered by a person; not proven"
	if o.context.Foreign || o.refused == nil && !o.callRefused() {
		return nil // the questions are about a refusal by NetSuite
	}
	var all []effect
	for _, a := range o.context.Answers {
		all = append(all, o.effectsOf(a)...)
	}
	slices.SortStableFunc(all, func(a, b effect) int { return catalog.Place(a.code) - catalog.Place(b.code) })
	for i := range all {
		all[i].because += said
	}
	return all
}

func (o *observations) effectsOf(a Answer) []effect {
	q, ok := LookupQuestion(a.Question, o.context.Subject)
	var all []effect
	switch {
	case !ok || a.Reply == DontKnow:
	case q.Kind == CertificateID:
		return o.mappingRow(a)
	case q.Kind != YesNo:
	case a.Reply == q.fault:
		return []effect{{q.about[0], true, q.ifFault}}
	case a.Reply == other(q.fault):
		for _, code := range q.about {
			all = append(all, effect{code, false, q.ifOK})
		}
	}
	return all
}

// Says is what one answer says, whether or not a request was refused: the cause that it
// names, "" for none, those that it excludes, and why.
func Says(results []finding.Result, c Context, a Answer) (named finding.Code, out []finding.Code, because string) {
	for _, e := range newObservations(results, c).effectsOf(a) {
		because = e.because
		if e.names {
			named = e.code
		} else {
			out = append(out, e.code)
		}
	}
	return named, out, because
}

// Shows is what a pasted Certificate ID shows, without a full stop; "" for every other
// answer.
func Shows(results []finding.Result, c Context, a Answer) string {
	q, _ := LookupQuestion(a.Question, nil)
	if q.Kind != CertificateID || a.Reply != Pasted {
		return ""
	}
	effects := newObservations(results, c).mappingRow(a)
	return effects[len(effects)-1].because
}

// mappingRow compares the Certificate ID that NetSuite's page shows with the one that
// was sent, and with the one computed from the certificate file.
func (o *observations) mappingRow(a Answer) []effect {
	sent, computed := o.certificateIDs()
	other, uploaded := finding.Code("certificate-id.mismatch"), "row-as-sent-other-uploaded"
	if o.found("certificate-id.belongs-to-other-file") {
		other, uploaded = "certificate-id.belongs-to-other-file", "row-as-sent-other-file"
	}
	effectOf := func(code finding.Code, names bool, because string) effect {
		return effect{code, names, catalog.Because(because, nil)}
	}
	switch {
	case a.Reply == No && o.context.Sandbox:
		return []effect{effectOf("setup.mapping-missing", true, "no-row-in-sandbox")}
	case a.Reply == No:
		return []effect{effectOf("setup.mapping-missing", true, "no-row")}
	case a.Reply != Pasted:
		return nil
	case a.Text == sent:
		id := effectOf("certificate-id.mismatch", false, "row-as-sent")
		if o.found(other) {
			id = effectOf(other, true, uploaded)
		}
		return []effect{effectOf("setup.mapping-missing", false, "row-as-sent"), effectOf("setup.sandbox-refreshed", false, "row-as-sent"), id}
	case computed != "" && a.Text == computed:
		return []effect{effectOf(other, true, "row-as-computed")}
	case computed == sent && sent != "":
		return []effect{effectOf("setup.mapping-missing", true, "row-of-another-certificate")}
	}
	return []effect{effectOf(other, true, "row-not-as-sent")}
}

// certificateIDs are the kid of the assertion and the ID of the certificate file,
// each "" if unknown.
func (o *observations) certificateIDs() (sent, computed string) {
	assertion, _ := facts[finding.AssertionFacts](o, finding.CheckAssertion)
	sent, _ = assertion.Header["kid"].(string)
	ids, _ := facts[finding.CertificateIDFacts](o, finding.CheckCertificateID)
	if ids.Computed != nil {
		computed = *ids.Computed
	}
	if sent == "" && ids.Configured != nil {
		sent = *ids.Configured
	}
	return sent, computed
}

// excludedByAnswers are the causes that answers exclude and no answer names.
func (o *observations) excludedByAnswers() []finding.RuledOut {
	var out []finding.RuledOut
	all := o.effects()
	for _, e := range all {
		named := slices.ContainsFunc(all, func(x effect) bool { return x.names && x.code == e.code })
		if !e.names && !named {
			out = append(out, finding.RuledOut{Code: e.code, Because: e.because})
		}
	}
	return out
}

// addNamed makes a cause that an answer names likely, unless a cause is proven or the
// measurements exclude the named one.
func (o *observations) addNamed(l *list) {
	if l.has(finding.Certain) {
		return
	}
	out := o.ruledOut()
	for _, e := range o.effects() {
		if !e.names || slices.ContainsFunc(out, func(r finding.RuledOut) bool { return r.Code == e.code }) {
			continue
		}
		i := l.index(e.code)
		if i < 0 {
			l.add(finding.Likely, finding.Finding{Code: e.code}, e.because)
			continue
		}
		l.causes[i].Confidence, l.causes[i].Because = finding.Likely, e.because
	}
}

// addNothingLeft reports the refusal itself if the answers exclude every known cause.
func (o *observations) addNothingLeft(l *list) {
	if symptom := o.symptom(); symptom != nil && len(l.causes) == 0 && len(o.context.Answers) > 0 {
		l.add(finding.Possible, *symptom, catalog.Because("nothing-left", nil))
	}
}

// detailNames reports whether the Detail read in the Login Audit Trail points to code.
func (o *observations) detailNames(code finding.Code) bool {
	detail := o.context.detail()
	e, _ := catalog.Lookup(code)
	return detail != "" && slices.ContainsFunc(e.AuditDetails, func(d string) bool { return strings.EqualFold(d, detail) })
}
