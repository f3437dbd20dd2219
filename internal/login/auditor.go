package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// ways are the settings that say how the account is reached. All others of the profile under
// examination are not for the auditor, whose credential comes from its own profile alone.
var ways = []profile.Field{profile.FieldConnectTo, profile.FieldCAFile, profile.FieldProxy}

// AuditorProfile resolves the profile of an auditor. Of flags and variables only those that
// say how the account is reached count.
func AuditorProfile(ctx context.Context, a *cli.App, name, file string, flags map[string][]string) (*profile.Profile, error) {
	in := a.Input(map[string][]string{})
	in.ProfileName, in.ConfigPath, in.EnvFile = name, cmp.Or(file, in.ConfigPath), ""
	own := map[string]bool{}
	for _, f := range profile.Fields() {
		way := slices.Contains(ways, f.Name)
		own[f.Env], own[f.LegacyEnv] = !way, !way
		if v, given := flags[f.Flag]; given && way {
			in.Flags[f.Flag] = v
		}
	}
	lookup := in.LookupEnv
	in.LookupEnv = func(variable string) (string, bool) {
		if own[variable] {
			return "", false
		}
		return lookup(variable)
	}
	p, err := cli.Resolve(ctx, in)
	if err != nil {
		return nil, err
	}
	if missing := p.Missing(); len(missing) > 0 {
		var names []string
		for _, f := range missing {
			names = append(names, string(f))
		}
		return nil, cli.Fail(finding.UsageConfig, "the profile "+cli.Quoted(name)+" cannot be an auditor: "+strings.Join(names, ", ")+" missing",
			"an auditor's values come from its profile alone, not from flags or variables", a.FollowUp("profile show", name))
	}
	if !p.Server.NetSuite {
		return nil, cli.Fail(finding.UsageConfig, "the profile "+cli.Quoted(name)+" cannot be an auditor: its server is not NetSuite",
			"an auditor is another profile of the same NetSuite account: nsauth profile list")
	}
	return p, nil
}

// Auditor makes the auditor of a profile from [AuditorProfile]. It sends nothing yet. The
// caller closes its connections.
func Auditor(ctx context.Context, a *cli.App, w host.World, p *profile.Profile) (*auditor.Auditor, func(), error) {
	au, _, done, err := connectAuditor(ctx, a, w, p)
	return au, done, err
}

// connectAuditor is Auditor with the client that the auditor uses.
func connectAuditor(ctx context.Context, a *cli.App, w host.World, p *profile.Profile) (*auditor.Auditor, *netsuite.Client, func(), error) {
	client, err := host.Connect(w, p)
	if err != nil {
		return nil, nil, nil, err
	}
	session, err := auditorSession(ctx, a, client, p)
	if err != nil {
		client.CloseIdle()
		return nil, nil, nil, err
	}
	t := &teller{app: a}
	return auditor.New(p.Account, session, t.tell), client, func() { t.stop(); client.CloseIdle() }, nil
}

func auditorSession(ctx context.Context, a *cli.App, client *netsuite.Client, p *profile.Profile) (*netsuite.Session, error) {
	if p.TBA() {
		token, err := TBA(ctx, a, p, false)
		if told := (*cli.Failure)(nil); errors.As(err, &told) {
			return nil, cli.Fail(told.Info.Code, "auditor "+cli.Quoted(p.Name)+": "+told.Info.Message, told.Info.Hints...)
		} else if err != nil {
			return nil, err
		}
		return client.NewTBASession(*token, netsuite.Retry{})
	}
	pair, err := a.LoadKey(ctx, p, keys.Pair{})
	if err != nil {
		return nil, err
	}
	if pair.Key == nil {
		why := "the private key cannot be used"
		if found := fault.Findings(pair.KeyErr); len(found) > 0 {
			why = found[0].Message
		}
		return nil, cli.Fail(finding.UsageConfig, "auditor "+cli.Quoted(p.Name)+": "+why, a.FollowUp("keycheck", p.Name)+" says how to correct it",
			"an auditor's values come from its profile alone, the passphrase_file too")
	}
	source, err := client.TokenSource(netsuite.Credentials{ClientID: p.Text(profile.FieldClientID), CertificateID: p.Text(profile.FieldCertificateID),
		Key: pair.Key.In(ctx).Signer(), Algorithm: p.Text(profile.FieldAlgorithm), Scope: p.Scope(), Audience: p.Text(profile.FieldAudience)}, netsuite.SourceOptions{})
	if err != nil {
		return nil, cli.Fail(finding.UsageConfig, "the auditor's values cannot be used: "+err.Error(), a.FollowUp("doctor", p.Name)+" says why")
	}
	return client.NewSession(source, netsuite.Retry{}), nil
}

// Audit opens the auditor called name for the doctor of p. An auditor of another account is
// a trouble that the report shows; nothing is sent with it.
func Audit(ctx context.Context, a *cli.App, w host.World, p *profile.Profile, name string, flags map[string][]string) (*checks.Audit, func(), error) {
	own, err := AuditorProfile(ctx, a, name, p.File, flags)
	if err != nil {
		return nil, nil, err
	}
	audit := &checks.Audit{Name: name, Application: p.Text(profile.FieldApplication)}
	if !p.Account.IsZero() && own.Account != p.Account {
		f := catalog.New("auditor.other-account", finding.Evidence{"auditor": name, "auditor_account": own.Account.ID, "account": p.Account.ID})
		audit.Trouble = &f
		return audit, func() {}, nil
	}
	au, client, done, err := connectAuditor(ctx, a, w, own)
	if err != nil {
		return nil, nil, err
	}
	audit.Auditor = au
	if !own.TBA() { // which cannot list certificates
		audit.ClientID, audit.CertificateID = own.Text(profile.FieldClientID), own.Text(profile.FieldCertificateID)
		audit.Connect = func(ctx context.Context, clientID string) {
			client.Preconnect(ctx, own.Account.CertificatesURL(clientID))
		}
	}
	return audit, done, nil
}

// teller prints each query of an auditor with -v, until it is stopped: a query that is no
// longer waited for is not told.
type teller struct {
	app     *cli.App
	mu      sync.Mutex
	stopped bool
}

func (t *teller) tell(q auditor.Asked) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped || !t.app.Verbose {
		return
	}
	result := fmt.Sprintf("%d rows", q.Rows)
	if q.Err != nil {
		result = q.Err.Error()
	}
	fmt.Fprintf(t.app.Stderr, "* auditor: %s: %s\n", q.SQL, result)
}

func (t *teller) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
}
