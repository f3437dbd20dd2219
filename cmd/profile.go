package cmd

import (
	"fmt"
	"strings"

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
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return fail(finding.UsageFlag, "unknown command "+quoted("profile "+args[0]), "profile show prints the values in effect")
		},
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
			p, err := profile.Resolve(a.input(c))
			if err != nil {
				return err
			}
			if a.json() {
				doc := report.NewProfileDocument()
				doc.Name, doc.File, doc.Values = set(p.Name), set(p.File), p.Facts().Values
				return a.printJSON(doc)
			}
			if err := a.printProfile(p); err != nil {
				return err
			}
			for _, f := range p.Findings() {
				fmt.Fprintf(a.Stderr, "nsauth: %s: %s\n", f.Severity, f.Message)
			}
			return nil
		},
	}
	addProfileFlags(c, profile.FieldAPIPath, profile.FieldWarn, profile.FieldFail)
	return c
}

func (a *app) printProfile(p *profile.Profile) error {
	rows := p.Show()
	var name, value int
	for _, r := range rows {
		name, value = max(name, len(r.Name)), max(value, len(r.Value))
	}
	var b strings.Builder
	if p.Name != "" {
		fmt.Fprintf(&b, "profile %s of %s\n\n", p.Name, p.File)
	}
	for _, r := range rows {
		fmt.Fprintf(&b, "%-*s  %-*s  %s\n", name, r.Name, min(value, maxShownValue), r.Value, r.Source)
	}
	_, err := a.Stdout.Write([]byte(b.String()))
	return err
}

// maxShownValue keeps one long URL from pushing every source off the screen.
const maxShownValue = 64
