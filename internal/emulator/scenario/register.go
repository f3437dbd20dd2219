package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/secret"
)

// Registration is an existing client.
type Registration struct {
	Account, ClientID string
	Certificate       []byte   // DER
	Scopes            []string // that it requests; empty means unknown, and all are ticked
}

// Register makes the configuration of one account for this client, with the fault of a
// scenario. With the zero Scenario the account is set up correctly. It has neither the
// client's key nor its profile.
func Register(r Registration, s Scenario, now func() time.Time, generate keygen.Generator) (*Prepared, error) {
	if r.ClientID == "" {
		return nil, errors.New("emulator: no client ID")
	}
	if why := s.WhyNotFor(r); why != "" {
		return nil, errors.New("emulator: " + why)
	}
	role, entity := s.Server.role(), account.DefaultEntity()
	served := account.Account{
		ID:       r.Account,
		Features: account.Features{OAuth2: true, RESTWebServices: true},
		Integrations: []account.Integration{{
			Name: "your integration", ClientID: r.ClientID, ApplicationID: account.ApplicationID(r.ClientID),
			Enabled: true, ClientCredentialsGrant: true, Scopes: r.ticked(s),
		}},
		Mappings: []account.Mapping{{Certificate: r.Certificate, ClientID: r.ClientID, Role: role, Entity: entity}},
	}
	p, err := PrepareAccounts([]account.Account{served}, now)
	if err != nil {
		return nil, err
	}
	p.Scenario = s
	ca, trusted, err := s.Client.authorities(now())
	if err != nil {
		return nil, err
	}
	p.trustedCA, p.Config = trusted, s.Server.config(served, now, ca, generate)
	if err := change(&p.Config, s.Server, now(), generate); err != nil {
		return nil, err
	}
	p.Config.Accounts[0].Integrations = slices.Clone(p.Config.Accounts[0].Integrations)
	for i := range p.Config.Accounts[0].Integrations { // the changes know another client's scopes
		p.Config.Accounts[0].Integrations[i].Scopes = r.ticked(s)
	}
	s.Server.Trail.apply(&p.Config)
	half := s.Server.Auditor
	if half.Account == r.Account {
		half.Account = ""
	}
	return p, addAuditor(p, r.ClientID, half, now(), generate)
}

// ticked are the scopes that the integration record has in a scenario.
func (r Registration) ticked(s Scenario) []string {
	requested := r.Scopes
	if len(requested) == 0 {
		requested = account.KnownScopes()
	}
	switch {
	case slices.Contains(s.Server.Changes, scopeNotEnabled):
		return slices.DeleteFunc(account.KnownScopes(), func(scope string) bool { return slices.Contains(requested, scope) })
	case slices.Contains(s.Server.Changes, scopeNotGranted):
		return requested[:1]
	}
	return requested
}

// ForProfiles reports whether the client of a profile can meet the fault, if it requests
// two scopes: one for a scenario to leave out.
func (s Scenario) ForProfiles() bool {
	return s.WhyNotFor(Registration{Scopes: []string{"restlets", "rest_webservices"}}) == ""
}

// WhyNotFor says why this client cannot meet the fault of the scenario; "" if it can. It
// can if the fault is in the account, on the way, or in how far the clocks differ.
func (s Scenario) WhyNotFor(r Registration) string {
	c := s.Client
	fields := slices.Sorted(maps.Keys(c.Overrides))
	call, narrowed := slices.Contains(fields, "api_path"), slices.Contains(s.Server.Changes, scopeNotGranted)
	fields = slices.DeleteFunc(fields, func(f string) bool { return f == "api_path" || f == "scope" && (call || narrowed) })
	switch {
	case c.Program != nil:
		return "its fault is in an assertion that another program makes"
	case len(fields) > 0:
		return "its fault is in the client's own settings: " + strings.Join(fields, ", ")
	case c.KeyFile != KeyFilePEM, c.UseOtherKey, c.Reissued, c.CertificateAgeDays != 0, c.CertificateDays != 0,
		slices.Contains([]string{"rsa-2048", "rsa-3584", "p-224", "ed25519"}, c.KeyType):
		return "its fault is in the client's own key or certificate"
	case c.Resolver != ResolverNormal, c.Dial != DialNormal:
		return "its fault is in the network of the client's machine"
	case call && len(s.Server.Changes)+len(s.Server.WithoutPermissions)+len(s.Server.Faults)+len(s.Server.Canned) == 0:
		return "its fault is in the call that the client makes"
	case narrowed && len(r.Scopes) < 2:
		return "it needs a client that requests two scopes"
	}
	return ""
}

// PrepareAccounts makes the server configuration of these accounts, and for each mapping
// a profile without a key. The profile of an account without mappings only says how to
// reach it.
func PrepareAccounts(accounts []account.Account, now func() time.Time) (*Prepared, error) {
	ca, err := server.NewCA(now())
	if err != nil {
		return nil, err
	}
	if _, err := account.Index(accounts, now()); err != nil {
		return nil, err
	}
	p := &Prepared{Profile: map[string]string{}, Profiles: []ClientProfile{}, Config: server.Config{Accounts: accounts, Now: now, CA: ca}}
	for _, a := range accounts {
		scopes := map[string][]string{}
		for _, i := range a.Integrations {
			scopes[i.ClientID] = i.Scopes
		}
		if len(a.Mappings)+len(a.Tokens) == 0 {
			p.Profiles = append(p.Profiles, ClientProfile{Name: a.ID, Values: map[string]string{"account": a.ID}})
		}
		for i, m := range a.Mappings {
			name := a.ID
			if i > 0 {
				name = fmt.Sprintf("%s-%d", a.ID, i+1)
			}
			p.Profiles = append(p.Profiles, ClientProfile{Name: name, Values: map[string]string{
				"account": a.ID, "client_id": m.ClientID, "certificate_id": m.ID(), "scope": strings.Join(scopes[m.ClientID], ","),
			}})
		}
		for i, t := range a.Tokens {
			name := a.ID + "-tba"
			if i > 0 {
				name = fmt.Sprintf("%s-tba-%d", a.ID, i+1)
			}
			p.Profiles = append(p.Profiles, tokenProfile(name, &a, t))
		}
	}
	return p, nil
}

// ClientProfile is the profile of one of several clients, by field name. The values in
// Prepared.Profile apply to all of them.
type ClientProfile struct {
	Name   string
	Values map[string]string

	files map[string]secret.Secret // contents of files that Files writes, by field
}
