package cmd

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/handon"
	"github.com/nsauth/nsauth/internal/profile"
)

func newExec(a *cli.App) *cobra.Command {
	command := handon.Command{App: a}
	c := &cobra.Command{
		Use:   "exec [flags] -- CMD [ARG...]",
		Short: "Run a command with an access token in its environment",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if a.JSON() {
				return cli.Fail(finding.UsageFlag, "exec does not support -o json", "the output is that of the command")
			}
			if err := errors.Join(handon.CheckCommand(args, c.ArgsLenAtDash()), cli.CheckTimeout(command.Timeout), command.Options.Check()); err != nil {
				return err
			}
			if command.MinValidity < 0 {
				return cli.Fail(finding.UsageFlag, "invalid --min-validity: want a duration that is not negative", "such as --min-validity 10m")
			}
			command.Args = args
			command.Resolve = func(ctx context.Context) (*profile.Profile, error) { return cli.ResolveM2M(ctx, input(a, c)) }
			return command.Run(c.Context())
		},
		DisableFlagsInUseLine: true,
	}
	addProfileFlags(a, c)
	offersNot(c, "ntp-server")
	c.Flags().SetInterspersed(false) // what follows the command is its own
	c.Flags().DurationVar(&command.MinValidity, "min-validity", 10*time.Minute, "get a new token if the one in the cache expires within `DURATION`")
	c.Flags().DurationVar(&command.Timeout, "timeout", checks.DefaultTimeout, "give up getting a token after `DURATION`")
	addLoginFlags(c, &command.Options)
	addNoState(a, c)
	return c
}
