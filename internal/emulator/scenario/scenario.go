package scenario

import (
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
)

// Scenario is one known way in which an integration fails or works: the client, the
// server, and the expected diagnosis.
type Scenario struct {
	Name   string     `yaml:"name"`
	Topic  Topic      `yaml:"topic"`
	Title  string     `yaml:"title"`
	Story  string     `yaml:"story"`
	Client ClientHalf `yaml:"client"`
	Server ServerHalf `yaml:"server"`
	Expect Expect     `yaml:"expect"`
}

// Topic is the area of a scenario's fault. Lists of scenarios are in its order.
type Topic string

// ClientHalf is what is on the client's machine.
type ClientHalf struct {
	// KeyType is rsa-2048, rsa-3072, rsa-3584, rsa-4096, p-224, p-256, p-384, p-521
	// or ed25519; "" means p-256.
	KeyType string `yaml:"key_type"`
	// CertificateAgeDays is how long ago the certificate became valid; 0 means one day, a
	// negative number is in the future.
	CertificateAgeDays float64 `yaml:"certificate_age_days"`
	// CertificateDays is its total validity; 0 means 730.
	CertificateDays int `yaml:"certificate_days"`
	// Overrides replace the right values of the profile, by field name. An empty value
	// leaves the field out. Names in braces are placeholders.
	Overrides map[string]string `yaml:"profile"`
	// UseOtherKey puts the key of another certificate in the profile.
	UseOtherKey bool `yaml:"use_other_key"`
	// Reissued makes the client's certificate again from the key of the one that is mapped,
	// {mapped_certificate_id}.
	Reissued bool    `yaml:"reissued"`
	KeyFile  KeyFile `yaml:"key_file"`
	// Program is another program that makes the assertion; nil means nsauth.
	Program *Program `yaml:"program"`
	// ClockOffset is how far the local clock is ahead of the server's.
	ClockOffset time.Duration `yaml:"clock_offset"`
	Resolver    Resolver      `yaml:"resolver"`
	Dial        Dial          `yaml:"dial"`
	// Inspector is the organization whose proxy inspects TLS, with its own CA that the
	// client's machine trusts; "" means none.
	Inspector string `yaml:"inspector"`
	// Untrusting means that the client's machine does not trust the server's CA.
	Untrusting bool `yaml:"untrusting"`
}

// KeyFile is the content of the private key's file.
type KeyFile string

const (
	KeyFilePEM         KeyFile = ""            // the private key
	KeyFileCertificate KeyFile = "certificate" // the certificate instead
	KeyFileEncrypted   KeyFile = "encrypted"   // a key that a passphrase protects
	KeyFileEscaped     KeyFile = "escaped"     // the key in one line, with \n for line breaks
	KeyFileUTF16       KeyFile = "utf-16"      // the key with two bytes per character
)

// Program is a program other than nsauth that makes and signs the assertion.
type Program struct {
	// Header and Claims replace the right members. A nil leaves the member out.
	Header map[string]any `yaml:"header"`
	Claims map[string]any `yaml:"claims"`
	// Age is the age of the assertion. Lifetime is its lifetime; 0 means 50 minutes, so that
	// there is time to look at it.
	Age      time.Duration `yaml:"age"`
	Lifetime time.Duration `yaml:"lifetime"`
	// DER makes an ECDSA signature in ASN.1 instead of r and s (RFC 7518, section 3.4).
	DER bool `yaml:"der"`
	// Fraction writes the times with a fraction of a second.
	Fraction bool `yaml:"fraction"`
}

// Resolver is how the client's DNS answers.
type Resolver string

const (
	ResolverNormal          Resolver = ""
	ResolverNXDomainAccount Resolver = "nxdomain-account" // the account's hosts do not exist, system.netsuite.com does
	ResolverDown            Resolver = "dns-down"         // no name resolves
)

// Dial is how the client's connections fare.
type Dial string

const (
	DialNormal  Dial = ""
	DialRefused Dial = "refused" // nothing listens
)

// ServerHalf is the setup of the account, and what breaks on the way.
type ServerHalf struct {
	// Account is its ID; "" means 1234567.
	Account            string                `yaml:"account"`
	Changes            []Change              `yaml:"changes"`
	WithoutPermissions []string              `yaml:"without_permissions"`
	Role               *account.Role         `yaml:"role"` // instead of the usual one; WithoutPermissions still applies
	Faults             []faults.Fault        `yaml:"faults"`
	Canned             []server.CannedAnswer `yaml:"canned"`
	// Errors is how to answer rejected assertions; "" means ErrorsBare.
	Errors oauth.Errors `yaml:"errors"`
	// Refuse are habits that the server refuses, against its defaults.
	Refuse []oauth.Habit `yaml:"refuse"`
	// ExpiresIn and TokenShape are as in server.Config.
	ExpiresIn  oauth.ExpiresIn  `yaml:"expires_in"`
	TokenShape oauth.TokenShape `yaml:"token_shape"`
	// Scopes are ticked on the integration record; nil means rest_webservices and restlets.
	Scopes []string `yaml:"scopes"`
	// Active is the number of active certificates of the integration record; 0 means two,
	// the client's and an older one.
	Active  int         `yaml:"active"`
	Auditor AuditorHalf `yaml:"auditor"`
	Trail   TrailHalf   `yaml:"audit_trail"`
}

// Change is one error in the account's setup, by its name in changes.
type Change string

// Changes that depend on the scopes that the client requests.
const (
	scopeNotEnabled Change = "setup.scope-not-enabled"
	scopeNotGranted Change = "role.scope-not-granted"
)

// changes makes each Change to the account of a scenario, where mapping 0 and
// integration 0 are the client's. A Change that a diagnosis can name has the finding's
// code.
var changes = map[Change]func(*server.Config, *account.Account){
	"setup.mapping-missing":      func(_ *server.Config, a *account.Account) { a.Mappings = a.Mappings[1:] },
	"setup.certificate-revoked":  func(_ *server.Config, a *account.Account) { a.Mappings[0].Revoked = true },
	"setup.integration-disabled": func(_ *server.Config, a *account.Account) { a.Integrations[0].Enabled = false },
	"setup.integration-unknown":  func(_ *server.Config, a *account.Account) { a.Integrations, a.Mappings = nil, nil },
	"setup.grant-not-enabled":    func(_ *server.Config, a *account.Account) { a.Integrations[0].ClientCredentialsGrant = false },
	scopeNotEnabled:              func(_ *server.Config, a *account.Account) { a.Integrations[0].Scopes = []string{"restlets"} },
	"setup.features-disabled":    func(_ *server.Config, a *account.Account) { a.Features.OAuth2 = false },
	"setup.role-or-entity-inactive": func(_ *server.Config, a *account.Account) {
		eachOwner(a, func(_ *account.Role, e *account.Entity) { e.Inactive = true })
	},
	"role-inactive": func(_ *server.Config, a *account.Account) {
		eachOwner(a, func(r *account.Role, _ *account.Entity) { r.Inactive = true })
	},
	"entity-without-access": func(_ *server.Config, a *account.Account) {
		eachOwner(a, func(_ *account.Role, e *account.Entity) { e.NoAccess = true })
	},
	"entity-without-role": func(_ *server.Config, a *account.Account) {
		eachOwner(a, func(r *account.Role, e *account.Entity) { e.RemovedRoles = []int{r.ID} })
	},
	"setup.login-permission-missing": func(_ *server.Config, a *account.Account) { withoutPermission(a, account.PermissionLogin) },
	"setup.sandbox-refreshed":        func(_ *server.Config, a *account.Account) { a.Mappings = nil },
	scopeNotGranted:                  func(c *server.Config, _ *account.Account) { c.NarrowScope = true }, // a token for fewer scopes than requested
	// The next two change NetSuite's date, not the file's.
	"mapping.expired":       func(c *server.Config, a *account.Account) { a.Mappings[0].ValidUntil = c.Now().Add(-2 * day) },
	"mapping.expiring-soon": func(c *server.Config, a *account.Account) { a.Mappings[0].ValidUntil = c.Now().Add(10 * day) },
	"rest-feature-off":      func(_ *server.Config, a *account.Account) { a.Features.RESTWebServices = false },
	"login-permission-removed": func(_ *server.Config, a *account.Account) { // tokens are still issued
		a.LoginAtCalls = true
		withoutPermission(a, account.PermissionLogin)
	},
}

// eachOwner changes the role and entity of each mapping: all have the same.
func eachOwner(a *account.Account, change func(*account.Role, *account.Entity)) {
	for i := range a.Mappings {
		change(&a.Mappings[i].Role, &a.Mappings[i].Entity)
	}
}

func withoutPermission(a *account.Account, permission string) {
	without := func(role *account.Role) {
		role.Permissions = slices.DeleteFunc(slices.Clone(role.Permissions), func(p string) bool { return p == permission })
	}
	for i := range a.Mappings {
		without(&a.Mappings[i].Role)
	}
	for i := range a.Roles {
		without(&a.Roles[i])
	}
}

// Expect is the expected diagnosis: either its first finding, or a set of causes that
// cannot be told apart.
type Expect struct {
	Exit    int      `yaml:"exit"`
	Finding string   `yaml:"finding"`
	Causes  []string `yaml:"causes"`
	// CauseSet is a set of causes in data/cause-sets.yaml; Causes follow it.
	CauseSet string `yaml:"cause_set"`
	// Auditor is the first cause with an auditor, as "CONFIDENCE CODE".
	Auditor string `yaml:"auditor"`
}

const (
	day            = 24 * time.Hour
	defaultAccount = "1234567"
)
