package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// ownProfile reports whether the emulator is to stand in for the account of a
// profile. Without any of these flags it ignores the profiles that there are, so
// that a bare nsauth emulator is the same on every machine.
func (a *app) ownProfile() bool { return a.ProfileName != "" || a.ConfigPath != "" || a.EnvFile != "" }

// prepareEmulator makes what the emulator serves: a scenario, the accounts of a
// file, or the client of a profile.
func (a *app) prepareEmulator(c *cobra.Command, o emulatorOptions) (*emulator.Prepared, error) {
	flags := c.Flags()
	switch {
	case o.accounts != "" && a.ownProfile():
		return nil, cli.Fail(finding.UsageFlag, "--accounts takes no profile: the file says what is registered", "leave --profile, --config and --env-file out")
	case o.accounts != "" && (o.account != "" || flags.Changed("scenario")):
		return nil, cli.Fail(finding.UsageFlag, "--accounts goes neither with --account nor with --scenario", "the file says which accounts there are")
	case a.ownProfile() && flags.Changed("scenario"):
		return nil, cli.Fail(finding.UsageFlag, "--scenario goes with no profile", "a scenario has a client of its own: leave --profile, --config and --env-file out")
	case o.accounts != "":
		accounts, err := cli.UnlessInterrupted(c.Context(), func() ([]emulator.Account, error) {
			return emulator.ReadAccounts(o.accounts, a.Now())
		})
		if err != nil {
			return nil, accountsFailure(err)
		}
		return emulator.PrepareAccounts(accounts, a.Now)
	case a.ownProfile():
		return a.prepareOwn(c.Context(), a.input(c))
	}
	// Where the client's clock is off, the server's is instead: the difference is
	// all that NetSuite sees.
	offset := time.Duration(0)
	if s, known := emulator.LookupScenario(o.scenario); known {
		offset = s.Client.ClockOffset
	}
	return prepareScenario(o.scenario, o.account, func() time.Time { return a.Now().Add(-offset) })
}

func accountsFailure(err error) error {
	var file *emulator.FileError
	if errors.As(err, &file) && file.Hint != "" {
		return cli.Fail(finding.UsageConfig, file.Error(), file.Hint)
	} else if file != nil {
		return cli.Fail(finding.UsageConfig, file.Error())
	}
	return err
}

// prepareOwn registers the client of a profile. Only the certificate is read,
// never the key.
func (a *app) prepareOwn(ctx context.Context, in profile.Input) (*emulator.Prepared, error) {
	in.AssertionGiven = true // the program makes its own, so what only signs may be missing
	p, err := cli.Resolve(ctx, in)
	if err != nil {
		return nil, err
	}
	account, ok := p.Account()
	for _, f := range []profile.Field{profile.FieldAccount, profile.FieldClientID, profile.FieldCert} {
		if p.Text(f) == "" || f == profile.FieldAccount && !ok {
			info, _ := profile.Lookup(f)
			return nil, cli.Fail(finding.UsageConfig, fmt.Sprintf("the profile has no %s, and a client is registered by account, client_id and cert", f),
				fmt.Sprintf("set %s in the profile, or %s", f, info.Env), "nsauth profile show lists what is set")
		}
	}
	if p.Foreign() {
		return nil, cli.Fail(finding.UsageConfig, "the profile's token_url is no NetSuite's, and the emulator is one")
	}
	switch clientID := p.Text(profile.FieldClientID); netsuite.ClientIDShape(clientID) {
	case "application-id":
		e, _ := catalog.Lookup("profile.client-id-is-application-id")
		return nil, cli.Fail(finding.UsageConfig, catalog.Fill(e.Message, nil)+": NetSuite refuses a program that sends it",
			catalog.Fill(e.Remedy.Summary, nil))
	case "":
	default:
		e, _ := catalog.Lookup("profile.client-id-malformed")
		fmt.Fprintln(a.Stderr, "nsauth: warning: "+catalog.Fill(e.Message, nil)+"; it is registered as it is")
	}
	der, err := cli.UnlessInterrupted(ctx, func() ([]byte, error) { return a.uploaded(ctx, p) })
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, cli.Fail(finding.UsageConfig, "cert: "+err.Error())
	}
	r := emulator.Registration{Account: account.ID, ClientID: p.Text(profile.FieldClientID), Certificate: der}
	if scope, set := p.Get(profile.FieldScope); set && scope.Source.Kind != profile.SourceDefault {
		r.Scopes = slices.DeleteFunc(slices.Clone(scope.List), func(s string) bool { return !slices.Contains(emulator.KnownScopes(), s) })
	}
	prepared, err := emulator.Register(r, a.Now)
	if err != nil {
		return nil, cli.Fail(finding.UsageConfig, strings.TrimPrefix(err.Error(), "emulator: "))
	}
	id := emulator.CertificateID(der)
	if configured := p.Text(profile.FieldCertificateID); configured != "" && configured != id {
		fmt.Fprintf(a.Stderr, "nsauth: warning: the profile's certificate_id is not that of cert, which is registered as %s\n", a.masked(id, "", "", id))
	}
	own := &prepared.Profiles[0]
	own.Name = "emulator"
	for _, f := range []profile.Field{profile.FieldKey, profile.FieldKeyCommand, profile.FieldCert, profile.FieldPassphraseFile, profile.FieldAlgorithm, profile.FieldAudience} {
		if v := p.Text(f); v != "" {
			own.Values[string(f)] = v
		}
	}
	own.Values["scope"] = strings.Join(p.Scope(), ",")
	return prepared, nil
}

// uploaded is the certificate of a profile. A file is read as NetSuite reads an
// upload, with nothing put right; what is in no file nobody could upload.
func (a *app) uploaded(ctx context.Context, p *profile.Profile) ([]byte, error) {
	if !p.InNoFile(profile.FieldCert) {
		return emulator.ReadCertificate(p.Text(profile.FieldCert))
	}
	c, err := host.LoadCertificate(ctx, a.World.World, p, nil)
	if err != nil {
		if found := checks.FromError(err); len(found) > 0 && ctx.Err() == nil {
			return nil, errors.New(found[0].Message)
		}
		return nil, err
	}
	return c.DER, nil
}

// habitFlags are the switches for what no source says of NetSuite.
type habitFlags struct{ accept, refuse []string }

func habitNames() []string {
	var names []string
	for _, h := range emulator.Habits() {
		names = append(names, string(h.Habit))
	}
	return names
}

// habitsHelp lists the habits by their defaults.
func habitsHelp() string {
	var taken, refused []string
	for _, h := range emulator.Habits() {
		if h.Accepted {
			taken = append(taken, string(h.Habit))
		} else {
			refused = append(refused, string(h.Habit))
		}
	}
	return "Taken unless --refuse names them:\n" + wrapWords(taken) + "\nRefused unless --accept names them:\n" + wrapWords(refused)
}

// wrapWords puts words into indented lines of a terminal's width.
func wrapWords(words []string) string {
	var b strings.Builder
	line := "  "
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		if len(line)+len(w) > 76 {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = "  "
		}
		line += w + " "
	}
	return b.String() + strings.TrimRight(line, " ")
}

// apply settles the habits of a configuration.
func (f habitFlags) apply(c *emulator.Config) error {
	for _, list := range []struct {
		flag  string
		names []string
		into  *[]emulator.Habit
	}{{"accept", f.accept, &c.Accept}, {"refuse", f.refuse, &c.Refuse}} {
		for _, name := range list.names {
			if !slices.Contains(habitNames(), name) {
				return cli.Fail(finding.UsageFlag, "--"+list.flag+" names no habit: "+cli.Quoted(name),
					cli.NearHint(name, habitNames(), "one of "+strings.Join(habitNames(), ", "))...)
			}
			*list.into = append(*list.into, emulator.Habit(name))
		}
	}
	for _, name := range f.accept {
		if slices.Contains(f.refuse, name) {
			return cli.Fail(finding.UsageFlag, cli.Quoted(name)+" is both accepted and refused", "leave one of --accept and --refuse out")
		}
	}
	return nil
}

// configure applies the flags that say how the server answers.
func (o emulatorOptions) configure(c *cobra.Command, config *emulator.Config) error {
	if o.errors != string(emulator.ErrorsBare) && o.errors != string(emulator.ErrorsOAuth) {
		return cli.Fail(finding.UsageFlag, "--errors is neither bare nor oauth")
	}
	if o.audit != "full" && o.audit != "silent" {
		return cli.Fail(finding.UsageFlag, "--audit is neither full nor silent")
	}
	if c.Flags().Changed("errors") || config.Errors == "" { // else a scenario's own way
		config.Errors = emulator.Errors(o.errors)
	}
	if c.Flags().Changed("audit") {
		config.AuditSilent = o.audit == "silent"
	}
	return o.habits.apply(config)
}
