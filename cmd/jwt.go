package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

func newJWT(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "jwt",
		Short: "Look into client assertions, build and compare them",
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownSubcommand,
	}
	c.AddCommand(newJWTInspect(a), newJWTBuild(a), newJWTDiff(a))
	return c
}

func newJWTInspect(a *cli.App) *cobra.Command {
	var jwks string
	c := &cobra.Command{
		Use:   "inspect [JWT|FILE|-|env:NAME]",
		Short: "Judge a client assertion that any program made, or explain an access token",
		Long: `Take a client assertion apart and say everything that is wrong with it at once.
It is read from the argument, a file, an environment variable (env:NAME) or, with
- or no argument, standard input, as people copy it: with Bearer before it, quotation
marks around it, line breaks in it, or within a curl command (of sh, PowerShell or
cmd), PowerShell's Invoke-RestMethod, a browser's fetch or HTTP archive, a form, a
JSON body or an HTTP message. Then the request is judged as well.
Of NetSuite's access token it shows role, entity, account, scopes and time left.

What a profile or flags say of client ID, certificate ID and account is compared.
The signature is verified with the key set of --jwks, else with --cert, else with
--key or the profile's, and called not-checked without a key. A key within the
token is never used. Nothing is sent; only a --jwks that is a URL is fetched, over
https or from this machine.`,
		Example: `  nsauth jwt inspect assertion.jwt --cert cert.pem
  my-program --print-assertion | nsauth jwt inspect -
  xclip -o | nsauth jwt inspect                # a curl command, for example
  nsauth jwt inspect env:ASSERTION -o json | jq '.checks[0].facts.claims'
  nsauth token -o json | nsauth jwt inspect --jwks https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/keys`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := readTextOf(a, c, args)
			if err != nil {
				return err
			}
			p, err := cli.Resolve(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			var set *inspect.KeySet
			request := doctor.Request{Tool: a.Tool, Command: "jwt inspect"}
			if jwks == "" {
				if request.Pair, err = a.Load(c.Context(), p, verifying(p), keys.Pair{}); err != nil {
					return err
				}
			} else {
				set, err = cli.UnlessInterrupted(c.Context(), func() (*inspect.KeySet, error) {
					return inspect.ReadKeySet(c.Context(), a.Host(), p, jwks)
				})
				if err != nil {
					return err
				}
			}
			return a.PrintReport(doctor.Inspect(a.Host(), p, request, text, set))
		},
	}
	addProfileFlags(c)
	c.Flags().StringVar(&jwks, "jwks", "", "verify with the JWK Set in a file or at a URL (`FILE|URL`)")
	_ = c.MarkFlagFilename("jwks")
	return c
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
