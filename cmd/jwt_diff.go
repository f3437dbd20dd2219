package cmd

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/report"
)

func newJWTDiff(a *cli.App) *cobra.Command {
	var jwks string
	c := &cobra.Command{
		Use:        "diff A B",
		Short:      "Compare an assertion that works with one that does not",
		SuggestFor: []string{"diff", "compare"},
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return cli.Fail(finding.UsageFlag, "jwt diff needs two assertions", "such as: nsauth jwt diff works.txt fails.txt")
			}
			if args[0] == "-" && args[1] == "-" {
				return cli.Fail(finding.UsageFlag, "only one of the two assertions can come from standard input")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			var texts [2]*capture.Paste
			for i := range texts {
				var err error
				if texts[i], err = readTextOf(a, c, args[i:i+1]); err != nil {
					return err
				}
			}
			p, err := cli.Resolve(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			pair, set, err := verifiers(a, c, p, jwks)
			if err != nil {
				return err
			}
			d, err := inspect.Diff(a.Now(), p, pair, texts[0], texts[1], set)
			var nothing *inspect.NoAssertionError
			if errors.As(err, &nothing) {
				return cli.Fail(finding.UsageConfig, nothing.Side+" has no assertion to compare: "+nothing.Finding.Message,
					"nsauth jwt inspect reports everything that is wrong with it")
			} else if err != nil {
				return err
			}
			d.A.Name, d.B.Name = nameOf(args[0]), nameOf(args[1])
			if a.JSON() {
				err = a.PrintJSON(d)
			} else {
				err = report.DiffText(a.Stdout, d, a.TextOptions(a.Stdout))
			}
			if err != nil {
				return err
			}
			return cli.Exit(d.ExitCode)
		},
	}
	addProfileFlags(a, c)
	offersNot(c, "api-url", "ntp-server")
	addJWKS(c, &jwks)
	return c
}

// nameOf is what an argument is called: never the assertion itself.
func nameOf(where string) string {
	switch {
	case where == "-":
		return "standard input"
	case strings.HasPrefix(where, "env:"), isFile(where):
		return where
	}
	return "argument"
}
