package cmd

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/call"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/login"
)

func newToken(a *cli.App) *cobra.Command {
	var timeout time.Duration
	var options login.Options
	var form login.Form
	c := &cobra.Command{
		Use:   "token",
		Short: "Print an access token for scripts",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(cli.CheckTimeout(timeout), options.Check(), form.Check(a.JSON())); err != nil {
				return err
			}
			p, err := cli.ResolveM2M(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			if form.Curl {
				return call.PrintCurl(a, p, cli.SyntaxOf(runtime.GOOS))
			}
			line := login.Pipeline{App: a, Profile: p, Options: options}
			if err := line.Begin(c.Context()); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			if !line.Token(ctx) {
				return line.Explain(c.Context(), "token")
			}
			t := line.Seen.Token
			line.TellAge()
			if a.JSON() {
				return a.PrintJSON(line.Document())
			}
			text, err := form.Line(t.AccessToken.Reveal())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.Stdout, text)
			return err
		},
	}
	addProfileFlags(a, c)
	offersNot(c, "api-url", "ntp-server")
	c.Flags().DurationVar(&timeout, "timeout", checks.DefaultTimeout, "give up after `DURATION`")
	addLoginFlags(c, &options)
	c.Flags().BoolVar(&form.Header, "header", false, "print the line for curl -H @-")
	c.Flags().StringVar(&form.Env, "env", "", "print a command that sets "+login.Variable+" in `SHELL`: "+strings.Join(login.Shells(), ", "))
	c.Flags().BoolVar(&form.Curl, "curl", false, "print the token request as a curl command, without the assertion, and send nothing")
	complete(a, c, "env", login.Shells()...)
	addNoState(a, c)
	c.AddCommand(newTokenCache(a))
	return c
}
