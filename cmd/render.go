package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/text"
)

// maxReport bounds a saved report. A real one has less than 100 KB, and there may be a
// thousand of them in a document.
const maxReport = 64 << 20

func newRender(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "render REPORT",
		Short: "Print a saved report again, as text or in another form",
		Args:  atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Fail(finding.UsageFlag, "the report is missing", "nsauth render report.json, or - for standard input")
			}
			saved, err := a.ReadNamed(args[0], maxReport)
			if err != nil {
				return err
			}
			run, err := formats.Read([]byte(text.UTF8(saved)))
			if err != nil {
				return cli.Fail(finding.UsageConfig, args[0]+" is not a report: "+err.Error(), "save one with: nsauth doctor -o json > report.json")
			}
			return a.RenderRun(run, func(doc *finding.Reports) error { return fleetText(a, doc) })
		},
	}
	addMessage(a, c)
	return printsReport(a, c)
}
