package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// ExplanationDocument explains a name or a text. None of its strings is copied from the
// text.
type ExplanationDocument struct {
	Head
	ExitCode     int                   `json:"exit_code"`
	Secrets      []finding.Exposure    `json:"secrets"`
	Explanations []finding.Explanation `json:"explanations"` // the most specific first
	AlsoSeen     []string              `json:"also_seen"`
	Related      []string              `json:"related"` // known names similar to an unknown one
	Reply        *string               `json:"reply"`   // the draft reply, if it was asked for
}

// ExplanationsDocument lists all names that can be explained.
type ExplanationsDocument struct {
	Head
	Families []ExplanationFamily `json:"families"`
}

// ExplanationFamily is a family of names.
type ExplanationFamily struct {
	Name  string            `json:"name"`
	Title string            `json:"title"`
	Names []ExplanationName `json:"names"`
}

// ExplanationName is one name that can be explained.
type ExplanationName struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// Bounds of an explanation as text; the document has all.
const (
	maxExplained = 3 // in full; the others are named
	maxLooks     = 6 // causes with the check that confirms them
)

// explanationBlock is where an explanation is written below its heading.
var explanationBlock = block{2, 8}

// Explanation writes an explanation as text.
func Explanation(w io.Writer, d ExplanationDocument, o TextOptions) error {
	t := &textReport{page: newPage(o), r: &finding.Report{}}
	for _, s := range d.Secrets {
		t.gap()
		t.exposure(s)
	}
	for i, x := range d.Explanations {
		if i == maxExplained {
			break
		}
		t.gap()
		t.explanation(x)
	}
	var more []string
	for _, x := range d.Explanations[min(len(d.Explanations), maxExplained):] {
		more = append(more, x.Name)
	}
	if len(more)+len(d.AlsoSeen)+len(d.Related) > 0 {
		t.gap()
	}
	t.names("Also in the text", more, ". For each: nsauth explain NAME.")
	t.names("Also in the text", d.AlsoSeen, ", covered above.")
	if len(d.Explanations) == 0 && len(d.Secrets) == 0 {
		t.row(0, nil, 0, span{"No explanation found.", plain})
	}
	t.names("Did you mean", d.Related, "?")
	_, err := io.WriteString(w, t.b.String())
	return err
}

func (t *textReport) names(what string, names []string, end string) {
	if len(names) > 0 {
		t.row(0, nil, 2, span{what + ": " + strings.Join(names, ", ") + end, plain})
	}
}

// exposure names a secret in the text.
func (t *textReport) exposure(s finding.Exposure) {
	state := map[string]string{"yes": "valid", "no": "expired", "unknown": "assume it is valid"}[s.Live]
	look := bad
	if s.Live == "no" {
		look = faint
	}
	title := "the text contains " + s.Title
	if s.Count > 1 {
		title += fmt.Sprintf(" (%d different ones)", s.Count)
	}
	if s.EndsAt != nil {
		state += map[string]string{"yes": " until ", "no": " at "}[s.Live] + *s.EndsAt
	}
	t.row(0, nil, 2, span{"SECRET", look}, span{": " + title + ", ", plain}, span{state, look})
	b := explanationBlock
	if s.Live == "no" {
		t.say(b, "means", s.Meaning)
		return
	}
	t.say(b, "means", s.Meaning+" It is not repeated here, but anyone who has the text has it.")
	t.remedy(b, s.Remedy)
	t.docs(b, s.Remedy)
}

func (t *textReport) explanation(x finding.Explanation) {
	b := explanationBlock
	t.row(0, nil, 2, span{x.Name, strong}, span{": " + x.Title, plain}, span{" (" + catalog.FamilyOf(x.Family).Word + ")", faint})
	t.say(b, "means", x.Meaning)
	label := "where"
	for _, r := range x.Readings {
		where := span{r.Where, plain}
		if r.Applies {
			where = span{r.Where + " (as here)", strong}
		}
		t.row(b.indent, b.label(label), b.hang(), where, span{", " + string(r.Basis) + ": " + r.Meaning, plain})
		label = ""
	}
	label = "fields"
	for _, f := range x.Fields {
		t.row(b.indent, b.label(label), b.hang(), span{f.Field, plain}, span{": " + f.Value, strong})
		label = ""
	}
	t.possible(b, x)
	if len(x.Causes) == 0 || x.Causes[0].Confirm != x.Confirm {
		t.say(b, "check", withoutMenuPath(x.Confirm, x.Remedy))
	}
	t.remedy(b, x.Remedy)
	t.say(b, "basis", string(x.Basis)+": "+x.Source)
	t.docs(b, x.Remedy)
	if s := x.Sample; s != nil {
		tested := map[bool]string{true: "tested: it runs against the emulator", false: "untested: it has not been run"}[s.Tested]
		t.say(b, "code", fmt.Sprintf("%s %s, %s. Save it as %s, then: %s", s.Package, s.Version, tested, s.File, s.Run))
		t.b.WriteString("\n" + s.Code) // as it is, to copy
	}
}

// possible lists causes, the most likely ones with the check that confirms them; a check
// that several neighbours have in common is written once.
func (t *textReport) possible(b block, x finding.Explanation) {
	if len(x.Causes) == 0 {
		return
	}
	label := "causes"
	shown := x.Causes[:min(len(x.Causes), maxLooks)]
	for i, c := range shown {
		number := fmt.Sprintf("%d. ", i+1)
		t.row(b.indent, append(b.label(label), span{number, plain}), b.hang()+len(number), span{c.Title, plain}, span{" (" + string(c.Code) + ")", faint})
		label = ""
		if i == len(shown)-1 || shown[i+1].Confirm != c.Confirm {
			t.row(b.hang()+len(number), nil, b.hang()+len(number)+2, span{"look: " + withoutMenuPath(c.Confirm, x.Remedy), plain})
		}
	}
	var more []string
	for _, c := range x.Causes[len(shown):] {
		more = append(more, string(c.Code))
	}
	if len(more) > 0 {
		t.say(b, "", "Then: "+strings.Join(more, ", ")+".")
	}
	if len(x.Causes) > 1 {
		t.say(b, "", "What to do about each: nsauth explain CODE.")
	}
}

// withoutMenuPath drops a menu path that the remedy names below.
func withoutMenuPath(look string, m finding.Remedy) string {
	if m.UIPath != nil {
		if rest, ok := strings.CutPrefix(look, *m.UIPath+" "); ok && !strings.HasPrefix(rest, ">") {
			return "the page named below " + rest
		}
	}
	return look
}

// ExplanationNames writes the list of names, by family.
func ExplanationNames(w io.Writer, d ExplanationsDocument, o TextOptions) error {
	const most = 36 // a longer name shares its title's paragraph
	p := newPage(o)
	for _, f := range d.Families {
		p.gap()
		p.row(0, nil, 2, span{f.Name, strong}, span{": " + f.Title, plain})
		room := 0
		for _, n := range f.Names {
			if c := Columns(n.Name); c <= most {
				room = max(room, c+2)
			}
		}
		for _, n := range f.Names {
			p.row(2, []span{{n.Name, plain}, {pad(Columns(n.Name), room), plain}}, 2+room, span{n.Title, faint})
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// Letter writes the paragraphs of a message, without gaps between numbered ones.
func Letter(w io.Writer, o TextOptions, paragraphs []string) error {
	const comfortable = 72
	p := newPage(o)
	p.width = min(p.width, comfortable)
	for i, s := range paragraphs {
		number, rest, numbered := strings.Cut(s, ". ")
		if numbered = numbered && len(number) == 1 && number[0] >= '1' && number[0] <= '9'; !numbered || i > 0 && !strings.HasPrefix(paragraphs[i-1], string(number[0]-1)+". ") {
			p.gap()
		}
		if numbered {
			p.row(0, []span{{number + ". ", plain}}, 3, span{rest, plain})
			continue
		}
		p.row(0, nil, 0, span{s, plain})
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}
