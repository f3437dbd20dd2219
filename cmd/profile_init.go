package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/wizard"
)

func newProfileInit(a *cli.App) *cobra.Command {
	var o wizard.InitOptions
	var ask askFlags
	c := &cobra.Command{
		Use:        "init [NAME]",
		SuggestFor: []string{"init", "setup", "configure", "login", "add", "new"},
		Short:      "Create or change a profile, asking for what is missing",
		Args:       atMost(1),
		RunE:       func(c *cobra.Command, args []string) error { return runProfileInit(c, a, o, ask.ask, args) },
	}
	addProfileFlags(c, profile.FieldAPIPath, profile.FieldWarn, profile.FieldFail)
	flags := c.Flags()
	flags.BoolVar(&o.Default, "default", false, "make it the default profile")
	flags.BoolVar(&o.Force, "force", false, "overwrite a profile of this name without asking")
	ask.addFlags(flags)
	return c
}

func runProfileInit(c *cobra.Command, a *cli.App, o wizard.InitOptions, ask bool, args []string) error {
	d, err := a.Dialogue(ask, false)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		o.Name = args[0]
	}
	saved, err := wizard.Init(c.Context(), a, d, input(a, c), o)
	switch {
	case err != nil:
		return err
	case a.JSON():
		return a.PrintJSON(profileDocument(saved.Profile))
	case a.Quiet:
		return nil
	}
	return printSaved(a, saved)
}

// printSaved says what was saved, and what to do next.
func printSaved(a *cli.App, s *wizard.Saved) error {
	saved := s.Profile.Name
	if s.Default {
		saved += ", which commands use without --profile"
	}
	if err := report.Table(a.Stdout, [][]string{{"saved", saved}, {"file", s.Profile.File + " (readable by you only)"}}); err != nil {
		return err
	}
	next := "nsauth doctor --profile " + s.Profile.Name
	if a.ConfigPath != "" {
		next += " --config " + report.CommandLine(a.ConfigPath)
	}
	steps := []string{next}
	if s.Made != nil {
		e, _ := catalog.Lookup("setup.mapping-missing")
		steps = append([]string{
			*e.Remedy.UIPath + " > Create New: choose entity, role and application, and upload " + s.Made.CertificatePath + ". Never upload or send the key.",
			"The row should show the Certificate ID " + s.Made.Certificate.ID() + ".",
		}, steps...)
	}
	steps = cli.Masked(a, steps)
	fmt.Fprintln(a.Stdout, "\nNext:")
	for n, step := range steps {
		fmt.Fprintf(a.Stdout, "  %d. %s\n", n+1, report.Wrap(step, 5, a.TextOptions(a.Stdout).Width))
	}
	return nil
}
