package stand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/accountsfile"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// prepare prepares a scenario, the accounts of a file, or the client of a profile.
func prepare(ctx context.Context, a *cli.App, o Options) (*scenario.Prepared, error) {
	// Without these flags it ignores all profiles, so that it is the same on every machine.
	own := a.ProfileName != "" || a.ConfigPath != "" || a.EnvFile != ""
	switch {
	case o.Accounts != "" && own:
		return nil, cli.Fail(finding.UsageFlag, "--accounts cannot be combined with a profile: the file says what is registered", "leave --profile, --config and --env-file out")
	case o.Accounts != "" && (o.Account != "" || o.Scenario != ""):
		return nil, cli.Fail(finding.UsageFlag, "--accounts cannot be combined with --account or --scenario", "the file says which accounts there are")
	case o.Accounts != "":
		accounts, err := cli.UnlessInterrupted(ctx, func() ([]account.Account, error) {
			return accountsfile.Read(o.Accounts, a.Now())
		})
		if err != nil {
			return nil, accountsFailure(err)
		}
		return scenario.PrepareAccounts(accounts, a.Now)
	}
	s, err := lookUp(cmp.Or(o.Scenario, Healthy))
	if err != nil {
		return nil, err
	}
	// Instead of the client's clock the server's is wrong: NetSuite sees only the
	// difference.
	now := func() time.Time { return a.Now().Add(-s.Client.ClockOffset) }
	if !own {
		return prepareScenario(s, o.Account, now, a.GenerateKey)
	}
	if o.Scenario == "" {
		s = scenario.Scenario{}
	}
	return prepareOwn(ctx, a, s, now)
}

func lookUp(name string) (scenario.Scenario, error) {
	s, ok := scenario.Lookup(name)
	if !ok {
		return s, cli.Fail(finding.UsageFlag, "unknown scenario "+cli.Quoted(name),
			text.DidYouMean(name, ScenarioNames(), "nsauth emulator scenarios lists them")...)
	}
	return s, nil
}

// prepareScenario prepares a scenario, for another account if one is given.
func prepareScenario(s scenario.Scenario, account string, now func() time.Time, generate keygen.Generator) (*scenario.Prepared, error) {
	if account != "" {
		s.Server.Account = account
	}
	prepared, err := scenario.Prepare(s, now, generate)
	if err != nil {
		return nil, cli.Fail(finding.UsageConfig, err.Error())
	}
	return prepared, nil
}

func accountsFailure(err error) error {
	var file *accountsfile.Error
	if errors.As(err, &file) && file.Hint != "" {
		return cli.Fail(finding.UsageConfig, file.Error(), file.Hint)
	} else if file != nil {
		return cli.Fail(finding.UsageConfig, file.Error())
	}
	return err
}

// prepareOwn registers the client of a profile, which then meets the fault of a scenario.
// It never reads the key.
func prepareOwn(ctx context.Context, a *cli.App, s scenario.Scenario, now func() time.Time) (*scenario.Prepared, error) {
	in := a.Input(nil)
	in.AssertionGiven = true // the program signs, so the key may be missing
	p, err := cli.Resolve(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, f := range []profile.Field{profile.FieldAccount, profile.FieldClientID, profile.FieldCert} {
		if p.Text(f) == "" {
			info, _ := profile.Lookup(f)
			return nil, cli.Fail(finding.UsageConfig, fmt.Sprintf("the profile has no %s; registering a client needs account, client_id and cert", f),
				fmt.Sprintf("set %s in the profile, or %s", f, info.Env), "nsauth profile show lists what is set")
		}
	}
	if !p.Server.NetSuite {
		return nil, cli.Fail(finding.UsageConfig, "the profile's token_url is not NetSuite's; the emulator only stands in for NetSuite")
	}
	switch clientID := p.Text(profile.FieldClientID); nsid.ClientIDShape(clientID) {
	case "application-id":
		e, _ := catalog.Lookup("profile.client-id-is-application-id")
		return nil, cli.Fail(finding.UsageConfig, catalog.Fill(e.Message, nil)+": NetSuite refuses a program that sends it",
			catalog.Fill(e.Remedy.Summary, nil))
	case "":
	default:
		e, _ := catalog.Lookup("profile.client-id-malformed")
		fmt.Fprintln(a.Stderr, "nsauth: warning: "+catalog.Fill(e.Message, nil)+"; registered anyway")
	}
	der, err := cli.UnlessInterrupted(ctx, func() ([]byte, error) { return uploaded(ctx, a, p) })
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, cli.Fail(finding.UsageConfig, "cert: "+err.Error())
	}
	r := scenario.Registration{Account: p.Account.ID, ClientID: p.Text(profile.FieldClientID), Certificate: der}
	if scope, set := p.Get(profile.FieldScope); set && scope.Source.Kind != profile.SourceDefault {
		r.Scopes = slices.DeleteFunc(slices.Clone(scope.List), func(s string) bool { return !slices.Contains(account.KnownScopes(), s) })
	}
	if why := s.WhyNotFor(r); why != "" {
		return nil, cli.Fail(finding.UsageFlag, "--scenario "+s.Name+" cannot be combined with a profile: "+why,
			"leave --profile, --config and --env-file out: the scenario then has a client of its own", "nsauth emulator scenarios marks those that a profile can meet")
	}
	prepared, err := scenario.Register(r, s, now, a.GenerateKey)
	if err != nil {
		return nil, cli.Fail(finding.UsageConfig, strings.TrimPrefix(err.Error(), "emulator: "))
	}
	id := account.CertificateID(der)
	if configured := p.Text(profile.FieldCertificateID); configured != "" && configured != id {
		fmt.Fprintf(a.Stderr, "nsauth: warning: the profile's certificate_id is not that of cert, which is registered as %s\n", masked(a, id, "", "", id))
	}
	client := &prepared.Profiles[0]
	client.Name = "emulator"
	for _, f := range []profile.Field{profile.FieldKey, profile.FieldKeyCommand, profile.FieldSignCommand, profile.FieldPublicKey, profile.FieldCert, profile.FieldPassphraseFile, profile.FieldAlgorithm, profile.FieldAudience} {
		if v := p.Text(f); v != "" {
			client.Values[string(f)] = v
		}
	}
	client.Values["scope"] = strings.Join(p.Scope(), ",")
	return prepared, nil
}

// uploaded is the certificate of a profile. A file is read unrepaired, as NetSuite reads
// an upload.
func uploaded(ctx context.Context, a *cli.App, p *profile.Profile) ([]byte, error) {
	if !p.InNoFile(profile.FieldCert) {
		return accountsfile.ReadCertificate(p.Text(profile.FieldCert))
	}
	c, err := a.Keys.Certificate(ctx, host.CertificateSource(p), nil)
	if err != nil {
		if found := fault.Findings(err); len(found) > 0 && ctx.Err() == nil {
			return nil, errors.New(found[0].Message)
		}
		return nil, err
	}
	return c.DER, nil
}
