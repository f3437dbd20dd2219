package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/nsauth/nsauth/internal/finding"
)

// ChecklistText writes a checklist for people. After questions it shows only what is
// not in order: the person has just seen the rest. Verbose shows all, and where to look.
func ChecklistText(w io.Writer, c *finding.Checklist, o TextOptions) error {
	if o.MaskIDs {
		c = Mask(c)
	}
	if o.Quiet && c.Summary.OK == len(c.Items) {
		return nil
	}
	t := checklistPage(c, o)
	status := finding.Unknown
	if c.Summary.Wrong > 0 {
		status = finding.Fail
	} else if c.Summary.OK == len(c.Items) {
		status = finding.Pass
	}
	t.signed(2, status, span{t.subject() + ": " + c.Headline, strong})
	asked := slices.ContainsFunc(c.Items, func(i finding.ChecklistItem) bool { return i.By != nil && *i.By == finding.ReadByPerson })
	page := ""
	for _, i := range c.Items {
		inOrder := i.State == finding.ItemOK && i.Code == nil && i.Fix == nil
		if !o.Verbose && (asked && (inOrder || i.State == finding.ItemOpen) || o.Quiet && inOrder) {
			continue
		}
		if i.Page != page {
			page = i.Page
			t.gap()
			t.row(0, nil, 2, span{i.Title, strong})
			t.whereIs(2, i.UIPath, i.UIURL)
		}
		t.checklistItem(i)
	}
	t.gap()
	if n := c.Next; n != nil {
		t.rowsOf(3, 0, []span{{"Next: ", strong}}, 6, span{n.Summary, plain})
		t.whereIs(6, n.UIPath, n.UIURL)
		if len(n.Commands) > 0 {
			t.whole(6, nil, 6, span{t.commandLine(n.Commands[0]), command})
		}
	}
	t.row(0, nil, 0, span{fmt.Sprintf("Exit code %d", c.ExitCode), plain})
	_, err := io.WriteString(w, t.b.String())
	return err
}

func checklistPage(c *finding.Checklist, o TextOptions) *textReport {
	return &textReport{page: newPage(o), verbose: o.Verbose, r: &finding.Report{Tool: c.Tool, Command: c.Command, Profile: c.Profile}}
}

// whereIs writes where a page is, if it is in NetSuite.
func (t *textReport) whereIs(indent int, path, url *string) {
	if path != nil {
		t.row(indent, nil, indent+2, span{*path, plain})
	}
	if url != nil {
		t.whole(indent, nil, indent, span{*url, plain})
	}
}

// An itemLook is the sign of a state, and the word where a terminal has no signs.
type itemLook struct {
	sign, word string
	ink        ink
}

var worthKnowing = itemLook{"!", "note", caution}

var checklistLooks = map[finding.ItemState]itemLook{
	finding.ItemOK:      {"✓", "ok", good},
	finding.ItemWrong:   {"✗", "WRONG", bad},
	finding.ItemOpen:    {"–", "open", faint},
	finding.ItemNotSeen: {"?", "not seen", unsure},
}

func (t *textReport) checklistItem(i finding.ChecklistItem) {
	look := checklistLooks[i.State]
	if i.State == finding.ItemOK && i.Fix != nil {
		look = worthKnowing
	}
	sign := look.sign
	if t.ascii {
		sign = look.word
	}
	hang := 2 + Columns(sign) + 1
	answered := ""
	if i.Answer != nil {
		answered = " (answered " + *i.Answer + ")"
	}
	t.row(2, []span{{sign, look.ink}, {" ", plain}}, hang, span{i.Question, plain}, span{answered, faint})
	if t.verbose {
		t.row(hang, nil, hang, span{i.Look, faint})
	}
	for _, s := range ToldOf(i) {
		t.row(hang, nil, hang, span{s, plain})
	}
}

// ToldOf says what is wrong and what to do, or what is worth knowing.
func ToldOf(i finding.ChecklistItem) (said []string) {
	if i.Fix == nil {
		return nil
	}
	if i.Message != nil {
		said = append(said, Sentence(*i.Message))
	}
	return append(said, Sentence(*i.Fix))
}
