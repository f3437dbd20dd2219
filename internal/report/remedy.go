package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// severityLook is the word and the ink of each severity.
var severityLook = map[finding.Severity]span{
	finding.Error:   {"error", bad},
	finding.Warning: {"warning", caution},
	finding.Info:    {"note", faint},
}

// finding writes one finding below its check. If the diagnosis names it as a cause,
// message and remedy are written only there.
func (t *textReport) finding(f finding.Finding, said string) {
	look, ok := severityLook[f.Severity]
	if !ok {
		look = span{string(f.Severity), unsure}
	}
	head := []span{look}
	if f.Accepted {
		head = []span{{"accepted " + look.text, faint}}
	}
	head = append(head, span{" " + string(f.Code) + ": ", plain})
	settled := f.Accepted || f.Severity == finding.Info
	below := !settled && t.answered(f.Code)
	message := f.Message
	if below {
		message = t.shortMessage(f, said)
	}
	head = append(head, span{message, plain})
	if below {
		if message != "" {
			head = append(head, span{"; ", plain})
		}
		head = append(head, span{"see the diagnosis below", faint})
	}
	t.row(statusColumns, nil, statusColumns+2, head...)

	t.difference(f, statusColumns+2)
	if !settled && !below {
		t.remedy(block{statusColumns + 2, 6}, f.Remedy)
	}
}

// ofFolder reports whether all files of a folder were judged, so that only the messages
// name them.
func (t *textReport) ofFolder() bool {
	return slices.ContainsFunc(t.r.Checks, func(c finding.Result) bool {
		ids, ok := c.Facts.(finding.CertificateIDFacts)
		return ok && ids.Folder != nil && ids.Computed == nil && ids.Configured == nil
	})
}

// shortMessage is a finding's message. For a long one that a cause repeats it is the
// title, or "" if the check's summary is that.
func (t *textReport) shortMessage(f finding.Finding, said string) string {
	repeats := func(c finding.Cause) bool { return c.Code == f.Code && strings.Contains(c.Because, f.Message) }
	title := t.titleOf(f.Code)
	switch {
	case Columns(f.Message) <= maxTwice || t.ofFolder() || !slices.ContainsFunc(planOf(t.r).main, repeats):
		return noStop(f.Message)
	case title == said:
		return ""
	}
	if parameter, ok := f.Evidence["parameter"].(string); ok { // several may have the same title
		return title + ": " + parameter
	}
	return title
}

// A block is where labelled paragraphs are written: labels at column indent, room
// columns wide, and the text beside them.
type block struct{ indent, room int }

func (b block) hang() int { return b.indent + b.room }

// label is a faint label, padded to the block's room.
func (b block) label(text string) []span {
	return []span{{text, faint}, {pad(Columns(text), b.room), plain}}
}

// say writes a labelled paragraph, or nothing if body is empty.
func (p *page) say(b block, label, body string) {
	if strings.TrimSpace(body) != "" {
		p.row(b.indent, b.label(label), b.hang(), span{body, plain})
	}
}

// remedy writes what to do. Commands are not wrapped, so that they can be copied.
func (t *textReport) remedy(b block, m finding.Remedy) {
	label := "fix"
	t.say(b, label, m.Summary)
	if strings.TrimSpace(m.Summary) != "" {
		label = ""
	}
	t.steps(b, label, m.Steps)
	t.commands(b, m.Commands)
	t.place(b, m)
}

func (t *textReport) steps(b block, label string, steps []string) {
	for i, step := range steps {
		number := fmt.Sprintf("%d. ", i+1)
		t.row(b.indent, append(b.label(label), span{number, plain}), b.hang()+len(number), span{step, plain})
		label = ""
	}
}

func (t *textReport) commands(b block, commands [][]string) {
	label := "run"
	for _, argv := range commands {
		if t.omit != nil && t.omit(argv) {
			continue
		}
		t.whole(b.indent, b.label(label), b.hang(), span{t.commandLine(argv), command})
		label = ""
	}
}

// place writes the page in NetSuite where the fix is made.
func (t *textReport) place(b block, m finding.Remedy) {
	if m.UIPath != nil {
		t.say(b, "menu", *m.UIPath)
	}
	if m.UIURL != nil {
		t.say(b, "link", PageURL(t.r, *m.UIURL))
	}
}

// docs writes where to read more.
func (t *textReport) docs(b block, m finding.Remedy) {
	label := "docs"
	for _, doc := range m.Docs {
		t.say(b, label, doc)
		label = ""
	}
}
