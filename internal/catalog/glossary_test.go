package catalog_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
)

const glossaryFile = "../../docs/glossary.md"

// docs/glossary.md has the words, libraries and programs that nsauth explain knows:
// go test ./internal/catalog -update.
func TestGlossaryPageIsUpToDate(t *testing.T) {
	want := glossary()
	if *update {
		if err := os.WriteFile(glossaryFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(glossaryFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Error("docs/glossary.md is not what the catalog says; run go test ./internal/catalog -update")
	}
}

const glossaryHead = `# Glossary

The words of NetSuite's OAuth 2.0 client credentials, code for nine languages, and the names
of fields in other programs. ` + "`nsauth explain NAME`" + ` prints the same offline. This page is
made from the files in ` + "`internal/catalog/words`" + `.
`

func glossary() []byte {
	var b bytes.Buffer
	b.WriteString(glossaryHead)
	for _, part := range []struct{ family, title, intro string }{
		{"term", "Words", ""},
		{"library", "Code", "Each program reads four environment variables, which nsauth reads too: `NETSUITE_ACCOUNT_ID`,\n`NETSUITE_CLIENT_ID`, `NETSUITE_CERTIFICATE_ID` and `NETSUITE_PRIVATE_KEY_PATH`. The tests of\nnsauth run what is marked as tested against the emulator.\n"},
		{"program", "Other programs", "Unknown and unconfirmed names are marked. nsauth's authors have run none of these programs.\n"},
	} {
		fmt.Fprintf(&b, "\n## %s\n", part.title)
		if part.intro != "" {
			b.WriteString("\n" + part.intro)
		}
		for _, n := range catalog.Names() {
			if n.Family == part.family {
				word(&b, n)
			}
		}
	}
	return b.Bytes()
}

func word(b *bytes.Buffer, n catalog.Name) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s\n\n", n.Name, markdown(n.Title), markdown(n.Meaning))
	if len(n.Fields) > 0 {
		b.WriteString("| field | what belongs there |\n|---|---|\n")
		for _, f := range n.Fields {
			fmt.Fprintf(b, "| %s | %s |\n", markdown(f.Field), markdown(f.Value))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "- What to do: %s\n", markdown(n.Remedy.Summary))
	if n.Sample == nil {
		for _, step := range n.Remedy.Steps {
			fmt.Fprintf(b, "  - %s\n", markdown(step))
		}
	}
	fmt.Fprintf(b, "- To check it: %s\n- Basis: %s; %s\n", markdown(n.Confirm), n.Basis, markdown(n.Source))
	if s := n.Sample; s != nil {
		tested := map[bool]string{true: "tested", false: "untested"}[s.Tested]
		language := map[string]string{"csharp": "csharp", "node": "js", "curl": "sh"}[n.Name]
		if language == "" {
			language = n.Name
		}
		fmt.Fprintf(b, "\n%s %s, %s; `%s`, run with `%s`:\n\n```%s\n%s```\n", s.Package, s.Version, tested, s.File, s.Run, language, strings.ReplaceAll(s.Code, "```", ""))
	}
}
