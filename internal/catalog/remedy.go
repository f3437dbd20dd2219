package catalog

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/finding"
)

// goos is the system whose commands the remedies have.
var goos = runtime.GOOS

var (
	menus    = file[map[string]menu]("menus.yaml")
	pages    = file[map[string]page]("pages.yaml")
	remedies = file[map[string]remedy]("remedies.yaml")
)

// menu is a place in NetSuite: its menu words, and its path below the account's UI
// host where that works in every language.
type menu struct{ Path, URL string }

// Menu is a place in NetSuite's own menu words, by its name in menus.yaml.
func Menu(name string) string { return entryOf(name, "menus.yaml", menus()).Path }

// page is a page of Oracle's NetSuite Help, by its ID, or one with another URL.
type page struct{ ID, URL, About string }

func (p page) url() string {
	if p.ID == "" {
		return p.URL
	}
	return "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/" + p.ID + ".html"
}

// pageIDs replaces the name of a page in braces by the page's ID.
var pageIDs = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for name, p := range pages() {
		pairs = append(pairs, "{"+name+"}", p.ID)
	}
	return strings.NewReplacer(pairs...)
})

// helpPages names pages of Oracle's NetSuite Help as a source.
func helpPages(names []string) string {
	ids := make([]string, len(names))
	for i, name := range names {
		ids[i] = entryOf(name, "pages.yaml", pages()).ID
	}
	return "Oracle NetSuite Help, page " + strings.Join(ids, ", ")
}

// remedy is a finding.Remedy as a file of words has it.
type remedy struct {
	Like     string // a shared remedy: see remedies.yaml
	Summary  string
	Steps    []string
	Commands []string // words apart by spaces, but for those in brackets
	Windows  []string // the commands on Windows, where they are others
	Menu     string
	Docs     []string // names of pages
}

// written is the remedy with everything that it refers to.
func (r remedy) written() finding.Remedy {
	if r.Like != "" {
		shared := entryOf(r.Like, "remedies.yaml", remedies())
		r.Summary, r.Menu = cmp.Or(r.Summary, shared.Summary), cmp.Or(r.Menu, shared.Menu)
		r.Steps = slices.Concat(r.Steps, shared.Steps)
		if r.Commands == nil {
			r.Commands, r.Windows = shared.Commands, shared.Windows
		}
		if r.Docs == nil {
			r.Docs = shared.Docs
		}
	}
	out := finding.Remedy{Summary: r.Summary, Steps: r.Steps}
	if goos == "windows" && r.Windows != nil {
		r.Commands = r.Windows
	}
	for _, c := range r.Commands {
		out.Commands = append(out.Commands, arguments(c))
	}
	if r.Menu != "" {
		m := entryOf(r.Menu, "menus.yaml", menus())
		out.Page, out.UIPath = r.Menu, &m.Path
		if m.URL != "" {
			out.UIURL = &m.URL
		}
	}
	for _, name := range r.Docs {
		out.Docs = append(out.Docs, entryOf(name, "pages.yaml", pages()).url())
	}
	return out
}

// arguments are the words of a command: what stands in [] or {} is one.
func arguments(command string) []string {
	depth := 0
	return strings.FieldsFunc(command, func(r rune) bool {
		switch r {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		return r == ' ' && depth == 0
	})
}
