package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// unknownSubcommand is what a command does that has subcommands and got none of them.
func unknownSubcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	hints := text.DidYouMean(args[0], commandNames(c), c.CommandPath()+" --help lists the commands")
	if meant := meantBy(c.Root(), args[0]); meant != "" {
		hints = []string{"did you mean: " + meant}
	}
	return cli.Fail(finding.UsageFlag, "unknown command "+cli.Quoted(strings.TrimPrefix(commandName(c)+" ", "nsauth ")+args[0]), hints...)
}

// meantBy is the command below c for which another program's word is, else "".
func meantBy(c *cobra.Command, word string) string {
	if slices.Contains(c.SuggestFor, strings.ToLower(word)) {
		return c.CommandPath()
	}
	for _, sub := range c.Commands() {
		if meant := meantBy(sub, word); meant != "" {
			return meant
		}
	}
	return ""
}

// flagError names the flag, and the nearest one where it does not exist. It
// never repeats a value: it may be a secret in the wrong place.
func flagError(c *cobra.Command, err error) error {
	hints := []string{c.CommandPath() + " --help lists the flags"}
	var (
		unknown *pflag.NotExistError
		invalid *pflag.InvalidValueError
		missing *pflag.ValueRequiredError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &syntax) && strings.HasPrefix(syntax.GetSpecifiedFlag(), "-----BEGIN"):
		return cli.Fail(finding.UsageFlag, "an argument looks like the content of a key or certificate: give the path of its file",
			"save it in a file that only you can read and give its path, or pass it in a variable: env:NAME",
			"other users may have read a private key that was on a command line, and the shell's history has it")
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if words := c.Flags().Args(); !c.HasParent() && len(words) > 0 { // a flag of a command that is misspelled
			return unknownSubcommand(c, words)
		}
		if name == "json" && !strings.HasPrefix(helpName(c), "call") {
			return cli.Fail(finding.UsageFlag, "unknown flag \"--json\"", "for JSON: -o json")
		}
		if (name == "X" || name == "request") && strings.HasPrefix(helpName(c), "call") {
			return cli.Fail(finding.UsageFlag, "unknown flag "+cli.Quoted(dashes(name)+name), "the method comes before the path: nsauth call POST record/v1/customer")
		}
		if len(name) == 1 && strings.HasPrefix(helpName(c), "cert-") {
			hints = append([]string{"a Certificate ID that begins with - comes after --: " + c.CommandPath() + " -- ID"}, hints...)
		}
		var names []string
		c.Flags().VisitAll(addName(&names))
		c.InheritedFlags().VisitAll(addName(&names))
		if near := text.Nearest(name, names); near != "" && len(name) > 1 {
			hints = append([]string{fmt.Sprintf("did you mean --%s?", near)}, hints...)
		}
		return cli.Fail(finding.UsageFlag, "unknown flag "+cli.Quoted(dashes(name)+name), hints...)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("the value of --%s is not %s", f.Name, kindOfValue(f.Value.Type())), hints...)
	case errors.As(err, &missing):
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("--%s needs a value", missing.GetFlag().Name), hints...)
	}
	return cli.Fail(finding.UsageFlag, "invalid flags", hints...)
}

// noEmptyFlag refuses a flag that was given the empty text. A shell variable that
// is not set looks like this, and the run would be about something else than was
// asked for: another profile, an assertion of nsauth's own, a call without its body.
func noEmptyFlag(c *cobra.Command) error {
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		empty := f.Value.Type() == "string" && f.Value.String() == ""
		if list, ok := f.Value.(pflag.SliceValue); ok {
			items := list.GetSlice()
			empty = len(items) == 0 || slices.Contains(items, "")
		}
		if empty && err == nil {
			err = cli.Fail(finding.UsageFlag, "--"+f.Name+" is empty",
				"omit the flag, or check that its shell variable is set")
		}
	})
	return err
}

// kindOfValue says in words what a flag takes.
func kindOfValue(name string) string {
	switch name {
	case "duration":
		return "a duration, such as 30s or 5m"
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	}
	return "a " + name
}

func dashes(name string) string {
	if len(name) == 1 {
		return "-"
	}
	return "--"
}

// noArgs refuses arguments without repeating them: they may be secrets in the wrong place.
func noArgs(c *cobra.Command, args []string) error { return atMost(0)(c, args) }

func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		most := "no argument"
		if n > 0 {
			most = "at most " + text.Counted(n, "argument")
		}
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("%s accepts %s, not %d", c.CommandPath(), most, len(args)),
			c.CommandPath()+" --help shows how it is used")
	}
}

// complete offers fixed values for a flag.
func complete(a *cli.App, c *cobra.Command, flag string, values ...string) {
	completeFrom(a, c, flag, func() []string { return values })
}

// completeFrom offers values that are only worked out when a shell asks.
func completeFrom(a *cli.App, c *cobra.Command, flag string, values func() []string) {
	if !a.Completing {
		return // cobra keeps such a flag, and all that it leads to, as long as the process lives
	}
	// It fails only for a flag that does not exist, which a test of every
	// completion would show.
	_ = c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
}
