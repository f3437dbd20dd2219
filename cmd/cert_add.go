package cmd

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/rotation"
)

func newCertAdd(a *cli.App) *cobra.Command {
	var o rotation.ByHand
	c := &cobra.Command{
		Use:        "add",
		SuggestFor: []string{"upload"},
		Short:      "Add a certificate in NetSuite",
		Args:       noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in := input(a, c)
			for _, id := range []string{o.Role, o.Entity} {
				if id != "" && !nsid.IsInternalID(id) {
					return cli.Fail(finding.UsageFlag, "--role and --entity take internal IDs, such as 1000 and -5")
				}
			}
			if in.Flags["cert"] == nil {
				return cli.Fail(finding.UsageFlag, "--cert is missing", "nsauth cert add --cert FILE", "nsauth certgen makes a pair")
			}
			if err := cli.CheckTimeout(o.Timeout); err != nil {
				return err
			}
			p, err := cli.ResolveM2M(c.Context(), in)
			if err != nil {
				return err
			}
			return rotation.CommandAdd(c.Context(), a, p, p.Text(profile.FieldCert), o)
		},
	}
	addProfileFlags(a, c)
	flags := c.Flags()
	flags.Lookup("cert").Usage = "certificate `FILE` to add; its private key is not needed"
	flags.StringVar(&o.Role, "role", "", "internal `ID` of the role (default: that of the profile's own certificate)")
	flags.StringVar(&o.Entity, "entity", "", "internal `ID` of the entity (default: that of the profile's own certificate)")
	addChange(c, &o.Options)
	flags.DurationVar(&o.Wait, "wait", 2*time.Minute, "how long to look for the certificate where NetSuite's answer was lost")
	return c
}
