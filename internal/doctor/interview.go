package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// ErrBack says that the person wants to answer the previous question again, and
// ErrQuit that they want no more questions.
var (
	ErrBack = errors.New("back to the previous question")
	ErrQuit = errors.New("no more questions")
)

// Asker puts questions to a person.
type Asker interface {
	// Ask returns the answer to a question. The error is ErrBack, ErrQuit, that of
	// ctx, or that of a stream. Every one but ErrBack stops the interview.
	Ask(ctx context.Context, q diagnosis.Question, s Progress) (diagnosis.Answer, error)
	// ShowEffect is told what the last answer changed.
	ShowEffect(s Progress)
}

// Progress is how far an interview got.
type Progress struct {
	Number int            // of the question, from 1
	First  bool           // there is no previous question
	Left   []finding.Code // the causes that can still be told apart, most likely first
	// Last is the last answer, or nil; Out are the causes that it excluded, Named those
	// that it made likely.
	Last  *diagnosis.Answer
	Out   []finding.Code
	Named []finding.Code
	// Shows is what a pasted value shows, "" for other answers.
	Shows string
}

// interview asks what cannot be measured, one question at a time, until none is left or
// the person stops. It reports whether the person interrupted the program.
func interview(ctx context.Context, ask Asker, results []finding.Result, c diagnosis.Context) ([]diagnosis.Answer, bool) {
	number := 0
	for {
		q, more := diagnosis.Next(results, c)
		if !more || ctx.Err() != nil {
			return c.Answers, ctx.Err() != nil
		}
		number++
		before := Progress{Number: number, First: len(c.Answers) == 0, Left: diagnosis.Left(results, c)}
		answer, err := ask.Ask(ctx, q, before)
		switch {
		case errors.Is(err, ErrBack):
			number = max(0, number-2)
			c.Answers = c.Answers[:max(0, len(c.Answers)-1)]
			continue
		case err != nil:
			return c.Answers, ctx.Err() != nil
		}
		// A Detail may be pasted at any question, also again; then that question is
		// asked again if its answer still matters.
		old := c
		c.Answers = slices.DeleteFunc(slices.Clone(c.Answers), func(a diagnosis.Answer) bool { return a.Question == answer.Question })
		c.Answers = append(c.Answers, answer)
		after := Progress{Number: number, Left: diagnosis.Left(results, c), Last: &answer, Shows: diagnosis.Shows(results, c, answer)}
		after.Out, after.Named = changed(diagnosis.Diagnose(results, old), diagnosis.Diagnose(results, c))
		ask.ShowEffect(after)
	}
}

// changed compares two diagnoses: which possible causes are gone, and which became likely.
func changed(before, after *finding.Diagnosis) (out, named []finding.Code) {
	confidence := func(d *finding.Diagnosis) map[finding.Code]finding.Confidence {
		m := map[finding.Code]finding.Confidence{}
		if d != nil {
			for _, c := range d.Causes {
				if c.ConsequenceOf == nil {
					m[c.Code] = c.Confidence
				}
			}
		}
		return m
	}
	was, is := confidence(before), confidence(after)
	for _, c := range before.Causes {
		if _, still := is[c.Code]; !still && c.ConsequenceOf == nil {
			out = append(out, c.Code)
		}
	}
	for _, c := range after.Causes {
		if is[c.Code] == finding.Likely && was[c.Code] != finding.Likely {
			named = append(named, c.Code)
		}
	}
	return out, named
}

// diagnosisContext is what the diagnosis knows in addition to the results.
func diagnosisContext(r Request, p *profile.Profile, since *diagnosis.Worked, results []finding.Result) diagnosis.Context {
	return diagnosis.Context{
		Sandbox: p.Account.IsSandbox(), AuditDetail: r.AuditDetail, Foreign: !p.Server.NetSuite, Worked: since,
		Answers: r.answers, Subject: subject(p, results),
	}
}

// subject holds the values that questions mention: those of the assertion that was
// sent, else those of the profile.
func subject(p *profile.Profile, results []finding.Result) finding.Evidence {
	ev := finding.Evidence{
		"account": p.Text(profile.FieldAccount), "client_id": p.Text(profile.FieldClientID),
		"kid": p.Text(profile.FieldCertificateID), "scope": p.Scope(),
	}
	for _, r := range results {
		if token, ok := r.Facts.(finding.TokenFacts); ok && token.At != nil {
			if at, err := time.Parse(time.RFC3339, *token.At); err == nil {
				ev["time"] = text.Time(at)
			}
		}
		sent, ok := r.Facts.(finding.AssertionFacts)
		if r.ID != finding.CheckAssertion || !ok {
			continue
		}
		if kid, ok := sent.Header["kid"].(string); ok {
			ev["kid"] = kid
		}
		if iss, ok := sent.Claims["iss"].(string); ok {
			ev["client_id"] = iss
		}
		switch scope := sent.Claims["scope"].(type) {
		case string:
			ev["scope"] = strings.Fields(strings.ReplaceAll(scope, ",", " "))
		case []any:
			ev["scope"] = scope
		}
	}
	return ev
}

// answered notes in the facts what answers say about features and integration. An
// answer is not a proof, so the status of the check stays unknown.
func answered(results []finding.Result, answers []diagnosis.Answer) []finding.Result {
	results = slices.Clone(results)
	for i, r := range results {
		by, ok := r.Facts.(finding.ProvenBy)
		if ok && by.By == "none" && diagnosis.Answered(r.ID, answers) {
			results[i].Facts = finding.ProvenBy{By: "answered"}
			results[i].Summary += "; correct, as answered by a person"
		}
	}
	return results
}

// strayDetail says that the Detail read in the audit trail belongs to no cause that is
// left: its entry may be of another request. It is "" if it does, or none was read.
func strayDetail(r Request, d *finding.Diagnosis) string {
	name := r.AuditDetail
	for _, a := range r.answers {
		if a.Question == diagnosis.AskDetail && a.Reply == diagnosis.Pasted {
			name = a.Text
		}
	}
	detail, known := catalog.LookupDetail(name)
	if known && d == nil {
		return "The Detail " + detail.Name + " was not used: this run works, so its entry belongs to another request."
	}
	if name == "" || !known || slices.ContainsFunc(d.Causes, func(c finding.Cause) bool { return slices.Contains(detail.Codes, c.Code) }) {
		return ""
	}
	if !detail.Of(catalog.FlowClientCredentials) {
		return detail.OtherFlow()
	}
	return "None of the causes has the Detail " + detail.Name + ": its entry in the Login Audit Trail may belong to another request."
}

// ask runs the interview if there is an Asker, and reports whether the person
// interrupted the program.
func (r *Request) ask(ctx context.Context, p *profile.Profile, since *diagnosis.Worked, results []finding.Result) (interrupted bool) {
	if r.Asker == nil || ctx.Err() != nil {
		return false
	}
	r.answers, interrupted = interview(ctx, r.Asker, results, diagnosisContext(*r, p, since, results))
	return interrupted
}
