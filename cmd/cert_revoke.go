package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/rotation"
)

func newCertRevoke(a *cli.App) *cobra.Command {
	var o rotation.ByHand
	var due bool
	c := &cobra.Command{
		Use:   "revoke [flags] ID...",
		Short: "Revoke certificates in NetSuite",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			err := cli.CheckTimeout(o.Timeout)
			switch {
			case err != nil:
				return err
			case due && (len(args) > 0 || o.Force):
				return cli.Fail(finding.UsageFlag, "--due revokes what the journals name: neither an ID nor --force belongs to it")
			case due:
				o.Flags = setFlags(c)
				return rotation.CommandDue(c.Context(), a, input(a, c), o.Options)
			case len(args) == 0:
				return cli.Fail(finding.UsageFlag, "the Certificate ID is missing", "nsauth cert revoke ID", "nsauth cert list shows the IDs; write -- before one that starts with a dash")
			}
			p, err := cli.ResolveM2M(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			return rotation.CommandRevoke(c.Context(), a, p, args, o)
		},
	}
	addProfileFlags(a, c)
	c.Flags().BoolVar(&due, "due", false, "revoke what nsauth cert rotate --revoke-old noted and is due; for cron")
	c.Flags().BoolVar(&o.Force, "force", false, "also a certificate that a profile signs with")
	addChange(c, &o.Options)
	return c
}
