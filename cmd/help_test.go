package cmd

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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

// Help has at most 80 columns, so that no terminal breaks it inside a word. Commands can
// be copied, and stay whole.
func TestHelpFitsEightyColumns(t *testing.T) {
	for _, args := range [][]string{{"help", "exit-codes"}, {"help", "config"}, {"help", "environment"}, {"doctor", "--help"}, {"call", "--help"},
		{"emulator", "--help"}, {"profile", "init", "--help"}, {"keycheck", "--help"}} {
		for line := range strings.Lines(nsauth(t, setup{}, args...).stdout) {
			if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > 80 && !strings.HasPrefix(line, "  nsauth ") {
				t.Errorf("%v: %s", args, line)
			}
		}
	}
}
