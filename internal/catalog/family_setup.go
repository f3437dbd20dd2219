package catalog

import "github.com/nsauth/nsauth/internal/finding"

// setupEntries: what only NetSuite's own pages can show. No check raises them:
// they are causes of a diagnosis, and a client cannot tell them apart. The order
// is the prior one.
func setupEntries() []Entry {
	const (
		listed     = "an entry is not promised"
		uploadPage = "If the upload was confirmed and the page shows no new row, reload it some minutes later or in another browser: it is said not to update at once. The Certificate ID can be computed meanwhile."
		never      = "Never reset credentials in a sandbox copy: a record that was installed there shares them with production, and every program using them would stop."
	)
	return []Entry{
		{
			Code: "setup.mapping-missing", Severity: finding.Error, Owner: finding.CheckMapping,
			Title:   "No mapping for this certificate",
			Message: "this account has no client credentials mapping with this certificate",
			Meaning: "Integration, role, entity and certificate are tied together by a mapping. It is made per account: production's is not in the sandbox.",
			Remedy: finding.Remedy{
				Summary: "Create the mapping and upload the certificate.",
				Steps: []string{
					"Create New; choose entity, role and application; upload the certificate. One certificate serves one combination of the three: each other one needs its own.",
					"The entity is a user, usually an employee. The role is offered only if it has the permission Log in using OAuth 2.0 Access Tokens.",
					"Copy the Certificate ID of the new row into the profile.",
					uploadPage,
					"It works in another account? nsauth doctor --profile prod --compare sandbox shows what differs.",
				},
				Commands: [][]string{certificateID()},
				UIPath:   new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageMapping),
			},
			Confirm:      menuMapping + " lists no row with your Certificate ID",
			AuditDetails: []string{"MissingKey"},
			Basis:        finding.Official, Source: help(pageMapping, pageAuditDetails) + " (MissingKey); " + listed,
		},
		{
			Code: "setup.certificate-revoked", Severity: finding.Error, Owner: finding.CheckMapping,
			Title:   "Certificate revoked or past its end in NetSuite",
			Message: "the mapping's certificate is revoked or past its end in NetSuite",
			Meaning: "NetSuite's own Valid until counts. It can be earlier than the file's end, because long certificates are shortened to two years.",
			Remedy:  newCertificate("Make a new certificate and mapping; a revoked or ended one does not come back, nor may it serve another integration."),
			Confirm: menuMapping + " shows the row as revoked, or its Valid until in the past", AuditDetails: []string{"MissingKey"},
			Basis: finding.Official, Source: help(pageMapping, pageCertificates, pageAuditDetails) + " (MissingKey); " + listed,
		},
		{
			Code: "setup.sandbox-refreshed", Severity: finding.Error, Owner: finding.CheckMapping,
			Title:   "Sandbox was refreshed",
			Message: "a refresh of the sandbox cleared its client credentials mappings",
			Meaning: "Oracle states that a refresh clears this set-up. What comes with the copy comes from production: an integration record that existed only in the sandbox is probably gone.",
			Remedy: finding.Remedy{
				Summary: "Upload the same certificate file again, for the same entity and role.",
				Steps: []string{
					"Look whether the integration record is there and Enabled. If it existed only in the sandbox it is probably gone: make a new one, which has a new Client ID.",
					"Create New; choose the same entity, role and application; upload the same certificate file.",
					"The Certificate ID should again be the same, because it follows from the certificate: compare, and leave the profile as it is.",
					never,
					"Keep the certificate file: every refresh asks for this again.",
				},
				Commands: [][]string{certificateID()},
				UIPath:   new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageMapping),
			},
			Confirm:      menuMapping + " is empty in the sandbox, or has no row with your Certificate ID",
			AuditDetails: []string{"MissingKey"},
			Basis:        finding.Official, Source: help(pageMapping) + "; " + listed,
		},
		{
			Code: "setup.integration-disabled", Severity: finding.Error, Owner: finding.CheckIntegration,
			Title:   "Integration record not enabled",
			Message: "the integration record's State is not Enabled",
			Meaning: "A record can be blocked by an administrator, or wait for approval after an automatic installation.",
			Remedy: finding.Remedy{
				Summary: "Set State to Enabled on the integration record.",
				UIPath:  new(menuIntegration),
				Docs:    oracle(pageIntegration, pageAuthCode),
			},
			Confirm:      menuIntegration + " shows State",
			AuditDetails: []string{"IntegrationBlocked"},
			Basis:        finding.Official, Source: help(pageIntegration, pageAuditDetails) + " (IntegrationBlocked); " + listed,
		},
		{
			Code: "setup.integration-unknown", Severity: finding.Error, Owner: finding.CheckIntegration,
			Title:   "Client ID unknown in this account",
			Message: "no integration record in this account has this Client ID",
			Meaning: "The record was deleted, its credentials were reset, or it belongs to another account.",
			Remedy: finding.Remedy{
				Summary: "Find the integration record in this very account, and use its Client ID.",
				Steps: []string{
					"NetSuite shows the Client ID only once, so compare with what was stored then. With token-based authentication it was called Consumer Key.",
					"If in doubt, make a new integration record and a new mapping. Resetting credentials stops every program that uses them.",
					never,
				},
				UIPath: new(menuIntegration),
				Docs:   oracle(pageIntegration),
			},
			Confirm:      menuIntegration + " lists the records of this account",
			AuditDetails: []string{"InvalidIntegration", "InvalidIssuer", "UnknownIntegration"},
			Basis:        finding.Official, Source: help(pageIntegration, pageAuditDetails) + " (InvalidIntegration, InvalidIssuer); " + listed,
		},
		{
			Code: "setup.grant-not-enabled", Severity: finding.Error, Owner: finding.CheckIntegration,
			Title:   "Client credentials grant not ticked",
			Message: "Client Credentials (Machine to Machine) Grant is not ticked on the integration record",
			Meaning: "Without this box the record allows other flows only.",
			Remedy: finding.Remedy{
				Summary: "Tick Client Credentials (Machine to Machine) Grant and save.",
				Steps:   []string{"On a record that came with a bundle the box may be out of reach; then its vendor has to set it.", "TOKEN-BASED AUTHENTICATION on the same record need not be ticked. The AI connector's scope (mcp) does not go with this grant."},
				UIPath:  new(menuIntegration),
				Docs:    oracle(pageIntegration),
			},
			Confirm:      menuIntegration + " > the record shows the ticked grants",
			AuditDetails: []string{"AuthorizationCodeGrantRequired"},
			Basis:        finding.Official, Source: help(pageIntegration) + "; the Detail is documented for the code flow's twin only",
		},
		{
			Code: "setup.scope-not-enabled", Severity: finding.Error, Owner: finding.CheckIntegration,
			Title:   "Scope not ticked",
			Message: "a scope that is asked for is not ticked on the integration record",
			Meaning: "Each scope has its box: rest_webservices is REST Web Services, restlets is RESTlets, suite_analytics is SuiteAnalytics Connect.",
			Remedy: finding.Remedy{
				Summary: "Tick the scopes that you ask for, or ask only for those that are ticked.",
				UIPath:  new(menuIntegration),
				Docs:    oracle(pageIntegration),
			},
			Confirm:      menuIntegration + " > the record shows the ticked scopes",
			AuditDetails: []string{"ScopeMismatched", "InvalidScope"},
			Basis:        finding.Official, Source: help(pageIntegration, pageAuditDetails) + " (ScopeMismatched, InvalidScope); " + listed,
		},
		{
			Code: "setup.features-disabled", Severity: finding.Error, Owner: finding.CheckFeatures,
			Title:   "Feature switched off",
			Message: "OAUTH 2.0 or REST WEB SERVICES is not enabled in this account",
			Meaning: "Both are features of the account. Without OAUTH 2.0 there is no token; without REST WEB SERVICES no REST call.",
			Remedy: finding.Remedy{
				Summary: "Tick OAUTH 2.0 (Manage Authentication) and REST WEB SERVICES (SuiteTalk), and save.",
				Steps:   []string{"TOKEN-BASED AUTHENTICATION is another feature, and not needed."},
				UIPath:  new(menuFeatures),
				Docs:    oracle(pageAuditDetails),
			},
			Confirm:      menuFeatures + " shows both boxes",
			AuditDetails: []string{"FeatureDisabled"},
			Basis:        finding.Official, Source: help(pageAuditDetails) + " (FeatureDisabled); " + listed,
		},
		{
			Code: "setup.role-or-entity-inactive", Severity: finding.Error, Owner: finding.CheckRole,
			Title:   "Role or entity inactive",
			Message: "the mapping's role or entity is inactive, or the entity no longer has the role",
			Meaning: "The entity is the user, usually an employee, that the integration acts as. If that person leaves, the integration stops.",
			Remedy: finding.Remedy{
				Summary: "Make entity and role active and give the entity the role, or map another entity.",
				Steps: []string{
					"Look at the mapping's row for entity and role.",
					"Check on the employee record that it is active, has access, and has this role.",
				},
				UIPath: new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageMapping, pageEntities),
			},
			Confirm:      "the records of the mapping's entity and role show whether they are inactive",
			AuditDetails: []string{"EntityOrRoleDisabled"},
			Basis:        finding.Official, Source: help(pageEntities, pageAuditDetails) + " (EntityOrRoleDisabled); " + listed,
		},
		{
			Code: "setup.login-permission-missing", Severity: finding.Error, Owner: finding.CheckRole,
			Title:   "Role may not log in with OAuth 2.0",
			Message: "the role lacks the permission Log in using OAuth 2.0 Access Tokens",
			Meaning: "A role without it is not offered for a mapping (one report). What happens when it is taken away later is not documented.",
			Remedy: finding.Remedy{
				Summary: "Add Log in using OAuth 2.0 Access Tokens to the role, on Permissions > Setup.",
				Steps:   []string{"In the role, click Add, then Save: without Add the permission is not kept.", "Log in using Access Tokens is another permission, for token-based authentication only."},
				UIPath:  new(menuRoleDiff),
				Docs:    oracle(pageRoles),
			},
			Confirm:      menuRoleDiff + " shows the role's permissions",
			AuditDetails: []string{"EntityOrRoleDisabled"},
			Basis:        finding.Inferred, Source: help(pageRoles) + "; one field report; " + listed,
		},
	}
}
