package accountsfile

import (
	"fmt"
	"slices"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/text"
)

// owner is the combination of integration, role and entity that a mapping or a token is for.
type owner struct {
	clientID string
	role     account.Role
	entity   account.Entity

	named struct{ integration, role, entity bool }
}

// ownerFields read the combination.
func (a *site) ownerFields(o *owner) []field {
	return []field{
		{Name: "integration", Read: func(n node) {
			o.named.integration = true
			want := n.RequiredText()
			var known []string
			for _, i := range a.Integrations {
				if i.Name == want || i.ClientID == want {
					o.clientID = i.ClientID
				}
				known = append(known, i.Name)
			}
			if o.clientID == "" {
				n.Fail(suggest(want, known), "no integration %s in account %s", text.QuoteName(want), a.ID)
			}
		}},
		{Name: "role", Read: func(n node) { o.named.role, o.role = true, a.role(n) }},
		{Name: "entity", Read: func(n node) {
			id := number(n, "entity")
			i := slices.IndexFunc(a.entities, func(e account.Entity) bool { return e.ID == id })
			if i < 0 {
				n.Fail("list it below entities:", "no entity %d in account %s", id, a.ID)
			}
			o.named.entity, o.entity = true, a.entities[i]
		}},
	}
}

// settle fills in what was not named, if there is only one.
func (a *site) settle(n node, o *owner, what string) {
	switch {
	case o.named.integration:
	case len(a.Integrations) == 1:
		o.clientID = a.Integrations[0].ClientID
	default:
		n.Fail("name one: integration: NAME", "account %s has %d integrations; the %s must name one", a.ID, len(a.Integrations), what)
	}
	if !o.named.role {
		if o.role = a.roles[0]; len(a.roles) > 1 {
			n.Fail("name one: role: ID", "account %s has several roles; the %s must name one", a.ID, what)
		}
	}
	if !o.named.entity {
		if o.entity = a.entities[0]; len(a.entities) > 1 {
			n.Fail("name one: entity: ID", "account %s has several entities; the %s must name one", a.ID, what)
		}
	}
}

// token reads a token of token-based authentication.
func (a *site) token(n node) account.Token {
	n = n.As("token")
	var t account.Token
	var who owner
	n.Fields(append(a.ownerFields(&who),
		field{Name: "name", Read: func(n node) { t.Name = n.RequiredText() }},
		field{Name: "token_id", Read: func(n node) {
			if t.ID = n.RequiredText(); !verdict.IsIdentifier(t.ID) {
				n.Fail("NetSuite's has 64 digits and letters a to f", "token_id is not a token ID")
			}
		}},
		field{Name: "token_secret", Read: func(n node) { t.Secret = n.RequiredText() }},
		boolean("revoked", &t.Revoked),
		boolean("inactive", &t.Inactive),
	)...)
	a.settle(n, &who, "token")
	t.ClientID, t.Role, t.Entity = who.clientID, who.role, who.entity
	switch {
	case t.ID == "":
		n.Fail("", "a token without a token_id")
	case t.Secret == "":
		n.Fail("any text will do here", "a token without a token_secret")
	case slices.ContainsFunc(a.Integrations, func(i account.Integration) bool { return i.ClientID == t.ClientID && i.ConsumerSecret == "" }):
		n.Fail("give the integration a consumer_secret", "the token's integration does not use token-based authentication")
	}
	if t.Name == "" {
		t.Name = fmt.Sprint("token ", n.Line)
	}
	return t
}
