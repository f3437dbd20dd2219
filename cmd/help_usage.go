package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

func init() { cobra.EnableCommandSorting = false } // commands are in the order of the journey

// group is a heading of the help, and what belongs below it.
type group struct {
	title string
	names []string
}

func newGroup(title, names string) group { return group{title, strings.Fields(names)} }

// commandGroups are the commands of nsauth in the order in which a person needs them.
var commandGroups = []group{
	newGroup("Find the cause", "doctor explain checklist"),
	newGroup("Set up", "profile certgen keycheck"),
	newGroup("Use", "token exec call"),
	newGroup("Look closer", "jwt render emulator"),
}

// flagGroups are the flags by purpose. Flags in none of them say what the command does,
// and come first.
var flagGroups = []group{
	newGroup("Values, which override those of the profile", "account client-id certificate-id key key-command sign-command public-key passphrase-file cert scope algorithm api-path warn fail"),
	newGroup("Server and connection", "token-url audience api-url connect-to ca-file proxy ntp-server timeout retry"),
	newGroup("Profile and records", "profile config env-file no-cache no-state"),
	newGroup("Questions", "ask no-input yes"),
	newGroup("Output", "output message verbose quiet color ascii mask-ids no-mask-ids help"),
}

// idleFlags are the flags of every command that have no effect on these.
var idleFlags = []struct{ flags, commands group }{
	{newGroup("", "profile config env-file"), newGroup("", "certgen completion config emulator-scenarios environment exit-codes explain help render schema token-cache version")},
	{newGroup("", "verbose"), newGroup("", "certgen completion config emulator environment exit-codes explain help jwt-build jwt-diff profile schema token-cache version")},
	{newGroup("", "no-mask-ids"), newGroup("", "call certgen completion config emulator environment exec exit-codes explain help jwt-build jwt-diff profile schema token version")},
	{newGroup("", "no-input"), newGroup("", "completion config emulator environment exit-codes explain help profile-list profile-show profile-use render schema token-cache version")},
	{newGroup("", "ascii"), newGroup("", "completion config environment exit-codes help schema version")},
	{newGroup("", "quiet"), newGroup("", "completion config emulator-scenarios environment exit-codes help profile-list profile-show schema version")},
	{newGroup("", "mask-ids"), newGroup("", "completion config emulator-scenarios environment exit-codes explain help jwt-build schema version")},
}

// idle reports whether a flag has no effect on c, so that the help does not offer it.
func idle(c *cobra.Command, flag *pflag.Flag) bool {
	name := helpName(c)
	within := func(command string) bool { return name == command || strings.HasPrefix(name, command+"-") }
	for _, i := range idleFlags {
		if slices.Contains(i.flags.names, flag.Name) && slices.ContainsFunc(i.commands.names, within) {
			return true
		}
	}
	return flag.Hidden
}

// offersNot hides value flags that have no effect on c.
func offersNot(c *cobra.Command, flags ...string) {
	for _, name := range flags {
		_ = c.Flags().MarkHidden(name) // a test of the help sees it
	}
}

// noIdleFlag refuses a flag that has no effect, if it changes what a command would be
// about. How text looks may be said to every command.
func noIdleFlag(c *cobra.Command) error {
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && idle(c, f) && (f.Hidden || slices.Contains(idleFlags[0].flags.names, f.Name)) {
			err = cli.Fail(finding.UsageFlag, "--"+f.Name+" has no effect on "+c.CommandPath(), c.CommandPath()+" --help lists the flags")
		}
	})
	return err
}

const helpWidth = 80 // columns

// printUsage is the second part of a command's help.
func printUsage(c *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:")
	if c.Runnable() {
		b.WriteString("\n  " + c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n  " + c.CommandPath() + " COMMAND")
	}
	b.WriteString("\n")
	if c.HasExample() {
		b.WriteString("\nExamples:\n" + c.Example + "\n")
	}
	for _, g := range commandsBelow(c) {
		fmt.Fprintf(&b, "\n%s:\n", g.title)
		for _, name := range g.names {
			sub, _, _ := c.Find([]string{name})
			fmt.Fprintf(&b, "  %-*s %s\n", c.NamePadding(), name, sub.Short)
		}
	}
	for _, g := range flagsOf(c) {
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, g.flags.FlagUsagesWrapped(helpWidth))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s COMMAND --help says more about a command.\n", c.CommandPath())
	}
	_, err := fmt.Fprint(c.OutOrStderr(), b.String())
	return err
}

// commandsBelow are the commands below c by group.
func commandsBelow(c *cobra.Command) []group {
	var list []group
	other, topics := group{title: "Commands"}, group{title: "Topics"}
	var grouped []string
	if !c.HasParent() {
		other.title = "Other commands"
		for _, g := range commandGroups {
			g.names = slices.DeleteFunc(slices.Clone(g.names), func(name string) bool { return !slices.Contains(commandNames(c), name) })
			list, grouped = append(list, g), append(grouped, g.names...)
		}
	}
	for _, sub := range c.Commands() {
		switch {
		case slices.Contains(grouped, sub.Name()):
		case !sub.Runnable() && !sub.HasSubCommands():
			topics.names = append(topics.names, sub.Name())
		case sub.IsAvailableCommand() || sub.Name() == "help":
			other.names = append(other.names, sub.Name())
		}
	}
	return slices.DeleteFunc(append(list, other, topics), func(g group) bool { return len(g.names) == 0 })
}

// usageGroup is a heading of the help and the flags below it.
type usageGroup struct {
	title string
	flags *pflag.FlagSet
}

// flagsOf are the flags that have an effect on c, by group.
func flagsOf(c *cobra.Command) []usageGroup {
	c.InitDefaultHelpFlag()
	rest := pflag.NewFlagSet("", pflag.ContinueOnError)
	add := func(f *pflag.Flag) {
		if rest.Lookup(f.Name) == nil && !idle(c, f) {
			rest.AddFlag(f)
		}
	}
	c.LocalFlags().VisitAll(add)
	c.InheritedFlags().VisitAll(add)
	groups := flagGroups
	if rest.Lookup("client-id") == nil { // of that name, and not a value of the profile
		groups = groups[1:]
	}
	var list []usageGroup
	var grouped []string
	for _, g := range groups {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = false
		for _, name := range g.names {
			if f := rest.Lookup(name); f != nil {
				set.AddFlag(f)
			}
		}
		list, grouped = append(list, usageGroup{g.title, set}), append(grouped, g.names...)
	}
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	rest.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(grouped, f.Name) {
			own.AddFlag(f)
		}
	})
	list = append([]usageGroup{{"Flags", own}}, list...)
	return slices.DeleteFunc(list, func(g usageGroup) bool { return !g.flags.HasAvailableFlags() })
}
