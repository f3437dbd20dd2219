package scenario

import (
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
)

// Scenario is one known way in which an integration fails, or does not: what
// the client has, what the server does, and what a diagnosis must say.
type Scenario struct {
	Name   string     `yaml:"name"`
	Topic  Topic      `yaml:"topic"`
	Title  string     `yaml:"title"`
	Story  string     `yaml:"story"`
	Client ClientHalf `yaml:"client"`
	Server ServerHalf `yaml:"server"`
	Expect Expect     `yaml:"expect"`
}

// Topic is where a scenario's fault lies; it orders lists of scenarios.
type Topic string

// ClientHalf is what is on the client's machine.
type ClientHalf struct {
	// KeyType is rsa-2048, rsa-3072, rsa-3584, rsa-4096, p-224, p-256, p-384, p-521
	// or ed25519; "" means p-256.
	KeyType string `yaml:"key_type"`
	// CertificateAgeDays is how long ago the certificate began; 0 means one day, less
	// that it has yet to begin.
	CertificateAgeDays float64 `yaml:"certificate_age_days"`
	// CertificateDays is how long it is valid in all; 0 means 730.
	CertificateDays int `yaml:"certificate_days"`
	// Overrides are profile values other than the right ones, by field name.
	// An empty value leaves the field out. The names in braces that Prepare
	// replaces stand for what it makes: see placeholders.
	Overrides map[string]string `yaml:"profile"`
	// UseOtherKey puts a key in the profile that is not the certificate's.
	UseOtherKey bool `yaml:"use_other_key"`
	// Reissued makes the client's certificate anew from the same key, after another
	// one of that key was mapped: {mapped_certificate_id}.
	Reissued bool    `yaml:"reissued"`
	KeyFile  KeyFile `yaml:"key_file"`
	// Program is another program that makes the assertion; nil leaves that to nsauth.
	Program *Program `yaml:"program"`
	// ClockOffset is how far the local clock is ahead of the server's.
	ClockOffset time.Duration `yaml:"clock_offset"`
	Resolver    Resolver      `yaml:"resolver"`
	Dial        Dial          `yaml:"dial"`
	// Inspector is the organization whose proxy opens TLS on the client's network,
	// with a CA of its own that the client's machine trusts; "" for none.
	Inspector string `yaml:"inspector"`
	// Untrusting is a client's machine that does not trust the server's CA.
	Untrusting bool `yaml:"untrusting"`
}

// KeyFile is what is in the file that should hold the private key.
type KeyFile string

const (
	KeyFilePEM         KeyFile = ""            // the private key, as it should be
	KeyFileCertificate KeyFile = "certificate" // the certificate instead
	KeyFileEncrypted   KeyFile = "encrypted"   // a key that a passphrase protects
	KeyFileEscaped     KeyFile = "escaped"     // the key in one line, with \n for the line ends
	KeyFileUTF16       KeyFile = "utf-16"      // the key in two bytes for each character
)

// Program is a program other than nsauth that makes and signs the assertion.
type Program struct {
	// Header and Claims have what it writes instead of the right members; a nil
	// leaves the member out.
	Header map[string]any `yaml:"header"`
	Claims map[string]any `yaml:"claims"`
	// Age is how long ago it made the assertion, and Lifetime how long that is
	// good for; 0 means 50 minutes, so that there is time to look at it.
	Age      time.Duration `yaml:"age"`
	Lifetime time.Duration `yaml:"lifetime"`
	// DER is an ECDSA signature in ASN.1, where r and s belong (RFC 7518, section 3.4).
	DER bool `yaml:"der"`
}

// Resolver is how the client's DNS answers.
type Resolver string

const (
	ResolverNormal          Resolver = ""
	ResolverNXDomainAccount Resolver = "nxdomain-account" // the account's hosts do not exist, system.netsuite.com does
	ResolverDown            Resolver = "dns-down"         // no name is answered
)

// Dial is what becomes of the client's connections.
type Dial string

const (
	DialNormal  Dial = ""
	DialRefused Dial = "refused" // nothing listens
)

// ServerHalf is what is set up in the account, and what breaks on the way.
type ServerHalf struct {
	// Account is its ID; "" means 1234567.
	Account            string                `yaml:"account"`
	Changes            []Change              `yaml:"changes"`
	WithoutPermissions []string              `yaml:"without_permissions"`
	Role               *account.Role         `yaml:"role"` // instead of the usual one; WithoutPermissions still applies
	Faults             []faults.Fault        `yaml:"faults"`
	Canned             []server.CannedAnswer `yaml:"canned"`
	// Errors is how refused assertions are answered; "" means ErrorsBare.
	Errors oauth.Errors `yaml:"errors"`
	// ExpiresIn and TokenShape are those of Config.
	ExpiresIn  oauth.ExpiresIn  `yaml:"expires_in"`
	TokenShape oauth.TokenShape `yaml:"token_shape"`
	// Scopes are those ticked on the integration record; nil means rest_webservices
	// and restlets.
	Scopes []string `yaml:"scopes"`
	// Active is how many certificates of the integration record are active; 0 means
	// the client's and an older one.
	Active int `yaml:"active"`
}

// Change is one thing that is wrong in the account's set-up, by its name in changes.
type Change string

// changes is how each Change is made to the one account of a scenario, where
// mapping 0 and integration 0 are the client's own. Those that a diagnosis can name
// have the name of its finding.
var changes = map[Change]func(*server.Config, *account.Account){
	"setup.mapping-missing":          func(_ *server.Config, a *account.Account) { a.Mappings = a.Mappings[1:] },
	"setup.certificate-revoked":      func(_ *server.Config, a *account.Account) { a.Mappings[0].Revoked = true },
	"setup.integration-disabled":     func(_ *server.Config, a *account.Account) { a.Integrations[0].Enabled = false },
	"setup.integration-unknown":      func(_ *server.Config, a *account.Account) { a.Integrations, a.Mappings = nil, nil },
	"setup.grant-not-enabled":        func(_ *server.Config, a *account.Account) { a.Integrations[0].ClientCredentialsGrant = false },
	"setup.scope-not-enabled":        func(_ *server.Config, a *account.Account) { a.Integrations[0].Scopes = []string{"restlets"} },
	"setup.features-disabled":        func(_ *server.Config, a *account.Account) { a.Features = account.Features{} },
	"setup.role-or-entity-inactive":  func(_ *server.Config, a *account.Account) { a.Mappings[0].Entity.Inactive = true },
	"setup.login-permission-missing": func(_ *server.Config, a *account.Account) { withoutPermission(a, account.PermissionLogin) },
	"setup.sandbox-refreshed":        func(_ *server.Config, a *account.Account) { a.Mappings = nil },
	"role.scope-not-granted":         func(c *server.Config, _ *account.Account) { c.NarrowScope = true }, // a token for fewer scopes than asked for
	// These two by NetSuite's date, not by the file's.
	"mapping.expired":       func(c *server.Config, a *account.Account) { a.Mappings[0].ValidUntil = c.Now().Add(-day) },
	"mapping.expiring-soon": func(c *server.Config, a *account.Account) { a.Mappings[0].ValidUntil = c.Now().Add(10 * day) },
	"rest-feature-off":      func(_ *server.Config, a *account.Account) { a.Features.RESTWebServices = false },
	"login-permission-removed": func(_ *server.Config, a *account.Account) { // tokens are still issued
		a.LoginAtCalls = true
		withoutPermission(a, account.PermissionLogin)
	},
}

func withoutPermission(a *account.Account, permission string) {
	for i := range a.Mappings {
		role := &a.Mappings[i].Role
		role.Permissions = slices.DeleteFunc(slices.Clone(role.Permissions), func(p string) bool { return p == permission })
	}
}

// Expect is what a diagnosis must say: either the finding that a check must
// raise first, or a set of causes that cannot be told apart.
type Expect struct {
	Exit    int      `yaml:"exit"`
	Finding string   `yaml:"finding"`
	Causes  []string `yaml:"causes"`
	// CauseSet is a set of causes in data/cause-sets.yaml; Causes follow it.
	CauseSet string `yaml:"cause_set"`
}

const (
	day            = 24 * time.Hour
	defaultAccount = "1234567"
)
