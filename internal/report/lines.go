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
	for _, line := range t.problems() {
		line = string(r.Outcome) + " " + t.subject() + ": " + line
		if _, err := fmt.Fprintln(w, strings.Join(strings.Fields(t.show(clean(line))), " ")); err != nil {
			return err
		}
	}
	return nil
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

func (t *textReport) problems() []string {
	var lines []string
	if e := t.r.Error; e != nil {
		lines = append(lines, e.Code+": "+e.Message)
	}
	p := planOf(t.r)
	for _, c := range p.main {
		lines = append(lines, fmt.Sprintf("%s: %s. %s %s", c.Code, c.Title, c.Remedy.Summary, value(c.UIPath)))
	}
	if len(p.set) > 0 {
		codes := make([]string, len(p.set))
		for i, c := range p.set {
			codes[i] = string(c.Code)
		}
		lines = append(lines, t.happened()+"; one of "+strings.Join(codes, ", ")+"."+t.lookAt())
	}
	for _, c := range t.r.Checks {
		for _, f := range counted(c) {
			if !t.answered(f.Code) {
				lines = append(lines, string(f.Code)+": "+noStop(f.Message)+". "+f.Remedy.Summary)
			}
		}
	}
	if len(lines) == 0 {
		lines = []string{t.happened()}
	}
	return lines
}
