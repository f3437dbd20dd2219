package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

func newSchema(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:       "schema KIND",
		Short:     "Print the JSON Schema of a document",
		Long:      "Kinds: " + strings.Join(report.Schemas(), ", "),
		ValidArgs: report.Schemas(),
		Args:      atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Fail(finding.UsageFlag, "the kind of document is missing", "one of "+strings.Join(report.Schemas(), ", "))
			}
			schema, known := report.Schema(args[0])
			if !known {
				return cli.Fail(finding.UsageFlag, "unknown kind "+cli.Quoted(args[0]),
					text.DidYouMean(strings.TrimPrefix(args[0], "nsauth."), report.Schemas(), "one of "+strings.Join(report.Schemas(), ", "))...)
			}
			_, err := fmt.Fprintln(a.Stdout, strings.TrimRight(string(schema), "\n"))
			return err
		},
	}
}
