package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// all lists c and the commands below it that help shows, each before its own,
// with the flags that cobra adds when it runs.
func all(c *cobra.Command) []*cobra.Command {
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, all(sub)...)
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
	text     string
	verbatim bool
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
