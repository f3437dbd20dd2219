package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/doctor"
)

func newJWT(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "jwt",
		Short: "Look into client assertions",
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownSubcommand,
	}
	c.AddCommand(newJWTInspect(a))
	return c
}

func newJWTInspect(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "inspect [JWT|FILE|-|env:NAME]",
		Short: "Judge a client assertion that any program made",
		Long: `Take a client assertion apart and say everything that is wrong with it at once.
It is read from the argument, a file, an environment variable (env:NAME) or, with
- or no argument, standard input. What a profile or flags say of client ID,
certificate ID and account is compared; the signature is verified only where
--cert or --key is known, and called not-checked otherwise. Nothing is sent.`,
		Example: `  nsauth jwt inspect assertion.jwt --cert cert.pem
  my-program --print-assertion | nsauth jwt inspect -
  nsauth jwt inspect env:ASSERTION -o json | jq '.checks[0].facts.claims'`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			where := "-"
			if len(args) == 1 {
				where = args[0]
			}
			raw, err := unlessInterrupted(c.Context(), func() (string, error) { return readToken(a, where) })
			if err != nil {
				return err
			}
			p, err := resolve(c.Context(), a.input(c))
			if err != nil {
				return err
			}
			return a.printReport(doctor.Inspect(a.World.World, p, doctor.Request{Tool: tool(), Command: "jwt inspect"}, raw))
		},
	}
	a.addProfileFlags(c)
	return c
}
