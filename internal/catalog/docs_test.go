package catalog_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

var update = flag.Bool("update", false, "write docs/findings.md")

const docFile = "../../docs/findings.md"

// docs/findings.md is the catalog as a page: go test ./internal/catalog -update.
func TestFindingsPageIsUpToDate(t *testing.T) {
	want := page()
	if *update {
		if err := os.WriteFile(docFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Error("docs/findings.md is not what the catalog says; run go test ./internal/catalog -update")
	}
	for _, e := range catalog.All() {
		if !bytes.Contains(got, []byte("\n### "+string(e.Code)+"\n")) {
			t.Errorf("docs/findings.md has no heading for %s", e.Code)
		}
	}
}

const checklistFile = "../../docs/checklist.md"

// docs/checklist.md is made from checklist.yaml: go test ./internal/catalog -update.
func TestChecklistPageIsUpToDate(t *testing.T) {
	b := bytes.NewBufferString(checklistHead)
	asked := map[string]catalog.Question{}
	for _, q := range catalog.Questions() {
		asked[q.ID] = q
	}
	for _, p := range catalog.Checklist() {
		fmt.Fprintf(b, "\n## %s\n\n", p.Title)
		if p.Menu != "" {
			path, _ := catalog.MenuPage(p.Menu)
			fmt.Fprintf(b, "In NetSuite: %s\n\n", path)
		}
		b.WriteString("| id | question | look | basis |\n|---|---|---|---|\n")
		for _, i := range p.Items {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", i.ID, markdown(catalog.Fill(cmp.Or(i.Ask, asked[i.ID].Ask), nil)),
				markdown(catalog.Fill(cmp.Or(i.Look, asked[i.ID].Look), nil)), i.Basis)
		}
	}
	if *update {
		if err := os.WriteFile(checklistFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(checklistFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), b.Bytes()) {
		t.Error("docs/checklist.md is not what the catalog says; run go test ./internal/catalog -update")
	}
}

const checklistHead = `# Checklist

[` + "`nsauth checklist`" + `](commands/checklist.md) goes through what must be right for a token. It needs no
private key and sends nothing. This page is made from
` + "`internal/catalog/words/checklist.yaml`" + `, which names the source of each item too.

It judges what it is given at once: account ID, Client ID, Certificate ID, scopes, a
certificate, a key, or only some of them.

` + "```console" + `
$ nsauth checklist --client-id 1C61CD58-044D-497A-AA29-7A3E9A9BB924 -o json | jq -r '.items[] | select(.state == "wrong") | .id'
client-id-form
` + "```" + `

On a terminal it asks about the other items, [as doctor does](questions.md). An answer settles
every item that it decides. With ` + "`-o markdown`" + ` it prints boxes to tick, for a ticket or a
colleague.

| state | meaning |
|---|---|
| ` + "`ok`" + ` | in order; a code with it is only worth knowing |
| ` + "`wrong`" + ` | something to fix; the exit code is 1 |
| ` + "`open`" + ` | not looked at |
| ` + "`not-seen`" + ` | a person looked and could not tell |

` + "`by`" + ` says who judged an item: ` + "`nsauth` or a `person`" + `. A person's answer is no proof. An item
with the ID of a [question of doctor](questions.md#the-questions) asks the same.
`

var pageHead = `# Findings

Every finding of nsauth has a code. Codes are added, never renamed. This page is made from the files in ` + "`internal/catalog/words`" + `.

- **Severity**: an error makes its check fail, a warning makes it warn, information leaves it passed. "unknown" means that the check could not verify anything. What NetSuite's own documentation calls refused is an error; what is known from samples or by inference is a warning.
- **Basis**: official (documented by Oracle or a standard), observed (measured, or reported from the field), inferred.
- **Refused** marks an error that rules out a token by itself. Only such an error is ever called a certain cause.
- **Audit trail** is the Detail that Oracle documents for it in the Login Audit Trail (` + catalog.Menu("login-audit-trail") + `). Not every failure has an entry.
`

func page() []byte {
	var b bytes.Buffer
	b.WriteString(pageHead)
	family := ""
	for _, e := range catalog.All() {
		if f, _, _ := strings.Cut(string(e.Code), "."); f != family {
			family = f
			fmt.Fprintf(&b, "\n## %s\n", family)
		}
		section(&b, e)
	}
	return b.Bytes()
}

func section(b *bytes.Buffer, e catalog.Entry) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s\n\n", e.Code, e.Title, markdown(e.Meaning))
	severity := string(e.Severity)
	if e.Status == finding.Unknown {
		severity = "unknown"
	}
	if e.Refused && e.Severity == finding.Error {
		severity += ", refused"
	}
	fmt.Fprintf(b, "- Severity: %s\n", severity)
	if e.Owner != "" {
		fmt.Fprintf(b, "- Check: `%s`\n", e.Owner)
	}
	fmt.Fprintf(b, "- Message: %s\n", markdown(catalog.Fill(e.Message, nil)))
	for _, reason := range slices.Sorted(maps.Keys(e.Variants)) {
		v := e.Variants[reason]
		fmt.Fprintf(b, "  - `%s`", reason)
		if v.Severity != "" && v.Severity != e.Severity {
			fmt.Fprintf(b, " (%s)", v.Severity)
		}
		if v.Message != "" {
			fmt.Fprintf(b, ": %s", markdown(catalog.Fill(v.Message, nil)))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "- What to do: %s\n", markdown(catalog.Fill(e.Remedy.Summary, nil)))
	for _, step := range e.Remedy.Steps {
		if s := catalog.Fill(step, nil); s != "" {
			fmt.Fprintf(b, "  - %s\n", markdown(s))
		}
	}
	for _, argv := range catalog.New(e.Code, nil).Remedy.Commands {
		fmt.Fprintf(b, "  - `%s`\n", strings.Join(argv, " "))
	}
	if e.Remedy.UIPath != nil {
		fmt.Fprintf(b, "- In NetSuite: %s", *e.Remedy.UIPath)
		if e.Remedy.UIURL != nil {
			fmt.Fprintf(b, " (`%s`)", *e.Remedy.UIURL)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "- To settle it: %s\n", markdown(catalog.Fill(e.Confirm, nil)))
	if len(e.AuditDetails) > 0 {
		fmt.Fprintf(b, "- Audit trail: `%s`\n", strings.Join(e.AuditDetails, "`, `"))
	}
	fmt.Fprintf(b, "- Basis: %s; %s\n", e.Basis, markdown(e.Source))
	for _, d := range e.Remedy.Docs {
		fmt.Fprintf(b, "- <%s>\n", d)
	}
}

// markdown escapes what Markdown would read as markup.
func markdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "`", "\\`").Replace(s)
}
