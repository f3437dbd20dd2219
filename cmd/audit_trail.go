package cmd

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/audit"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/strictyaml"
)

// maxSince bounds --since: NetSuite does not say how long it keeps entries.
const maxSince = 90 * 24 * time.Hour

func newAuditTrail(a *cli.App) *cobra.Command {
	var f auditorFlags
	var filter audit.Filter
	var since time.Duration
	var expect string
	c := &cobra.Command{
		Use:   "audit-trail",
		Short: "Explain the entries of NetSuite's Login Audit Trail",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if since < time.Minute || since > maxSince {
				return cli.Fail(finding.UsageFlag, "invalid --since: want a duration from 1m to 2160h", "such as 30m, 1h or 24h")
			}
			return runAuditTrail(c, a, f, since, filter, expect)
		},
	}
	f.add(a, c)
	c.Flags().DurationVar(&since, "since", time.Hour, "how far back to look (`DURATION`)")
	c.Flags().BoolVar(&filter.Failures, "failures", false, "only refused requests")
	c.Flags().StringVar(&filter.Application, "application", "", "only entries of the integration record with this `NAME`")
	c.Flags().StringVar(&expect, "expect", "", "exit 1 if an entry is not among what `FILE` lists as normal")
	_ = c.MarkFlagFilename("expect", "yaml", "yml")
	return c
}

func runAuditTrail(c *cobra.Command, a *cli.App, f auditorFlags, since time.Duration, filter audit.Filter, expect string) error {
	var expected *audit.Expected
	if expect != "" {
		data, err := cli.UnlessInterrupted(c.Context(), func() ([]byte, error) { return a.ReadFile(expect, audit.MaxExpect) })
		if err != nil {
			return err
		}
		if expected, err = audit.ReadExpected(expect, data); err != nil {
			hints := []string{"nsauth audit-trail --help shows such a file"}
			if wrong := (*strictyaml.Error)(nil); errors.As(err, &wrong) && wrong.Hint != "" {
				hints = append([]string{wrong.Hint}, hints...)
			}
			return cli.Fail(finding.UsageConfig, err.Error(), hints...)
		}
	}
	o, err := f.openOnly(c, a)
	if err != nil {
		return err
	}
	defer o.close()
	done := a.Working(c.Context(), "reading the Login Audit Trail", "")
	read := o.Trail
	if filter.Failures {
		read = o.Failures // the auditor's own sign-ins leave less room for the refusals
	}
	trail, err := read(c.Context(), since)
	done()
	if err != nil {
		return o.failed(c, a, err)
	}
	doc := audit.Trail(trail, since, filter, expected)
	doc.Account, doc.Auditor = o.account, o.name
	if a.JSON() {
		err = a.PrintJSON(doc)
	} else {
		err = audit.PrintTrail(a.Stdout, a.TextOptions(a.Stdout), cli.Masked(a, doc))
	}
	if err != nil {
		return err
	}
	return cli.Exit(doc.ExitCode)
}
