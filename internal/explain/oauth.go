package explain

import (
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// refusal are the causes of a refused assertion, likeliest first. One bare
// answer covers them all.
func refusal() []finding.Code {
	return []finding.Code{
		"assertion.issuer-is-application-id", "assertion.alg-deprecated", "assertion.kid-missing", "assertion.kid-mismatch",
		"certificate.key-mismatch", "assertion.signature-encoding-der", "key.rsa-too-small",
		"setup.sandbox-refreshed", "setup.mapping-missing", "setup.certificate-revoked",
		"assertion.expired", "clock.skewed", "assertion.lifetime-too-long", "assertion.audience-mismatch",
		"setup.integration-disabled", "setup.integration-unknown", "setup.grant-not-enabled", "setup.scope-not-enabled",
		"setup.features-disabled", "setup.role-or-entity-inactive", "setup.login-permission-missing",
	}
}

// behind is a token endpoint's error and what can stand behind it.
func behind(code finding.Code, causes ...finding.Code) []finding.Code {
	return append([]finding.Code{code}, causes...)
}

// oauthErrors: RFC 6749, sections 4.1.2.1 and 5.2, and RFC 6750, section 3.1, as
// NetSuite uses them. Oracle documents them for the authorization code flow and
// for calls; for client credentials only server_error was seen in public.
func oauthErrors() []entry {
	const unseen = "No public report shows it for this flow, and Oracle documents no errors for it. "
	inferred := func(text string) finding.Reading {
		return finding.Reading{Where: m2m, Meaning: unseen + text, Basis: finding.Inferred}
	}
	official := func(text string) finding.Reading {
		return finding.Reading{Where: code, Meaning: text, Basis: finding.Official}
	}
	measured := []string{
		"nsauth doctor with this integration's profile examines each of them; nsauth jwt inspect judges the program's own assertion.",
		"Login Audit Trail: tick Use Advanced Search, add Detail on Results, and explain that Detail. An entry is not promised.",
	}
	list := []entry{
		{
			name: "server_error", title: "NetSuite refused the request without saying why",
			meaning: "At the token endpoint this one body, with status 500, stands for most mistakes in assertion, mapping and set-up. It is a refusal, not an outage.",
			causes:  behind("token.server-error", refusal()...),
			readings: []finding.Reading{
				{Where: m2m, Meaning: "Seen in two public reports: status 500 and nothing but this value, no description. In one of them the Login Audit Trail had no entry.", Basis: finding.Observed},
				official("RFC 6749 sends it to the redirect URI for an error of the server's own. If it came in a browser's address, try again, then look at status.netsuite.com."),
			},
			confirm: "nsauth doctor, which proves most of these or rules them out, then the Login Audit Trail",
			do: look("Prove what can be proved on this machine, then look into the account.", []string{
				"Run nsauth doctor with this integration's profile, or nsauth jwt inspect on the program's own assertion.",
				"If all is in order there, the cause is in the account: mapping, integration record, scopes, features, role and entity.",
				"Login Audit Trail, at the second of the request: tick Use Advanced Search, add Detail on Results, and explain that Detail. An entry is not promised.",
			}, pageAuditTrail, pageDetails),
		},
		{
			name: "invalid_client", title: "The client was not authenticated",
			meaning: "By RFC 6749: unknown client, no client authentication, or one that is not supported.",
			causes: behind("token.invalid-client", "setup.integration-unknown", "assertion.issuer-is-application-id", "assertion.kid-mismatch",
				"setup.mapping-missing", "certificate.key-mismatch", "setup.integration-disabled", "request.client-authentication"),
			do:      look("Check Client ID, certificate and mapping of this account, then the integration record's State.", measured, pageAuditTrail, pageDetails),
			confirm: "the Login Audit Trail's Detail, if there is an entry",
			readings: []finding.Reading{
				inferred("Client ID, certificate and mapping would be looked at first."),
				official("Status 401 with WWW-Authenticate: Basic. Client ID or client secret is wrong, or was reset."),
			},
		},
		{
			name: "invalid_grant", title: "The grant was refused",
			meaning: "By RFC 6749: the grant is invalid, expired, revoked, or was issued to another client.",
			causes: behind("token.invalid-grant", "assertion.expired", "clock.skewed", "assertion.issued-in-future", "certificate.key-mismatch",
				"assertion.kid-mismatch", "setup.mapping-missing", "setup.certificate-revoked", "setup.role-or-entity-inactive"),
			do:      look("Check the assertion's times and signature, then the mapping.", measured, pageAuditTrail, pageDetails),
			confirm: "the Login Audit Trail's Detail, if there is an entry",
			readings: []finding.Reading{
				inferred("The grant is the assertion: its times, signature and mapping would be looked at first."),
				official("Status 400. The code was used, has ended or belongs to another redirect URI or PKCE verifier; or the refresh token has ended or was revoked: then a person has to log in again."),
			},
		},
		{
			name: "invalid_request", title: "The request is malformed",
			meaning: "By RFC 6749: a parameter is missing, repeated or malformed, or there are two kinds of client authentication.",
			causes: behind("token.invalid-request", "request.parameter-missing", "request.content-type", "request.parameter-repeated",
				"request.client-authentication", "request.wrong-method"),
			do:      look("Compare the form parameters with Oracle's page on the token request.", measured, pageAuditTrail, pageDetails),
			confirm: "the names of the parameters that were sent, and the Content-Type",
			readings: []finding.Reading{
				inferred("The JWT's parameter is client_assertion, not assertion, and the body is form-encoded."),
				official("Status 400: a parameter is missing or malformed, or grant_type has a wrong value."),
				{Where: rest, Meaning: "In WWW-Authenticate: Bearer, with status 400, the Authorization header itself is malformed.", Basis: finding.Official},
			},
		},
		{
			name: "invalid_scope", title: "The scope was refused",
			meaning: "By RFC 6749: the scope is unknown, malformed, or more than was granted.",
			causes: behind("token.invalid-scope", "setup.scope-not-enabled", "assertion.scope-separator", "assertion.scope-unknown",
				"assertion.scope-not-for-m2m", "assertion.scope-missing"),
			do: doAt(catalog.MenuIntegrations, "Ask only for scopes that are ticked on the integration record, and write them as Oracle's samples do.", measured, pageAuditTrail, pageDetails),
			readings: []finding.Reading{
				inferred("The scope stands in the assertion. Its values are rest_webservices, restlets and suite_analytics; mcp is not for this flow."),
				official("Status 400. The scope parameter is separated by spaces, and mcp goes alone."),
			},
		},
		{
			name: "unauthorized_client", title: "The client may not use this grant",
			meaning: "By RFC 6749: this client is not allowed to use this grant type.",
			causes:  behind("token.unauthorized-client", "setup.grant-not-enabled", "setup.integration-disabled", "setup.integration-unknown"),
			do:      doAt(catalog.MenuIntegrations, "Tick the grant that the program uses on the integration record.", measured, pageAuditTrail, pageDetails),
			readings: []finding.Reading{
				inferred("Client Credentials (Machine to Machine) Grant would be looked at first."),
				official("In step one: the Client ID is unknown, and there is no redirect. In step two: Authorization Code Grant is not ticked."),
			},
		},
		{
			name: "unsupported_grant_type", title: "The grant type is not supported",
			meaning: "By RFC 6749: the server does not take this grant_type.",
			causes:  behind("token.unsupported-grant-type", "setup.grant-not-enabled", "request.parameter-missing"),
			do:      doAt(catalog.MenuIntegrations, "Tick Client Credentials (Machine to Machine) Grant on the integration record, and compare grant_type letter by letter.", measured, pageAuditTrail, pageDetails),
			readings: []finding.Reading{
				{Where: m2m, Meaning: "One field report names it for an integration record without Client Credentials (Machine to Machine) Grant. A slip in grant_type=client_credentials would look the same.", Basis: finding.Inferred},
				official("Status 400: grant_type is neither authorization_code nor refresh_token."),
			},
		},
		{
			name: "invalid_token", title: "The access token was refused",
			meaning: "It comes in WWW-Authenticate: Bearer with status 401 when an API call is refused. The token endpoint had issued the token; the call is what failed.",
			causes:  []finding.Code{"api.invalid-login", "setup.role-or-entity-inactive", "setup.login-permission-missing", "request.cookie", "api.is-assertion"},
			readings: []finding.Reading{
				{Where: rest, Meaning: "The header's view of INVALID_LOGIN. The realm is the account whose data was asked for.", Basis: finding.Official},
			},
			source: catalog.HelpSource(pageResource, pageREST) + "; RFC 6750, section 3.1",
		},
		{
			name: "insufficient_scope", title: "The token's scope does not allow the call",
			meaning: "By RFC 6750 the token is valid and its scope too narrow. Oracle documents it nowhere; NetSuite answers INVALID_LOGIN for a wrong scope.",
			causes:  []finding.Code{"role.scope-not-granted", "setup.scope-not-enabled", "api.invalid-login"},
			basis:   finding.Inferred, source: "RFC 6750, section 3.1; not documented for NetSuite",
		},
		{
			name: "access_denied", title: "The person refused consent",
			meaning: "It arrives at the redirect URI of the authorization code flow when somebody clicks Deny or Back on the consent page.",
			readings: []finding.Reading{
				official("The person has to click Allow or Continue."),
				{Where: m2m, Meaning: "There is no consent in this flow: whoever sees it does not use client credentials.", Basis: finding.Inferred},
			},
			do:      do("Have the person allow the access. A program without a person needs client credentials.", nil, pageStepOne),
			confirm: "whether the program opens a browser page of NetSuite",
			basis:   finding.Official, source: catalog.HelpSource(pageStepOne) + "; RFC 6749, section 4.1.2.1",
		},
		{
			name: "unsupported_response_type", title: "The response type is not supported",
			meaning: "It arrives at the redirect URI of the authorization code flow. NetSuite takes response_type=code only.",
			readings: []finding.Reading{
				official("Send response_type=code."),
				{Where: m2m, Meaning: "There is no response_type in this flow.", Basis: finding.Inferred},
			},
			do:      do("Send response_type=code in step one.", nil, pageStepOne),
			confirm: "the address that the program opens in the browser",
			basis:   finding.Official, source: catalog.HelpSource(pageStepOne) + "; RFC 6749, section 4.1.2.1",
		},
		{
			name: "temporarily_unavailable", title: "The server is not available now",
			meaning: "By RFC 6749 the server is overloaded or in maintenance. It says nothing about the client.",
			causes:  []finding.Code{"token.unavailable"},
			basis:   finding.Inferred, source: "RFC 6749, section 4.1.2.1; not documented for NetSuite",
		},
	}
	for i := range list {
		list[i].family = FamilyOAuth
	}
	return list
}
