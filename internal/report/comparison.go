package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// ComparisonText writes two reports as text: which profile works, what differs, and
// then the report of the one that fails, so that the answer comes last.
func ComparisonText(w io.Writer, c *finding.Comparison, o TextOptions) error {
	if o.MaskIDs {
		c = Mask(c)
	}
	if o.Quiet && c.Outcome == finding.OutcomePass {
		return nil
	}
	p := newPage(o)
	p.row(0, nil, 2, span{c.Tool.Name + " " + c.Command + ":", strong}, span{fmt.Sprintf(" %s and %s", c.Profiles[0], c.Profiles[1]), plain})
	p.gap()
	p.row(0, nil, 2, span{noStop(c.Summary) + ".", strong})
	p.differences(c)
	p.gap()
	whole := c.Reports
	if i := slices.IndexFunc(whole, worked); i >= 0 { // its outcome is enough
		p.row(0, nil, 2, span{fmt.Sprintf("With %s: outcome %s.", c.Profiles[i], whole[i].Outcome), plain})
		p.gap()
		whole = slices.DeleteFunc(slices.Clone(whole), worked)
	}
	if _, err := io.WriteString(w, p.b.String()); err != nil {
		return err
	}
	o.MaskIDs = false // c is masked already
	for i, r := range whole {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := Text(w, r, o); err != nil {
			return err
		}
	}
	return nil
}

func worked(r *finding.Report) bool {
	return r.Outcome == finding.OutcomePass || r.Outcome == finding.OutcomeWarn
}

// differences is where differences are written: a title, and two values beside it.
var differences = block{2, 24}

func (p *page) differences(c *finding.Comparison) {
	for _, group := range []struct {
		kind  finding.DifferenceKind
		title string
	}{{finding.DiffersCheck, "Checks that end differently"}, {finding.DiffersFinding, "Findings that only one has"}, {finding.DiffersValue, "Values that differ"}} {
		list := slices.DeleteFunc(slices.Clone(c.Differences), func(d finding.Difference) bool { return d.Kind != group.kind })
		if len(list) == 0 {
			continue
		}
		p.gap()
		p.row(0, nil, 2, span{group.title, strong})
		for _, d := range list {
			title := d.Title
			if d.Kind == finding.DiffersFinding {
				title = d.Name
			}
			label := []span{{title, plain}, {pad(Columns(title), differences.room), plain}}
			p.row(differences.indent, label, differences.hang(), p.sides(c, d)...)
		}
	}
	if len(c.Same) > 0 {
		p.gap()
		var titles []string
		for _, name := range c.Same {
			titles = append(titles, cmp.Or(finding.ComparedTitle(name), name))
		}
		p.row(0, nil, 2, span{"The same with both: ", plain}, span{strings.Join(titles, ", ") + ".", plain})
	}
}

// sides writes the two values of a difference, each after its profile's name.
func (p *page) sides(c *finding.Comparison, d finding.Difference) []span {
	var spans []span
	for i, v := range d.Values {
		shown := span{"-", faint}
		if v != nil {
			shown = span{*v, plain}
			switch {
			case d.Kind == finding.DiffersCheck:
				if look, ok := statusLook[finding.Status(*v)]; ok {
					shown = look
				}
			case d.Kind == finding.DiffersFinding:
				if look, ok := severityLook[finding.Severity(*v)]; ok {
					shown = look
				}
			case d.Name != "certificate_id": // in full, to be compared with NetSuite's page
				shown.text = shorten(*v)
			}
		}
		if i > 0 {
			spans = append(spans, span{", ", plain})
		}
		spans = append(spans, span{c.Profiles[i] + " ", faint}, shown)
	}
	return spans
}
