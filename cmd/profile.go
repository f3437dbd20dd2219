package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

func newProfile(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "profile",
		Short: "Look at profiles",
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownSubcommand,
	}
	c.AddCommand(newProfileShow(a))
	return c
}

func newProfileShow(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "show",
		Short: "Print the values in effect and where each came from",
		Long: `Print every value in effect with its source. Precedence: a flag, the profile that
--profile or NSAUTH_PROFILE names, the environment (NSAUTH_ before NETSUITE_), the
file of --env-file, the default profile, the default.`,
		Example: "  nsauth profile show\n  nsauth profile show --profile prod -o json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := resolve(c.Context(), a.input(c))
			if err != nil {
				return err
			}
			doc := report.NewProfileDocument()
			doc.Name, doc.File, doc.Values = finding.Optional(p.Name), finding.Optional(p.File), p.Facts().Values
			if a.json() {
				return a.printJSON(doc)
			}
			return a.printProfile(p, doc)
		},
	}
	a.addProfileFlags(c, profile.FieldAPIPath, profile.FieldWarn, profile.FieldFail)
	return c
}

// printProfile writes the values as a table and what is wrong with them, like a
// compiler's messages, to standard error.
func (a *app) printProfile(p *profile.Profile, doc report.ProfileDocument) error {
	findings := p.Findings()
	if a.maskIDs {
		doc, findings = report.Mask(doc), report.Mask(findings)
	}
	var rows [][]string
	for _, r := range p.Show() {
		rows = append(rows, []string{r.Name, doc.Values[r.Name].Value, r.Source})
	}
	if p.Name != "" {
		rows = append(rows, []string{"profile", p.Name, p.File})
	}
	if err := report.Table(a.Stdout, rows); err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Fprintf(a.Stderr, "nsauth: %s: %s\n", f.Severity, f.Message)
	}
	return nil
}
