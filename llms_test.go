package main

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var llmsHead = `# nsauth

> nsauth finds out why NetSuite rejects OAuth 2.0 client credentials (M2M). It is a command
> line, a NetSuite emulator for tests, and a Go client. Its checks change nothing in NetSuite.

An agent reads the skill first. It says what to run and what never to print: private keys,
client assertions, access tokens. Each command has ` + "`-o json`" + ` with a schema and stable exit codes.
`

// A line of docs/README.md that lists a page: in a table, or in a list.
var listedPage = regexp.MustCompile(`^[|*-] \[([^\]]+)\]\(([^)#:]+\.md)\)(?: \||:|,)? ?(.*?)(?: \|)?$`)

// llms.txt lists the pages of docs/README.md in the form of llmstxt.org, and docs/README.md
// lists every page: go test . -run TestLLMs -update writes it.
func TestLLMs(t *testing.T) {
	all := pages(t)
	var sections, optional strings.Builder
	listed := map[string]bool{"docs/README.md": true}
	optional.WriteString("\n## Optional\n\n")
	section := "\n## Pages\n\n"
	for line := range strings.Lines(all["docs/README.md"].text) {
		line = strings.TrimSpace(line)
		if name, is := strings.CutPrefix(line, "## "); is {
			section = "\n## " + name + "\n\n"
		}
		m := listedPage.FindStringSubmatch(line)
		if m == nil || listed[path.Join("docs", m[2])] {
			continue
		}
		file := path.Join("docs", m[2])
		listed[file] = true
		if _, ok := all[file]; !ok && file != "SECURITY.md" {
			t.Errorf("docs/README.md lists %s", m[2])
		}
		entry := "- [" + m[1] + "](" + file + "): " + m[3] + "\n"
		if file == "docs/architecture.md" || file == "docs/decisions.md" {
			optional.WriteString(entry)
			continue
		}
		sections.WriteString(section + entry)
		section = ""
	}
	for file := range all {
		if path.Dir(file) == "docs" && !listed[file] {
			t.Errorf("docs/README.md lists the pages, and not %s", file)
		}
	}
	if len(listed) < 25 {
		t.Errorf("only %d pages are listed", len(listed))
	}
	optional.WriteString("- [Contributing](CONTRIBUTING.md): how to build, test and add a finding, scenario, check or command\n")
	want := llmsHead + sections.String() + optional.String()
	if *update {
		if err := os.WriteFile("llms.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("llms.txt")
	if err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != want {
		t.Errorf("%v: llms.txt does not match docs/README.md; run go test . -run TestLLMs -update", err)
	}
	for _, m := range link.FindAllStringSubmatch(want, -1) {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("llms.txt: %v", err)
		}
	}
	for _, file := range []string{"docs/skill/SKILL.md", "docs/commands/README.md", "docs/findings.md", "docs/json.md", "docs/exit-codes.md"} {
		if !listed[file] {
			t.Errorf("llms.txt has no link to %s", file)
		}
	}
}
