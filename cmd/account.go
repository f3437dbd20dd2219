package cmd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/audit"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

func newAccount(a *cli.App) *cobra.Command {
	var f auditorFlags
	c := &cobra.Command{
		Use:   "account",
		Short: "Show what an auditor sees of the account",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runAccount(c, a, f) },
	}
	f.add(a, c)
	c.Flags().BoolVar(&f.people, "with-people", false, "show names of people too")
	return c
}

func runAccount(c *cobra.Command, a *cli.App, f auditorFlags) error {
	o, err := f.openOnly(c, a)
	if err != nil {
		return err
	}
	defer o.close()
	done := a.Working(c.Context(), "reading the account", "")
	const days = 7 * 24 * time.Hour
	doc, err := audit.Account(c.Context(), o.Auditor, o.subject.Text(profile.FieldClientID), days, f.people)
	done()
	if err = cmp.Or(c.Context().Err(), err); err != nil {
		return o.failed(c, a, err)
	}
	doc.Account, doc.Auditor = o.account, o.name
	if id := o.subject.Text(profile.FieldCertificateID); id != "" {
		doc.Judge(id, a.Now())
	}
	if a.JSON() {
		return a.PrintJSON(doc)
	}
	return printAccount(a, cli.Masked(a, doc))
}

// printAccount writes a table for each list that was seen, and says which were not.
func printAccount(a *cli.App, doc audit.AccountDocument) error {
	state := func(inactive *bool) string {
		switch {
		case inactive == nil:
			return "not shown"
		case *inactive:
			return "inactive"
		}
		return "active"
	}
	tables := []struct {
		title string
		rows  [][]string
	}{
		{"Integration records", [][]string{{"NAME", "STATE", "APPLICATION ID"}}},
		{"Certificates of the profile's Client ID", [][]string{{"CERTIFICATE ID", "APPLICATION", "ROLE", "VALID UNTIL", "REVOKED"}}},
		{"Roles that can sign in with client credentials", [][]string{{"ROLE", "ID", "STATE", "MISSING FOR REST AND SUITEQL"}}},
		{"Use since " + doc.UseSince, [][]string{{"APPLICATION", "BY", "SUCCESS", "FAILURE", "LAST DETAIL"}}},
		{"Tokens of token-based authentication, which must move to OAuth 2.0", [][]string{{"APPLICATION", "TOKEN", "ROLE", "CREATED", "REVOKED"}}},
		{"The checklist, as far as it was read", [][]string{{"ITEM", "STATE", "WHY"}}},
	}
	add := func(i int, cells ...string) { tables[i].rows = append(tables[i].rows, cells) }
	for _, i := range doc.Integrations {
		add(0, i.Name, i.State, i.ApplicationID)
	}
	for _, c := range doc.Certificates {
		add(1, c.CertificateID, c.Application, c.Role, c.ValidUntil, map[bool]string{true: "yes", false: "no"}[c.Revoked])
	}
	for _, r := range doc.Roles {
		add(2, r.Name, r.ID, state(r.Inactive), strings.Join(r.Missing, ", "))
	}
	for _, u := range doc.Use {
		add(3, u.Application, u.By, fmt.Sprint(u.Success), fmt.Sprint(u.Failure), orDash(u.LastDetail))
	}
	for _, t := range doc.Tokens {
		if t.Revoked == nil || !*t.Revoked {
			add(4, t.Application, t.Name, t.Role, t.Created, "no")
		}
	}
	for _, i := range doc.Checklist {
		add(5, i.ID, i.State, i.Why)
	}
	for _, table := range tables {
		if len(table.rows) == 1 {
			continue
		}
		if err := report.Prose(a.Stdout, a.TextOptions(a.Stdout), table.title+":"); err != nil {
			return err
		}
		if err := report.Table(a.Stdout, table.rows); err != nil {
			return err
		}
		fmt.Fprintln(a.Stdout)
	}
	var unseen []string
	for _, list := range slices.Sorted(maps.Keys(doc.NotSeen)) {
		unseen = append(unseen, list+" ("+doc.NotSeen[list]+")")
	}
	if len(unseen) == 0 {
		return nil
	}
	return report.Prose(a.Stdout, a.TextOptions(a.Stdout), "Not seen, or not all of it: "+strings.Join(unseen, ", ")+". nsauth auditor init says which permission each needs.")
}
