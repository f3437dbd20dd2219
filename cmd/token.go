package cmd

import (
	"context"
	"errors"
	"fmt"
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
		Long: `Sign a client assertion, exchange it at the token endpoint, and print the access
token and nothing else. On failure the checks of doctor run on what was sent and
received, and report on standard error, or with -o json on standard output.

The token stays in the token cache until five minutes before it expires. Later runs
that ask for the same token get it from there, and standard error says how old it
is. Concurrent runs share one token request. Only your user can read the cache.
doctor never uses it.`,
		Example: `  TOKEN=$(nsauth token --profile prod) || exit
  nsauth token --header | curl -H @- https://...
  eval "$(nsauth token --env sh)"                             # sh, bash, zsh
  nsauth token --env powershell | Out-String | Invoke-Expression
  nsauth token -o json | jq -r .expires_at`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(cli.CheckTimeout(timeout), options.Check(), form.Check(a.JSON())); err != nil {
				return err
			}
			p, err := cli.Resolve(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			if form.Curl {
				return call.PrintCurl(a, p)
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
	addProfileFlags(c)
	c.Flags().DurationVar(&timeout, "timeout", checks.DefaultTimeout, "give up after `DURATION`")
	addLoginFlags(c, &options)
	c.Flags().BoolVar(&form.Header, "header", false, "print the line for curl -H @-")
	c.Flags().StringVar(&form.Env, "env", "", "print a command that sets "+login.Variable+" in `SHELL`: "+strings.Join(login.Shells(), ", "))
	c.Flags().BoolVar(&form.Curl, "curl", false, "print the token request as a curl command, without the assertion, and send nothing")
	complete(c, "env", login.Shells()...)
	addNoState(a, c)
	c.AddCommand(newTokenCache(a))
	return c
}
