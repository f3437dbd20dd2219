package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
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
	addProfileFlags(a, c, profile.FieldAPIPath, profile.FieldWarn, profile.FieldFail)
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
	if err := printSaved(a, saved); err != nil {
		return err
	}
	if d != nil && saved.Made == nil && a.Terminal(a.Stdin) && wantsDoctor(c.Context(), d) {
		request, err := doctorOptions{timeout: checks.DefaultTimeout, failOn: "fail"}.request(a)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.Stdout)
		request.State, request.Asker = a.LastGood(), wizard.Asker(a, d, saved.Profile)
		return examine(c, a, a.Host(), saved.Profile, request)
	}
	return printNext(a, saved)
}

// wantsDoctor asks whether to try what was saved. No answer is a no.
func wantsDoctor(ctx context.Context, d *prompt.Dialogue) bool {
	answer, err := d.Line(ctx, "\nRun nsauth doctor with it now? yes / no (Enter: yes) > ")
	word, chosen := prompt.Choices{prompt.Yes, prompt.No}.Chosen(answer)
	return err == nil && (answer == "" || chosen && word == prompt.Yes)
}

// printSaved says what was saved, as nsauth understood it.
func printSaved(a *cli.App, s *wizard.Saved) error {
	saved := s.Profile.Name
	if s.Default {
		saved += ", which commands use without --profile"
	}
	rows := [][]string{{"saved", saved}, {"file", s.Profile.File + " (readable by you only)"}}
	if account := s.Profile.Account; !account.IsZero() && account.Kind != nsid.Unfamiliar {
		rows = append(rows, []string{"account", cli.Masked(a, account.ID) + " (" + strings.ReplaceAll(string(account.Kind), "-", " ") + ")"})
	}
	for _, r := range s.Files {
		if (r.ID == finding.CheckKey || r.ID == finding.CheckCertificate) && r.Summary != "" && r.Status != finding.Skip {
			rows = append(rows, []string{strings.ToLower(r.Title), r.Summary})
		}
	}
	return report.Table(a.Stdout, rows)
}

// printNext says what to do next.
func printNext(a *cli.App, s *wizard.Saved) error {
	steps := []string{a.FollowUp("doctor "+s.Profile.Name, "")}
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
