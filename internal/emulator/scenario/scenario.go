package scenario

import (
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
)

// Scenario is one known way in which an integration fails, or does not: what
// the client has, what the server does, and what a diagnosis must say.
type Scenario struct {
	Name   string     `json:"name"`
	Topic  Topic      `json:"topic"`
	Title  string     `json:"title"`
	Story  string     `json:"story"`
	Client ClientHalf `json:"client"`
	Server ServerHalf `json:"server"`
	Expect Expect     `json:"expect"`
}

// Topic is where a scenario's fault lies; it orders lists of scenarios.
type Topic string

// The topics, in the order of Scenarios.
const (
	TopicWorks     Topic = "it works"
	TopicIDs       Topic = "IDs"
	TopicKeys      Topic = "key and certificate"
	TopicAssertion Topic = "assertion"
	TopicClock     Topic = "clock"
	TopicSetup     Topic = "set-up in NetSuite"
	TopicToken     Topic = "token endpoint"
	TopicNetwork   Topic = "network"
	TopicAPI       Topic = "API calls"
	TopicCases     Topic = "case studies"
)

// ClientHalf is what is on the client's machine.
type ClientHalf struct {
	// KeyType is rsa-2048, rsa-3072, rsa-3584, rsa-4096, p-224, p-256, p-384, p-521
	// or ed25519; "" means p-256.
	KeyType string `json:"key_type,omitempty"`
	// CertificateAge is how long ago the certificate began; 0 means one day, less
	// that it has yet to begin.
	CertificateAge time.Duration `json:"certificate_age,omitempty"`
	// CertificateDays is how long it is valid in all; 0 means 730.
	CertificateDays int `json:"certificate_days,omitempty"`
	// Overrides are profile values other than the right ones, by field name.
	// An empty value leaves the field out. The names in braces that Prepare
	// replaces stand for what it makes: see placeholders.
	Overrides map[string]string `json:"overrides,omitempty"`
	// UseOtherKey puts a key in the profile that is not the certificate's.
	UseOtherKey bool `json:"use_other_key,omitempty"`
	// Reissued makes the client's certificate anew from the same key, after another
	// one of that key was mapped: {mapped_certificate_id}.
	Reissued bool    `json:"reissued,omitempty"`
	KeyFile  KeyFile `json:"key_file,omitempty"`
	// Program is another program that makes the assertion; nil leaves that to nsauth.
	Program *Program `json:"program,omitempty"`
	// ClockOffset is how far the local clock is ahead of the server's.
	ClockOffset time.Duration `json:"clock_offset,omitempty"`
	Resolver    Resolver      `json:"resolver,omitempty"`
	Dial        Dial          `json:"dial,omitempty"`
	// Inspector is the organization whose proxy opens TLS on the client's network,
	// with a CA of its own that the client's machine trusts; "" for none.
	Inspector string `json:"inspector,omitempty"`
	// Untrusting is a client's machine that does not trust the server's CA.
	Untrusting bool `json:"untrusting,omitempty"`
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
	Header map[string]any `json:"header,omitempty"`
	Claims map[string]any `json:"claims,omitempty"`
	// Age is how long ago it made the assertion, and Lifetime how long that is
	// good for; 0 means 50 minutes, so that there is time to look at it.
	Age      time.Duration `json:"age,omitempty"`
	Lifetime time.Duration `json:"lifetime,omitempty"`
	// DER is an ECDSA signature in ASN.1, where r and s belong (RFC 7518, section 3.4).
	DER bool `json:"der,omitempty"`
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
	Account            string                `json:"account,omitempty"`
	Changes            []Change              `json:"changes,omitempty"`
	WithoutPermissions []string              `json:"without_permissions,omitempty"`
	Role               *account.Role         `json:"role,omitempty"` // instead of the usual one; WithoutPermissions still applies
	Faults             []faults.Fault        `json:"faults,omitempty"`
	Canned             []server.CannedAnswer `json:"canned,omitempty"`
	// Errors is how refused assertions are answered; "" means ErrorsBare.
	Errors oauth.Errors `json:"errors,omitempty"`
	// ExpiresIn and TokenShape are those of Config.
	ExpiresIn  oauth.ExpiresIn  `json:"expires_in,omitempty"`
	TokenShape oauth.TokenShape `json:"token_shape,omitempty"`
	// Scopes are those ticked on the integration record; nil means rest_webservices
	// and restlets.
	Scopes []string `json:"scopes,omitempty"`
	// Active is how many certificates of the integration record are active; 0 means
	// the client's and an older one.
	Active int `json:"active,omitempty"`
}

// Change is one thing that is wrong in the account's set-up. Those that a
// diagnosis can name have the name of its finding.
type Change string

const (
	MappingMissing         Change = "setup.mapping-missing"
	CertificateRevoked     Change = "setup.certificate-revoked"
	IntegrationDisabled    Change = "setup.integration-disabled"
	IntegrationUnknown     Change = "setup.integration-unknown"
	GrantNotEnabled        Change = "setup.grant-not-enabled"
	ScopeNotEnabled        Change = "setup.scope-not-enabled"
	FeaturesDisabled       Change = "setup.features-disabled"
	RoleOrEntityInactive   Change = "setup.role-or-entity-inactive"
	LoginPermissionMissing Change = "setup.login-permission-missing"
	SandboxRefreshed       Change = "setup.sandbox-refreshed"
	ScopeNarrowed          Change = "role.scope-not-granted" // a token for fewer scopes than asked for
	MappingExpired         Change = "mapping.expired"        // by NetSuite's date, not by the file's
	MappingExpiringSoon    Change = "mapping.expiring-soon"  // by NetSuite's date, not by the file's
	RESTFeatureOff         Change = "rest-feature-off"
	LoginPermissionRemoved Change = "login-permission-removed" // tokens are still issued
)

// changes is how each Change is made to the one account of a scenario, where
// mapping 0 and integration 0 are the client's own.
func changes() map[Change]func(*server.Config, *account.Account) {
	return map[Change]func(*server.Config, *account.Account){
		MappingMissing:         func(_ *server.Config, a *account.Account) { a.Mappings = a.Mappings[1:] },
		CertificateRevoked:     func(_ *server.Config, a *account.Account) { a.Mappings[0].Revoked = true },
		IntegrationDisabled:    func(_ *server.Config, a *account.Account) { a.Integrations[0].Enabled = false },
		IntegrationUnknown:     func(_ *server.Config, a *account.Account) { forgetIntegration(a) },
		GrantNotEnabled:        func(_ *server.Config, a *account.Account) { a.Integrations[0].ClientCredentialsGrant = false },
		ScopeNotEnabled:        func(_ *server.Config, a *account.Account) { a.Integrations[0].Scopes = []string{"restlets"} },
		FeaturesDisabled:       func(_ *server.Config, a *account.Account) { a.Features = account.Features{} },
		RoleOrEntityInactive:   func(_ *server.Config, a *account.Account) { a.Mappings[0].Entity.Inactive = true },
		LoginPermissionMissing: func(_ *server.Config, a *account.Account) { withoutPermission(a, account.PermissionLogin) },
		SandboxRefreshed:       func(_ *server.Config, a *account.Account) { a.Mappings = nil },
		ScopeNarrowed:          func(c *server.Config, _ *account.Account) { c.NarrowScope = true },
		MappingExpired:         func(c *server.Config, a *account.Account) { a.Mappings[0].ValidUntil = c.Now().Add(-day) },
		MappingExpiringSoon:    func(c *server.Config, a *account.Account) { a.Mappings[0].ValidUntil = c.Now().Add(10 * day) },
		RESTFeatureOff:         func(_ *server.Config, a *account.Account) { a.Features.RESTWebServices = false },
		LoginPermissionRemoved: func(_ *server.Config, a *account.Account) {
			a.LoginAtCalls = true
			withoutPermission(a, account.PermissionLogin)
		},
	}
}

// forgetIntegration leaves an account that never heard of the client ID.
func forgetIntegration(a *account.Account) {
	a.Integrations, a.Mappings = nil, nil
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
	Exit    int      `json:"exit"`
	Finding string   `json:"finding,omitempty"`
	Causes  []string `json:"causes,omitempty"`
}

// setupCauses is what a client cannot tell apart when everything on its side
// is in order and the assertion is refused.
func setupCauses(more ...string) []string {
	return append([]string{
		"setup.mapping-missing",
		"setup.certificate-revoked",
		"setup.integration-disabled",
		"setup.integration-unknown",
		"setup.grant-not-enabled",
		"setup.scope-not-enabled",
		"setup.features-disabled",
		"setup.role-or-entity-inactive",
		"setup.login-permission-missing",
	}, more...)
}

const (
	day = 24 * time.Hour

	defaultAccount = "1234567"
	sandboxAccount = "1234567_SB1"
	productionHost = "https://1234567" + account.SuiteTalkSuffix
	restletsHost   = "https://1234567" + account.RESTletsSuffix

	// The calls of integrations that read a customer, or look for some.
	oneCustomer  = api.RecordPath + "customer/107"
	allCustomers = api.RecordPath + "customer?limit=1"
	restletCall  = restletsHost + api.RESTletPath + "?script=101&deploy=1"
)

// LookupScenario finds a scenario by its name.
func Lookup(name string) (Scenario, bool) {
	for _, s := range All() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// Scenarios returns every scenario, by topic, within a topic the plainest first.
// The slice is the caller's own.
func All() []Scenario {
	var all []Scenario
	for _, group := range []struct {
		topic     Topic
		scenarios []Scenario
	}{
		{TopicWorks, worksScenarios()},
		{TopicIDs, idScenarios()},
		{TopicKeys, keyScenarios()},
		{TopicAssertion, assertionScenarios()},
		{TopicClock, clockScenarios()},
		{TopicSetup, setupScenarios()},
		{TopicToken, tokenScenarios()},
		{TopicNetwork, networkScenarios()},
		{TopicAPI, apiScenarios()},
		{TopicCases, caseScenarios()},
	} {
		for _, s := range group.scenarios {
			s.Topic = group.topic
			all = append(all, s)
		}
	}
	return all
}
