package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

// runCompare examines the profiles of --profile (or the argument) and --compare and prints what
// differs. Nothing is asked: which of the two would the answer be about?
func runCompare(c *cobra.Command, a *cli.App, o doctorOptions) error {
	if err := o.comparable(c, a); err != nil {
		return err
	}
	request, err := o.request(a)
	if err != nil {
		return err
	}
	request.State = a.LastGood()
	var profiles []*profile.Profile // both, before anything is sent
	for _, name := range []string{a.ProfileName, o.compare} {
		in := input(a, c)
		in.ProfileName = name
		p, err := cli.ResolveM2M(c.Context(), in)
		if err != nil {
			return err
		}
		profiles = append(profiles, p)
	}
	var reports []*finding.Report
	for _, p := range profiles {
		if request.Pair, err = a.Load(c.Context(), p, request.Select, keys.Pair{}); err != nil {
			return err
		}
		r, err := doctor.Examine(c.Context(), a.Host(), p, request)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	doc := doctor.Compare(reports[0], reports[1])
	if a.JSON() {
		err = a.PrintJSON(doc)
	} else {
		err = report.ComparisonText(a.Stdout, doc, a.TextOptions(a.Stdout))
	}
	if err != nil {
		return err
	}
	return cli.Exit(doc.ExitCode)
}

// comparable refuses what cannot be meant for two profiles.
func (o doctorOptions) comparable(c *cobra.Command, a *cli.App) error {
	switch {
	case a.ProfileName == "":
		return cli.Fail(finding.UsageFlag, "--compare needs --profile", "nsauth doctor --profile prod --compare "+report.CommandLine(o.compare))
	case a.ProfileName == o.compare:
		return cli.Fail(finding.UsageFlag, "--profile and --compare name the same profile", "nsauth profile list shows the others")
	}
	for _, name := range []string{"account", "client-id", "certificate-id", "key", "cert", "audience", "token-url", "api-url",
		"assertion", "assertion-command", "audit-detail", "worked-until", "curl", "ask"} {
		if flag := c.Flags().Lookup(name); flag != nil && flag.Changed {
			return cli.Fail(finding.UsageFlag, "--"+name+" cannot apply to two profiles", "omit it, or examine one profile at a time")
		}
	}
	return nil
}
