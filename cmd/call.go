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
		Long: `Get an access token and make a request with it. PATH is below /services/rest
(record/v1/customer/1), a whole path, or a URL of the account's own hosts; any
other host is refused, before a token is asked for. METHOD is GET, or POST with a
body, unless it is given.

The server's body is on standard output, whole and as it came, also when the call
is refused; why it was refused is on standard error. --paginate follows the pages
of a list and prints one JSON array, or with --jsonl one record a line.

A header that NetSuite wants and a program forgot makes a call work here and fail
there: -v lists those that nsauth added.`,
		Example: `  nsauth call system/v1/serverTime
  nsauth call record/v1/customer/107 --jq .companyName
  nsauth call PATCH record/v1/customer/107 -f email=ap@example.com
  nsauth call POST record/v1/customer -d @customer.json --dry-run
  nsauth call record/v1/customer --query 'q=email IS "ap@example.com"'
  nsauth call record/v1/customer --paginate --jsonl > customers.ndjson`,
		Args: atMost(2),
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
		Use:   "suiteql QUERY",
		Short: "Run a SuiteQL query",
		Long: `Run a SuiteQL query: POST query/v1/suiteql with the header Prefer: transient,
without which NetSuite refuses it. QUERY is the text, @FILE, file:FILE, or - for
standard input. A query changes nothing, so that a profile for production is not
asked about it. NetSuite gives at most 1000 rows at once: --paginate reads on.`,
		Example: `  nsauth call suiteql 'SELECT id, companyName FROM customer'
  nsauth call suiteql 'SELECT id FROM transaction' --query limit=5 --jq '.items[].id'
  nsauth call suiteql @open-orders.sql --paginate --jsonl`,
		Args: atMost(1),
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
		Long: `Call a RESTlet by the IDs of its script and deployment, as its URL has them:
numbers, or customscript_... and customdeploy_.... METHOD is GET, or POST with a
body. The parameters of a GET are --query name=value; it must not have a body. The
token needs the scope restlets, and the role a place in the deployment's audience.`,
		Example: `  nsauth call restlet --script 512 --deploy 1 --query id=107 --scope restlets
  nsauth call restlet --script customscript_sync --deploy customdeploy_sync -d '{"id":107}'`,
		Args: atMost(1),
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
	addProfileFlags(c)
	flags := c.Flags()
	flags.StringArrayVarP(&o.Headers, "header", "H", nil, "send this `HEADER: VALUE`; repeatable")
	flags.StringArrayVar(&o.Query, "query", nil, "add `NAME=VALUE` to the query of the URL; repeatable")
	flags.StringArrayVarP(&o.Fields, "field", "f", nil,
		"put `NAME=VALUE` into a JSON body, as text, or NAME:=JSON as any JSON value; repeatable")
	flags.StringVarP(&o.Data, "data", "d", "", "`BODY` to send: the text, @FILE or file:FILE, or - for standard input")
	flags.BoolVarP(&o.Include, "include", "i", false, "print status and headers of the answer before its body")
	flags.BoolVarP(&o.Verbose, "verbose", "v", false, "show the exchange on standard error, without secrets; + marks the headers that nsauth added")
	flags.BoolVar(&o.Paginate, "paginate", false, "follow the pages of a list and print one JSON array")
	flags.BoolVar(&o.JSONLines, "jsonl", false, "print one record a line instead of an array; with --paginate")
	flags.IntVar(&o.MaxPages, "max-pages", 0, "stop after this `NUMBER` of pages (default 0: no limit)")
	flags.StringVar(&o.JQ, "jq", "", "print what this jq `EXPRESSION` makes of the answer, or with --jsonl of each record")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "do not ask before a change in a profile with production: true")
	flags.BoolVar(&o.DryRun, "dry-run", false, "print the request and send nothing")
	flags.StringVar(&o.HAR, "har", "", "also write the exchange to this new `FILE` (HTTP Archive 1.2), without secrets")
	flags.StringVar(&o.TokenFile, "access-token-file", "",
		"use the access token in this `FILE` (- for standard input, env:NAME) instead of asking for one")
	flags.DurationVar(&o.Timeout, "timeout", checks.DefaultTimeout, "give up on a request after `DURATION`; each page is one")
	addLoginFlags(c, &o.Login)
	addNoState(a, c)
	_ = c.MarkFlagFilename("har")
	_ = c.MarkFlagFilename("access-token-file")
}
