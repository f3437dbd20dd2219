package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

func newJWT(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "jwt",
		Short: "Inspect, build and compare client assertions",
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownSubcommand,
	}
	c.AddCommand(newJWTInspect(a), newJWTBuild(a), newJWTDiff(a))
	return c
}

func newJWTInspect(a *cli.App) *cobra.Command {
	var jwks, failOn string
	var require []string
	c := &cobra.Command{
		Use:   "inspect [JWT|FILE|-|env:NAME]",
		Short: "Judge a client assertion that any program made, or explain an access token",
		Args:  atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			request := doctor.Request{Tool: a.Tool, Command: "jwt inspect", FailOnWarn: failOn == "warn"}
			err := checkFailOn(failOn)
			if err != nil {
				return err
			}
			if request.Select.Require, err = checkIDs("require", require, checksOf["jwt inspect"]); err != nil {
				return err
			}
			text, err := readTextOf(a, c, args)
			if err != nil {
				return err
			}
			p, err := cli.Resolve(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			pair, set, err := verifiers(a, c, p, jwks)
			if err != nil {
				return err
			}
			request.Pair = pair
			return a.PrintReport(doctor.Inspect(a.Host(), p, request, text, set))
		},
	}
	addProfileFlags(a, c)
	offersNot(c, "api-url", "ntp-server")
	addJWKS(c, &jwks)
	c.Flags().StringSliceVar(&require, "require", nil, "exit 3 if this `CHECK` (request) is skipped or did not judge; repeatable")
	c.Flags().StringVar(&failOn, "fail-on", "fail", "exit with an error from this `LEVEL` on: fail or warn")
	complete(a, c, "require", namesOf(checksOf["jwt inspect"])...)
	complete(a, c, "fail-on", "fail", "warn")
	return printsReport(a, c)
}

func addJWKS(c *cobra.Command, jwks *string) {
	c.Flags().StringVar(jwks, "jwks", "", "verify with the JWK Set in a file or at a URL (`FILE|URL`)")
	_ = c.MarkFlagFilename("jwks")
}

// verifiers reads what signatures are verified with: the JWK Set of --jwks, else the
// certificate or key of the profile.
func verifiers(a *cli.App, c *cobra.Command, p *profile.Profile, jwks string) (pair keys.Pair, set *inspect.KeySet, err error) {
	if jwks == "" {
		pair, err = a.Load(c.Context(), p, verifying(p), keys.Pair{})
		return pair, nil, err
	}
	set, err = cli.UnlessInterrupted(c.Context(), func() (*inspect.KeySet, error) {
		defer a.WaitingFor(c.Context(), fault.HostOf(jwks), "JWK Set")()
		return inspect.ReadKeySet(c.Context(), a.Host(), p, jwks)
	})
	return pair, set, err
}

// readTextOf reads the text of the one argument, or of standard input.
func readTextOf(a *cli.App, c *cobra.Command, args []string) (*capture.Paste, error) {
	where := "-"
	if len(args) == 1 {
		where = args[0]
	}
	return cli.UnlessInterrupted(c.Context(), func() (*capture.Paste, error) { return readText(a, where) })
}

// verifying is the check whose file the signature is verified with: the
// certificate's, else the key's.
func verifying(p *profile.Profile) checks.Selection {
	if p.Text(profile.FieldCert) != "" {
		return checks.Selection{Only: []finding.CheckID{finding.CheckCertificate}, Skip: []finding.CheckID{finding.CheckKey}}
	}
	return checks.Selection{Only: []finding.CheckID{finding.CheckKey}}
}
