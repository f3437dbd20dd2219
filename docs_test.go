package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/rotation"
	"github.com/nsauth/nsauth/internal/signcommand"
)

// page is a Markdown page with its links and the anchors of its headings.
type page struct {
	text    string
	links   []string
	anchors []string
}

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	link    = regexp.MustCompile(`[^\\]\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	// GitHub leaves these characters out of a heading's anchor.
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// pages returns README.md and all pages in docs, by path.
func pages(t *testing.T) map[string]page {
	t.Helper()
	if allPages != nil {
		return allPages
	}
	files := []string{"README.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	all := map[string]page{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := page{text: strings.ReplaceAll(string(data), "\r\n", "\n")}
		prose := fenced.ReplaceAllString(p.text, "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			p.links = append(p.links, m[1])
		}
		for _, m := range heading.FindAllStringSubmatch(prose, -1) {
			p.anchors = append(p.anchors, anchor(m[1]))
		}
		all[filepath.ToSlash(file)] = p
	}
	allPages = all
	return all
}

// allPages is what pages returned first.
var allPages map[string]page

// anchor is the name that GitHub gives a heading in a link.
func anchor(heading string) string {
	return strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// Every link has a target, and links lead to every page.
func TestLinks(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{"README.md": true}
	queue := []string{"README.md"}
	for len(queue) > 0 {
		from := queue[0]
		queue = queue[1:]
		for _, to := range all[from].links {
			if strings.Contains(to, "://") {
				continue
			}
			file, fragment, _ := strings.Cut(to, "#")
			target := from
			if file != "" {
				target = path.Join(path.Dir(from), file)
			}
			p, ok := all[target]
			if !ok {
				if _, err := os.Stat(filepath.FromSlash(target)); err != nil {
					t.Errorf("%s: the link %s has no target", from, to)
				}
				continue
			}
			if fragment != "" && !slices.Contains(p.anchors, fragment) {
				t.Errorf("%s: the link %s matches no heading of %s", from, to, target)
			}
			if !reached[target] {
				reached[target] = true
				queue = append(queue, target)
			}
		}
	}
	for name := range all {
		if !reached[name] {
			t.Errorf("no link leads to %s", name)
		}
	}
	if len(all) < 15 {
		t.Errorf("only %d pages", len(all))
	}
}

// Every code has exactly one heading in docs/findings.md.
func TestEveryFindingHasAnAnchor(t *testing.T) {
	anchors := pages(t)["docs/findings.md"].anchors
	for _, e := range catalog.All() {
		n := 0
		for _, a := range anchors {
			if a == anchor(string(e.Code)) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("docs/findings.md#%s: %d headings", anchor(string(e.Code)), n)
		}
	}
}

// rows returns the cells of the table rows whose first cell matches first.
func rows(text string, first string) [][]string {
	var found [][]string
	for _, m := range regexp.MustCompile(`(?m)^\| (`+first+`) \| (.*) \|$`).FindAllStringSubmatch(text, -1) {
		found = append(found, append([]string{m[1]}, strings.Split(m[2], " | ")...))
	}
	return found
}

// The tables of exit codes in README.md and docs/exit-codes.md match the constants
// Exit* of package finding.
func TestExitCodeTables(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "internal/finding/exit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Exit") {
			want = append(want, spec.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	if len(want) < 6 {
		t.Fatalf("the constants are %v", want)
	}
	all := pages(t)
	text, _, _ := strings.Cut(all["docs/exit-codes.md"].text, "\n## ")
	meanings := map[string]string{}
	var got []string
	for _, row := range rows(text, `\d+`) {
		got = append(got, row[0])
		meanings[row[0]] = row[1]
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/exit-codes.md has the codes %v, the constants are %v", got, want)
	}
	got = nil
	for _, row := range rows(all["README.md"].text, `\d+`) {
		got = append(got, row[0])
		if !strings.HasPrefix(row[1], meanings[row[0]]) {
			t.Errorf("the README says of code %s: %s", row[0], row[1])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("README.md has the codes %v, the constants are %v", got, want)
	}
}

// docs/json.md names every kind of document, with its schema.
func TestKindsTable(t *testing.T) {
	var got []string
	for _, row := range rows(pages(t)["docs/json.md"].text, "`nsauth\\.[a-z-]+`") {
		kind := strings.Trim(strings.TrimPrefix(row[0], "`nsauth."), "`")
		got = append(got, kind)
		if want := "`nsauth schema " + kind + "`"; row[len(row)-1] != want {
			t.Errorf("%s: %s, want %s", row[0], row[len(row)-1], want)
		}
	}
	if want := report.Schemas(); !slices.Equal(got, want) {
		t.Errorf("docs/json.md has the kinds %v, and there are %v", got, want)
	}
}

// docs/auditor.md lists every query of an auditor, and no other.
func TestAuditorPageHasTheQueries(t *testing.T) {
	var want []string
	for _, q := range auditor.Queries() {
		want = append(want, "| `"+q.Name+"` | "+q.Shows+" | "+q.Permission+" | "+q.Basis+" | `"+q.SQL+"` |")
	}
	var got []string
	for line := range strings.Lines(pages(t)["docs/auditor.md"].text) {
		if strings.Contains(line, " | `SELECT ") {
			got = append(got, strings.TrimRight(line, "\n"))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/auditor.md has the queries\n%s\nand the auditor sends\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// nsauth reads every variable that the pages name, except those that name a release, and those
// that it sets for a sign command and for a deploy hook.
func TestVariables(t *testing.T) {
	known := map[string]bool{"NSAUTH_PROFILE": true, "NSAUTH_VERSION": true, "NSAUTH_SHA256": true, "NSAUTH_": true, signcommand.Variable: true}
	for _, f := range profile.Fields() {
		known[f.Env] = true
	}
	seen := map[string]bool{}
	for name, p := range pages(t) {
		for _, variable := range regexp.MustCompile(`NSAUTH_[A-Z0-9_]*`).FindAllString(p.text, -1) {
			seen[variable] = true
			if !known[variable] && !strings.HasPrefix(variable, rotation.HookPrefix) {
				t.Errorf("%s: nothing reads %s", name, variable)
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v seen", slices.Sorted(maps.Keys(seen)))
	}
}

// The flowchart has each check at the step that the report gives.
func TestFlowchartHasEveryCheckAtItsStep(t *testing.T) {
	data, err := os.ReadFile("docs/flowchart.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[finding.CheckID]string{}
	for _, node := range regexp.MustCompile(`(?m)^ *s(\d)\["(.*)"\]$`).FindAllStringSubmatch(string(data), -1) {
		for _, id := range regexp.MustCompile(`\[([a-z-]+)\]`).FindAllStringSubmatch(node[2], -1) {
			drawn[finding.CheckID(id[1])] = node[1]
		}
	}
	rows := checks.NotRun()
	for _, r := range rows {
		if drawn[r.ID] != strconv.Itoa(r.Step) {
			t.Errorf("check %s is step %d, and is drawn at step %q: put [%s] at its step in docs/flowchart.md", r.ID, r.Step, drawn[r.ID], r.ID)
		}
	}
	if len(drawn) != len(rows) {
		t.Errorf("%d checks are drawn, and there are %d", len(drawn), len(rows))
	}
}
