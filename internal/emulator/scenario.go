package emulator

import (
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/faults"
)

// Scenario is one known way in which an integration fails, or does not: what
// the client has, what the server does, and what a diagnosis must say.
type Scenario struct {
	Name   string     `json:"name"`
	Title  string     `json:"title"`
	Story  string     `json:"story"`
	Client ClientHalf `json:"client"`
	Server ServerHalf `json:"server"`
	Expect Expect     `json:"expect"`
}

// ClientHalf is what is on the client's machine.
type ClientHalf struct {
	// KeyType is rsa-2048, rsa-3072, rsa-4096, p-256, p-384 or p-521; "" means p-256.
	KeyType string `json:"key_type,omitempty"`
	// CertificateAge is how long ago the certificate began; 0 means one day.
	CertificateAge time.Duration `json:"certificate_age,omitempty"`
	// CertificateDays is how long it is valid in all; 0 means 730.
	CertificateDays int `json:"certificate_days,omitempty"`
	// Overrides are profile values other than the right ones, by field name.
	// {application_id} and {other_certificate_id} stand for what Prepare makes.
	Overrides map[string]string `json:"overrides,omitempty"`
	// UseOtherKey puts a key in the profile that is not the certificate's.
	UseOtherKey bool `json:"use_other_key,omitempty"`
	// ClockOffset is how far the local clock is ahead of the server's.
	ClockOffset time.Duration `json:"clock_offset,omitempty"`
	Resolver    Resolver      `json:"resolver,omitempty"`
	Dial        Dial          `json:"dial,omitempty"`
	// Inspector is the organization whose proxy opens TLS on the client's network,
	// with a CA of its own that the client's machine trusts; "" for none.
	Inspector string `json:"inspector,omitempty"`
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
	Account            string         `json:"account,omitempty"`
	Changes            []Change       `json:"changes,omitempty"`
	WithoutPermissions []string       `json:"without_permissions,omitempty"`
	Role               *Role          `json:"role,omitempty"` // instead of the usual one; WithoutPermissions still applies
	Faults             []faults.Fault `json:"faults,omitempty"`
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
)

// changes is how each Change is made to the one account of a scenario, where
// mapping 0 and integration 0 are the client's own.
var changes = map[Change]func(*Config, *Account){
	MappingMissing:         func(_ *Config, a *Account) { a.Mappings = a.Mappings[1:] },
	CertificateRevoked:     func(_ *Config, a *Account) { a.Mappings[0].Revoked = true },
	IntegrationDisabled:    func(_ *Config, a *Account) { a.Integrations[0].Enabled = false },
	IntegrationUnknown:     func(_ *Config, a *Account) { forgetIntegration(a) },
	GrantNotEnabled:        func(_ *Config, a *Account) { a.Integrations[0].ClientCredentialsGrant = false },
	ScopeNotEnabled:        func(_ *Config, a *Account) { a.Integrations[0].Scopes = []string{"restlets"} },
	FeaturesDisabled:       func(_ *Config, a *Account) { a.Features = Features{} },
	RoleOrEntityInactive:   func(_ *Config, a *Account) { a.Mappings[0].Entity.Inactive = true },
	LoginPermissionMissing: func(_ *Config, a *Account) { withoutPermission(a, PermissionLogin) },
	SandboxRefreshed:       func(_ *Config, a *Account) { a.Mappings = nil },
	ScopeNarrowed:          func(c *Config, _ *Account) { c.NarrowScope = true },
}

// forgetIntegration leaves an account that never heard of the client ID.
func forgetIntegration(a *Account) {
	a.Integrations, a.Mappings = nil, nil
}

func withoutPermission(a *Account, permission string) {
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
	productionURL  = "https://1234567" + suitetalkSuffix + tokenPath

	// The calls of integrations that read a customer, or look for some.
	oneCustomer  = recordPath + "customer/107"
	allCustomers = recordPath + "customer?limit=1"
)

// LookupScenario finds a scenario by its name.
func LookupScenario(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// Scenarios returns every scenario, the plainest first. The slice is the
// caller's own.
func Scenarios() []Scenario {
	return []Scenario{
		{
			Name:   "healthy",
			Title:  "everything works",
			Story:  "An RSA-3072 key, its certificate mapped in the account, a role with the permissions it needs.",
			Client: ClientHalf{KeyType: "rsa-3072"},
		},
		{
			Name:   "wrong-kid",
			Title:  "the Certificate ID is another certificate's",
			Story:  "The certificate was renewed: key and certificate are the new ones, the Certificate ID in the profile is still the old one's.",
			Client: ClientHalf{Overrides: map[string]string{"certificate_id": "{other_certificate_id}"}},
			Expect: Expect{Exit: 1, Finding: "certificate-id.mismatch"},
		},
		{
			Name:   "key-mismatch",
			Title:  "the private key is not the certificate's",
			Story:  "The key was made anew, the certificate that NetSuite has was not.",
			Client: ClientHalf{UseOtherKey: true},
			Expect: Expect{Exit: 1, Finding: "certificate.key-mismatch"},
		},
		{
			Name:   "rs256",
			Title:  "signed with RS256",
			Story:  "An older program signs with RS256, which NetSuite no longer takes; PS256 works with the same key.",
			Client: ClientHalf{KeyType: "rsa-3072", Overrides: map[string]string{"algorithm": "RS256"}},
			Expect: Expect{Exit: 1, Finding: "assertion.alg-deprecated"},
		},
		{
			Name:   "application-id",
			Title:  "the Application ID where the Client ID should be",
			Story:  "The integration record shows its Application ID for ever, the Client ID only once, when it is saved.",
			Client: ClientHalf{Overrides: map[string]string{"client_id": "{application_id}"}},
			Expect: Expect{Exit: 1, Finding: "profile.client-id-is-application-id"},
		},
		{
			Name:   "small-key",
			Title:  "an RSA key of 2048 bits",
			Story:  "A key of the size that most guides show. NetSuite refused the upload of its certificate, so there is no mapping either.",
			Client: ClientHalf{KeyType: "rsa-2048"},
			Server: ServerHalf{Changes: []Change{MappingMissing}},
			Expect: Expect{Exit: 1, Finding: "key.rsa-too-small"},
		},
		{
			Name:   "expired-certificate",
			Title:  "the certificate has expired",
			Story:  "A certificate for one year, five weeks over.",
			Client: ClientHalf{CertificateAge: 400 * day, CertificateDays: 365},
			Expect: Expect{Exit: 1, Finding: "certificate.expired"},
		},
		{
			Name:   "clock-behind",
			Title:  "the local clock is twenty minutes behind",
			Story:  "The assertion is valid for five minutes from a time that is twenty minutes ago by NetSuite's clock.",
			Client: ClientHalf{ClockOffset: -20 * time.Minute},
			Expect: Expect{Exit: 1, Finding: "clock.skewed"},
		},
		{
			Name:   "wrong-audience",
			Title:  "the audience is the production account's",
			Story:  "A profile copied for the sandbox: the account was changed, the audience was not.",
			Client: ClientHalf{Overrides: map[string]string{"audience": productionURL}},
			Server: ServerHalf{Account: sandboxAccount},
			Expect: Expect{Exit: 1, Finding: "assertion.audience-mismatch"},
		},
		{
			Name:   "mapping-missing",
			Title:  "the certificate is not mapped",
			Story:  "Key, certificate and IDs are in order; nobody made the entry in OAuth 2.0 Client Credentials (M2M) Setup.",
			Server: ServerHalf{Changes: []Change{MappingMissing}},
			Expect: Expect{Exit: 1, Causes: setupCauses()},
		},
		{
			Name:   "integration-disabled",
			Title:  "the integration record is blocked",
			Story:  "Everything is in order but the State of the integration record.",
			Server: ServerHalf{Changes: []Change{IntegrationDisabled}},
			Expect: Expect{Exit: 1, Causes: setupCauses()},
		},
		{
			Name:   "sandbox-refreshed",
			Title:  "the sandbox was refreshed",
			Story:  "It worked yesterday. A refresh copies the production account and clears the client-credentials set-up.",
			Server: ServerHalf{Account: sandboxAccount, Changes: []Change{SandboxRefreshed}},
			Expect: Expect{Exit: 1, Causes: setupCauses("setup.sandbox-refreshed")},
		},
		{
			Name:   "no-permission",
			Title:  "the role may not see customers",
			Story:  "The token is issued; reading one customer is refused, because the role lacks Lists > Customers.",
			Client: ClientHalf{Overrides: map[string]string{"api_path": oneCustomer}},
			Server: ServerHalf{WithoutPermissions: []string{"Customers"}},
			Expect: Expect{Exit: 1, Finding: "api.permission-missing"},
		},
		{
			Name:   "html-proxy",
			Title:  "a proxy answers with its own page",
			Story:  "A web gateway answers everything with its login page and status 200.",
			Server: ServerHalf{Faults: []faults.Fault{{Kind: faults.HTML}}},
			Expect: Expect{Exit: 1, Finding: "network.not-netsuite"},
		},
		{
			Name:   "unavailable",
			Title:  "NetSuite is down for maintenance",
			Story:  "Every request is answered with status 503.",
			Server: ServerHalf{Faults: []faults.Fault{{Kind: faults.Unavailable}}},
			Expect: Expect{Exit: 3, Finding: "token.unavailable"},
		},
		{
			Name:   "unreachable",
			Title:  "nothing answers at the address",
			Story:  "A firewall or a wrong route: the name resolves, the connection is refused.",
			Client: ClientHalf{Dial: DialRefused},
			Expect: Expect{Exit: 3, Finding: "network.unreachable"},
		},
		{
			Name:   "features-disabled",
			Title:  "the feature OAUTH 2.0 is off",
			Story:  "Everything else is set up; the box under Enable Features > SuiteCloud is not ticked.",
			Server: ServerHalf{Changes: []Change{FeaturesDisabled}},
			Expect: Expect{Exit: 1, Causes: setupCauses()},
		},
		{
			Name:   "mapping-revoked",
			Title:  "the certificate was revoked",
			Story:  "It worked before. Somebody revoked the mapping in OAuth 2.0 Client Credentials (M2M) Setup.",
			Server: ServerHalf{Changes: []Change{CertificateRevoked}},
			Expect: Expect{Exit: 1, Causes: setupCauses()},
		},
		{
			Name:   "workbook-missing",
			Title:  "lists are refused as a bad request",
			Story:  "One record by its ID works; a list of the same records is answered with 400 USER_ERROR, because the role lacks Reports > SuiteAnalytics Workbook.",
			Client: ClientHalf{Overrides: map[string]string{"api_path": allCustomers}},
			Server: ServerHalf{WithoutPermissions: []string{PermissionWorkbook}},
			Expect: Expect{Exit: 1, Finding: "api.workbook-permission-missing"},
		},
		{
			Name:   "administrator-role",
			Title:  "the mapping uses the Administrator role",
			Story:  "It works, with far more power than an integration needs.",
			Server: ServerHalf{Role: &Role{ID: administratorRole, Name: "Administrator"}},
			Expect: Expect{Finding: "role.administrator"},
		},
		{
			Name:   "scope-not-granted",
			Title:  "the token has fewer scopes than were asked for",
			Story:  "The profile asks for restlets too, which is not ticked on the integration record, and the token comes without it.",
			Client: ClientHalf{Overrides: map[string]string{"scope": "restlets,rest_webservices"}},
			Server: ServerHalf{Changes: []Change{ScopeNarrowed}},
			Expect: Expect{Exit: 1, Finding: "role.scope-not-granted"},
		},
		{
			Name:   "clock-ahead",
			Title:  "the local clock is ten minutes ahead",
			Story:  "The assertion is issued in NetSuite's future.",
			Client: ClientHalf{ClockOffset: 10 * time.Minute},
			Expect: Expect{Exit: 1, Finding: "clock.skewed"},
		},
		{
			Name:   "expiring-soon",
			Title:  "the certificate ends in ten days",
			Story:  "It works today. NetSuite's reminders went to the administrators' mailboxes.",
			Client: ClientHalf{CertificateAge: 720 * day},
			Expect: Expect{Finding: "certificate.expiring-soon"},
		},
		{
			Name:   "validity-too-long",
			Title:  "a certificate for ten years",
			Story:  "It works; NetSuite shortened it to two years, so it ends eight years before the date in the file.",
			Client: ClientHalf{CertificateDays: 3650},
			Expect: Expect{Finding: "certificate.validity-too-long"},
		},
		{
			Name:  "rate-limited",
			Title: "too many requests at once",
			Story: "The token is issued; other programs use up the account's concurrency limit, and every REST call is answered with 429.",
			Server: ServerHalf{Faults: []faults.Fault{{
				Kind:       faults.RateLimited,
				Paths:      []string{"/services/rest/system/", "/services/rest/query/", recordPath},
				RetryAfter: 5,
			}}},
			Expect: Expect{Exit: 3, Finding: "api.rate-limited"},
		},
		{
			Name:   "account-not-found",
			Title:  "there is no such account",
			Story:  "A typing mistake in the account ID: its host name does not exist, NetSuite's others do.",
			Client: ClientHalf{Resolver: ResolverNXDomainAccount},
			Expect: Expect{Exit: 1, Finding: "network.account-not-found"},
		},
		{
			Name:   "dns-down",
			Title:  "no name resolves",
			Story:  "The resolver answers for nothing, NetSuite's other hosts included: that says nothing about the account.",
			Client: ClientHalf{Resolver: ResolverDown},
			Expect: Expect{Exit: 3, Finding: "network.dns-failure"},
		},
		{
			Name:   "tls-inspected",
			Title:  "a proxy opens TLS",
			Story:  "It works. The company's gateway shows a certificate of its own for NetSuite's hosts, from a CA that this machine trusts, and reads along.",
			Client: ClientHalf{Inspector: "Example Corp"},
			Expect: Expect{Finding: "network.tls-inspected"},
		},
	}
}
