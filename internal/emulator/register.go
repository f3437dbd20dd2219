package emulator

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Registration is a client that exists already.
type Registration struct {
	Account, ClientID string
	Certificate       []byte   // DER
	Scopes            []string // the ticked ones; none means all
}

// Register makes the server configuration of one account in which everything is
// in order for this client. It has neither the client's key nor its profile.
func Register(r Registration, now func() time.Time) (*Prepared, error) {
	if r.ClientID == "" {
		return nil, errors.New("emulator: no client ID")
	}
	if len(r.Scopes) == 0 {
		r.Scopes = KnownScopes()
	}
	return PrepareAccounts([]Account{{
		ID:       r.Account,
		Features: Features{OAuth2: true, RESTWebServices: true},
		Integrations: []Integration{{
			Name: "your integration", ClientID: r.ClientID, ApplicationID: applicationID(r.ClientID),
			Enabled: true, ClientCredentialsGrant: true, Scopes: r.Scopes,
		}},
		Mappings: []Mapping{{Certificate: r.Certificate, ClientID: r.ClientID, Role: DefaultRole(), Entity: DefaultEntity()}},
	}}, now)
}

// PrepareAccounts makes the server configuration of these accounts, and a
// profile for each mapping, which lacks the key. An account without a mapping has a
// profile of how to reach it.
func PrepareAccounts(accounts []Account, now func() time.Time) (*Prepared, error) {
	ca, err := NewCA(now())
	if err != nil {
		return nil, err
	}
	if _, err := indexAccounts(accounts, now()); err != nil {
		return nil, err
	}
	p := &Prepared{Profile: map[string]string{}, Profiles: []ClientProfile{}, Config: Config{Accounts: accounts, Now: now, CA: ca}}
	for _, a := range accounts {
		scopes := map[string][]string{}
		for _, i := range a.Integrations {
			scopes[i.ClientID] = i.Scopes
		}
		if len(a.Mappings) == 0 {
			p.Profiles = append(p.Profiles, ClientProfile{a.ID, map[string]string{"account": a.ID}})
		}
		for i, m := range a.Mappings {
			name := a.ID
			if i > 0 {
				name = fmt.Sprintf("%s-%d", a.ID, i+1)
			}
			id := m.CertificateID
			if id == "" {
				id = CertificateID(m.Certificate)
			}
			p.Profiles = append(p.Profiles, ClientProfile{name, map[string]string{
				"account": a.ID, "client_id": m.ClientID, "certificate_id": id, "scope": strings.Join(scopes[m.ClientID], ","),
			}})
		}
	}
	return p, nil
}

// ClientProfile is what config.yaml says of one of several clients, by field
// name, beside what Prepared.Profile says of all.
type ClientProfile struct {
	Name   string
	Values map[string]string
}
