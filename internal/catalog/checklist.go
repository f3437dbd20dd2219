package catalog

import (
	"cmp"

	"github.com/nsauth/nsauth/internal/finding"
)

// ChecklistPage is a page in NetSuite, or a place outside it, and what to look at
// there. See checklist.yaml.
type ChecklistPage struct {
	Page, Title, Menu string // Menu is the name of a menu, "" outside NetSuite
	Items             []ChecklistItem
}

// ChecklistItem is one thing that must be right for a token.
type ChecklistItem struct {
	ID, Ask, Look string
	Wrong         finding.Code // whose remedy applies if the answer is no
	Fix           string       // what to do then, if no finding says it
	Advice        bool         // that answer is only worth knowing
	Judged        []string     // what nsauth judges it by, each of them enough
	Codes, Warns  []finding.Code
	Only          string // sandbox or restlets
	After         string // an item; if that is wrong, this is not asked
	Basis         finding.Basis
	Source        string
}

var checklist = file[[]ChecklistPage]("checklist.yaml")

// Checklist lists the pages in the order in which to open them. An item without words
// of its own is a question of the doctor.
func Checklist() []ChecklistPage { return checklist() }

// MenuPage is the menu with this name: its menu words, and its path below the
// account's UI host, "" if that is unknown.
func MenuPage(name string) (path, url string) {
	m := entryOf(name, "menus.yaml", menus())
	return m.Path, m.URL
}

// Remedy is what to do about an item that is wrong with this code: that of the
// finding, else the item's own.
func (i ChecklistItem) Remedy(code finding.Code, ev finding.Evidence) finding.Remedy {
	if code = cmp.Or(code, i.Wrong); code == "" {
		return finding.Remedy{Summary: Fill(i.Fix, ev)}
	}
	return New(code, ev).Remedy
}
