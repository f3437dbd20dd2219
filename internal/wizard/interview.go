// Package wizard asks a person on a terminal: the questions of the doctor, values
// that are missing, and what a profile is made of.
package wizard

// Questions go to standard error and answers come from standard input: what is on
// standard output is the result, whatever was asked.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// interviewer puts the doctor's questions to a person.
type interviewer struct {
	app     *cli.App
	d       *prompt.Dialogue
	account string
	began   bool
}

// Asker asks about p in d; nil where d is nil.
func Asker(a *cli.App, d *prompt.Dialogue, p *profile.Profile) doctor.Asker {
	if d == nil {
		return nil
	}
	return &interviewer{app: a, d: d, account: p.Text(profile.FieldAccount)}
}

func (i *interviewer) Ask(ctx context.Context, q diagnosis.Question, s doctor.Progress) (diagnosis.Answer, error) {
	o := i.app.TextOptions(i.app.Stderr)
	if !i.began {
		i.began = true
		if err := i.introduce(len(s.Left), o); err != nil {
			return diagnosis.Answer{}, err
		}
	}
	return i.put(ctx, fmt.Sprintf("Question %d (%s)", s.Number, left(len(s.Left))), q, s.First)
}

// put puts a question, until there is an answer to it.
func (i *interviewer) put(ctx context.Context, heading string, q diagnosis.Question, first bool) (diagnosis.Answer, error) {
	o := i.app.TextOptions(i.app.Stderr)
	choices := prompt.Choices{prompt.Yes, prompt.No, prompt.DontKnow, prompt.Back, prompt.Quit}
	if first {
		choices = slices.DeleteFunc(choices, func(word string) bool { return word == prompt.Back })
	}
	shown := choices.String()
	if q.Kind != diagnosis.YesNo {
		choices, shown = choices[1:], "paste it, or "+choices[1:].String()
	}
	err := report.Ask(i.app.Stderr, report.Question{
		Heading: heading, Ask: q.Ask, Menu: q.Menu, URL: q.URL, Account: i.account, Look: q.Look, Choices: shown,
	}, o)
	if err != nil {
		return diagnosis.Answer{}, err
	}
	for {
		line, err := i.d.Line(ctx, "> ")
		if errors.Is(err, prompt.ErrTooLong) {
			line, err = "", nil
		}
		if err != nil {
			return diagnosis.Answer{}, err
		}
		answer, problem := diagnosis.Answer{}, ""
		switch {
		case line == "?":
			problem = helpFor(choices, q.Kind)
		case isPEM(line):
			problem = pastedPEM
		default:
			answer, problem = i.reply(q, line, choices)
		}
		switch {
		case problem == prompt.Back:
			fmt.Fprintln(i.app.Stderr)
			return diagnosis.Answer{}, doctor.ErrBack
		case problem == prompt.Quit:
			return diagnosis.Answer{}, doctor.ErrQuit
		case problem == "":
			return answer, nil
		}
		if err := report.Remark(i.app.Stderr, problem, o); err != nil {
			return diagnosis.Answer{}, err
		}
	}
}

// helpFor says what each answer does.
func helpFor(choices prompt.Choices, kind diagnosis.Kind) string {
	help := "yes and no say what the page in NetSuite shows. "
	if kind != diagnosis.YesNo {
		help = "Paste what the page in NetSuite shows. no says that it is not there. "
	}
	help += "don't know keeps the question open. "
	if slices.Contains(choices, prompt.Back) {
		help += "back returns to the previous question. "
	}
	return help + "quit ends the questions. A Detail of the Login Audit Trail is an answer to any question."
}

// reply understands a line. The text is prompt.Back or prompt.Quit, or says why the line
// is no answer. A line that is none is not repeated: it may be a secret in the
// wrong place.
func (i *interviewer) reply(q diagnosis.Question, line string, choices prompt.Choices) (diagnosis.Answer, string) {
	word, chosen := choices.Chosen(line)
	switch {
	case chosen && (word == prompt.Back || word == prompt.Quit):
		return diagnosis.Answer{}, word
	case chosen:
		return diagnosis.Answer{Question: q.ID, Reply: diagnosis.Reply(word)}, ""
	}
	if d, ok := catalog.LookupDetail(line); ok { // at any question: it tells most
		return diagnosis.Answer{Question: diagnosis.AskDetail, Reply: diagnosis.Pasted, Text: d.Name}, ""
	}
	if q.Kind == diagnosis.YesNo {
		return diagnosis.Answer{}, "Please answer " + choices.String() + "."
	}
	paste := "Paste it, or answer " + choices.String() + "."
	yes := prompt.Choices{prompt.Yes}
	if _, chosen := yes.Chosen(line); chosen || line == "" {
		return diagnosis.Answer{}, paste
	}
	if q.Kind == diagnosis.CertificateID {
		found, refused := judgeValue(i.app, profile.FieldCertificateID, line)
		for _, f := range found {
			// Without the value, which may be a secret in the wrong place.
			delete(f.Evidence, "value")
			refused = "Not a Certificate ID: " + catalog.New(f.Code, f.Evidence).Message + "."
		}
		if refused != "" {
			return diagnosis.Answer{}, refused + " " + paste
		}
		return diagnosis.Answer{Question: q.ID, Reply: diagnosis.Pasted, Text: line}, ""
	}
	problem := "Oracle does not document this Detail."
	if near := text.Nearest(line, DetailNames()); near != "" {
		problem += " Did you mean " + near + "?"
	}
	return diagnosis.Answer{}, problem + " " + paste
}

// DetailNames are the Details of the Login Audit Trail.
func DetailNames() []string {
	var names []string
	for _, d := range catalog.Details() {
		names = append(names, d.Name)
	}
	return names
}

func left(n int) string {
	if n == 1 {
		return "1 cause left"
	}
	return fmt.Sprintf("%d causes left", n)
}

func (i *interviewer) introduce(causes int, o report.TextOptions) error {
	err := report.Prose(i.app.Stderr, o,
		"NetSuite refuses, and nothing that can be measured here shows why. "+
			fmt.Sprintf("Some pages in NetSuite narrow it down (%s). ", left(causes))+
			prompt.EndKey+" or quit ends the questions and prints the report.")
	fmt.Fprintln(i.app.Stderr)
	return err
}

// ShowEffect says at once what an answer led to.
func (i *interviewer) ShowEffect(s doctor.Progress) {
	o := i.app.TextOptions(i.app.Stderr)
	for _, line := range effectOf(s) {
		_ = report.Remark(i.app.Stderr, line, o) // the next question would fail on the same stream
	}
	fmt.Fprintln(i.app.Stderr)
}

func effectOf(s doctor.Progress) []string {
	var lines []string
	if s.Last.Question == diagnosis.AskDetail && s.Last.Reply == diagnosis.Pasted {
		lines = append(lines, explainDetail(s.Last.Text))
	}
	if s.Shows != "" {
		lines = append(lines, capital(s.Shows)+".")
	}
	switch {
	case len(s.Named) > 1: // by one Detail
		lines = append(lines, "So it is likely one of these: "+titles(s.Named)+".")
	case len(s.Named) > 0:
		lines = append(lines, "So it is likely: "+titles(s.Named)+".")
	case len(s.Out) > 0 && len(s.Left) > 0:
		lines = append(lines, fmt.Sprintf("Not it: %s. %s.", titles(s.Out), capital(left(len(s.Left)))))
	case len(s.Out) > 0:
		lines = append(lines, "Not it: "+titles(s.Out)+".")
	case s.Last.Question == diagnosis.AskDetail && s.Last.Reply == diagnosis.Pasted && ofThisFlow(s.Last.Text):
		lines = append(lines, "None of the remaining causes has it: the entry may belong to another request.")
	default:
		lines = append(lines, "Noted.")
	}
	return lines
}

// explainDetail says what a Detail means, and that it may be of another attempt.
func explainDetail(name string) string {
	d, _ := catalog.LookupDetail(name)
	s := d.Name + ": " + d.Means + "."
	if !ofThisFlow(name) {
		s += " " + d.OtherFlow()
	}
	return s
}

// ofThisFlow reports whether a client credentials integration can get a Detail.
func ofThisFlow(detail string) bool {
	d, _ := catalog.LookupDetail(detail)
	return d.Of(catalog.FlowClientCredentials)
}

func titles(codes []finding.Code) string {
	var list []string
	for _, code := range codes {
		e, _ := catalog.Lookup(code)
		list = append(list, e.Title)
	}
	return strings.Join(list, "; ")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
