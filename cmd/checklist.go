package cmd

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checklist"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/wizard"
)

func newChecklist(a *cli.App) *cobra.Command {
	var o askFlags
	c := &cobra.Command{
		Use:         "checklist",
		Short:       "Go through NetSuite's pages, without the private key",
		Args:        atMost(0),
		Annotations: map[string]string{moreFormats: "markdown"},
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := cli.Resolve(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			d, err := a.Dialogue(o.ask, cli.ReadsStdin(p))
			if err != nil {
				return err
			}
			return runChecklist(c, a, d, p)
		},
	}
	addProfileFlags(a, c, profile.FieldWarn)
	o.addFlags(c.Flags())
	addMessage(a, c)
	return c
}

// runChecklist judges what p has, asks for the rest, and prints the checklist.
func runChecklist(c *cobra.Command, a *cli.App, d *prompt.Dialogue, p *profile.Profile) error {
	sel := checks.Selection{Only: checklist.Checks(), Show: checklist.Checks(), Offline: true}
	pair, err := a.Load(c.Context(), p, sel, keys.Pair{})
	if err != nil {
		return err
	}
	results := checks.Run(c.Context(), checks.Job{World: a.Host(), Profile: p, Select: sel, Pair: pair, AbsentIsNotGiven: true})
	list := checklist.New(p, results, a.Tool, a.Started)
	var stopped error // by Ctrl-C: what was answered is printed, as after quit
	if d != nil {
		stopped = wizard.AskChecklist(c.Context(), a, d, p, list)
		if stopped != nil && (c.Context().Err() == nil || a.Format == "json" || a.Message != "") {
			return stopped
		}
	}
	if a.Message != "" {
		return a.PrintReport(list.Report())
	}
	doc := list.Document()
	if stopped != nil {
		doc.ExitCode = finding.ExitInterrupted
	}
	switch o := a.TextOptions(a.Stdout); a.Format {
	case "json":
		err = a.PrintJSON(doc)
	case "markdown":
		err = formats.Checklist(a.Stdout, doc, formats.Options{MaskIDs: a.MaskIDs})
	default:
		err = report.ChecklistText(a.Stdout, doc, o)
	}
	if err = cmp.Or(err, stopped); err != nil {
		return err
	}
	return cli.Exit(doc.ExitCode)
}
