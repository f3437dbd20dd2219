package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// index is the page of nsauth itself.
const index = "README.md"

const generated = "<!-- Made from the commands themselves: go test ./internal/gendocs -update -->\n"

// commandPages are docs/commands: a page per command, and the index.
func commandPages(root *cobra.Command) (files, error) {
	pages := files{}
	for _, c := range all(root) {
		pages[pageName(c)] = commandPage(c)
	}
	return pages, nil
}

// pageName is "jwt-inspect.md" for nsauth jwt inspect.
func pageName(c *cobra.Command) string {
	if !c.HasParent() {
		return index
	}
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	return strings.ReplaceAll(path, " ", "-") + ".md"
}

func commandPage(c *cobra.Command) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n# %s\n\n%s.\n\n", generated, c.CommandPath(), markdown(c.Short))
	fence(&b, "sh", strings.Join(synopsis(c), "\n"))
	if c.Long != "" {
		for _, p := range paragraphs(c.Long) {
			if p.verbatim {
				fence(&b, "text", p.text)
			} else {
				fmt.Fprintf(&b, "%s\n\n", markdown(p.text))
			}
		}
	}
	if c.Example != "" {
		b.WriteString("## Examples\n\n")
		fence(&b, "sh", examples(c))
	}
	if commands := all(c)[1:]; len(commands) > 0 {
		b.WriteString("## Commands\n\n| command | does |\n|---|---|\n")
		for _, sub := range commands {
			fmt.Fprintf(&b, "| [%s](%s) | %s |\n", sub.CommandPath(), pageName(sub), markdown(sub.Short))
		}
		b.WriteString("\n")
	}
	b.WriteString("## Options\n\n")
	fence(&b, "text", strings.TrimRight(own(c).FlagUsages(), "\n"))
	if c.HasParent() {
		fmt.Fprintf(&b, "And the [options of every command](%s#options-of-every-command).\n", index)
	} else {
		b.WriteString("## Options of every command\n\n")
		fence(&b, "text", strings.TrimRight(general(c).FlagUsages(), "\n"))
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

func fence(b *bytes.Buffer, language, text string) {
	fmt.Fprintf(b, "```%s\n%s\n```\n\n", language, text)
}

// markdown escapes what Markdown would read as markup.
func markdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "\\`", "|", `\|`).Replace(s)
}
