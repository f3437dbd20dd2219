package cmd

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/certificates"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

func newCert(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:        "cert",
		SuggestFor: []string{"certificate", "certificates", "certs"},
		Short:      "Show and change the certificates that NetSuite lists",
		Args:       cobra.ArbitraryArgs,
		RunE:       unknownSubcommand,
	}
	c.AddCommand(newCertList(a), newCertShow(a), newCertInventory(a), newCertRotate(a), newCertAdd(a), newCertRevoke(a))
	return c
}

// certFlags say what the commands that look at certificates read, and how they judge it.
type certFlags struct {
	o              certificates.Options
	within, keyAge string
}

func (f *certFlags) add(c *cobra.Command, timeout string) {
	c.Flags().StringVar(&f.within, "within", "30d", "exit 4 if a certificate in use expires within `DAYS`")
	c.Flags().Var((*list)(&f.o.Folders), "in", "search this `FOLDER` for certificates too; repeatable")
	c.Flags().DurationVar(&f.o.Timeout, "timeout", checks.DefaultTimeout, timeout)
	addLoginFlags(c, &f.o.Login)
	_ = c.MarkFlagDirname("in")
}

func (f *certFlags) parse() error {
	if err := cli.CheckTimeout(f.o.Timeout); err != nil {
		return err
	}
	_, days, ok := period(f.within)
	if !ok || strings.HasSuffix(f.within, "y") {
		return cli.Fail(finding.UsageFlag, "invalid --within: want a number of days", "such as --within 30d")
	}
	f.o.WithinDays = days
	if f.o.KeyMonths, f.o.KeyDays, ok = period(f.keyAge); f.keyAge != "" && (!ok || f.o.KeyMonths+f.o.KeyDays == 0) {
		return cli.Fail(finding.UsageFlag, "invalid --max-key-age: want days or years", "such as --max-key-age 1y, or --max-key-age 180d")
	}
	return f.o.Login.Check()
}

// period reads days, as in "30d" or "30", or years, as in "1y".
func period(text string) (months, days int, ok bool) {
	number, isYears := strings.CutSuffix(text, "y")
	n, err := strconv.ParseUint(strings.TrimSuffix(number, "d"), 10, 12)
	switch {
	case err != nil, isYears && (n > 10 || strings.HasSuffix(number, "d")), n > 3650:
		return 0, 0, false
	case isYears:
		return 12 * int(n), 0, true
	}
	return 0, int(n), true
}

func newCertList(a *cli.App) *cobra.Command {
	var f certFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "List the certificates of a Client ID, with their profiles and files",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := f.profile(c, a)
			if err != nil {
				return err
			}
			doc, err := certificates.List(c.Context(), a, p, f.o)
			return printCertificates(a, doc, err)
		},
	}
	return f.ofProfile(a, c)
}

func newCertShow(a *cli.App) *cobra.Command {
	var f certFlags
	c := &cobra.Command{
		Use:   "show [ID|FILE]",
		Short: "Show all that is known of one certificate",
		Args:  atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := f.profile(c, a)
			if err != nil {
				return err
			}
			doc, err := certificates.Show(c.Context(), a, p, f.o, strings.Join(args, ""))
			return printCertificates(a, doc, err)
		},
	}
	return f.ofProfile(a, c)
}

// ofProfile gives c the flags of a command that reads the list of one profile.
func (f *certFlags) ofProfile(a *cli.App, c *cobra.Command) *cobra.Command {
	addProfileFlags(a, c)
	offersNot(c, "api-url", "ntp-server")
	f.add(c, "give up after `DURATION`")
	return c
}

func (f *certFlags) profile(c *cobra.Command, a *cli.App) (*profile.Profile, error) {
	if err := f.parse(); err != nil {
		return nil, err
	}
	return cli.Resolve(c.Context(), input(a, c))
}

func newCertInventory(a *cli.App) *cobra.Command {
	var f certFlags
	c := &cobra.Command{
		Use:         "inventory",
		Short:       "Compare the certificates of all profiles with NetSuite's lists and with files",
		Args:        noArgs,
		Annotations: map[string]string{moreFormats: "csv markdown"},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.parse(); err != nil {
				return err
			}
			if a.ProfileName != "" {
				return cli.Fail(finding.UsageFlag, "--profile has no effect on nsauth cert inventory, which reads all profiles", "nsauth cert list --profile NAME reads one")
			}
			doc, err := certificates.Inventory(c.Context(), a, f.o)
			return printCertificates(a, doc, err)
		},
	}
	f.add(c, "give up on a profile after `DURATION`")
	c.Flags().StringVar(&f.keyAge, "max-key-age", "", "name keys that are older than `AGE`, such as 1y or 180d")
	return c
}

func printCertificates(a *cli.App, doc *certificates.Document, err error) error {
	if err != nil {
		return err
	}
	switch a.Format {
	case "json":
		err = a.PrintJSON(doc)
	case "csv":
		err = certificates.CSV(a.Stdout, cli.Masked(a, doc))
	case "markdown":
		err = certificates.Markdown(a.Stdout, cli.Masked(a, doc))
	default:
		err = certificates.Print(a.Stdout, a.TextOptions(a.Stdout), cli.Masked(a, doc))
	}
	if err != nil || doc.ExitCode == finding.ExitOK {
		return err
	}
	return cli.Exit(doc.ExitCode)
}
