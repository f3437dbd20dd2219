package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// configSchema is the schema that is not of a document, but of the profile file.
const configSchema = "config"

func newSchema(a *cli.App) *cobra.Command {
	kinds := append(report.Schemas(), configSchema)
	slices.Sort(kinds)
	list := strings.Join(kinds, ", ")
	return &cobra.Command{
		Use:       "schema KIND",
		Short:     "Print the JSON Schema of a document",
		Long:      "Kinds: " + list,
		ValidArgs: kinds,
		Args:      atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Fail(finding.UsageFlag, "the kind of document is missing", "one of "+list)
			}
			schema, known := report.Schema(args[0])
			if args[0] == configSchema {
				schema, known = profile.Schema(), true
			}
			if !known {
				return cli.Fail(finding.UsageFlag, "unknown kind "+cli.Quoted(args[0]),
					text.DidYouMean(strings.TrimPrefix(args[0], "nsauth."), kinds, "one of "+list)...)
			}
			_, err := fmt.Fprintln(a.Stdout, strings.TrimRight(string(schema), "\n"))
			return err
		},
	}
}
