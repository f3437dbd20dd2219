package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/call"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
)

func newCall(a *cli.App) *cobra.Command {
	o := new(call.Options)
	c := &cobra.Command{
		Use:   "call [METHOD] PATH",
		Short: "Make an authenticated request: REST, SuiteQL or a RESTlet",
		Args:  atMost(2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return call.Methods, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			return call.Run(c.Context(), a, *o, input(a, c), call.Path(args))
		},
	}
	addCallFlags(a, c, o)
	c.AddCommand(newCallSuiteQL(a, o), newCallRESTlet(a, o))
	return c
}

func newCallSuiteQL(a *cli.App, o *call.Options) *cobra.Command {
	c := &cobra.Command{
		Use:        "suiteql QUERY",
		SuggestFor: []string{"suiteql", "query", "sql"},
		Short:      "Run a SuiteQL query",
		Args:       atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			return call.Run(c.Context(), a, *o, input(a, c), call.Query(args))
		},
	}
	addCallFlags(a, c, o)
	return c
}

func newCallRESTlet(a *cli.App, o *call.Options) *cobra.Command {
	c := &cobra.Command{
		Use:   "restlet [METHOD]",
		Short: "Call a RESTlet",
		Args:  atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			return call.Run(c.Context(), a, *o, input(a, c), call.RESTlet(args))
		},
	}
	addCallFlags(a, c, o)
	c.Flags().StringVar(&o.Script, "script", "", "`ID` of the script")
	c.Flags().StringVar(&o.Deploy, "deploy", "", "`ID` of the deployment")
	return c
}

// addCallFlags gives c the flags that every kind of call has.
func addCallFlags(a *cli.App, c *cobra.Command, o *call.Options) {
	addProfileFlags(a, c)
	offersNot(c, "ntp-server")
	flags := c.Flags()
	flags.VarP((*list)(&o.Headers), "header", "H", "send this `HEADER: VALUE`; repeatable")
	flags.Var((*list)(&o.Query), "query", "add `NAME=VALUE` to the query of the URL; repeatable")
	flags.VarP((*list)(&o.Fields), "field", "f",
		"put `NAME=VALUE` into a JSON body, as text, or NAME:=JSON as any JSON value; repeatable")
	flags.StringVarP(&o.Data, "data", "d", "", "`BODY` to send: the text, @FILE or file:FILE, or - for standard input")
	flags.BoolVarP(&o.Include, "include", "i", false, "print status and headers before the body")
	flags.BoolVarP(&o.Verbose, "verbose", "v", false, "show the exchange on standard error, without secrets, and on failure every check and every cause; + marks the headers that nsauth added")
	flags.BoolVar(&o.Paginate, "paginate", false, "follow the pages of a list and print one JSON array")
	flags.BoolVar(&o.JSONLines, "jsonl", false, "print one record per line instead of an array; with --paginate")
	flags.IntVar(&o.MaxPages, "max-pages", 0, "stop after this `NUMBER` of pages (default 0: no limit)")
	flags.StringVar(&o.JQ, "jq", "", "apply this jq `EXPRESSION` to the response, or with --jsonl to each record")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "do not ask for confirmation in a profile with production: true")
	flags.BoolVar(&o.DryRun, "dry-run", false, "print the request and send nothing")
	flags.StringVar(&o.HAR, "har", "", "also write the exchange to this new `FILE` (HTTP Archive 1.2), without secrets")
	flags.StringVar(&o.TokenFile, "access-token-file", "",
		"use the access token in this `FILE` (- for standard input, env:NAME) instead of requesting one")
	flags.DurationVar(&o.Timeout, "timeout", checks.DefaultTimeout, "give up if no answer, or no more of it, comes for `DURATION`")
	addLoginFlags(c, &o.Login)
	addNoState(a, c)
	_ = c.MarkFlagFilename("har")
	_ = c.MarkFlagFilename("access-token-file")
}
