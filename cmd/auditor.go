package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/audit"
	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

func newAuditor(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "auditor",
		Short: "Make a second credential that looks into the account",
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownSubcommand,
	}
	var f auditorFlags
	init := &cobra.Command{
		Use:   "init",
		Short: "Say how to make an auditor, and try its queries",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runAuditorInit(c, a, f) },
	}
	f.add(a, init)
	c.AddCommand(init)
	return c
}

// runAuditorInit prints the steps, and tries every query if there is an auditor already.
func runAuditorInit(c *cobra.Command, a *cli.App, f auditorFlags) error {
	if f.name == "" {
		p, err := cli.Resolve(c.Context(), a.Input(nil))
		if err != nil {
			return err
		}
		f.name = p.Text(profile.FieldAuditor)
	}
	if !a.JSON() && (f.name == "" || !a.Quiet) {
		if err := printSteps(c, a); err != nil {
			return err
		}
	}
	if f.name == "" {
		doc := audit.Untried()
		if a.JSON() {
			return a.PrintJSON(doc)
		}
		return report.Prose(a.Stdout, a.TextOptions(a.Stdout), "Nothing was sent. To try the queries: nsauth auditor init --auditor PROFILE.")
	}
	o, err := f.openOnly(c, a)
	if err != nil {
		return err
	}
	defer o.close()
	done := a.Working(c.Context(), "trying the auditor's queries", "")
	doc := audit.TryQueries(c.Context(), o.Auditor)
	done()
	if err := c.Context().Err(); err != nil {
		return err
	}
	doc.Account, doc.Auditor = &o.account, &o.name
	if a.JSON() {
		err = a.PrintJSON(doc)
	} else {
		err = printTried(a, doc)
	}
	if err != nil {
		return err
	}
	return cli.Exit(doc.ExitCode)
}

// printSteps says how a person makes the role and the profile.
func printSteps(c *cobra.Command, a *cli.App) error {
	addHelp(c.Parent())
	if _, err := fmt.Fprint(a.Stdout, c.Parent().Long, "\n\n"); err != nil {
		return err
	}
	seen := map[string]bool{}
	rows := [][]string{{"PERMISSION OF THE ROLE", "OPENS", "BASIS"}}
	for _, q := range auditor.Queries() {
		if !seen[q.Permission] {
			seen[q.Permission] = true
			rows = append(rows, []string{q.Permission, q.Shows, q.Basis})
		}
	}
	if err := report.Table(a.Stdout, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.Stdout)
	return err
}

func printTried(a *cli.App, doc audit.QueriesDocument) error {
	trouble := doc.Trouble()
	if trouble != "" {
		said := map[audit.Trouble]string{
			audit.CredentialRefused: "NetSuite refused the auditor's credential, so no query was answered. A call says why: " + a.FollowUp("call system/v1/serverTime", *doc.Auditor) + ".",
			audit.NoSuiteQL:         "NetSuite refused every query with USER_ERROR. Give the auditor's role SuiteAnalytics Workbook (Reports, Edit) first: every query needs it. Then try again.",
		}[trouble]
		if err := report.Prose(a.Stdout, a.TextOptions(a.Stdout), said); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.Stdout); err != nil {
			return err
		}
	}
	rows := [][]string{{"QUERY", "RESULT", "ROWS", "NEEDS"}}
	for _, t := range doc.Queries {
		count, needs := "-", t.Permission
		if t.Rows != nil {
			count, needs = fmt.Sprint(*t.Rows), ""
		}
		if t.Code != nil {
			needs += " (" + *t.Code + ")"
		}
		if trouble == audit.CredentialRefused {
			needs = ""
		}
		if !a.Quiet || t.Rows == nil {
			rows = append(rows, []string{t.Name, t.Result, count, needs})
		}
	}
	if len(rows) == 1 {
		return nil
	}
	if err := report.Table(a.Stdout, rows); err != nil {
		return err
	}
	return report.Prose(a.Stdout, a.TextOptions(a.Stdout), fmt.Sprintf("%d of %d queries worked. A query that did not is not looked at, which is not the same as not so.", doc.Worked, len(doc.Queries)))
}
