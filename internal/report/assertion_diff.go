package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// DiffText writes the differences of two assertions as text: first those known to
// matter to NetSuite, each with its finding, and last what is the same.
func DiffText(w io.Writer, d *finding.AssertionDiff, o TextOptions) error {
	if o.MaskIDs {
		d = Mask(d)
	}
	if o.Quiet && !d.Matters {
		return nil
	}
	p := newPage(o)
	p.row(0, nil, 2, span{"nsauth jwt diff: ", strong}, span{"A " + d.A.Name + ", B " + d.B.Name, plain})
	for _, side := range []struct {
		label string
		in    *finding.InputFacts
	}{{"A", d.A.Input}, {"B", d.B.Input}} {
		if said := inputWords(side.in); said != "" {
			p.say(block{2, 3}, side.label, said)
		}
	}
	matter := 0
	for _, group := range []struct{ weight, title string }{
		{"yes", "Known to matter to NetSuite"},
		{"perhaps", "May matter to NetSuite, or depends on the key"},
		{"no", "Does not matter"},
	} {
		titled := false
		for _, x := range d.Differences {
			if x.Matters != group.weight {
				continue
			}
			if !titled {
				p.gap()
				p.row(0, nil, 2, span{group.title, strong})
				titled = true
			}
			if x.Matters == "yes" {
				matter++
			}
			p.assertionDifference(x, o.MaskIDs)
		}
	}
	p.gap()
	if len(d.Same) > 0 {
		p.row(0, nil, 2, span{"The same: ", plain}, span{strings.Join(d.Same, ", "), faint})
	}
	for _, f := range d.InBoth {
		p.row(0, nil, 2, span{"Both have: ", plain}, span{string(f.Code) + ": " + f.Message, plain})
	}
	if !d.SignaturesCompared {
		p.row(0, nil, 2, span{"Signatures not compared", unsure}, span{": " + d.WhyNotCompared(), plain})
	}
	if only := d.OnlyRequest(); only != "" {
		p.row(0, nil, 2, span{"Requests not compared", unsure}, span{": only " + only + " has one", plain})
	}
	p.row(0, nil, 2, p.verdict(d, matter)...)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// verdict is the last line.
func (p *page) verdict(d *finding.AssertionDiff, matter int) []span {
	but := d.NotCompared()
	switch {
	case matter > 0:
		return []span{{"Outcome ", plain}, {"differs", bad}, {": " + text.Counted(matter, "difference") + " known to matter to NetSuite; exit code 1", plain}}
	case len(d.Differences) > 0:
		return []span{{"Outcome ", plain}, {"alike", good}, {": no difference known to matter to NetSuite" + but + "; exit code 0", plain}}
	}
	return []span{{"Outcome ", plain}, {"alike", good}, {": they say the same" + but + "; exit code 0", plain}}
}

// assertionDifference writes one difference: side by side if there is room, else A
// above B with the first difference marked.
func (p *page) assertionDifference(x finding.AssertionDifference, masked bool) {
	p.row(2, nil, 4, span{x.Part + "." + x.Name, strong}, span{"  " + howWords(x), faint})
	a, b := valueText(x.A, x.TypeA), valueText(x.B, x.TypeB)
	if x.Name == "lifetime" {
		a, b = inSeconds(x.A, a), inSeconds(x.B, b)
	}
	const gap = 3
	half := (p.width - 4 - 2*3 - gap) / 2
	switch {
	case x.TypeA == "absent" && x.TypeB == "absent": // the findings say it
	case Columns(a) <= half && Columns(b) <= half:
		p.row(4, []span{{"A  ", faint}, {a + pad(Columns(a), half+gap), plain}}, 4+3+half+gap, span{"B  ", faint}, span{b, plain})
	default:
		ta, aText := x.A.(string)
		tb, bText := x.B.(string)
		if !aText || !bText || masked || !p.markDifference(4, [2]string{"A", "B"}, ta, tb) {
			p.say(block{4, 3}, "A", a)
			p.say(block{4, 3}, "B", b)
		}
	}
	for _, f := range x.Findings {
		look, ok := severityLook[f.Severity]
		if !ok {
			look = span{string(f.Severity), unsure}
		}
		p.row(4, nil, 6, look, span{" " + string(f.Code) + sideWords(f) + ": " + f.Message, plain})
	}
}

func inSeconds(v any, shown string) string {
	if v == nil {
		return shown
	}
	return shown + " s"
}

func sideWords(f finding.SidedFinding) string {
	if f.Side == nil {
		return ""
	}
	words := " in " + strings.ToUpper(*f.Side)
	if from, _ := f.Evidence["expected_from"].(string); from == "A" {
		words += ", compared with A"
	}
	return words
}

// howWords says how they differ, unless the values show it.
func howWords(x finding.AssertionDifference) string {
	switch x.How {
	case "type":
		return x.TypeA + " in A, " + x.TypeB + " in B"
	case "only-in-a":
		return "only in A"
	case "only-in-b":
		return "only in B"
	case "form":
		return "written differently"
	case "value":
		if x.Part+"."+x.Name == "claims.scope" && len(x.Findings) == 0 {
			return "different scopes"
		}
	}
	return ""
}

func valueText(v any, kind string) string {
	if kind == "absent" {
		return "-"
	}
	if list, ok := v.([]string); ok {
		return strings.Join(list, ", ")
	}
	if s, ok := v.(json.Number); ok {
		return s.String()
	}
	return jsonText(v)
}

// inputWords says how a token was found in a text; "" for a token alone.
func inputWords(in *finding.InputFacts) string {
	if in == nil {
		return ""
	}
	var said []string
	if what, ok := formWords[in.Form]; ok {
		if in.Request != nil && in.Request.URL != nil {
			method := ""
			if in.Request.Method != nil {
				method = *in.Request.Method + " "
			}
			what += ", " + method + *in.Request.URL
		}
		said = append(said, what)
	}
	if in.Name != nil {
		said = append(said, "the token is the value of "+*in.Name)
	}
	if words := strippedText(in.Stripped); words != "" {
		said = append(said, "removed: "+words)
	}
	if n := in.FurtherTokens; n > 0 {
		said = append(said, fmt.Sprintf("%d more in the text, not examined", n))
	}
	return strings.Join(said, "; ")
}
