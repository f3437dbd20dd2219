package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

func newKeycheck(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "keycheck [KEY]",
		Short: "Judge a private key and certificate by NetSuite's rules",
		Long: `Read a private key and a certificate, say what they are, whether NetSuite takes
them and whether they belong together, and print the Certificate ID that NetSuite
will show for the certificate. Nothing leaves this machine.

With KEY or --cert, the key, certificate and certificate ID of the environment and
of the default profile are ignored; without either, the profile's are examined.`,
		Example: `  nsauth keycheck key.pem --cert cert.pem
  nsauth keycheck --cert cert.pem --certificate-id=NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA
  nsauth keycheck --profile prod -o json`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			in := a.input(c)
			if len(args) == 1 {
				if _, both := in.Flags["key"]; both {
					return fail(finding.UsageFlag, "the key is given twice, as an argument and with --key")
				}
				in.Flags["key"] = args
			}
			_, key := in.Flags["key"]
			_, cert := in.Flags["cert"]
			if key || cert {
				in.OnlyFlags = []profile.Field{profile.FieldKey, profile.FieldCert, profile.FieldCertificateID}
			}
			p, err := resolve(c.Context(), in)
			if err != nil {
				return err
			}
			if p.Text(profile.FieldKey) == "" && p.Text(profile.FieldCert) == "" {
				return fail(finding.UsageFlag, "there is no key or certificate to check",
					"such as nsauth keycheck key.pem --cert cert.pem", "or name a profile with --profile")
			}
			return examine(c, a, a.World.World, p, keycheckRequest())
		},
	}
	a.addProfileFlags(c, profile.FieldWarn, profile.FieldFail)
	return c
}

// keycheckRequest is what keycheck examines, and certgen of what it made.
func keycheckRequest() doctor.Request {
	return doctor.Request{
		Tool: tool(), Command: "keycheck", AbsentIsNotGiven: true,
		Select: checks.Selection{Only: checksOf["keycheck"], Show: checksOf["keycheck"], Offline: true},
	}
}
