// Package cmd is the command line: flags to options, options to calls, a report
// to an exit code. A file per command; what a command finds out is decided in
// the packages below.
package cmd

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// System is the world of a real process.
func System() cli.World { return cli.System("nsauth/" + buildVersion().Version) }

// Main runs nsauth with args, without the program's name, and returns the exit
// code. It is the only place that turns an error into output.
func Main(args []string, w cli.World) int {
	ctx, stop := w.Interruptible(context.Background())
	defer stop()
	defer context.AfterFunc(ctx, stop)() // while the command runs: a second Ctrl-C ends the process at once
	a := cli.New(w, tool(), args)
	a.Completing = len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd)
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(w.Stdin)
	root.SetErr(w.Stderr)
	type result struct {
		command *cobra.Command
		err     error
	}
	r := untilEnded(ctx, result{err: context.Canceled}, func() result { ran, err := root.ExecuteContextC(ctx); return result{ran, err} })
	ran := r.command
	if ran == nil { // it still uses a and root, so the report is made with others
		a = cli.New(w, tool(), args)
		ran, _, _ = newRoot(a).Find(args)
	}
	if publishes(a, ran); !hasReport(ran) && !a.JSON() { // an error is told as a report
		a.Format = "text"
	}
	return untilEnded(ctx, finding.ExitInterrupted, func() int { return a.Finish(ctx, commandName(ran), notRun(ran), r.err) })
}

// ending is how long a command, and then its report, has after an interrupt to end by itself.
const ending = 3 * time.Second

// untilEnded does work. After an interrupt it does not wait for what cannot be interrupted, such
// as a disk that does not answer or a pipe that no program reads, and returns given.
func untilEnded[T any](ctx context.Context, given T, work func() T) T {
	done := make(chan T, 1)
	go func() { done <- work() }()
	select {
	case v := <-done:
		return v
	case <-ctx.Done():
	}
	select {
	case v := <-done:
		return v
	case <-time.After(ending):
		return given
	}
}

// newRoot makes the tree of commands.
func newRoot(a *cli.App) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:           "nsauth",
		Short:         "Say why NetSuite refuses an OAuth 2.0 client credentials integration",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs, // so that RunE can name the nearest command
		RunE: func(c *cobra.Command, args []string) error {
			if showVersion || a.Verbose && len(args) == 0 { // -v alone asks other programs for it
				return printVersion(a)
			}
			return unknownSubcommand(c, args)
		},
		PersistentPreRunE: func(c *cobra.Command, args []string) error { return checkGlobal(a, c, args) },
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetOut(a.Stdout) // which the completion command keeps when it is made
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	flags := root.PersistentFlags()
	flags.StringVarP(&a.Format, "output", "o", a.Format, "output `FORMAT`: text or json; for a report also short, junit, markdown and others; for a checklist also markdown, for an inventory csv and markdown")
	flags.Lookup("output").DefValue = "text"
	flags.StringVar(&a.Color, "color", "auto", "`WHEN` to colour text: auto, always or never")
	flags.BoolVarP(&a.Verbose, "verbose", "v", false, "print every check and every cause (text only)")
	flags.BoolVar(&a.ASCII, "ascii", false, "print only ASCII: words in place of signs (default where the terminal or locale is not UTF-8)")
	flags.BoolVarP(&a.Quiet, "quiet", "q", false, "print nothing when all is well (text only)")
	flags.BoolVar(&a.MaskIDs, "mask-ids", false, "mask account, client and certificate IDs in the output")
	flags.BoolVar(&a.NoInput, "no-input", false, "never ask, not even for a passphrase")
	flags.StringVar(&a.ConfigPath, "config", "", "profile `FILE` (default: config.yaml in the platform's config folder)")
	flags.Var((*cli.ProfileNames)(&a.ProfileName), "profile", "`NAME` of the profile to use")
	flags.StringVar(&a.EnvFile, "env-file", "", "read NSAUTH_ and NETSUITE_ variables from `FILE`")
	if a.Completing {
		_ = root.RegisterFlagCompletionFunc("output", func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return formatsOf(c), cobra.ShellCompDirectiveNoFileComp
		})
	}
	flags.BoolVar(&a.ShowIDs, "no-mask-ids", false, "show IDs where they are masked by default: --message, -o short, junit, markdown, prom and github")
	completeFrom(a, root, "profile", func() []string { return profileNames(a, root) })
	complete(a, root, "color", "auto", "always", "never")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.SetUsageFunc(printUsage)
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		addHelp(c)
		c.Long = report.WrapText(c.Long, helpWidth)
		help(c, args)
	})
	root.AddCommand(newDoctor(a), newExplain(a), newChecklist(a), newProfile(a), newCertgen(a), newKeycheck(a), newToken(a), newExec(a), newCall(a),
		newJWT(a), newCert(a), newAuditor(a), newAuditTrail(a), newAccount(a), newRender(a), newEmulator(a), newSchema(a), newVersion(a))
	root.AddCommand(newTopics()...)
	// cobra's own completion command answers a shell that it does not know with
	// its help and success.
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil && c != root {
		c.Args, c.RunE = cobra.ArbitraryArgs, unknownSubcommand
	}
	return root
}

// checkGlobal checks the flags that many commands have, before a command runs.
func checkGlobal(a *cli.App, c *cobra.Command, args []string) error {
	if c.Name() == cobra.ShellCompRequestCmd {
		return nil
	}
	if err := noSecret(a, c, args); err != nil {
		return err
	}
	if c.Flags().Changed("timeout") {
		a.PipeWait, _ = c.Flags().GetDuration("timeout") // the command refuses an invalid one
	}
	if known := formatsOf(c); !slices.Contains(known, a.Format) {
		asked := a.Format
		a.Format = "text"
		want := strings.Join(known[:len(known)-1], ", ") + " or " + known[len(known)-1]
		hints := text.DidYouMean(asked, known, "such as -o json")
		for _, other := range siblings(c) {
			if slices.Contains(formatsOf(other), asked) {
				hints = []string{other.CommandPath() + " has it: -o " + asked}
			}
		}
		return cli.Fail(finding.UsageFlag, "invalid output format: want "+want, hints...)
	}
	if !slices.Contains([]string{"auto", "always", "never"}, a.Color) {
		return cli.Fail(finding.UsageFlag, "invalid --color: want auto, always or never")
	}
	if err := noEmptyFlag(c); err != nil {
		return err
	}
	publishes(a, c)
	if flag := c.Flags().Lookup("report"); flag != nil && flag.Changed {
		var inputs []string
		if c.Name() != "doctor" { // whose argument is a profile
			inputs = args
		}
		if err := a.SetReports(valuesOf(flag), inputs); err != nil {
			return err
		}
	}
	if err := noIdleFlag(c); err != nil {
		return err
	}
	return checkMessage(c, a)
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "Help about a command or a topic",
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 || found == c.Root() && len(args) > 0 {
				return unknownSubcommand(c.Root(), args)
			}
			return found.Help()
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if found, _, err := c.Root().Find(args); err == nil {
				return commandNames(found), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return names
}

// moreFormats is the annotation of a command that has other output formats than text and
// json.
const moreFormats = "formats"

// siblings are the commands of the same group; a command of nsauth itself has none.
func siblings(c *cobra.Command) []*cobra.Command {
	if c.Parent() == nil || c.Parent() == c.Root() {
		return nil
	}
	return c.Parent().Commands()
}

func formatsOf(c *cobra.Command) []string {
	return append([]string{"text", "json"}, strings.Fields(c.Annotations[moreFormats])...)
}

// printsReport gives c the output formats of a report, and --report.
func printsReport(a *cli.App, c *cobra.Command) *cobra.Command {
	c.Annotations = map[string]string{moreFormats: strings.Join(formats.Names()[1:], " ")}
	c.Flags().Var(new(list), "report", "also write the report to a file, as `FORMAT=FILE`; repeatable")
	completeFrom(a, c, "report", func() (list []string) {
		for _, name := range formats.Names() {
			list = append(list, name+"=")
		}
		return list
	})
	return c
}

func hasReport(c *cobra.Command) bool { return c != nil && c.Flags().Lookup("report") != nil }

// publishes leaves to a run what its command does: only one that examines something writes
// the files of --report and tells GitHub Actions.
func publishes(a *cli.App, c *cobra.Command) {
	switch {
	case !hasReport(c):
		a.Files, a.OnGitHub = nil, false
	case c.Name() == "render":
		a.OnGitHub = false
	}
}

// addMessage gives c the flag --message.
func addMessage(a *cli.App, c *cobra.Command) {
	c.Flags().StringVar(&a.Message, "message", "", "print a message to hand on to `READER`: "+readers())
	complete(a, c, "message", report.Readers()...)
}

func readers() string {
	names := report.Readers()
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// checkMessage refuses a reader that is not known, and a message that is not text.
func checkMessage(c *cobra.Command, a *cli.App) error {
	switch f := c.Flags().Lookup("message"); {
	case f == nil || !f.Changed:
		return nil
	case !slices.Contains(report.Readers(), a.Message):
		return cli.Fail(finding.UsageFlag, "invalid --message: want "+readers())
	case a.Format != "text":
		return cli.Fail(finding.UsageFlag, "--message cannot be combined with -o "+a.Format, "leave -o out: a message is text")
	}
	return nil
}
