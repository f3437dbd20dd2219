package cmd

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// A flag that is given the empty text is refused by every command: a shell variable
// that is not set would have the run be about something else.
func TestEmptyFlags(t *testing.T) {
	tried := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if c.RunE == nil || c.HasSubCommands() && c.Args == nil || c.Name() == "help" || strings.HasPrefix(c.CommandPath(), "nsauth completion") {
			return
		}
		path := strings.Fields(c.CommandPath())[1:]
		for n := 0; n < 2 && c.Args != nil && c.Args(c, path[len(path)-n:]) != nil; n++ {
			path = append(path, "x")
		}
		c.Flags().AddFlagSet(c.InheritedFlags())
		c.Flags().VisitAll(func(f *pflag.Flag) {
			_, list := f.Value.(pflag.SliceValue)
			if f.Value.Type() != "string" && !list || f.Name == "output" || f.Name == "color" {
				return // the last two say what they take
			}
			if tried++; testkit.LeftOut(tried, 1, 8) {
				return
			}
			r := nsauth(t, setup{}, append(path, "--"+f.Name+"=")...)
			if r.code != finding.ExitUsage || !strings.Contains(r.stderr, "nsauth: error: --"+f.Name+" is empty\n") || len(r.dialled) > 0 {
				t.Errorf("%s --%s=: exit %d\n%s%s", c.CommandPath(), f.Name, r.code, r.stdout, r.stderr)
			}
		})
	}
	walk(Root())
	if tried < 100 {
		t.Errorf("only %d flags were tried", tried)
	}
}

// Every command that does something has examples, and every text of help/ has a command.
func TestHelpTexts(t *testing.T) {
	named := map[string]bool{}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		named[helpName(c)+".txt"] = true
		if c.Name() == "help" || c.Name() == "version" || c.Name() == "completion" {
			return
		}
		if c.Example == "" && !strings.Contains(c.Long, "\nExamples:\n") && !c.HasSubCommands() {
			t.Errorf("%s has no examples; write cmd/help/%s.txt", c.CommandPath(), helpName(c))
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(Root())
	files, err := helpFiles.ReadDir("help")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		if !named[f.Name()] {
			t.Errorf("help/%s belongs to no command", f.Name())
		}
	}
}
