package cmd

import (
	"cmp"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/audit"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
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
	clientID, certificateID := o.subject.Text(profile.FieldClientID), o.subject.Text(profile.FieldCertificateID)
	if o.alone { // its own certificates say nothing about an integration
		clientID, certificateID = "", ""
	}
	doc, err := audit.Account(c.Context(), o.Auditor, clientID, days, f.people)
	done()
	if err = cmp.Or(c.Context().Err(), err); err != nil {
		return o.failed(c, a, err)
	}
	doc.Account, doc.Auditor = o.account, o.name
	if !o.alone {
		doc.Profile = finding.Optional(o.subject.Name)
	}
	if certificateID != "" {
		doc.Judge(certificateID, a.Now())
	}
	if a.JSON() {
		err = a.PrintJSON(doc)
	} else {
		err = audit.PrintAccount(a.Stdout, a.TextOptions(a.Stdout), cli.Masked(a, doc))
	}
	if err == nil && doc.Unanswered() {
		return cli.Exit(finding.ExitInconclusive)
	}
	return err
}
