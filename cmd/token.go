package cmd

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/call"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/handon"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/profile"
)

func newToken(a *cli.App) *cobra.Command {
	var timeout time.Duration
	var options login.Options
	var form login.Form
	var out handon.Output
	c := &cobra.Command{
		Use:   "token",
		Short: "Print an access token for scripts",
		Args:  noArgsAfter(&out),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(cli.CheckTimeout(timeout), options.Check(), form.Check(a.JSON()), out.Check(), out.Excludes("--curl", form.Curl)); err != nil {
				return err
			}
			if out.File != "" {
				return writeTokens(a, c, &out, &handon.Tokens{App: a, Options: options, Timeout: timeout,
					Resolve: func(ctx context.Context) (*profile.Profile, error) { return cli.ResolveM2M(ctx, input(a, c)) },
					Content: func(line *login.Pipeline) (string, error) { return tokenText(a, line, form) }})
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
			line.TellAge()
			text, err := tokenText(a, &line, form)
			if err != nil {
				return err
			}
			_, err = io.WriteString(a.Stdout, text)
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
	addOut(c, &out)
	addNoState(a, c)
	c.AddCommand(newTokenCache(a))
	return c
}

// tokenText is what the command prints of a token.
func tokenText(a *cli.App, line *login.Pipeline, form login.Form) (string, error) {
	if a.JSON() {
		return a.TextOfJSON(line.Document())
	}
	text, err := form.Line(line.Seen.Token.AccessToken.Reveal())
	return text + "\n", err
}

// writeTokens writes a token to the file of --out, and renews it.
func writeTokens(a *cli.App, c *cobra.Command, out *handon.Output, tokens *handon.Tokens) error {
	target, err := handon.NewTarget(a, out.File)
	if err != nil {
		return err
	}
	return (&handon.Renewal{App: a, Out: target, What: "access token", Every: out.Every, Get: tokens.Get}).Run(c.Context())
}

// addOut gives c the flags that write what it prints to a file.
func addOut(c *cobra.Command, o *handon.Output) {
	c.Flags().StringVar(&o.File, "out", "", "write to `FILE`, which only you can read, instead of standard output")
	c.Flags().Var(&o.Every, "every", "with --out: renew the file until interrupted, each `DURATION` (default: when two thirds of the life are over)")
	c.Flags().Lookup("every").NoOptDefVal = handon.Auto
	_ = c.MarkFlagFilename("out")
}

// noArgsAfter is noArgs for a command with --every.
func noArgsAfter(o *handon.Output) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := o.CheckArgs(args); err != nil {
			return err
		}
		return noArgs(c, args)
	}
}
