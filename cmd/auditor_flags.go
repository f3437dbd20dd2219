package cmd

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

// auditorFlags say who looks into the account, and what is known of the integration there.
type auditorFlags struct {
	name, application, role, entity string
	wait, people                    bool
}

// add gives c --auditor.
func (f *auditorFlags) add(a *cli.App, c *cobra.Command) {
	c.Flags().StringVar(&f.name, "auditor", "", "look into the account with this other profile of it (`PROFILE`)")
	completeFrom(a, c, "auditor", func() []string { return profileNames(a, c) })
}

// open makes the auditor of --auditor or of the profile; nil without one.
func (f *auditorFlags) open(ctx context.Context, c *cobra.Command, a *cli.App, w host.World, p *profile.Profile) (*checks.Audit, func(), error) {
	name, from := f.name, ""
	if set, ok := p.Get(profile.FieldAuditor); ok && name == "" {
		name, from = set.Text, set.Source.String()
		if name == p.Name && set.Source.Kind == profile.SourceEnvironment {
			name = "" // a variable that is set for all profiles, and this one is the auditor
		}
	}
	for _, id := range []struct{ flag, value string }{{"role", f.role}, {"entity", f.entity}} {
		if id.value != "" && !nsid.IsInternalID(id.value) {
			return nil, nil, cli.Fail(finding.UsageFlag, "invalid --"+id.flag+": want an internal ID, which is a number", "NetSuite shows it in the address of the record's page: id=NUMBER")
		}
	}
	if name == "" {
		for _, given := range []string{"application", "role", "entity", "audit-wait", "with-people"} {
			if c.Flags().Changed(given) {
				return nil, nil, cli.Fail(finding.UsageFlag, "--"+given+" has no effect without --auditor", "nsauth help auditor says what an auditor is")
			}
		}
		return nil, func() {}, nil
	}
	if name == p.Name {
		return nil, nil, cli.Fail(finding.UsageFlag, "the profile "+cli.Quoted(name)+" cannot be its own auditor", "name another profile of the same account: nsauth profile list")
	}
	audit, done, err := login.Audit(ctx, a, w, p, name, setFlags(c))
	if err != nil && from != "" && ctx.Err() == nil {
		info := cli.ErrorInfo(err)
		return nil, nil, cli.Fail(info.Code, info.Message, append(info.Hints, "the auditor's name is from "+from)...)
	} else if err != nil {
		return nil, nil, err
	}
	audit.Application = cmp.Or(f.application, audit.Application)
	if f.role != "" || f.entity != "" {
		audit.RoleID, audit.EntityID, audit.KnownBy = f.role, f.entity, finding.KnownByProfile
	}
	_, terminal := a.TerminalWidth(a.Stdout)
	audit.Wait, audit.People = f.wait || terminal && !a.Document(), f.people || a.Verbose && !a.Document() && a.Message == ""
	return audit, done, nil
}

// opened is the auditor of a command that only looks.
type opened struct {
	*auditor.Auditor
	name, account string
	subject       *profile.Profile // whose auditor it is; the auditor's own profile if it has none
	alone         bool             // the auditor's own profile is the subject, and no person asked for it
	close         func()
}

// openOnly makes the auditor of a command that examines no profile: that of --auditor, else
// the one that the profile names, else the profile itself. The profile is that of --profile,
// else the default one if it has the auditor's account.
func (f *auditorFlags) openOnly(c *cobra.Command, a *cli.App) (*opened, error) {
	subject, err := cli.Resolve(c.Context(), a.Input(nil))
	if err != nil {
		return nil, err
	}
	name := cmp.Or(f.name, subject.Text(profile.FieldAuditor), subject.Name)
	if name == "" {
		return nil, cli.Fail(finding.UsageConfig, "no profile to look into the account with", "name one with --auditor: nsauth auditor init says how to make it")
	}
	own, err := login.AuditorProfile(c.Context(), a, name, subject.File, nil)
	if err != nil {
		return nil, err
	}
	foreign := !subject.Account.IsZero() && own.Account != subject.Account
	if foreign && (subject.Named || f.name == "") {
		return nil, cli.Fail(finding.UsageConfig, "the auditor "+cli.Quoted(name)+" is of account "+own.Account.ID+", the profile of "+subject.Account.ID,
			"name an auditor of the same account: nsauth profile list shows the accounts")
	}
	alone := f.name == subject.Name && !subject.Named
	if foreign || f.name != "" && subject.Name == "" && subject.Text(profile.FieldClientID) == "" {
		subject, alone = own, true
	}
	au, done, err := login.Auditor(c.Context(), a, a.Host(), own)
	if err != nil {
		return nil, err
	}
	return &opened{au, name, own.Account.ID, subject, alone, done}, nil
}

// failed says why the auditor got no answer. That judges nothing, so the exit code is 3.
func (o *opened) failed(c *cobra.Command, a *cli.App, err error) error {
	if interrupted := c.Context().Err(); interrupted != nil {
		return interrupted
	}
	f := checks.AuditorTrouble(o.name, err)
	if a.JSON() {
		r := doctor.Unknown(doctor.Request{Tool: a.Tool, Command: commandName(c)}, o.subject, a.Started, finding.CheckAuditTrail, f)
		if err := a.PrintJSON(r); err != nil {
			return err
		}
		return cli.Exit(r.ExitCode)
	}
	fmt.Fprintf(a.Stderr, "nsauth: error: %s: %s\nnsauth: hint: %s\n", f.Code, a.MaskedText(f.Message), f.Remedy.Summary)
	for _, command := range f.Remedy.Commands {
		fmt.Fprintln(a.Stderr, "nsauth: hint: "+report.CommandLine(command...))
	}
	return cli.Exit(finding.ExitInconclusive)
}
