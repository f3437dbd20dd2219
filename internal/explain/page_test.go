package explain

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

var update = flag.Bool("update", false, "write docs/audit-trail.md")

const auditPage = "../../docs/audit-trail.md"

// docs/audit-trail.md is the table of Details as a page: go test ./internal/explain -update.
func TestAuditTrailPageIsUpToDate(t *testing.T) {
	want := page()
	if *update {
		if err := os.WriteFile(auditPage, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(auditPage)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Error("docs/audit-trail.md is not what the tables say; run go test ./internal/explain -update")
	}
	for _, d := range details() {
		if !bytes.Contains(got, []byte("\n### "+d.name+"\n")) {
			t.Errorf("docs/audit-trail.md has no heading for %s", d.name)
		}
	}
}

const pageHead = `# Details of the Login Audit Trail

NetSuite's token endpoint gives one bare error for most refusals. The Login Audit Trail
(` + finding.MenuLoginAuditTrail + `) may have the reason:
tick Use Advanced Search, and on the Results subtab add **Detail** and **Token-based
Application Name**. Not every refusal has an entry.

Some Details belong to several flows. ` + tells + `

` + "`nsauth explain DETAIL`" + ` says the same in a terminal, and ` + "`nsauth doctor --audit-detail DETAIL`" + `
narrows its diagnosis. This page is made from the tables in ` + "`internal/explain`" + ` and the
catalogue of [findings](findings.md).
`

func page() []byte {
	var b bytes.Buffer
	b.WriteString(pageHead)
	sections := []struct {
		title string
		in    func(detail) bool
	}{
		{"RESTlets and REST web services, with client credentials", func(d detail) bool { return slices.Contains(d.pages, pageDetails) }},
		{"Authorization code flow alone", func(d detail) bool { return !slices.Contains(d.pages, pageDetails) && !d.onlyTBA() }},
		{"Token-based authentication (TBA) alone", detail.onlyTBA},
	}
	of := map[string]detail{}
	for _, d := range details() {
		of[d.name] = d
	}
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n", s.title)
		for _, e := range auditDetails() {
			if s.in(of[e.name]) {
				section(&b, e.explain(nil))
			}
		}
	}
	return b.Bytes()
}

func section(b *bytes.Buffer, x finding.Explanation) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s\n\n", x.Name, markdown(x.Title), markdown(x.Meaning))
	for _, r := range x.Readings {
		fmt.Fprintf(b, "- In %s (%s): %s\n", r.Where, r.Basis, markdown(r.Meaning))
	}
	if len(x.Causes) > 0 {
		b.WriteString("- Causes, the likeliest first: ")
		for i, c := range x.Causes {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "[%s](findings.md#%s)", c.Code, strings.ReplaceAll(string(c.Code), ".", ""))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "- What to do: %s\n", markdown(x.Remedy.Summary))
	for _, s := range x.Remedy.Steps {
		fmt.Fprintf(b, "  - %s\n", markdown(s))
	}
	if x.Remedy.UIPath != nil {
		fmt.Fprintf(b, "- In NetSuite: %s\n", *x.Remedy.UIPath)
	}
	if x.Confirm != tells {
		fmt.Fprintf(b, "- To settle it: %s\n", markdown(x.Confirm))
	}
	fmt.Fprintf(b, "- Basis: %s; %s\n", x.Basis, x.Source)
	for _, d := range x.Remedy.Docs {
		fmt.Fprintf(b, "- <%s>\n", d)
	}
}

func markdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "`", "\\`").Replace(s)
}
