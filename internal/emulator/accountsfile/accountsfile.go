package accountsfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/text"
)

// Error says what is wrong with an accounts file or a certificate that it
// names. It never quotes what does not look like a name.
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

// The limits of an accounts file: bytes, and values read from it, which aliases
// could multiply without end.
const (
	maxAccountsFile   = 1 << 20
	maxAccountsValues = 200_000
)

// Read reads the accounts of a YAML file. Paths in it start from the
// file's folder. now is for what is an active certificate. Every error is a
// *FileError.
//
// What an account leaves out is in order: both features on, integrations
// enabled with the grant and all scopes, and one role and one entity that may
// do everything.
func Read(path string, now time.Time) ([]account.Account, error) {
	data, err := readBounded(path, maxAccountsFile)
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

// parse walks the YAML nodes itself, so that IDs stay as they were
// written, every error has its line, and no message of the YAML library, which
// may quote a value, gets out.
func parse(path string, data []byte, now time.Time, certificate func(string) ([]byte, error)) (accounts []account.Account, err error) {
	r := &accountsReader{yamlReader: yamlReader{file: path}, now: now, certificate: certificate}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *Error: // of yamlReader.fail
			accounts, err = nil, p
		default:
			panic(p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		r.fail(nil, "", "the accounts file is empty")
	case err != nil:
		r.syntax(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		r.fail(&second, "write all accounts into one document", "a second YAML document starts here")
	case !errors.Is(err, io.EOF):
		r.syntax(err)
	}
	if len(document.Content) == 0 {
		r.fail(nil, "", "the accounts file is empty")
	}
	lines := map[string]int{}
	r.fields(document.Content[0], "the file", []field{
		{"accounts", func(n *yaml.Node) {
			r.list(n, "accounts", func(n *yaml.Node) {
				a := r.account(n)
				label := account.HostLabel(a.ID)
				if first := lines[label]; first != 0 {
					r.fail(n, "", "account %s is there twice, first on line %d", a.ID, first)
				}
				lines[label] = n.Line
				accounts = append(accounts, a)
			})
		}},
	})
	if len(accounts) == 0 {
		r.fail(nil, "write accounts: and below it a list of - id: ...", "the accounts file has no account")
	}
	return accounts, nil
}

type accountsReader struct {
	yamlReader
	now         time.Time
	certificate func(string) ([]byte, error)
}

func (r *accountsReader) account(n *yaml.Node) account.Account {
	a := account.Account{Features: account.Features{OAuth2: true, RESTWebServices: true}}
	var roles []account.Role
	var entities []account.Entity
	var mappings, restlets *yaml.Node
	r.fields(n, "account", []field{
		{"id", func(n *yaml.Node) {
			if a.ID = r.text(n, "id"); !account.ValidID(a.ID) {
				r.fail(n, "such as 1234567 or 1234567_SB1", "id is not an account ID")
			}
			a.ID = strings.ToUpper(strings.ReplaceAll(a.ID, "-", "_"))
		}},
		{"features", func(n *yaml.Node) {
			r.fields(n, "features", []field{
				{"oauth2", r.boolean("oauth2", &a.Features.OAuth2)},
				{"rest_web_services", r.boolean("rest_web_services", &a.Features.RESTWebServices)},
			})
		}},
		{"integrations", func(n *yaml.Node) {
			r.list(n, "integrations", func(n *yaml.Node) { a.Integrations = append(a.Integrations, r.integration(n, a.Integrations)) })
		}},
		{"roles", func(n *yaml.Node) {
			r.list(n, "roles", func(n *yaml.Node) {
				role := r.role(n)
				if slices.ContainsFunc(roles, func(o account.Role) bool { return o.ID == role.ID }) {
					r.fail(n, "", "role %d is there twice", role.ID)
				}
				roles = append(roles, role)
			})
		}},
		{"entities", func(n *yaml.Node) {
			r.list(n, "entities", func(n *yaml.Node) {
				e := r.entity(n)
				if slices.ContainsFunc(entities, func(o account.Entity) bool { return o.ID == e.ID }) {
					r.fail(n, "", "entity %d is there twice", e.ID)
				}
				entities = append(entities, e)
			})
		}},
		{"mappings", func(n *yaml.Node) { mappings = n }}, // they name what may stand below
		{"restlets", func(n *yaml.Node) { restlets = n }}, // likewise
	})
	if a.ID == "" {
		r.fail(n, "such as id: 1234567_SB1", "an account without an id")
	}
	if len(roles) == 0 {
		roles = []account.Role{account.DefaultRole()}
	}
	if len(entities) == 0 {
		entities = []account.Entity{account.DefaultEntity()}
	}
	if mappings != nil {
		r.mappings(mappings, &a, roles, entities)
	}
	if restlets != nil {
		a.RESTlets = []account.RESTlet{} // an empty list means none, where nothing said means the default ones
		r.list(restlets, "restlets", func(n *yaml.Node) {
			l := r.restlet(n, roles)
			if slices.ContainsFunc(a.RESTlets, func(o account.RESTlet) bool { return o.Script == l.Script && o.Deploy == l.Deploy }) {
				r.fail(n, "", "the RESTlet %s, %s is there twice", text.QuoteName(l.Script), text.QuoteName(l.Deploy))
			}
			a.RESTlets = append(a.RESTlets, l)
		})
	}
	return a
}

func (r *accountsReader) integration(n *yaml.Node, others []account.Integration) account.Integration {
	i := account.Integration{Enabled: true, ClientCredentialsGrant: true, Scopes: account.KnownScopes()}
	r.fields(n, "integration", []field{
		{"name", func(n *yaml.Node) { i.Name = r.text(n, "name") }},
		{"client_id", func(n *yaml.Node) {
			switch i.ClientID = r.text(n, "client_id"); {
			case account.IsUUID(i.ClientID):
				r.fail(n, "the Client ID of the same record has 64 digits and letters a to f; this is its application_id", "client_id is an Application ID")
			case !verdict.IsIdentifier(i.ClientID):
				r.fail(n, "NetSuite's has 64 digits and letters a to f", "client_id is no client ID")
			}
		}},
		{"application_id", func(n *yaml.Node) {
			if i.ApplicationID = r.text(n, "application_id"); !account.IsUUID(i.ApplicationID) {
				r.fail(n, "such as 5F1E7D84-0B6D-4E62-9C0A-5A3F4B1C2D3E", "application_id is no UUID")
			}
		}},
		{"enabled", r.boolean("enabled", &i.Enabled)},
		{"client_credentials_grant", r.boolean("client_credentials_grant", &i.ClientCredentialsGrant)},
		{"scopes", func(n *yaml.Node) {
			i.Scopes = nil
			r.list(n, "scopes", func(n *yaml.Node) {
				s := r.text(n, "scopes")
				if !slices.Contains(account.KnownScopes(), s) {
					r.fail(n, nearestOf(s, account.KnownScopes()), "unknown scope %s", text.QuoteName(s))
				}
				i.Scopes = append(i.Scopes, s)
			})
		}},
	})
	if i.ClientID == "" {
		r.fail(n, "", "an integration without a client_id")
	}
	for _, o := range others {
		switch {
		case o.ClientID == i.ClientID:
			r.fail(n, "", "the client_id is that of another integration of this account")
		case o.Name == i.Name && i.Name != "":
			r.fail(n, "", "integration %s is there twice", text.QuoteName(i.Name))
		}
	}
	if i.Name == "" {
		i.Name = fmt.Sprintf("integration %d", len(others)+1)
	}
	if i.ApplicationID == "" {
		i.ApplicationID = account.ApplicationID(i.ClientID)
	}
	return i
}

func (r *accountsReader) role(n *yaml.Node) account.Role {
	role := account.Role{Permissions: account.DefaultRole().Permissions}
	r.fields(n, "role", []field{
		{"id", func(n *yaml.Node) { role.ID = r.number(n, "id") }},
		{"name", func(n *yaml.Node) { role.Name = r.text(n, "name") }},
		{"permissions", func(n *yaml.Node) {
			role.Permissions = nil
			r.list(n, "permissions", func(n *yaml.Node) { role.Permissions = append(role.Permissions, r.permission(n)) })
		}},
		{"inactive", r.boolean("inactive", &role.Inactive)},
	})
	if role.ID == 0 {
		r.fail(n, "", "a role without an id")
	}
	if role.Name == "" {
		role.Name = fmt.Sprintf("role %d", role.ID)
	}
	return role
}

// permission reads the name of a permission. NetSuite has some that nothing here
// asks for; one that is nearly a name of those that are asked for is a slip.
func (r *accountsReader) permission(n *yaml.Node) string {
	name, known := r.text(n, "permissions"), account.KnownPermissions()
	if near := text.Nearest(name, known); near != "" && near != name {
		r.fail(n, `did you mean "`+near+`"?`, "unknown permission %s", text.QuoteName(name))
	}
	return name
}

// restlet reads a deployment. roles are those of the account.
func (r *accountsReader) restlet(n *yaml.Node, roles []account.Role) account.RESTlet {
	var l account.RESTlet
	r.fields(n, "restlet", []field{
		{"script", func(n *yaml.Node) { l.Script = r.text(n, "script") }},
		{"deploy", func(n *yaml.Node) { l.Deploy = r.text(n, "deploy") }},
		{"audience", func(n *yaml.Node) {
			r.list(n, "audience", func(n *yaml.Node) {
				id := r.number(n, "audience")
				if !slices.ContainsFunc(roles, func(o account.Role) bool { return o.ID == id }) {
					r.fail(n, "list it below roles:", "no role %d in this account", id)
				}
				l.Audience = append(l.Audience, id)
			})
		}},
	})
	if l.Script == "" || l.Deploy == "" {
		r.fail(n, "such as {script: customscript_orders, deploy: customdeploy_orders}", "a RESTlet without script or deploy")
	}
	return l
}

func (r *accountsReader) entity(n *yaml.Node) account.Entity {
	var e account.Entity
	r.fields(n, "entity", []field{
		{"id", func(n *yaml.Node) { e.ID = r.number(n, "id") }},
		{"name", func(n *yaml.Node) { e.Name = r.text(n, "name") }},
		{"inactive", r.boolean("inactive", &e.Inactive)},
	})
	if e.ID == 0 {
		r.fail(n, "", "an entity without an id")
	}
	if e.Name == "" {
		e.Name = fmt.Sprintf("entity %d", e.ID)
	}
	return e
}

// mappings reads the rows of OAuth 2.0 Client Credentials (M2M) Setup and holds
// them to NetSuite's rules.
func (r *accountsReader) mappings(n *yaml.Node, a *account.Account, roles []account.Role, entities []account.Entity) {
	first := map[string]int{} // line, by Certificate ID
	active := map[string]int{}
	integrations := make(map[string]*account.Integration)
	for i := range a.Integrations {
		integrations[a.Integrations[i].ClientID] = &a.Integrations[i]
	}
	r.list(n, "mappings", func(n *yaml.Node) {
		m := r.mapping(n, a, roles, entities)
		indexed, err := account.ParseMapping(m, integrations)
		if err != nil { // what it can object to was looked at above
			r.fail(n, "", "the mapping cannot be used: %v", err)
		}
		id := indexed.CertificateID
		if line := first[id]; line != 0 {
			r.fail(n, "a certificate stands for one combination of integration, role and entity: make another one",
				"the certificate is mapped twice, first on line %d", line)
		}
		first[id] = n.Line
		if indexed.Inactive(r.now) == "" {
			if active[m.ClientID]++; active[m.ClientID] > account.MaxActive {
				r.fail(n, "NetSuite allows five: revoke one (revoked: true)", "integration %s has more than %d active certificates",
					text.QuoteName(indexed.Integration.Name), account.MaxActive)
			}
		}
		a.Mappings = append(a.Mappings, m)
	})
}

func (r *accountsReader) mapping(n *yaml.Node, a *account.Account, roles []account.Role, entities []account.Entity) account.Mapping {
	m := account.Mapping{Role: roles[0], Entity: entities[0]}
	var named struct{ integration, role, entity bool }
	r.fields(n, "mapping", []field{
		{"certificate", func(n *yaml.Node) {
			path := r.text(n, "certificate")
			der, err := r.certificate(path)
			if err != nil {
				r.fail(n, "", "certificate: %v", err)
			}
			m.Certificate = der
		}},
		{"certificate_id", func(n *yaml.Node) {
			if m.CertificateID = r.text(n, "certificate_id"); !verdict.IsIdentifier(m.CertificateID) {
				r.fail(n, "leave it out to have it computed", "certificate_id is no Certificate ID")
			}
		}},
		{"integration", func(n *yaml.Node) {
			named.integration = true
			want := r.text(n, "integration")
			var known []string
			for _, i := range a.Integrations {
				if i.Name == want || i.ClientID == want {
					m.ClientID = i.ClientID
				}
				known = append(known, i.Name)
			}
			if m.ClientID == "" {
				r.fail(n, nearestOf(want, known), "no integration %s in account %s", text.QuoteName(want), a.ID)
			}
		}},
		{"role", func(n *yaml.Node) {
			id := r.number(n, "role")
			i := slices.IndexFunc(roles, func(o account.Role) bool { return o.ID == id })
			if i < 0 {
				r.fail(n, "list it below roles:", "no role %d in account %s", id, a.ID)
			}
			named.role, m.Role = true, roles[i]
		}},
		{"entity", func(n *yaml.Node) {
			id := r.number(n, "entity")
			i := slices.IndexFunc(entities, func(o account.Entity) bool { return o.ID == id })
			if i < 0 {
				r.fail(n, "list it below entities:", "no entity %d in account %s", id, a.ID)
			}
			named.entity, m.Entity = true, entities[i]
		}},
		{"valid_from", r.when("valid_from", &m.ValidFrom)},
		{"valid_until", r.when("valid_until", &m.ValidUntil)},
		{"revoked", r.boolean("revoked", &m.Revoked)},
	})
	switch {
	case m.Certificate == nil:
		r.fail(n, "name its file: certificate: cert.pem", "a mapping without a certificate")
	case !named.integration && len(a.Integrations) == 1:
		m.ClientID = a.Integrations[0].ClientID
	case !named.integration:
		r.fail(n, "name one: integration: NAME", "account %s has %d integrations, and this mapping says not which is its own", a.ID, len(a.Integrations))
	}
	if !named.role && len(roles) > 1 {
		r.fail(n, "name one: role: ID", "account %s has several roles, and this mapping says not which is its own", a.ID)
	}
	if !named.entity && len(entities) > 1 {
		r.fail(n, "name one: entity: ID", "account %s has several entities, and this mapping says not which is its own", a.ID)
	}
	if !m.ValidFrom.IsZero() && !m.ValidUntil.IsZero() && !m.ValidUntil.After(m.ValidFrom) {
		r.fail(n, "", "valid_until is not after valid_from")
	}
	return m
}

// fileReason is why a file cannot be read, without its path.
func fileReason(err error) error {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("does not exist")
	case errors.As(err, &p):
		return fmt.Errorf("cannot be read: %w", p.Err)
	}
	return fmt.Errorf("cannot be read: %w", err)
}
