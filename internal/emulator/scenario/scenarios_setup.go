package scenario

// setupScenarios are those in which everything on the client's side is in order,
// and the set-up in NetSuite is not.
func setupScenarios() []Scenario {
	refused := func(name, title, story string, change Change) Scenario {
		return Scenario{Name: name, Title: title, Story: story,
			Server: ServerHalf{Changes: []Change{change}}, Expect: Expect{Exit: 1, Causes: setupCauses()}}
	}
	return []Scenario{
		refused("mapping-missing", "the certificate is not mapped",
			"Key, certificate and IDs are in order; nobody made the entry in OAuth 2.0 Client Credentials (M2M) Setup.", MappingMissing),
		refused("mapping-revoked", "the certificate was revoked",
			"It worked before. Somebody revoked the mapping in OAuth 2.0 Client Credentials (M2M) Setup.", CertificateRevoked),
		refused("mapping-expired", "the certificate has ended in NetSuite",
			"By its file it goes on; by NetSuite's list it ended yesterday.", MappingExpired),
		refused("integration-disabled", "the integration record is blocked",
			"Everything is in order but the State of the integration record.", IntegrationDisabled),
		refused("integration-unknown", "no integration record has this Client ID",
			"The record was deleted, or the Client ID is another account's.", IntegrationUnknown),
		refused("grant-not-enabled", "the grant is not ticked",
			"The integration record is enabled; its box Client Credentials (Machine to Machine) Grant is not ticked.", GrantNotEnabled),
		refused("scope-not-enabled", "the scope is not ticked",
			"The integration record has RESTLETS ticked, and the assertion asks for rest_webservices.", ScopeNotEnabled),
		refused("features-disabled", "the feature OAUTH 2.0 is off",
			"Everything else is set up; the box under Enable Features > SuiteCloud is not ticked.", FeaturesDisabled),
		refused("entity-inactive", "the mapping's entity is inactive",
			"It worked before. The employee in whose name the integration acts has left, and was made inactive.", RoleOrEntityInactive),
		refused("login-permission-missing", "the role may not log in, and gets no token",
			"The role lost Log in using OAuth 2.0 Access Tokens after the mapping was made. Whether NetSuite then refuses the token or its use is not known: see login-permission-removed.",
			LoginPermissionMissing),
		{
			Name:   "sandbox-refreshed",
			Title:  "the sandbox was refreshed",
			Story:  "It worked yesterday. A refresh copies the production account and clears the client-credentials set-up.",
			Server: ServerHalf{Account: sandboxAccount, Changes: []Change{SandboxRefreshed}},
			Expect: Expect{Exit: 1, Causes: setupCauses("setup.sandbox-refreshed")},
		},
		{
			Name:   "no-certificate-file",
			Title:  "not mapped, and no certificate file to compare with",
			Story:  "Only the key and the IDs are at hand. Without the certificate, two faults of the client's cannot be excluded either.",
			Client: ClientHalf{Overrides: map[string]string{"cert": ""}},
			Server: ServerHalf{Changes: []Change{MappingMissing}},
			Expect: Expect{Exit: 1, Causes: setupCauses("certificate.key-mismatch", "certificate-id.mismatch")},
		},
		{
			Name:   "scope-not-granted",
			Title:  "the token has fewer scopes than were asked for",
			Story:  "The profile asks for restlets too, which is not ticked on the integration record, and the token comes without it.",
			Client: ClientHalf{Overrides: map[string]string{"scope": "restlets,rest_webservices"}},
			Server: ServerHalf{Scopes: []string{"rest_webservices"}, Changes: []Change{ScopeNarrowed}},
			Expect: Expect{Exit: 1, Finding: "role.scope-not-granted"},
		},
	}
}
