package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/cmd"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/explain"
	"github.com/nsauth/nsauth/internal/finding"
)

var update = flag.Bool("update", false, "write docs/explain.md and docs/audit-trail.md")

// The transcripts of docs/explain.md match the output. Its first block of text is
// error.log. go test . -run TestExplainPage -update rewrites them.
func TestExplainPage(t *testing.T) {
	const page, console = "docs/explain.md", "```console\n$ nsauth "
	text := pages(t)[page].text
	_, log, _ := strings.Cut(text, "```text\n")
	log, _, _ = strings.Cut(log, "```\n")
	blocks := strings.Split(text, console)
	if len(blocks) < 4 || log == "" {
		t.Fatalf("%d transcripts, and the pasted text is %q", len(blocks)-1, log)
	}
	written := blocks[0]
	for _, b := range blocks[1:] {
		command, rest, _ := strings.Cut(b, "\n")
		_, after, closed := strings.Cut(rest, "\n```\n")
		if !closed {
			t.Fatalf("the block of %q does not end", command)
		}
		args, pasted := strings.CutSuffix(command, " < error.log")
		stdin := ""
		if pasted {
			stdin = log
		}
		written += console + command + "\n" + printed(stdin, strings.Fields(args)...) + "```\n" + after
	}
	upToDate(t, page, written)
}

// printed returns what nsauth prints without a terminal and an environment.
func printed(stdin string, args ...string) string {
	var out bytes.Buffer
	w := cmd.System()
	w.Stdin, w.Stdout, w.Stderr = strings.NewReader(stdin), &out, &bytes.Buffer{}
	w.LookupEnv, w.EnvNames = func(string) (string, bool) { return "", false }, nil
	w.Interruptible = context.WithCancel
	cmd.Main(args, w)
	return out.String()
}

func upToDate(t *testing.T, page, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if pages(t)[page].text != want {
		t.Errorf("%s is not what nsauth says; run go test . -run '%s' -update", page, t.Name())
	}
}

var auditHead = `# Details of the Login Audit Trail

NetSuite's token endpoint gives one bare error for most refusals. The reason may be at
` + catalog.Menu("login-audit-trail") + `.
Tick Use Advanced Search, and on the Results subtab add **Detail** and **Token-based
Application Name**. NetSuite does not always log a refusal.

Several flows share some Details. The entry's Token-based Application Name names the
integration record, and its time the request: what that program sends shows the flow.

` + "`nsauth explain DETAIL`" + ` says the same in a terminal, and ` + "`nsauth doctor --audit-detail DETAIL`" + `
narrows its diagnosis. The order of causes is [an inference](diagnosis.md#the-order). This page is
made from the files in ` + "`internal/catalog/words`" + `.
`

// docs/audit-trail.md is up to date: go test . -run TestAuditTrailPage -update writes it.
func TestAuditTrailPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(auditHead)
	rest := explain.Names()
	for _, s := range []struct {
		title string
		flow  catalog.Flow
	}{
		{"RESTlets and REST web services, with client credentials", catalog.FlowClientCredentials},
		{"Authorization code flow only", catalog.FlowAuthorizationCode},
		{"Token-based authentication (TBA) only", catalog.FlowTokenBased},
	} {
		fmt.Fprintf(&b, "\n## %s\n", s.title)
		var later []explain.Name
		for _, n := range rest {
			if n.Family != catalog.FamilyAudit {
				continue
			}
			if d, _ := catalog.LookupDetail(n.Name); !d.Of(s.flow) {
				later = append(later, n)
				continue
			}
			detailSection(&b, explain.Lookup(n.Name)[0])
		}
		rest = later
	}
	if len(rest) > 0 {
		t.Errorf("of no flow: %v", rest)
	}
	upToDate(t, "docs/audit-trail.md", b.String())
}

func detailSection(b *strings.Builder, x finding.Explanation) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s\n\n", x.Name, escaped(x.Title), escaped(x.Meaning))
	for _, r := range x.Readings {
		fmt.Fprintf(b, "- In %s (%s): %s\n", r.Where, r.Basis, escaped(r.Meaning))
	}
	if len(x.Causes) > 0 {
		b.WriteString("- Causes, most likely first: ")
		for i, c := range x.Causes {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "[%s](findings.md#%s)", c.Code, anchor(string(c.Code)))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "- What to do: %s\n", escaped(x.Remedy.Summary))
	for _, s := range x.Remedy.Steps {
		fmt.Fprintf(b, "  - %s\n", escaped(s))
	}
	if x.Remedy.UIPath != nil {
		fmt.Fprintf(b, "- In NetSuite: %s\n", *x.Remedy.UIPath)
	}
	if len(x.Readings) < 2 {
		fmt.Fprintf(b, "- To settle it: %s\n", escaped(x.Confirm))
	}
	fmt.Fprintf(b, "- Basis: %s; %s\n", x.Basis, x.Source)
	for _, d := range x.Remedy.Docs {
		fmt.Fprintf(b, "- <%s>\n", d)
	}
}

// escaped escapes the markup characters of Markdown.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "`", "\\`").Replace(s)
}
