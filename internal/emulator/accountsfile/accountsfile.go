// Package accountsfile reads the accounts of the stand-in from a YAML file.
package accountsfile

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/strictyaml"
	"github.com/nsauth/nsauth/internal/text"
)

// Error says what is wrong with an accounts file or one of its certificates. It quotes
// only text that looks like a name.
type Error struct {
	File    string
	Line    int // from 1; 0 for the file as a whole
	Message string
	Hint    string // "" for none
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
}

// Read reads the accounts of a YAML file. Paths are relative to the file's folder. now
// decides which certificates are active. Every error is an *Error.
//
// By default everything works: both features are on, integrations are enabled with the
// grant and all scopes, and one role and one entity may do everything.
func Read(path string, now time.Time) ([]account.Account, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, &Error{File: path, Message: "the accounts file " + err.Error()}
	}
	return parse(path, data, now, func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		return ReadCertificate(name)
	})
}

// parse reads the accounts. certificate reads a certificate file.
func parse(path string, data []byte, now time.Time, certificate func(string) ([]byte, error)) ([]account.Account, error) {
	r := &reader{now: now, certificate: certificate}
	var accounts []account.Account
	err := strictyaml.Read("the accounts file", data, func(root node) {
		if root.IsNull() {
			root.Fail("", "the accounts file is empty")
		}
		root.Fields(field{Name: "accounts", Read: func(n node) {
			accounts = distinct(n, r.account, func(a account.Account) string { return "account " + a.ID })
		}})
		if len(accounts) == 0 {
			node{}.Fail("write accounts: and below it a list of - id: ...", "the accounts file has no account")
		}
	})
	if wrong := (*strictyaml.Error)(nil); errors.As(err, &wrong) {
		return nil, &Error{path, wrong.Line, wrong.Message, wrong.Hint}
	}
	return accounts, err
}

type (
	node  = strictyaml.Node
	field = strictyaml.Field
)

type reader struct {
	now         time.Time
	certificate func(string) ([]byte, error)
}

// site is one account, and the roles and entities that its mappings may name.
type site struct {
	account.Account
	roles    []account.Role
	entities []account.Entity
}

func (r *reader) account(n node) account.Account {
	n = n.As("account")
	a := &site{
		Account:  account.Account{Features: account.Features{OAuth2: true, RESTWebServices: true}},
		roles:    []account.Role{account.DefaultRole()},
		entities: []account.Entity{account.DefaultEntity()},
	}
	n.Fields( // in this order, so that a mapping may precede its role in the file
		field{Name: "id", Read: func(n node) {
			if a.ID = n.RequiredText(); !account.ValidID(a.ID) {
				n.Fail("such as 1234567 or 1234567_SB1", "id is not an account ID")
			}
			a.ID = strings.ToUpper(strings.ReplaceAll(a.ID, "-", "_"))
		}},
		field{Name: "features", Read: func(n node) {
			tba := true
			n.Fields(boolean("oauth2", &a.Features.OAuth2), boolean("rest_web_services", &a.Features.RESTWebServices), boolean("token_based_authentication", &tba))
			a.Features.TBAOff = !tba
		}},
		field{Name: "integrations", Read: func(n node) {
			for _, item := range n.List() {
				a.Integrations = append(a.Integrations, integration(item.As("integration"), a.Integrations))
			}
		}},
		field{Name: "roles", Read: func(n node) {
			if roles := distinct(n, role, func(o account.Role) string { return fmt.Sprint("role ", o.ID) }); roles != nil {
				a.roles = roles
			}
		}},
		field{Name: "entities", Read: func(n node) {
			if entities := distinct(n, entity, func(o account.Entity) string { return fmt.Sprint("entity ", o.ID) }); entities != nil {
				a.entities = entities
			}
		}},
		field{Name: "mappings", Read: func(n node) { r.mappings(n, a) }},
		field{Name: "tokens", Read: func(n node) {
			a.Tokens = distinct(n, a.token, func(t account.Token) string { return "token_id " + text.QuoteName(t.ID) })
		}},
		field{Name: "restlets", Read: func(n node) {
			a.RESTlets = append([]account.RESTlet{}, // an empty list means none, a missing one the default
				distinct(n, a.restlet, func(l account.RESTlet) string {
					return fmt.Sprintf("RESTlet %s, %s", text.QuoteName(l.Script), text.QuoteName(l.Deploy))
				})...)
		}},
	)
	if a.ID == "" {
		n.Fail("such as id: 1234567_SB1", "an account without an id")
	}
	a.Roles, a.Entities = a.roles, a.entities
	return a.Account
}

func integration(n node, others []account.Integration) account.Integration {
	i := account.Integration{Enabled: true, ClientCredentialsGrant: true, Scopes: account.KnownScopes()}
	n.Fields(
		field{Name: "name", Read: func(n node) { i.Name = n.RequiredText() }},
		field{Name: "client_id", Read: func(n node) {
			switch i.ClientID = n.RequiredText(); {
			case account.IsUUID(i.ClientID):
				n.Fail("the Client ID of the same record has 64 digits and letters a to f; this is its application_id", "client_id is an Application ID")
			case !verdict.IsIdentifier(i.ClientID):
				n.Fail("NetSuite's has 64 digits and letters a to f", "client_id is not a Client ID")
			}
		}},
		field{Name: "application_id", Read: func(n node) {
			if i.ApplicationID = n.RequiredText(); !account.IsUUID(i.ApplicationID) {
				n.Fail("such as 5F1E7D84-0B6D-4E62-9C0A-5A3F4B1C2D3E", "application_id is not a UUID")
			}
		}},
		field{Name: "consumer_secret", Read: func(n node) { i.ConsumerSecret = n.RequiredText() }},
		boolean("enabled", &i.Enabled),
		boolean("client_credentials_grant", &i.ClientCredentialsGrant),
		field{Name: "scopes", Read: func(n node) {
			i.Scopes = nil
			for _, item := range n.List() {
				s := item.RequiredText()
				if !slices.Contains(account.KnownScopes(), s) {
					item.Fail(suggest(s, account.KnownScopes()), "unknown scope %s", text.QuoteName(s))
				}
				i.Scopes = append(i.Scopes, s)
			}
		}},
	)
	if i.ClientID == "" {
		n.Fail("", "an integration without a client_id")
	}
	for _, o := range others {
		switch {
		case o.ClientID == i.ClientID:
			n.Fail("", "another integration of this account has this client_id")
		case o.Name == i.Name && i.Name != "":
			n.Fail("", "duplicate integration %s", text.QuoteName(i.Name))
		}
	}
	i.Name = cmp.Or(i.Name, fmt.Sprintf("integration %d", len(others)+1))
	i.ApplicationID = cmp.Or(i.ApplicationID, account.ApplicationID(i.ClientID))
	return i
}

func role(n node) account.Role {
	n = n.As("role")
	role := account.Role{Permissions: account.DefaultRole().Permissions}
	n.Fields(
		field{Name: "id", Read: func(n node) { role.ID = number(n, "id") }},
		field{Name: "name", Read: func(n node) { role.Name = n.RequiredText() }},
		field{Name: "permissions", Read: func(n node) {
			role.Permissions = nil
			for _, item := range n.List() {
				role.Permissions = append(role.Permissions, permission(item))
			}
		}},
		boolean("inactive", &role.Inactive),
	)
	if role.ID == 0 {
		n.Fail("", "a role without an id")
	}
	role.Name = cmp.Or(role.Name, fmt.Sprint("role ", role.ID))
	return role
}

// permission reads the name of a permission. NetSuite has more than the known ones, so
// only a name that is similar to a known one is an error.
func permission(n node) string {
	name := n.RequiredText()
	if near := text.Nearest(name, account.KnownPermissions()); near != "" && near != name {
		n.Fail(`did you mean "`+near+`"?`, "unknown permission %s", text.QuoteName(name))
	}
	return name
}

func entity(n node) account.Entity {
	n = n.As("entity")
	var e account.Entity
	access := true
	n.Fields(
		field{Name: "email", Read: func(n node) { e.Email = n.RequiredText() }},
		boolean("access", &access),
		field{Name: "removed_roles", Read: func(n node) {
			for _, item := range n.List() {
				e.RemovedRoles = append(e.RemovedRoles, number(item, "removed_roles"))
			}
		}},
		field{Name: "id", Read: func(n node) { e.ID = number(n, "id") }},
		field{Name: "name", Read: func(n node) { e.Name = n.RequiredText() }},
		boolean("inactive", &e.Inactive),
	)
	if e.ID == 0 {
		n.Fail("", "an entity without an id")
	}
	e.Name, e.NoAccess = cmp.Or(e.Name, fmt.Sprint("entity ", e.ID)), !access
	return e
}

// restlet reads a deployment.
func (a *site) restlet(n node) account.RESTlet {
	n = n.As("restlet")
	var l account.RESTlet
	n.Fields(
		field{Name: "script", Read: func(n node) { l.Script = n.RequiredText() }},
		field{Name: "deploy", Read: func(n node) { l.Deploy = n.RequiredText() }},
		field{Name: "audience", Read: func(n node) {
			for _, item := range n.List() {
				l.Audience = append(l.Audience, a.role(item).ID)
			}
		}},
	)
	if l.Script == "" || l.Deploy == "" {
		n.Fail("such as {script: customscript_orders, deploy: customdeploy_orders}", "a RESTlet without script or deploy")
	}
	return l
}

// role reads the ID of a role of the account.
func (a *site) role(n node) account.Role {
	id := number(n, "role")
	i := slices.IndexFunc(a.roles, func(o account.Role) bool { return o.ID == id })
	if i < 0 {
		n.Fail("list it below roles:", "no role %d in account %s", id, a.ID)
	}
	return a.roles[i]
}

// mappings reads the rows of OAuth 2.0 Client Credentials (M2M) Setup and applies
// NetSuite's rules.
func (r *reader) mappings(n node, a *site) {
	first := map[string]int{} // line, by Certificate ID
	active := map[string]int{}
	integrations := make(map[string]*account.Integration)
	for i := range a.Integrations {
		integrations[a.Integrations[i].ClientID] = &a.Integrations[i]
	}
	for _, item := range n.List() {
		m := r.mapping(item.As("mapping"), a)
		parsed, err := account.ParseMapping(m, integrations)
		if err != nil { // cannot happen: checked above
			item.Fail("", "the mapping cannot be used: %v", err)
		}
		id := parsed.CertificateID
		if line := first[id]; line != 0 {
			item.Fail("a certificate stands for one combination of integration, role and entity: make a new one",
				"the certificate is mapped twice, first on line %d", line)
		}
		first[id] = item.Line
		if code, _ := parsed.Inactive(r.now); code == "" {
			if active[m.ClientID]++; active[m.ClientID] > account.MaxActive {
				item.Fail("NetSuite allows five: revoke one (revoked: true)", "integration %s has more than %d active certificates",
					text.QuoteName(parsed.Integration.Name), account.MaxActive)
			}
		}
		a.Mappings = append(a.Mappings, m)
	}
}

func (r *reader) mapping(n node, a *site) account.Mapping {
	var m account.Mapping
	var who owner
	n.Fields(append(a.ownerFields(&who),
		field{Name: "certificate", Read: func(n node) {
			der, err := r.certificate(n.RequiredText())
			if err != nil {
				n.Fail("", "certificate: %v", err)
			}
			m.Certificate = der
		}},
		field{Name: "certificate_id", Read: func(n node) {
			if m.CertificateID = n.RequiredText(); !verdict.IsIdentifier(m.CertificateID) {
				n.Fail("leave it out to have it computed", "certificate_id is not a Certificate ID")
			}
		}},
		date("valid_from", &m.ValidFrom, 0),
		date("valid_until", &m.ValidUntil, 24*time.Hour-time.Second), // to the end of its last day
		boolean("revoked", &m.Revoked),
	)...)
	if m.Certificate == nil {
		n.Fail("name its file: certificate: cert.pem", "a mapping without a certificate")
	}
	a.settle(n, &who, "mapping")
	m.ClientID, m.Role, m.Entity = who.clientID, who.role, who.entity
	if !m.ValidFrom.IsZero() && !m.ValidUntil.IsZero() && !m.ValidUntil.After(m.ValidFrom) {
		n.Fail("", "valid_until is not after valid_from")
	}
	return m
}

// distinct reads a list without duplicate names.
func distinct[T any](n node, read func(node) T, name func(T) string) []T {
	var items []T
	lines := map[string]int{}
	for _, item := range n.List() {
		v := read(item)
		if first := lines[name(v)]; first != 0 {
			item.Fail("", "duplicate %s, first on line %d", name(v), first)
		}
		lines[name(v)] = item.Line
		items = append(items, v)
	}
	return items
}

// number reads an internal ID.
func number(n node, name string) int {
	i, err := strconv.Atoi(n.RequiredText())
	if err != nil || i <= 0 || i > 1<<31-1 {
		n.Fail("NetSuite's internal ID, such as 1012", "%s is not a positive whole number", name)
	}
	return i
}

func boolean(name string, into *bool) field {
	return field{Name: name, Read: func(n node) { *into = n.As(name).Bool() }}
}

// date reads a time, or a day, which stands for the moment later by later.
func date(name string, into *time.Time, later time.Duration) field {
	return field{Name: name, Read: func(n node) {
		value := n.RequiredText()
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(layout, value); err == nil {
				if *into = at; layout == time.DateOnly {
					*into = at.Add(later)
				}
				return
			}
		}
		n.Fail("such as 2026-11-23 or 2026-11-23T15:00:00Z", "%s is not a date", name)
	}}
}

// suggest is the hint after an unknown name.
func suggest(name string, known []string) string {
	if near := text.Nearest(name, known); near != "" {
		return `did you mean "` + near + `"?`
	}
	if len(known) == 0 {
		return ""
	}
	return "known: " + strings.Join(known[:min(len(known), 20)], ", ")
}
