package explain

import (
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// topics: what a person wants to know that fits no finding. Where Oracle, the
// field and the web disagree, both sides are named.
func topics() []entry {
	const (
		field    = "one field report of a live sandbox build, 2026"
		conflict = "the sources disagree"
	)
	list := []entry{
		// Which flow, and until when.
		{
			name: "which-flow", title: "Client credentials, authorization code or TBA",
			meaning: "A program without a person: client credentials (M2M), with a certificate of at most two years. A program in which each person acts for herself: authorization code, with a log-in at least every 7 days. TBA (OAuth 1.0) is for what exists already.",
			do: do("Choose by whether somebody is there to log in.", []string{
				"Nobody there (jobs, servers, connectors): client credentials. Access token 60 minutes, no refresh token, no client secret.",
				"Somebody there: authorization code with PKCE (S256). Confidential clients' refresh tokens live 7 days, public ones 48 hours by default and work once.",
				"SuiteAnalytics Connect and the AI connector: Connect takes client credentials with suite_analytics; mcp goes with the authorization code flow only.",
			}, pageTokenRequest, pageCodeFlow, pageIntegration),
			confirm: "whether the program can open a browser for a person",
			basis:   finding.Official, source: catalog.HelpSource(pageTokenRequest, pageCodeFlow, pageCodeStepOne),
			phrases: [][]string{says("which flow"), says("which grant"), says("authorization code or client credentials")},
		},
		{
			name: "tba-dates", title: "When token-based authentication ends",
			meaning: "From 2027.1 no new TBA integrations can be made for SOAP, REST and RESTlets; existing ones keep working, and SuiteAnalytics Connect is excepted. NLAuth stops with 2027.1, SOAP is removed with 2028.2. The end for existing TBA is tentatively 2028: Oracle's pages were read as 2028.1 and later as 2028.2.",
			do: doAt(catalog.MenuIntegrations, "Build new integrations with OAuth 2.0, and plan the move of existing ones before 2028.", []string{
				"The record's consumer key is its Client ID: the record can stay; add the client credentials grant and a mapping.",
				"Do not press Reset Credentials: every program that uses the record stops.",
			}, pageTBAFlow),
			confirm: "Oracle's release notes of the coming release: the date has moved before",
			basis:   finding.Official, source: catalog.HelpSource(pageTBAFlow) + "; 2026.2 release notes; for the end of existing integrations " + conflict,
			phrases: [][]string{says("tba", "end"), says("tba", "deprecat"), says("token-based authentication", "2027"), says("when does tba")},
		},
		{
			name: "moving-from-tba", title: "From TBA to client credentials",
			meaning: "The integration record stays. Its Consumer Key is the Client ID; consumer secret, token ID and token secret are not used any more.",
			do: doAt(catalog.MenuIntegrations, "Add the grant to the record, give the role its OAuth 2.0 permission, make a key pair and a mapping.", []string{
				"Tick Client Credentials (Machine to Machine) Grant and the scopes; leave TOKEN-BASED AUTHENTICATION as it is while old programs use it.",
				"Role: Log in using OAuth 2.0 Access Tokens (Permissions > Setup). TBA's Log in using Access Tokens is another one.",
				"nsauth certgen makes key and certificate; upload the certificate in the mapping, and take the Certificate ID from there.",
				"Never press Reset Credentials for this.",
			}, pageIntegration, pageMapping, pageRoles),
			confirm: "nsauth doctor with the new profile, while the old program still runs",
			basis:   finding.Official, source: catalog.HelpSource(pageIntegration, pageMapping, pageRoles),
			phrases: [][]string{says("consumer key", "client id"), says("from tba to"), says("migrate", "tba")},
		},
		{
			name: "refresh-token", title: "The refresh token ends after 7 days",
			meaning: "That is the authorization code flow. A confidential client's refresh token lives for 7 days; a public client's 48 hours by default (1 to 720), works once, and a person has to log in again after Maximum Time For Token Rotation (168 hours by default).",
			do:      do("For a program that nobody attends to, use client credentials: there is no refresh token, a new assertion gets a new token.", nil, pageCodeFlow),
			confirm: "whether the program stores a refresh token",
			basis:   finding.Official, source: catalog.HelpSource(pageCodeFlow, pageIntegration),
			phrases: [][]string{says("refresh token", "expire"), says("refresh token", "7 days"), says("refresh token", "seven days"), says("refresh token expired")},
		},

		// How to read a failure.
		{
			name: "credentials-or-permissions", title: "Is it the credentials or the permissions?",
			meaning: "Where it fails decides. The token endpoint refuses credentials and set-up; a call with a token is refused for role, permission or scope; no answer at all is the network.",
			readings: []finding.Reading{
				{Where: token, Meaning: "No token: assertion, mapping, integration record, features, role and entity. 500 server_error, or 400 and 401 with an OAuth error.", Basis: finding.Observed},
				{Where: rest, Meaning: "A token was issued, so Client ID, certificate and mapping are right. 401 INVALID_LOGIN: token, role or entity. 403 or 400 USER_ERROR: a permission.", Basis: finding.Official},
				{Where: restlet, Meaning: "401: the token, or the scope restlets. 403: the host. SSS_INVALID_SCRIPTLET_ID: script, deployment or its audience.", Basis: finding.Official},
			},
			do: do("See which of the two requests failed, and explain its error.", []string{
				"nsauth doctor shows the token as one check and the calls as another."}, pageREST, pageTokenErrors),
			confirm: "whether the program got an access_token",
			basis:   finding.Official, source: catalog.HelpSource(pageREST, pageTokenErrors) + "; public reports",
			phrases: [][]string{says("credentials or permission"), says("credential or permission")},
		},
		{
			name: "works-in-production-fails-in-sandbox", title: "Works in production, fails in the sandbox",
			meaning: "The set-up is per account. Mappings are not copied to a sandbox or Release Preview, and a refresh clears those that were there.",
			causes:  []finding.Code{"setup.sandbox-refreshed", "setup.mapping-missing", "assertion.audience-mismatch", "setup.integration-disabled", "certificate-id.mismatch"},
			basis:   finding.Official, source: catalog.HelpSource(pageMapping),
			phrases: [][]string{says("works in production"), says("fails in sandbox"), says("production", "works", "sandbox"), says("work", "in prod", "sandbox")},
		},
		{
			name: "worked-yesterday", title: "Worked yesterday, fails today",
			meaning: "Ask what ended or was changed. The certificate of the mapping, a sandbox refresh, a person who left, a record that was disabled. A program that fails one hour after its start keeps its access token too long.",
			causes: []finding.Code{"setup.certificate-revoked", "setup.sandbox-refreshed", "setup.role-or-entity-inactive", "setup.integration-disabled",
				"assertion.alg-deprecated", "clock.skewed"},
			basis: finding.Inferred, source: catalog.HelpSource(pageMapping, pageCertificates) + "; public reports",
			phrases: [][]string{says("worked yesterday"), says("stopped working"), says("suddenly"), says("worked until"), says("was working"), says("used to work")},
		},
		{
			name: "works-in-postman", title: "Works in Postman, fails in code",
			meaning: "Account, mapping and role are right then. The two assertions differ, or the requests: algorithm, kid, iss, aud, form encoding, a header, a cookie.",
			causes: []finding.Code{"assertion.alg-deprecated", "assertion.kid-missing", "assertion.signature-encoding-der", "assertion.issuer-is-application-id",
				"request.content-type", "request.parameter-missing", "request.cookie"},
			basis: finding.Inferred, source: "public reports; RFC 7515, RFC 7523",
			do: finding.Remedy{Summary: "Judge both assertions, and compare what is said.",
				Steps:    []string{"Do not paste an assertion into a web page: whoever has it can get a token while it lives."},
				Commands: [][]string{{"nsauth", "jwt", "inspect", "-"}}, Docs: catalog.HelpURLs(pageAssertion)},
			confirm: "nsauth jwt inspect of both",
			phrases: [][]string{says("works in postman"), says("works with postman"), says("postman works"), says("works from postman"), says("work in postman"), says("tested with postman")},
		},
		{
			name: "intermittent", title: "Fails now and then, or at certain times",
			meaning: "A clock that drifts, one of several servers with another clock or key, a limit on requests at once, a token kept past its end, or maintenance.",
			causes:  []finding.Code{"clock.skewed", "assertion.issued-in-future", "api.rate-limited", "token.unavailable", "assertion.expired"},
			basis:   finding.Inferred, source: "public reports; " + catalog.HelpSource(pageREST),
			phrases: [][]string{says("intermittent"), says("sporadic"), says("sometimes fails"), says("randomly fail"), says("now and then")},
		},
		{
			name: "token-but-calls-fail", title: "The token is issued, the calls fail",
			meaning: "Then Client ID, key, certificate, mapping and clock are right: look at role, permissions and scope, not at credentials.",
			causes:  []finding.Code{"api.invalid-login", "api.permission-missing", "api.workbook-permission-missing", "role.scope-not-granted", "request.cookie", "api.is-assertion"},
			basis:   finding.Official, source: catalog.HelpSource(pageREST, pageRoles),
			phrases: [][]string{says("token works but"), says("get a token but"), says("token generated"), says("token is issued")},
		},
		{
			name: "audit-trail", title: "What the Login Audit Trail can show",
			meaning: "Its Detail column has the reason that the token endpoint does not give. Oracle documents Details for just these failures; two reports say that refusals with status 500 left no entry. So look, and expect nothing. How long entries stay is in none of the pages read.",
			do: look("Search the second of the request, in UTC and in the account's time zone.", []string{
				"Tick Use Advanced Search; on Results add Detail and Token-based Application Name; Status: Failure.",
				"nsauth explain DETAIL says what the Detail means; nsauth doctor --audit-detail DETAIL narrows the causes.",
			}, pageAuditTrail, pageDetails),
			confirm: "an entry at the second of the request",
			basis:   finding.Official, source: catalog.HelpSource(pageAuditTrail, pageDetails) + "; on refusals without an entry " + conflict,
			phrases: [][]string{says("login audit trail", "empty"), says("no audit"), says("no entry", "audit")},
		},
		{
			name: "known-limitations", title: "Known limitations of this flow in NetSuite",
			meaning: "One bare error for most refusals; no table of errors for this flow; refusals that may leave no audit entry; a set-up that is neither copied to a sandbox nor kept there by a refresh; certificates of at most two years, one per integration, role and entity, five active per integration; tokens of 60 minutes.",
			do: do("Each has a topic: explain audit-trail, sandbox-refresh, certificate-reuse, five-certificates, expiry-mails, token-lifetime, upload-page, jwt-libraries.", nil,
				pageMapping, pageCertificates),
			confirm: "the topic",
			basis:   finding.Official, source: catalog.HelpSource(pageMapping, pageCertificates) + "; public reports",
		},
		{
			name: "jwt-libraries", title: "JWT libraries and PS256",
			meaning: "Many libraries sign RS256 unless told otherwise, and some old ones know no PS256. ES256 has a trap of its own: the signature has to be the two numbers side by side, not DER.",
			causes:  []finding.Code{"assertion.alg-deprecated", "assertion.signature-encoding-der", "assertion.salt-length", "assertion.alg-key-mismatch"},
			basis:   finding.Official, source: catalog.HelpSource(pageAssertion) + "; RFC 7518",
		},

		// Certificates.
		{
			name: "certificate-reuse", title: "One certificate, one combination",
			meaning: "A certificate belongs to one combination of integration record, role and entity. A revoked one cannot be used again in another integration, and after revocation or its end a new mapping is needed. In another account the same file may be uploaded again.",
			do: doAt(catalog.MenuMapping, "Make a key pair for each combination of integration, role and entity.", []string{
				"Entity is the user the integration acts as, not a subsidiary."}, pageCertificates, pageMapping, pageEntities),
			confirm: catalog.MenuMapping + " lists each certificate with its combination",
			basis:   finding.Official, source: catalog.HelpSource(pageCertificates, pageMapping),
			phrases: [][]string{says("same certificate", "two"), says("certificate", "already", "used"), says("reuse", "certificate"), says("share", "certificate")},
		},
		{
			name: "upload-page", title: "The certificate was uploaded and the list does not show it",
			meaning: "The original notes behind nsauth report it: the page confirms the upload and the table stays as it was, in some browsers for minutes. No other source was found.",
			do: doAt(catalog.MenuMapping, "Wait a few minutes, load the page anew, try another browser, and do not upload a second time at once.", []string{
				"nsauth keycheck --cert cert.pem prints the Certificate ID to expect.",
				"A file whose key NetSuite does not take is refused with a message: invalid bit length.",
			}, pageMapping),
			confirm: "a token request with the computed Certificate ID",
			basis:   finding.Observed, source: "a single report, not confirmed elsewhere",
			phrases: [][]string{says("certificate", "not", "appear", "list"), says("upload", "not", "show")},
		},
		{
			name: "expiry-mails", title: "NetSuite's mails about ending certificates",
			meaning: "Administrators get them two months, one month and 14 days before the end. Nobody else does: not the developer, not the entity.",
			do: finding.Remedy{Summary: "Watch the end yourself as well.",
				Steps:    []string{"NetSuite's own Valid until can be earlier than the file's end: it shortens certificates to two years."},
				Commands: [][]string{{"nsauth", "doctor", "--warn", "60d", "--fail", "14d"}}, Docs: catalog.HelpURLs(pageCertificates)},
			confirm: catalog.MenuMapping + " shows Valid until",
			basis:   finding.Official, source: catalog.HelpSource(pageCertificates),
			phrases: [][]string{says("certificate", "expir", "mail"), says("certificate", "expir", "notif"), says("expiry mail"), says("expiration mail"), says("expir", "e-mail")},
		},
		{
			name: "certificate-validity", title: "Two years at most",
			meaning: "A longer certificate is shortened to two years, not refused. Whether they count from the upload or from its own beginning, and whether 731 days pass, Oracle does not say.",
			causes:  []finding.Code{"certificate.validity-too-long", "certificate.expired", "setup.certificate-revoked"},
			basis:   finding.Official, source: catalog.HelpSource(pageCertificates),
		},
		{
			name: "five-certificates", title: "Five active certificates for one integration record",
			meaning: "No sixth can be active. Revoked and ended ones do not count.",
			causes:  []finding.Code{"mapping.limit-reached", "mapping.limit-near"},
			basis:   finding.Official, source: catalog.HelpSource(pageMapping),
			phrases: [][]string{says("maximum", "certificates"), says("five", "certificates")},
		},
		{
			name: "certificate-id", title: "Where the Certificate ID (kid) comes from",
			meaning: "NetSuite shows it in the mapping's row: 43 characters. In Oracle's own example it is the SHA-256 of the certificate, in base64url; a certificate made anew from the same key has another one. One in 64 begins with a hyphen. An ID from /oauth2/v1/keys is NetSuite's own key, never yours.",
			causes:  []finding.Code{"certificate-id.mismatch", "assertion.kid-is-thumbprint", "assertion.kid-malformed"},
			basis:   finding.Inferred, source: catalog.HelpSource(pageCertificateID) + ", computed from the certificate printed there; not confirmed for an RSA certificate",
			phrases: [][]string{says("what is the kid"), says("what is kid"), says("where", "certificate id"), says("find", "certificate id")},
		},
		{
			name: "certificate-rotation", title: "Rotating certificates by program",
			meaning: "There is an endpoint that lists, adds and revokes certificates, for a token with rest_webservices and the permission Manage own OAuth 2.0 Client Credentials Certificates. It cannot make the first mapping.",
			do: do("Add the new certificate while the old one is still valid, switch the program, then revoke the old one.", []string{
				"nsauth doctor reads that list: end, revocation and number of active certificates."}, pageRotation),
			confirm: "nsauth doctor, check mapping",
			basis:   finding.Official, source: catalog.HelpSource(pageRotation),
		},
		{
			name: "key-sizes", title: "Which keys NetSuite takes",
			meaning: "RSA of exactly 3072 or 4096 bits, EC on P-256, P-384 or P-521. Some of Oracle's own developer texts and some vendors' guides say 2048: NetSuite's help and its upload page refuse it.",
			causes:  []finding.Code{"key.rsa-too-small", "key.rsa-size-unsupported", "key.curve-unsupported", "key.explicit-parameters"},
			basis:   finding.Official, source: catalog.HelpSource(pageCertificates) + "; one report of the upload page's refusal; elsewhere " + conflict,
			phrases: [][]string{says("key size"), says("2048")},
		},
		{
			name: "rs256-date", title: "Since when RS256 is refused",
			meaning: "It is refused today: Oracle lists PS and ES algorithms only. For the day it ended the sources disagree: October 2024 and March 2025 are named, the later one is better supported, and Oracle's current pages give none.",
			causes:  []finding.Code{"assertion.alg-deprecated"},
			basis:   finding.Official, source: catalog.HelpSource(pageAssertion) + "; for the date " + conflict,
			phrases: [][]string{says("rs256", "deprecat"), says("rs256", "when"), says("pkcs", "v1.5", "deprecat")},
		},

		// Assertion and token.
		{
			name: "audience", title: "What belongs into aud",
			meaning: "The token endpoint's URL of the account. Oracle's text says the suitetalk host, its samples use the restlets and connect hosts with the same path: another account in it is an error, another of these hosts a warning.",
			causes:  []finding.Code{"assertion.audience-mismatch", "assertion.audience-is-issuer", "assertion.audience-missing"},
			basis:   finding.Official, source: catalog.HelpSource(pageAssertion, pageTokenRequest) + "; text and samples disagree",
			phrases: [][]string{says("what", "aud claim"), says("wrong audience")},
		},
		{
			name: "scope-format", title: "How to write the scope",
			meaning: "Oracle's text says separated by commas, its samples show an array and a plain string, older guides say spaces. One scope as a string and several as an array is the safest. Connect's scope is suite_analytics; one sample writes another name.",
			causes:  []finding.Code{"assertion.scope-separator", "assertion.scope-unknown", "assertion.scope-missing", "setup.scope-not-enabled"},
			basis:   finding.Official, source: catalog.HelpSource(pageAssertion) + "; " + conflict,
			phrases: [][]string{says("scope", "array or string"), says("scope", "comma"), says("scope", "space-separated")},
		},
		{
			name: "assertion-lifetime", title: "How long an assertion may live",
			meaning: "Oracle's text: less than 60 minutes. Two of its samples have exactly 60, its audit trail speaks of two hours, one public answer says 15. nsauth signs for 5 minutes and calls 60 a warning, more an error.",
			causes:  []finding.Code{"assertion.lifetime-too-long", "assertion.expired", "assertion.issued-in-future"},
			basis:   finding.Official, source: catalog.HelpSource(pageAssertion, pageDetails) + "; " + conflict,
			phrases: [][]string{says("how long", "assertion"), says("exp", "too long")},
		},
		{
			name: "token-lifetime", title: "An access token lives for 60 minutes",
			meaning: "In both OAuth 2.0 flows. expires_in says 3600; a comment on a SuiteScript page ties it to the assertion's exp, so read expires_in. Client credentials have no refresh token: sign a new assertion.",
			do: do("Keep the token until some minutes before its end, then get a new one; get a new one too after a 401, once.", []string{
				"nsauth token and nsauth call keep one between runs, until it is time for another one."}, pageTokenRequest),
			confirm: "the time between getting the token and the 401",
			basis:   finding.Official, source: catalog.HelpSource(pageTokenRequest),
			phrases: [][]string{says("after an hour"), says("after 60 minutes"), says("after one hour"), says("token", "60 minutes"), says("every hour"), says("how long", "token")},
		},
		{
			name: "access-token-format", title: "What an access token looks like inside",
			meaning: "A JWT signed by NetSuite; Oracle's text and its samples disagree on algorithm, sub and aud. Role, entity, account and scope can be read from it, but nothing promises that they stay there: do not build on it.",
			causes:  []finding.Code{"role.unreadable", "assertion.is-access-token"},
			basis:   finding.Official, source: catalog.HelpSource(pageAccessToken) + "; text and samples disagree",
		},
		{
			name: "client-secret", title: "No client secret in this flow",
			meaning: "Client credentials in NetSuite authenticate with a certificate. One public page says that the secret does instead; Oracle's help says certificate and assertion, and reports agree with it.",
			do:      do("Send client_assertion, and neither a Basic header nor client_secret.", nil, pageTokenRequest),
			confirm: "the request's parameters and headers, their values left out",
			basis:   finding.Official, source: catalog.HelpSource(pageTokenRequest) + "; one public page disagrees",
			phrases: [][]string{says("client_secret", "client_credentials"), says("need", "client secret")},
		},
		{
			name: "identifiers", title: "Client ID, Application ID, Certificate ID, account",
			meaning: "Client ID (consumer key): 64 characters 0-9 a-f, shown once; it is the iss. Application ID: a UUID on the integration record's page; never used here. Certificate ID: 43 characters; it is the kid. Account: 1234567_SB1 in capitals with an underscore as realm, 1234567-sb1 in hosts.",
			causes:  []finding.Code{"assertion.issuer-is-application-id", "profile.client-id-malformed", "profile.certificate-id-malformed", "profile.account-id-unfamiliar"},
			basis:   finding.Official, source: catalog.HelpSource(pageIntegration, pageMapping, pageSandbox) + ", by their samples",
			phrases: [][]string{says("application id", "client id"), says("where", "client id"), says("find", "client id")},
		},

		// Account, roles, users.
		{
			name: "sandbox-refresh", title: "What a sandbox refresh does",
			meaning: "It clears the client credentials mappings of the sandbox. Integration records copied from production come with their Client ID; whether one that existed only in the sandbox survives is not known, and it probably does not.",
			causes:  []finding.Code{"setup.sandbox-refreshed"},
			do: doAt(catalog.MenuMapping, "Upload the same certificate file for the same integration, role and entity.", []string{
				"Its Certificate ID should be the same as before, so that the program needs no change: compare.",
				"Never reset credentials in a sandbox copy: they can be shared with production, which then stops.",
			}, pageMapping, pageResetSandbox),
			basis: finding.Official, source: catalog.HelpSource(pageMapping, pageResetSandbox) + "; that the ID stays the same is inferred",
			phrases: [][]string{says("sandbox", "refresh"), says("after", "refresh of the sandbox")},
		},
		{
			name: "reset-credentials", title: "Do not press Reset Credentials",
			meaning: "It replaces Client ID and secret of the integration record, and every program that uses them stops. A record installed in several accounts shares them: a reset in a sandbox can break production.",
			do: doAt(catalog.MenuIntegrations, "If the Client ID is lost, make a new integration record and a new mapping.", []string{
				"Only administrators can reset; the button appears on records that use TBA, never on bundled ones."}, pageReset, pageResetSandbox),
			confirm: catalog.MenuIntegrations + " shows when the record was changed",
			basis:   finding.Official, source: catalog.HelpSource(pageReset, pageResetSandbox),
			phrases: [][]string{says("reset credentials")},
		},
		{
			name: "environments", title: "Production, sandbox and Release Preview are accounts of their own",
			meaning: "Each has its own hosts, integration records and mappings, and Oracle says that this set-up is not copied to a sandbox or to Release Preview. A sandbox is 1234567_SB1, Release Preview usually 1234567_RP.",
			causes:  []finding.Code{"setup.mapping-missing", "assertion.audience-mismatch", "profile.mixed-sources"},
			basis:   finding.Official, source: catalog.HelpSource(pageMapping, pageSandbox) + "; the form of Release Preview's ID is common knowledge, not read on a page",
			phrases: [][]string{says("release preview")},
		},
		{
			name: "features", title: "Which features have to be on",
			meaning: "OAUTH 2.0 (Manage Authentication) for tokens, REST WEB SERVICES (SuiteTalk) for REST calls. TOKEN-BASED AUTHENTICATION is not needed. A token proves the first, a REST call that works the second.",
			causes:  []finding.Code{"setup.features-disabled"},
			basis:   finding.Official, source: catalog.HelpSource(pageDetails) + "; " + field,
			phrases: [][]string{says("which feature"), says("enable features")},
		},
		{
			name: "entity", title: "The entity of a mapping is a user",
			meaning: "An employee, or a customer, partner, vendor or contact with access; not a subsidiary. The program acts as that user with that role. If the person leaves, it stops. A new employee takes a licence, so an existing one is often used.",
			causes:  []finding.Code{"setup.role-or-entity-inactive"},
			basis:   finding.Official, source: catalog.HelpSource(pageEntities, pageMapping) + "; on the licence " + field,
			phrases: [][]string{says("what is the entity"), says("which entity"), says("employee", "left")},
		},
		{
			name: "bundled-integration", title: "An integration record that came with a bundle",
			meaning: "It is not the account's own: not every field can be edited there, so the grant's box may be out of reach and the vendor has to act. It can wait for approval after an automatic installation, and its Client ID is shared with other accounts.",
			causes:  []finding.Code{"setup.grant-not-enabled", "setup.integration-disabled"},
			basis:   finding.Inferred, source: catalog.HelpSource("section_1515139626", pageResetSandbox, pageCodeFlow) + "; that the box is out of reach follows from it",
			phrases: [][]string{says("bundle", "integration")},
		},
		{
			name: "ip-rules", title: "IP address rules",
			meaning: "They apply after a log-in. Oracle names the services that respect them (SOAP, SAML, OIDC) and one that does not (Connect); REST and RESTlets with OAuth 2.0 are in neither list, so what happens is not known. Rules are IPv4 only.",
			do: do("Do not look for the cause there first. If rules exist, try the program from an address that they allow.", nil,
				"chapter_4726612641"),
			confirm: "the same request from an allowed address",
			basis:   finding.Official, source: catalog.HelpSource("chapter_4726612641") + "; for OAuth 2.0 nothing is documented",
			phrases: [][]string{says("ip address rule"), says("ip restriction"), says("ip rule"), says("whitelist")},
		},
		{
			name: "two-factor", title: "Roles with two-factor authentication",
			meaning: "A role that requires a second factor cannot log in to an API with user name and password (TWO_FA_REQD). OAuth 2.0 tokens work with it. Managing the mappings themselves needs a log-in with the second factor.",
			do:      do("Use an access token; no exception from the second factor is needed.", nil, pageTwoFactor, pageTwoFactorMore),
			confirm: "whether the program sends a password",
			basis:   finding.Official, source: catalog.HelpSource(pageTwoFactor, pageTwoFactorMore),
			phrases: [][]string{says("2fa"), says("two-factor"), says("mfa", "role")},
		},
		{
			name: "web-services-only-role", title: "The box Web Services Only Role",
			meaning: "Such a role does not work with RESTlets, and cannot log in in a browser, so not in the authorization code flow. REST with client credentials worked with it in one report. The box exists only where SOAP is enabled.",
			do:      do("For RESTlets and for the authorization code flow take the box off, or use another role.", nil, pageWebOnly, pageWebServices),
			confirm: "the role record shows the box",
			basis:   finding.Official, source: catalog.HelpSource(pageWebOnly, pageWebServices) + "; " + field,
			phrases: [][]string{says("web services only")},
		},
		{
			name: "administrator-role", title: "The Administrator role for an integration",
			meaning: "Many guides say that it is not allowed. Oracle's own samples of mappings show role 3, Administrator: it is allowed for client credentials, and gives a program far more than it needs. Third parties say that the AI connector refuses it.",
			causes:  []finding.Code{"role.administrator"},
			basis:   finding.Official, source: catalog.HelpSource(pageRotation) + ", by its samples; elsewhere " + conflict,
			phrases: [][]string{says("administrator role")},
		},
		{
			name: "role-permissions", title: "Which permissions the role needs",
			meaning: "Log in using OAuth 2.0 Access Tokens, and REST Web Services for REST calls (Permissions > Setup); SuiteAnalytics Workbook for lists and SuiteQL (Reports); the permission of each record. Older guides ask for Log in using Access Tokens too: that is TBA's.",
			do: doAt(catalog.MenuRoleDifferences, "Compare the role with that list.", []string{
				"In the role, click Add, then Save: without Add the permission is not kept.",
				"OAuth 2.0 Authorized Applications Management lets a person manage mappings; it gives no access to the API.",
			}, pageRoles),
			confirm: catalog.MenuRoleDifferences + " shows the role's true state",
			basis:   finding.Official, source: catalog.HelpSource(pageRoles) + "; " + field + "; elsewhere " + conflict,
			phrases: [][]string{says("which permission"), says("what permission"), says("permissions", "role need")},
		},
		{
			name: "workbook-or-login-permission", title: "400 USER_ERROR: which permission is missing",
			meaning: "One report found by trial that SuiteAnalytics Workbook was missing: single records worked, lists and SuiteQL did not. A connector's documentation blames a missing log-in permission for the same body. Check both.",
			causes:  []finding.Code{"api.workbook-permission-missing", "setup.login-permission-missing"},
			basis:   finding.Observed, source: field + "; a public connector's documentation; they disagree",
		},
		{
			name: "token-based-authentication-box", title: "The box TOKEN-BASED AUTHENTICATION",
			meaning: "Older guides tick it for OAuth 2.0 as well. Oracle does not ask for it, and an integration worked without it: client credentials do not need it.",
			do:      doAt(catalog.MenuIntegrations, "Tick Client Credentials (Machine to Machine) Grant and the scopes; leave this box to programs that use TBA.", nil, pageIntegration),
			confirm: catalog.MenuIntegrations + " > the record shows the ticked boxes",
			basis:   finding.Official, source: catalog.HelpSource(pageIntegration) + "; " + field + "; elsewhere " + conflict,
		},
		{
			name: "restlets-with-oauth2", title: "RESTlets take OAuth 2.0",
			meaning: "Some public pages, and some of Oracle's developer texts, say that RESTlets need TBA. Oracle's help says that they take OAuth 2.0: with the scope restlets, on the account's restlets host.",
			do: do("Ask for the scope restlets and send Authorization: Bearer to ACCOUNT.restlets.api.netsuite.com.", []string{
				"No Cookie beside the token, no body in a GET, and the deployment's audience has to include the role."}, pageRESTlet, pageRESTletAuth),
			confirm: "nsauth call restlet, or nsauth doctor --scope restlets --api-path with the RESTlet's path",
			basis:   finding.Official, source: catalog.HelpSource(pageRESTlet, pageRESTletAuth) + "; elsewhere " + conflict,
			phrases: [][]string{says("restlet", "oauth 2.0"), says("restlet", "tba")},
		},
		{
			name: "concurrency", title: "Limits on requests at once",
			meaning: "REST answers 429 CONCURRENCY_LIMIT_EXCEEDED, RESTlets 400 SSS_REQUEST_LIMIT_EXCEEDED; older texts list SOAP faults only. Both are real, and the limit is the account's, for all integrations together. Of the token endpoint nothing is documented.",
			causes:  []finding.Code{"api.rate-limited", "token.rate-limited"},
			basis:   finding.Official, source: catalog.HelpSource(pageREST, pageConcurrency),
			phrases: [][]string{says("concurrency limit"), says("rate limit")},
		},
		{
			name: "connect-host", title: "The host of SuiteAnalytics Connect",
			meaning: "ACCOUNT.connect.api.netsuite.com. One copy of Oracle's sample prints netsuite2.com in its place, another netsuite.com: taken for a slip.",
			do:      doAt(catalog.MenuCompanyURLs, "Use the host under netsuite.com.", nil, pageHosts),
			confirm: catalog.MenuCompanyURLs + " shows the account's own host names",
			basis:   finding.Inferred, source: catalog.HelpSource(pageHosts) + "; two copies of one sample disagree",
		},
		{
			name: "five-things", title: "What to ask of whoever reports an error",
			meaning: "Five things that are no secrets settle most cases: the UTC second of one failed request, the whole answer, the assertion's header and claims without its signature, the key's type and size with the Certificate ID, and when it last worked.",
			do: finding.Remedy{Summary: "nsauth explain --reply drafts the message.",
				Commands: [][]string{{"nsauth", "explain", "--reply", "server_error"}}},
			confirm: "the five answers",
			basis:   finding.Inferred, source: "what nsauth's own checks rest on",
		},
	}
	for i := range list {
		list[i].family = FamilyTopic
	}
	return list
}
