package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
)

func newCert(*cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:        "cert",
		SuggestFor: []string{"certificate", "certificates", "certs"},
		Short:      "Show and change the certificates that NetSuite lists",
		Args:       cobra.ArbitraryArgs,
		RunE:       unknownSubcommand,
	}
	return c
}
