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
(record/v1/customer/1), a whole path, or a URL of the account's own hosts. Any other
host is refused before a token is requested. The default METHOD is GET, or POST with
a body.

Standard output has the body of the response, unchanged, also when the call is
refused. Standard error says why it was refused. --paginate follows the pages of a
list and prints one JSON array, or with --jsonl one record per line.

-v lists the headers that nsauth added. If your program's call fails and this one
works, look for a header that your program does not send.`,
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
		Long: `Run a SuiteQL query: POST query/v1/suiteql with the header Prefer: transient, which
NetSuite requires. QUERY is the text, @FILE, file:FILE, or - for standard input. A
query changes nothing, so a production profile does not ask for confirmation.
NetSuite returns at most 1000 rows at once; --paginate reads all.`,
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
		Long: `Call a RESTlet by the IDs of its script and deployment, as its URL has them: numbers,
or customscript_... and customdeploy_.... METHOD is GET, or POST with a body. Give
the parameters of a GET with --query name=value; it cannot have a body. The token
needs the scope restlets, and the deployment's audience must include the role.`,
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
	flags.BoolVarP(&o.Include, "include", "i", false, "print status and headers before the body")
	flags.BoolVarP(&o.Verbose, "verbose", "v", false, "show the exchange on standard error, without secrets; + marks the headers that nsauth added")
	flags.BoolVar(&o.Paginate, "paginate", false, "follow the pages of a list and print one JSON array")
	flags.BoolVar(&o.JSONLines, "jsonl", false, "print one record per line instead of an array; with --paginate")
	flags.IntVar(&o.MaxPages, "max-pages", 0, "stop after this `NUMBER` of pages (default 0: no limit)")
	flags.StringVar(&o.JQ, "jq", "", "apply this jq `EXPRESSION` to the response, or with --jsonl to each record")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "do not ask for confirmation in a profile with production: true")
	flags.BoolVar(&o.DryRun, "dry-run", false, "print the request and send nothing")
	flags.StringVar(&o.HAR, "har", "", "also write the exchange to this new `FILE` (HTTP Archive 1.2), without secrets")
	flags.StringVar(&o.TokenFile, "access-token-file", "",
		"use the access token in this `FILE` (- for standard input, env:NAME) instead of requesting one")
	flags.DurationVar(&o.Timeout, "timeout", checks.DefaultTimeout, "give up on each request after `DURATION`")
	addLoginFlags(c, &o.Login)
	addNoState(a, c)
	_ = c.MarkFlagFilename("har")
	_ = c.MarkFlagFilename("access-token-file")
}
