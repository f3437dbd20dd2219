package cmd

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/profile"
)

func newKeycheck(a *cli.App) *cobra.Command {
	var at string
	c := &cobra.Command{
		Use:   "keycheck [KEY | FOLDER]",
		Short: "Judge a private key and certificate by NetSuite's rules",
		Args:  atMost(1),
		RunE:  func(c *cobra.Command, args []string) error { return runKeycheck(c, a, at, args) },
	}
	addProfileFlags(c, profile.FieldWarn, profile.FieldFail)
	offersNot(c, "scope", "algorithm", "audience", "api-url", "connect-to", "ca-file", "proxy", "ntp-server")
	c.Flags().StringVar(&at, "at", "", "judge the certificate as of `TIME`, such as 2027-06-30 or 2027-06-30T12:00:00Z (default: now)")
	return printsReport(c)
}

func runKeycheck(c *cobra.Command, a *cli.App, at string, args []string) error {
	when, err := timeOf(at)
	if err != nil {
		return err
	}
	p, r, err := keypair.Given(c.Context(), a, input(a, c), args)
	if err != nil {
		return err
	}
	r.At = when
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
