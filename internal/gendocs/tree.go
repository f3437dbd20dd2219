package main

import (
	"bytes"
	"embed"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:embed *.tmpl
var templatesFS embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"below": below, "description": description, "examples": examples, "general": general, "manName": manName,
	"markdown": markdown, "options": options, "own": own, "pageName": pageName, "paragraphs": paragraphs,
	"related": related, "roff": roff, "synopsis": synopsis, "upper": strings.ToUpper,
	"usages": func(set *pflag.FlagSet) string { return strings.TrimRight(set.FlagUsages(), "\n") },
}).ParseFS(templatesFS, "*.tmpl"))

// pagesFrom makes a page per command from a template.
func pagesFrom(name string, root *cobra.Command, file func(*cobra.Command) string) (files, error) {
	pages := files{}
	for _, c := range append([]*cobra.Command{root}, below(root)...) {
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, name, c); err != nil {
			return nil, err
		}
		pages[file(c)] = b.Bytes()
	}
	return pages, nil
}

// commandPages are docs/commands: a page per command, and README.md of nsauth itself.
func commandPages(root *cobra.Command) (files, error) { return pagesFrom("page.tmpl", root, pageName) }

// pageName is "jwt-inspect.md" for nsauth jwt inspect.
func pageName(c *cobra.Command) string {
	if !c.HasParent() {
		return "README.md"
	}
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	return strings.ReplaceAll(path, " ", "-") + ".md"
}

// markdown escapes what Markdown would read as markup.
func markdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "\\`", "|", `\|`).Replace(s)
}

// below lists the commands below c that help shows, each before its own. It adds the
// flags that cobra adds to a command when it runs.
func below(c *cobra.Command) []*cobra.Command {
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	var list []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			list = append(append(list, sub), below(sub)...)
		}
	}
	return list
}

// general are the flags that every command has.
func general(c *cobra.Command) *pflag.FlagSet { return c.Root().PersistentFlags() }

// own are the other flags that c takes.
func own(c *cobra.Command) *pflag.FlagSet {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	add := func(f *pflag.Flag) {
		if general(c).Lookup(f.Name) != f {
			set.AddFlag(f)
		}
	}
	c.LocalFlags().VisitAll(add)
	c.InheritedFlags().VisitAll(add)
	return set
}

// synopsis are the ways to call c.
func synopsis(c *cobra.Command) []string {
	var lines []string
	if c.Runnable() {
		lines = append(lines, c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		lines = append(lines, c.CommandPath()+" COMMAND")
	}
	return lines
}

// description is the long help, or the short one as a sentence.
func description(c *cobra.Command) string {
	if c.Long != "" {
		return c.Long
	}
	return c.Short + "."
}

// examples are the examples without the indent that they have in the help.
func examples(c *cobra.Command) string {
	lines := strings.Split(strings.Trim(c.Example, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

// paragraph is a piece of a help text between empty lines: prose, or lines that
// stay as they are because they are indented.
type paragraph struct {
	Text     string
	Verbatim bool
}

func paragraphs(help string) []paragraph {
	var list []paragraph
	for text := range strings.SplitSeq(strings.TrimSpace(help), "\n\n") {
		// Cobra's own texts have Markdown headings in them.
		if text = strings.TrimPrefix(strings.Trim(text, "\n"), "#### "); text == "" {
			continue
		}
		verbatim := strings.Contains("\n"+text, "\n ") || strings.Contains("\n"+text, "\n\t")
		list = append(list, paragraph{text, verbatim})
	}
	return list
}
