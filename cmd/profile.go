package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

func newProfile(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:        "profile",
		SuggestFor: []string{"profiles", "account"},
		Short:      "Set up, list and show profiles",
		Args:       cobra.ArbitraryArgs,
		RunE:       unknownSubcommand,
	}
	c.AddCommand(newProfileInit(a), newProfileList(a), newProfileShow(a), newProfileUse(a), newProfileRename(a), newProfileRemove(a), newProfileUndo(a))
	return c
}

func newProfileShow(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "show",
		Short: "Print the values in effect, with their sources",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := cli.Resolve(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			doc := profileDocument(p)
			if a.JSON() {
				return a.PrintJSON(doc)
			}
			return printProfile(a, p, doc)
		},
	}
	addProfileFlags(a, c, profile.FieldAPIPath, profile.FieldWarn, profile.FieldFail)
	return c
}

func profileDocument(p *profile.Profile) report.ProfileDocument {
	doc := report.ProfileDocument{Head: report.HeadOf(report.KindProfile)}
	doc.Name, doc.File, doc.Values = finding.Optional(p.Name), finding.Optional(p.File), p.Facts().Values
	for _, r := range p.Previous() {
		doc.Values[r.Name] = finding.ProfileValue{Value: r.Value, Source: r.Source}
	}
	return doc
}

// printProfile writes the values as a table and what is wrong with them, like a
// compiler's messages, to standard error.
func printProfile(a *cli.App, p *profile.Profile, doc report.ProfileDocument) error {
	doc, findings := cli.Masked(a, doc), cli.Masked(a, p.Findings())
	var rows [][]string
	for _, r := range append(p.Show(), p.Previous()...) {
		rows = append(rows, []string{r.Name, doc.Values[r.Name].Value, r.Source})
	}
	if p.Name != "" {
		rows = append(rows, []string{"profile", p.Name, p.File})
	}
	if err := report.Table(a.Stdout, rows); err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Fprintf(a.Stderr, "nsauth: %s: %s\n", f.Severity, f.Message)
	}
	return nil
}

func newProfileList(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the profiles of the profile file",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return listProfiles(a, c) },
	}
}

func listProfiles(a *cli.App, c *cobra.Command) error {
	file, err := profile.List(input(a, c))
	if err != nil {
		return err
	}
	doc := report.ProfilesDocument{Head: report.HeadOf(report.KindProfiles)}
	doc.File, doc.Default = finding.Optional(file.Path), finding.Optional(file.Default)
	for _, name := range file.Profiles {
		doc.Profiles = append(doc.Profiles, listed(a, c, name, file.Default))
	}
	if a.JSON() {
		return a.PrintJSON(doc)
	}
	return printProfiles(a, doc)
}

// listed is one profile by itself, without flags and environment. One that cannot
// be used, such as for a variable that is not set, is listed with the reason.
func listed(a *cli.App, c *cobra.Command, name, byDefault string) report.ListedProfile {
	in := input(a, c)
	in.Flags, in.EnvFile, in.ProfileName = nil, "", name
	l := report.ListedProfile{Name: name, Default: name == byDefault, Auth: profile.AuthM2M}
	p, err := profile.Resolve(in)
	if err != nil {
		l.Error = finding.Optional(err.Error())
		var config *profile.ConfigError // which file it is need not be said
		if errors.As(err, &config) {
			l.Error = &config.Message
		}
		return l
	}
	l.Auth = p.Auth()
	own := func(f profile.Field) *string {
		if v, ok := p.Get(f); ok && v.Source.Kind == profile.SourceProfile {
			return &v.Text
		}
		return nil
	}
	l.Account, l.ClientID, l.CertificateID = own(profile.FieldAccount), own(profile.FieldClientID), own(profile.FieldCertificateID)
	return l
}

func printProfiles(a *cli.App, doc report.ProfilesDocument) error {
	if len(doc.Profiles) == 0 {
		fmt.Fprintln(a.Stderr, "nsauth: no profile yet; run: nsauth profile init")
		return nil
	}
	doc = cli.Masked(a, doc)
	var rows [][]string
	for _, p := range doc.Profiles {
		row := []string{p.Name}
		switch {
		case p.Error != nil:
			row = append(row, "invalid: "+*p.Error)
		case p.Account != nil:
			row = append(row, *p.Account)
		default:
			row = append(row, "no account")
		}
		var marks []string
		if p.Default {
			marks = append(marks, "default")
		}
		if p.Auth == profile.AuthTBA {
			marks = append(marks, "TBA")
		}
		if len(marks) > 0 {
			row = append(row, strings.Join(marks, ", "))
		}
		rows = append(rows, row)
	}
	return report.Table(a.Stdout, rows)
}

func newProfileUse(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:               "use NAME",
		Short:             "Make a profile the default one",
		Args:              atMost(1),
		ValidArgsFunction: completeProfile(a),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Fail(finding.UsageFlag, "the name of the profile is missing", "nsauth profile list shows the names")
			}
			in := input(a, c)
			if in.ProfileName != "" {
				return cli.Fail(finding.UsageFlag, "give the name as argument, not with --profile", "nsauth profile use NAME")
			}
			in.ProfileName = args[0]
			p, err := cli.Resolve(c.Context(), in) // which knows what to say of a name that is not there
			if err != nil {
				return err
			}
			if err := cli.SaveProfile(p.File, profile.Change{Profile: p.Name, Default: true}); err != nil {
				return err
			}
			if a.JSON() {
				return a.PrintJSON(profileDocument(p))
			}
			if !a.Quiet {
				_, err = fmt.Fprintf(a.Stdout, "%s is the default profile in %s\n", p.Name, p.File)
			}
			return err
		},
	}
}

// profileNames are for completion: a file that cannot be read has none.
func profileNames(a *cli.App, c *cobra.Command) []string {
	file, err := profile.List(input(a, c))
	if err != nil {
		return nil
	}
	return file.Profiles
}
