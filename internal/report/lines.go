package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// Lines writes a report as one line for each problem, to paste into a chat or a log. A
// report without a problem is one line too. It returns only the writer's error.
func Lines(w io.Writer, r *finding.Report, o TextOptions) error {
	if o.MaskIDs {
		r = Mask(r)
	}
	t := &textReport{page: newPage(o), r: r}
	for _, p := range t.problems() {
		line := string(p.Outcome) + " " + t.subject() + ": " + p.Said
		if _, err := fmt.Fprintln(w, strings.Join(strings.Fields(t.show(Clean(line))), " ")); err != nil {
			return err
		}
	}
	return nil
}

// SubjectOf is what a report examined, in a few words.
func SubjectOf(r *finding.Report) string { return (&textReport{r: r}).subject() }

// Headline is what happened, in one sentence.
func Headline(r *finding.Report) string { return (&textReport{r: r}).happened() }

// Problems lists what a report says, the gravest first; without a problem that is the headline.
func Problems(r *finding.Report) []Problem {
	return (&textReport{page: newPage(TextOptions{}), r: r}).problems()
}

// subject is what was examined, in a few words.
func (t *textReport) subject() string {
	if s := t.r.Profile; s != nil {
		switch name, account := value(s.Name), value(s.Account); {
		case name != "" && account != "":
			return name + " (" + account + ")"
		case account != "":
			return "account " + account
		case name != "":
			return name
		}
	}
	return strings.TrimSpace(cmp.Or(t.r.Tool.Name, "nsauth") + " " + t.r.Command)
}

// Problem is one line: the outcome that it leads to by itself, and what it is.
type Problem struct {
	Outcome finding.Outcome
	Said    string
}

func (t *textReport) problems() (lines []Problem) {
	add := func(warning bool, said string) {
		p := Problem{t.r.Outcome, said}
		if warning {
			p.Outcome = finding.OutcomeWarn
		}
		lines = append(lines, p)
	}
	if e := t.r.Error; e != nil {
		add(false, strings.Join(append([]string{e.Code + ": " + e.Message}, e.Hints...), "; "))
	}
	p := planOf(t.r)
	for _, c := range p.main {
		add(c.Kind == finding.CauseWarning, fmt.Sprintf("%s: %s. %s %s", c.Code, c.Title, c.Remedy.Summary, value(c.UIPath)))
	}
	if len(p.set) > 0 && len(p.main) == 0 { // else they are what is left if a named cause is not it
		codes := make([]string, len(p.set))
		for i, c := range p.set {
			codes[i] = string(c.Code)
		}
		add(false, t.happened()+"; one of "+strings.Join(codes, ", ")+"."+t.lookAt(" in the Login Audit Trail"))
	}
	for _, c := range t.r.Checks {
		for _, f := range counted(c) {
			if !t.answered(f.Code) {
				add(f.Severity == finding.Warning && c.Status != finding.Unknown, string(f.Code)+": "+noStop(f.Message)+". "+f.Remedy.Summary)
			}
		}
	}
	for _, note := range t.r.Notes {
		if strings.HasPrefix(note, finding.NoteUnjudged) {
			add(false, note)
		}
	}
	if len(lines) == 0 {
		add(false, t.happened())
	}
	return lines
}
