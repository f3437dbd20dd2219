package cmd

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/login"
)

// callOptions are the flags of nsauth call and of its subcommands.
type callOptions struct {
	timeout time.Duration
	login   login.Options
	token   string // --access-token-file

	// the request
	headers []string
	query   []string
	fields  []string
	data    string
	// script and deploy are of a RESTlet.
	script, deploy string

	// what is done with it
	yes      bool
	dryRun   bool
	verbose  bool
	har      string
	include  bool
	paginate bool
	maxPages int
	jsonl    bool
	jq       string
}

func newCall(a *app) *cobra.Command {
	o := new(callOptions)
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
			return methods, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			return runCall(c, a, *o, func(t *target) error { return t.fromArgs(args) })
		},
	}
	a.addCallFlags(c, o)
	c.AddCommand(newCallSuiteQL(a, o), newCallRESTlet(a, o))
	return c
}

func newCallSuiteQL(a *app, o *callOptions) *cobra.Command {
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
			return runCall(c, a, *o, func(t *target) error { return t.fromQuery(args) })
		},
	}
	a.addCallFlags(c, o)
	return c
}

func newCallRESTlet(a *app, o *callOptions) *cobra.Command {
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
			return runCall(c, a, *o, func(t *target) error { return t.fromRESTlet(args) })
		},
	}
	a.addCallFlags(c, o)
	c.Flags().StringVar(&o.script, "script", "", "`ID` of the script")
	c.Flags().StringVar(&o.deploy, "deploy", "", "`ID` of the deployment")
	return c
}

// addCallFlags gives c the flags that every kind of call has.
func (a *app) addCallFlags(c *cobra.Command, o *callOptions) {
	a.addProfileFlags(c)
	flags := c.Flags()
	flags.StringArrayVarP(&o.headers, "header", "H", nil, "send this `HEADER: VALUE`; repeatable")
	flags.StringArrayVar(&o.query, "query", nil, "add `NAME=VALUE` to the query of the URL; repeatable")
	flags.StringArrayVarP(&o.fields, "field", "f", nil,
		"put `NAME=VALUE` into a JSON body, as text, or NAME:=JSON as any JSON value; repeatable")
	flags.StringVarP(&o.data, "data", "d", "", "`BODY` to send: the text, @FILE or file:FILE, or - for standard input")
	flags.BoolVarP(&o.include, "include", "i", false, "print status and headers of the answer before its body")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "show the exchange on standard error, without secrets; + marks the headers that nsauth added")
	flags.BoolVar(&o.paginate, "paginate", false, "follow the pages of a list and print one JSON array")
	flags.BoolVar(&o.jsonl, "jsonl", false, "print one record a line instead of an array; with --paginate")
	flags.IntVar(&o.maxPages, "max-pages", 0, "stop after this `NUMBER` of pages (default 0: no limit)")
	flags.StringVar(&o.jq, "jq", "", "print what this jq `EXPRESSION` makes of the answer, or with --jsonl of each record")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask before a change in a profile with production: true")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the request and send nothing")
	flags.StringVar(&o.har, "har", "", "also write the exchange to this new `FILE` (HTTP Archive 1.2), without secrets")
	flags.StringVar(&o.token, "access-token-file", "",
		"use the access token in this `FILE` (- for standard input, env:NAME) instead of asking for one")
	flags.DurationVar(&o.timeout, "timeout", checks.DefaultTimeout, "give up on a request after `DURATION`; each page is one")
	addLoginFlags(c, &o.login)
	a.addNoState(c)
	_ = c.MarkFlagFilename("har")
	_ = c.MarkFlagFilename("access-token-file")
}

// check says what is wrong with flags beside each other.
func (o callOptions) check(a *app) error {
	if a.JSON() {
		return cli.Fail(finding.UsageFlag, "call prints the server's body and takes no -o json", "leave -o json out")
	}
	if err := errors.Join(positive(o.timeout), o.login.Check()); err != nil {
		return err
	}
	for _, clash := range []struct {
		is      bool
		message string
		hint    string
	}{
		{len(o.fields) > 0 && o.data != "", "-f and -d both make the body", "give one of them"},
		{o.jsonl && !o.paginate, "--jsonl has no effect without --paginate", "add --paginate"},
		{o.maxPages != 0 && !o.paginate, "--max-pages has no effect without --paginate", "add --paginate"},
		{o.maxPages < 0, "--max-pages is negative", "such as --max-pages 10"},
		{o.paginate && o.include, "--paginate prints one array of several answers: it takes no -i", "-v shows the headers of each"},
		{o.jq != "" && o.include, "--jq prints what it makes of the body: it takes no -i", "-v shows the headers"},
		{o.token == "-" && o.data == "-", "--access-token-file - and -d - both read standard input", "give a file for one of them"},
	} {
		if clash.is {
			return cli.Fail(finding.UsageFlag, clash.message, clash.hint)
		}
	}
	return nil
}
