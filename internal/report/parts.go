package report

import (
	"fmt"

	"github.com/nsauth/nsauth/internal/finding"
)

// The words of the text report, for pages of another form.

// Cleaned returns a copy of a document in which every text is safe to show, see [Clean].
// Codes and statuses have types of their own and stay as they are.
func Cleaned[T any](doc T) T { return clone(doc, func(_, s string) string { return Clean(s) }) }

// SummaryOf is what a check says, or why it was skipped.
func SummaryOf(c finding.Result) string {
	if c.Status == finding.Skip {
		return skipped(c)
	}
	return c.Summary
}

// Answered reports whether the diagnosis says what to do about a finding.
func Answered(r *finding.Report, code finding.Code) bool { return (&textReport{r: r}).answered(code) }

// Introductions say what the causes to fix are, and what the set is that NetSuite gives one
// answer for. Either is "" if there is nothing to say.
func Introductions(r *finding.Report) (main, set string) {
	t := &textReport{r: r}
	p := planOf(r)
	if main = t.mainIntroduction(p); len(p.set) > 0 {
		set = t.setIntroduction(p)
	}
	return main, set
}

// mainIntroduction says whether all the main causes apply.
func (t *textReport) mainIntroduction(p plan) string {
	switch {
	case t.r.Outcome == finding.OutcomeWarn:
		return "Nothing failed. To act on before something does:"
	case p.alternatives():
		return fmt.Sprintf("One of these %d, %s:", len(p.main), priorOrder)
	case len(p.main) > 1:
		return fmt.Sprintf("%d causes, in the order in which to fix them:", len(p.main))
	}
	return ""
}
