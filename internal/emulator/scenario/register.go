package scenario

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/secret"
)

// Registration is an existing client.
type Registration struct {
	Account, ClientID string
	Certificate       []byte   // DER
	Scopes            []string // the ticked ones; empty means all
}

// Register makes the configuration of one account that is set up correctly for this
// client. It has neither the client's key nor its profile.
func Register(r Registration, now func() time.Time) (*Prepared, error) {
	if r.ClientID == "" {
		return nil, errors.New("emulator: no client ID")
	}
	if len(r.Scopes) == 0 {
		r.Scopes = account.KnownScopes()
	}
	p, err := PrepareAccounts([]account.Account{{
		ID:       r.Account,
		Features: account.Features{OAuth2: true, RESTWebServices: true},
		Integrations: []account.Integration{{
			Name: "your integration", ClientID: r.ClientID, ApplicationID: account.ApplicationID(r.ClientID),
			Enabled: true, ClientCredentialsGrant: true, Scopes: r.Scopes,
		}},
		Mappings: []account.Mapping{{Certificate: r.Certificate, ClientID: r.ClientID, Role: account.DefaultRole(), Entity: account.DefaultEntity()}},
	}}, now)
	if err != nil {
		return nil, err
	}
	return p, addAuditor(p, r.ClientID, AuditorHalf{}, now(), nil)
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
