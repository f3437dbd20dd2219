package cmd

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The tables of the help name flags and commands that there are: another name would
// silently do nothing.
func TestHelpTablesNameWhatThereIs(t *testing.T) {
	flags, commands := map[string]bool{}, map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		commands[helpName(c)] = true
		for _, g := range flagsOf(c) {
			g.flags.VisitAll(func(f *pflag.Flag) { flags[f.Name] = true })
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(Root())
	for _, g := range flagGroups {
		for _, name := range g.names {
			if !flags[name] {
				t.Errorf("%q: no command offers --%s", g.title, name)
			}
		}
	}
	for _, i := range idleFlags {
		for _, name := range i.flags.names {
			if !flags[name] {
				t.Errorf("no command offers --%s", name)
			}
		}
		for _, name := range i.commands.names {
			if !commands[name] && name != "help" {
				t.Errorf("no command %s", name)
			}
		}
	}
	grouped := 0
	for _, g := range commandGroups {
		for _, name := range g.names {
			if slices.Contains(commandNames(Root()), name) {
				grouped++
			}
		}
	}
	if grouped < 10 {
		t.Errorf("only %d commands are in a group", grouped)
	}
}
