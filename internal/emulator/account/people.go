package account

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// Token is a token of token-based authentication (TBA): one combination of integration,
// role and entity.
type Token struct {
	Name       string
	ClientID   string // of the integration: its consumer key
	ID, Secret string
	Role       Role
	Entity     Entity
	Created    time.Time
	Revoked    bool
	Inactive   bool
}

// indexTokens checks the tokens and indexes them by their ID.
func (a *Snapshot) indexTokens() error {
	a.ByTokenID = make(map[string]*Token)
	for i := range a.Tokens {
		t := &a.Tokens[i]
		switch {
		case t.ID == "" || t.Secret == "":
			return fmt.Errorf("token %q: no ID or no secret", t.Name)
		case a.ByTokenID[t.ID] != nil:
			return fmt.Errorf("token %q: duplicate token ID", t.Name)
		case a.ByClientID[t.ClientID] == nil:
			return fmt.Errorf("token %q: no integration with client ID %q", t.Name, t.ClientID)
		}
		a.ByTokenID[t.ID] = t
	}
	return nil
}

// Pair is a role and the entity that uses it.
type Pair struct {
	Role   Role
	Entity Entity
}

// pairs are the combinations of mappings, then those of tokens.
func (a *Snapshot) pairs() (all []Pair) {
	for _, m := range a.Order {
		all = append(all, Pair{m.Role, m.Entity})
	}
	for _, t := range a.Tokens {
		all = append(all, Pair{t.Role, t.Entity})
	}
	return all
}

// Assigned are the roles that entities have, one of each pair.
func (a *Snapshot) Assigned() []Pair {
	all := slices.DeleteFunc(a.pairs(), func(p Pair) bool { return slices.Contains(p.Entity.RemovedRoles, p.Role.ID) })
	slices.SortStableFunc(all, func(x, y Pair) int {
		return cmp.Or(cmp.Compare(x.Entity.ID, y.Entity.ID), cmp.Compare(x.Role.ID, y.Role.ID))
	})
	return slices.CompactFunc(all, func(x, y Pair) bool { return x.Entity.ID == y.Entity.ID && x.Role.ID == y.Role.ID })
}

// AllRoles are the roles of the account by ID. A mapping's comes before a listed one.
func (a *Snapshot) AllRoles() []Role {
	var all []Role
	for _, p := range a.pairs() {
		all = append(all, p.Role)
	}
	return byID(append(all, a.Roles...), func(r Role) int { return r.ID })
}

// AllEntities are the users of the account by ID. A mapping's comes before a listed one.
func (a *Snapshot) AllEntities() []Entity {
	var all []Entity
	for _, p := range a.pairs() {
		all = append(all, p.Entity)
	}
	return byID(append(all, a.Entities...), func(e Entity) int { return e.ID })
}

// byID sorts by ID and keeps the first of each.
func byID[T any](all []T, id func(T) int) []T {
	slices.SortStableFunc(all, func(x, y T) int { return cmp.Compare(id(x), id(y)) })
	return slices.CompactFunc(all, func(x, y T) bool { return id(x) == id(y) })
}

// Barred says why an entity cannot sign in with a role, "" if it can.
func Barred(r Role, e Entity) string {
	switch {
	case r.Inactive:
		return "the role is inactive"
	case e.Inactive:
		return "the entity is inactive"
	case e.NoAccess:
		return "the entity has no access to NetSuite"
	case slices.Contains(e.RemovedRoles, r.ID):
		return "the entity no longer has the role"
	}
	return ""
}

// Permission is what a table of the account says of a permission.
type Permission struct {
	Key   string // such as ADMI_LOGIN_OAUTH2; "" if no source has it
	Level int    // 1 view, 2 create, 3 edit, 4 full
}

//go:embed permissions.yaml
var permissionsYAML []byte

var permissions = strictyaml.Embedded[map[string]Permission](permissionsYAML)

// LookupPermission finds a permission by its name. An unknown one has no key, and level 4.
func LookupPermission(name string) Permission {
	if p, known := permissions()[name]; known {
		return p
	}
	return Permission{Level: 4}
}
