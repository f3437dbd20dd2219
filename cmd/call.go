package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

func newCall(a *app) *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "call [GET] PATH",
		Short: "Make an authenticated GET request",
		Long: `Get an access token and make a GET request with it. PATH is below /services/rest
(record/v1/customer/1), a whole path, or a URL of the account's own hosts; any
other host is refused. The server's body is on standard output, also when the
call is refused; why it was refused is on standard error.`,
		Example: `  nsauth call system/v1/serverTime
  nsauth call GET record/v1/customer/107 | jq .companyName`,
		Args: atMost(2),
		RunE: func(c *cobra.Command, args []string) error {
			if a.json() {
				return fail(finding.UsageFlag, "call prints the server's body and takes no -o json", "leave -o json out")
			}
			if err := positive(timeout); err != nil {
				return err
			}
			path, err := getPath(args)
			if err != nil {
				return err
			}
			p, err := resolve(c.Context(), a.input(c))
			if err != nil {
				return err
			}
			if err := a.unlock(c.Context(), p, keyOnly); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			return runCall(ctx, c, a, p, path)
		},
	}
	a.addProfileFlags(c)
	c.Flags().DurationVar(&timeout, "timeout", checks.DefaultTimeout, "give up after `DURATION`")
	a.addNoState(c)
	return c
}

// getPath reads [GET] PATH.
func getPath(args []string) (string, error) {
	switch {
	case len(args) == 0 || args[len(args)-1] == "":
		return "", fail(finding.UsageFlag, "the path to call is missing", "such as nsauth call system/v1/serverTime")
	case len(args) == 2 && !strings.EqualFold(args[0], http.MethodGet):
		return "", fail(finding.UsageFlag, "call makes only GET requests", "such as nsauth call GET system/v1/serverTime")
	}
	return args[len(args)-1], nil
}

func runCall(ctx context.Context, c *cobra.Command, a *app, p *profile.Profile, path string) error {
	request := checks.CallRequest(http.MethodGet, path)
	line := pipeline{app: a, profile: p}
	// The path is refused before a token is asked for: a typing error costs no login.
	if client, err := checks.Connect(a.World.World, p); err == nil {
		if err := client.Check(request); err != nil {
			return err
		}
	}
	if !line.token(ctx) {
		return line.explain(c, "call")
	}
	request.AccessToken = line.seen.Token.AccessToken
	answer, err := line.client.Do(ctx, request)
	line.seen.Call = &checks.Call{Request: request, Answer: answer, Err: err}
	var broken *netsuite.ConnectError
	if errors.As(err, &broken) && broken.Answer != nil {
		answer = broken.Answer // what came before it broke off is not lost
	}
	if answer != nil {
		if _, err := a.Stdout.Write(answer.Body); err != nil {
			return err
		}
	}
	if err != nil {
		return line.explain(c, "call")
	}
	if answer.Truncated {
		fmt.Fprintf(a.Stderr, "nsauth: error: the answer is larger than %d KiB and was cut there\n", netsuite.MaxBody>>10)
		return exit(finding.ExitFail)
	}
	if _, bad := checks.JudgeAnswer(request, answer, false); bad {
		return line.explain(c, "call")
	}
	return nil
}
