package cmd

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/profile"
)

// keycheckOptions are the flags of nsauth keycheck.
type keycheckOptions struct {
	at      string
	require []string
	failOn  string
}

func newKeycheck(a *cli.App) *cobra.Command {
	var o keycheckOptions
	c := &cobra.Command{
		Use:   "keycheck [KEY | FOLDER]",
		Short: "Judge a private key and certificate by NetSuite's rules",
		Args:  atMost(1),
		RunE:  func(c *cobra.Command, args []string) error { return runKeycheck(c, a, o, args) },
	}
	addProfileFlags(a, c, profile.FieldWarn, profile.FieldFail, profile.FieldAccept)
	offersNot(c, "scope", "algorithm", "audience", "api-url", "connect-to", "ca-file", "proxy", "ntp-server")
	c.Flags().StringVar(&o.at, "at", "", "judge the certificate as of `TIME`, such as 2027-06-30 or 2027-06-30T12:00:00Z (default: now)")
	c.Flags().StringSliceVar(&o.require, "require", nil, "exit 3 if this `CHECK` (key, certificate, certificate-id) is skipped or unknown; repeatable")
	c.Flags().StringVar(&o.failOn, "fail-on", "fail", "exit with an error from this `LEVEL` on: fail or warn")
	complete(a, c, "require", namesOf(keypair.Checks())...)
	complete(a, c, "fail-on", "fail", "warn")
	return printsReport(a, c)
}

func runKeycheck(c *cobra.Command, a *cli.App, o keycheckOptions, args []string) error {
	when, err := timeOf(o.at)
	if err != nil {
		return err
	}
	if err := checkFailOn(o.failOn); err != nil {
		return err
	}
	require, err := checkIDs("require", o.require, keypair.Checks())
	if err != nil {
		return err
	}
	p, r, err := keypair.Given(c.Context(), a, input(a, c), args)
	if err != nil {
		return err
	}
	r.At, r.Select.Require, r.FailOnWarn = when, require, o.failOn == "warn"
	return examine(c, a, a.Host(), p, r)
}

// timeOf reads a date, in UTC, or a time; zero for "".
func timeOf(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 0 {
			return t, nil
		}
	}
	if text == "" {
		return time.Time{}, nil
	}
	return time.Time{}, cli.Fail(finding.UsageFlag, "invalid --at: want YYYY-MM-DD or RFC 3339", "such as 2027-06-30 (its first second, UTC) or 2027-06-30T12:00:00Z")
}
