package cmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/finding"
)

// A run that names a command makes no other. That must be invisible: the command
// is the one of the whole tree, with its help and its completion.
func TestCommandAlone(t *testing.T) {
	whole := Root()
	for _, made := range commands() {
		c, _, err := whole.Find([]string{made.name})
		if err != nil || c.Name() != made.name {
			t.Fatalf("%s finds %s: %v", made.name, c.Name(), err)
		}
		if made.instant != (made.name == "version") {
			t.Errorf("%s: instant is %t", made.name, made.instant)
		}
		alone := commandsFor([]string{made.name, "--help"})
		if len(alone) != 1 || alone[0].name != made.name {
			t.Fatalf("%s is made together with others", made.name)
		}
		sameHelp(t, c)
	}
	for _, args := range [][]string{nil, {"help", "doctor"}, {"completion", "bash"}, {"__complete", "doc"},
		{"--config", "x", "version"}, {"-o", "json", "version"}, {"vers"}, {"", "version"}, {"--", "version"}} {
		if got := len(commandsFor(args)); got != len(commands()) {
			t.Errorf("%q: %d commands", args, got)
		}
	}
}

// sameHelp compares the help that a run prints for c and each command below it
// with what the whole tree says.
func sameHelp(t *testing.T, c *cobra.Command) {
	t.Helper()
	path := strings.Fields(c.CommandPath())[1:]
	alone := nsauth(t, setup{}, append(path, "--help")...)
	among := nsauth(t, setup{}, append(append([]string{"--quiet"}, path...), "--help")...)
	if diff := cmp.Diff(among.stdout, alone.stdout); alone.code != 0 || diff != "" || !strings.Contains(alone.stdout, "Usage:\n  nsauth "+path[0]) {
		t.Errorf("nsauth %s --help: exit %d, (-among the others +alone):\n%s", strings.Join(path, " "), alone.code, diff)
	}
	for _, sub := range c.Commands() {
		sameHelp(t, sub)
	}
}

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
			tried++
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
