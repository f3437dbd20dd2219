package explain

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// A detail is what there is to say of a value of the Login Audit Trail's Detail
// column beyond the catalogue, which has Oracle's statement, the flows and, for
// what a finding is about, causes and remedies.
type detail struct {
	name    string
	meaning string
	in      []finding.Reading
	do      finding.Remedy
	pages   []string
	words   []string
	likely  []finding.Code // of the catalogue's causes, the ones to look at first
	// inferred says that Oracle lists the value, and that what it means was not
	// read there but follows from OAuth 1.0's extension for problem reporting.
	inferred bool
}

// tells is how to know which flow an entry belongs to.
const tells = "Beside the Detail, the entry's Token-based Application Name names the integration record, and its time the request. " +
	"A program that sends client_assertion uses client credentials; one that opens a browser, or sends a refresh_token, the authorization code flow; one whose header begins with Authorization: OAuth uses TBA."

func official(where, meaning string) finding.Reading {
	return finding.Reading{Where: where, Meaning: meaning, Basis: finding.Official}
}

// details lists them: first those of RESTlets and REST web services, among which
// are the ones of client credentials, then those of the authorization code flow
// and of TBA alone.
func details() []detail {
	newLogin := do("Log in again: the authorization code flow has to start from the beginning.", []string{
		"A program that nobody attends to is better off with client credentials: no refresh token, nobody to log in.",
	}, pageCodeFlow)
	signature := look("See which flow it is, then correct what was signed.", []string{
		"OAuth 2.0: get a new access token and send it whole, without quotes or line ends, to the account that issued it.",
		"TBA: HMAC-SHA256, key consumer secret & token secret, base string and percent-encoding by RFC 5849, the realm in capitals with an underscore (1234567_SB1).",
	}, pageDetails, pageDetailsTBA)
	sign := do("Correct the TBA header.", []string{
		"Method HMAC-SHA256, key consumer secret & token secret, base string and percent-encoding by RFC 5849.",
		"The realm is the account in capitals with an underscore: 1234567_SB1.",
		"A new nonce and timestamp for every request.",
	}, pageDetailsTBA)
	return []detail{
		{name: "UnsupportedAlgo", pages: []string{pageDetails},
			likely:  []finding.Code{"assertion.alg-deprecated", "assertion.alg-unsupported"},
			meaning: "The client assertion's alg is none of PS256, PS384, PS512, ES256, ES384 and ES512."},
		{name: "MissingKeyId", pages: []string{pageDetails},
			meaning: "The client assertion's header has no kid, the Certificate ID of the mapping."},
		{name: "MissingKey", pages: []string{pageDetails},
			likely:  []finding.Code{"certificate-id.mismatch", "assertion.kid-mismatch", "setup.mapping-missing", "setup.sandbox-refreshed", "setup.certificate-revoked", "certificate.expired"},
			meaning: "The kid of the client assertion belongs to no certificate that is valid in this account: another ID, a revoked or ended certificate, or a mapping that a sandbox refresh cleared."},
		{name: "SignatureValidation", pages: []string{pageDetails},
			likely:  []finding.Code{"certificate.key-mismatch", "assertion.signature-encoding-der"},
			meaning: "NetSuite found the certificate and the signature does not fit: another key signed, or an ES signature is in DER form."},
		{name: "InvalidSignature", do: signature, pages: []string{pageDetails, pageDetailsTBA},
			meaning: "What was signed differs by flow: the access token, or TBA's request.",
			in: []finding.Reading{
				official(m2m, "The access token sent with a call is damaged or not from this account. The assertion's own signature would give SignatureValidation."),
				official(code, "The same, also of a refresh token."),
				official(tba, "The signature of the TBA header is wrong: secrets, base string, encoding or realm."),
			}},
		{name: "TokenValidityTooBroad", pages: []string{pageDetails},
			meaning: "exp lies too far in the future. Oracle's table says two hours here, and its page on the assertion less than 60 minutes: stay below 60."},
		{name: "TokenNotAcceptable", pages: []string{pageDetails},
			meaning: "The assertion's iat is later than NetSuite's clock, or a nonce is wrong. The client's clock is usually ahead."},
		{name: "TokenExpired", pages: []string{pageDetails},
			meaning: "Any kind of OAuth token was sent after its exp: an assertion that was kept, or a clock that is behind."},
		{name: "AccessTokenExpired", pages: []string{pageDetails},
			meaning: "An access token lives for 60 minutes. The program kept it longer.",
			do: do("Get a new access token, and keep each only until some minutes before its end.", []string{
				"expires_in says how long. Client credentials have no refresh token: sign a new assertion."}, pageTokenRequest)},
		{name: "InvalidIssuer", pages: []string{pageDetails},
			likely:  []finding.Code{"assertion.issuer-is-application-id", "profile.client-id-is-application-id", "setup.integration-unknown"},
			meaning: "The iss of a token is not what NetSuite expects. For an assertion that is the Client ID of the integration record, never its Application ID."},
		{name: "InvalidIntegration", pages: []string{pageDetails, pageDetailsFresh},
			meaning: "The integration named by the token does not exist in this account: deleted, or of another account.",
			in: []finding.Reading{
				official(m2m, "The integration record of the token sent with a call."),
				official(code, "Also for a refresh token."),
			}},
		{name: "ScopeMismatched", pages: []string{pageDetails, pageDetailsCode},
			likely:  []finding.Code{"setup.scope-not-enabled"},
			meaning: "The integration record has no scope ticked, or not the one that the token has.",
			in: []finding.Reading{
				official(m2m, "Compare the assertion's scope with the boxes."),
				official(code, "Compare the scope parameter of step one with the boxes."),
			}},
		{name: "InvalidScope", pages: []string{pageDetails, pageDetailsFresh},
			likely:  []finding.Code{"assertion.scope-missing", "assertion.scope-separator"},
			meaning: "The token's scope has no value that counts.",
			in: []finding.Reading{
				official(m2m, "The assertion asked for no scope, or in a form that NetSuite does not read."),
				official(code, "The token is damaged or was made elsewhere."),
			}},
		{name: "IntegrationBlocked", pages: []string{pageDetails, pageTBAFlow},
			meaning: "Its State is not Enabled.",
			in: []finding.Reading{
				official(m2m, "The record whose Client ID is the assertion's iss."),
				official(code, "The record whose Client ID is in step one."),
				official(tba, "In the TBA authorization flow; also for an unknown record, if the company ID was sent. Signed requests give consumer_key_refused."),
			}},
		{name: "FeatureDisabled", pages: []string{pageDetails, pageDetailsTBA},
			meaning: "The name belongs to several flows, and each needs another box under Enable Features.",
			do:      doAt(catalog.MenuFeatures, "Tick the feature of the flow: OAUTH 2.0, or TOKEN-BASED AUTHENTICATION for TBA.", nil, pageDetails, pageDetailsTBA),
			in: []finding.Reading{
				official(m2m, "OAUTH 2.0 (Manage Authentication) is off."),
				official(code, "OAUTH 2.0 (Manage Authentication) is off."),
				official(tba, "TOKEN-BASED AUTHENTICATION is off. OAuth 2.0 does not need it."),
			}},
		{name: "EntityOrRoleDisabled", pages: []string{pageDetails, pageDetailsCode},
			meaning: "Entity, contact or role does not exist in the account or is inactive.",
			in: []finding.Reading{
				official(m2m, "Role and entity of the mapping's row."),
				official(code, "Role and person that gave consent."),
			}},
		{name: "AuthorizationCodeGrantRequired", pages: []string{pageDetails, pageDetailsCode},
			meaning: "Oracle: the application does not use OAuth 2.0.",
			do: doAt(catalog.MenuIntegrations, "Tick the grant that the program uses: Client Credentials (Machine to Machine) Grant, or Authorization Code Grant.", []string{
				"On a record that came with a bundle the box may be out of reach; then its vendor has to set it."}, pageDetails, pageIntegration),
			in: []finding.Reading{
				official(code, "Authorization Code Grant is not ticked on the integration record."),
				{Where: m2m, Meaning: "Oracle documents no Detail for Client Credentials (Machine to Machine) Grant that is not ticked; this one may be its twin.", Basis: finding.Inferred},
			}},
		{name: "TokenRejected", pages: []string{pageDetails},
			meaning: "A call was made with a refresh token. TBA's own value is written token_rejected.",
			do:      do("Send the access token with calls. A refresh token goes to the token endpoint only.", nil, pageDetails),
			in: []finding.Reading{
				official(code, "Send the access token with calls, and the refresh token to the token endpoint only."),
				{Where: m2m, Meaning: "This flow has no refresh token: another program's token got into the call.", Basis: finding.Inferred},
			}},
		{name: "TokenBlocked", pages: []string{pageDetails},
			meaning: "The access token was blocked or revoked.",
			do:      doAt(catalog.MenuIntegrations, "Get a new access token. If that is blocked too, look at the integration record and at who revoked the access.", nil, pageDetails)},
		{name: "InvalidTokenType", pages: []string{pageDetails},
			likely:  []finding.Code{"api.is-assertion"},
			meaning: "One kind of token was sent where another belongs, such as an assertion in place of the access token."},
		{name: "ClientIdMismatch", pages: []string{pageDetails},
			meaning: "The Client ID differs between the steps of the authorization code flow.",
			in:      []finding.Reading{official(code, "Use one integration record's Client ID for all steps.")},
			do:      do("Use the same Client ID in every step, and start again.", nil, pageCodeFlow)},
		{name: "UnknownIntegration", pages: []string{pageDetailsCode, pageTBAFlow},
			likely:  []finding.Code{"setup.integration-unknown", "assertion.issuer-is-application-id"},
			meaning: "No integration record of this account has this Client ID.",
			in: []finding.Reading{
				official(code, "Step one: Client ID wrong. Step two says ClientAuthenticationFailed."),
				official(tba, "In the TBA authorization flow: the consumer key is wrong."),
				{Where: m2m, Meaning: "Not documented; it could stand for an iss that is no Client ID of this account.", Basis: finding.Inferred},
			}},

		{name: "ClientAuthenticationFailed", pages: []string{pageDetailsCode},
			meaning: "Step two of the authorization code flow, or a refresh. Client credentials have no secret.",
			in:      []finding.Reading{official(code, "Client ID and client secret in the Basic header are not this record's, or were reset.")},
			do: doAt(catalog.MenuIntegrations, "Use Client ID and secret of this account's integration record.", []string{
				"They are shown once. Resetting them stops every program that uses the old ones."}, pageDetailsCode, pageReset)},
		{name: "InvalidState", pages: []string{pageDetailsCode},
			meaning: "Step one of the authorization code flow.",
			in:      []finding.Reading{official(code, "state has 22 to 1024 printable ASCII characters, new for each flow.")},
			do:      do("Send a state of 22 to 1024 printable ASCII characters, another one each time.", nil, pageDetailsCode)},
		{name: "InvalidRedirectURI", pages: []string{pageDetailsCode},
			meaning: "It is not exactly the one of the integration record.",
			in:      []finding.Reading{official(code, "https or an own scheme, never http; the same in both steps.")},
			do:      doAt(catalog.MenuIntegrations, "Make redirect_uri and the record's Redirect URI the same, character for character.", nil, pageDetailsCode, pageIntegration)},
		{name: "UnsupportedResponseType", pages: []string{pageDetailsCode},
			meaning: "Step one of the authorization code flow takes response_type=code only.",
			in:      []finding.Reading{official(code, "Send response_type=code.")},
			do:      do("Send response_type=code.", nil, pageDetailsCode)},
		{name: "AuthorizationExplicitlyDenied", pages: []string{pageDetailsCode},
			meaning: "Somebody clicked Deny or Back on the consent page.",
			in:      []finding.Reading{official(code, "The redirect URI gets access_denied.")},
			do:      do("Have the person allow the access, or use client credentials where nobody is there.", nil, pageDetailsCode)},
		{name: "InvalidGrantType", pages: []string{pageDetailsCode},
			meaning: "grant_type is not what this step takes.",
			in: []finding.Reading{
				official(code, "authorization_code in step two, refresh_token for a refresh."),
				{Where: m2m, Meaning: "Not documented; a slip in client_credentials could give it.", Basis: finding.Inferred},
			},
			do: do("Send the grant_type of your flow: authorization_code, refresh_token or client_credentials.", nil, pageDetailsCode, pageTokenRequest)},
		{name: "InvalidRequest", pages: []string{pageDetailsCode},
			meaning: "The request to the authorization or token endpoint is incomplete.",
			in: []finding.Reading{
				official(code, "Compare the parameters with Oracle's page for the step."),
				{Where: m2m, Meaning: "Not documented; a missing client_assertion could give it.", Basis: finding.Inferred},
			},
			do: do("Compare the parameters with Oracle's page for the step.", nil, pageCodeFlow, pageTokenRequest)},
		{name: "InvalidGrant", pages: []string{pageDetailsCode},
			meaning: "The authorization code was used already, has ended, or belongs to another client or redirect URI.",
			in:      []finding.Reading{official(code, "A code works once and for a short time.")},
			do:      newLogin},
		{name: "RefreshTokenExpired", pages: []string{pageDetailsFresh},
			meaning: "A confidential client's refresh token lives for 7 days; a public client's for 48 hours unless the record says otherwise, and works once.",
			in: []finding.Reading{
				official(code, "A person has to log in again."),
				{Where: m2m, Meaning: "This flow has no refresh token: the program uses the other flow.", Basis: finding.Inferred},
			},
			do: newLogin},

		{name: "consumer_key_refused", pages: []string{pageDetailsTBA},
			meaning: "The record of this consumer key is not Enabled.",
			do:      doAt(catalog.MenuIntegrations, "Set State to Enabled on the integration record.", nil, pageDetailsTBA)},
		{name: "consumer_key_unknown", pages: []string{pageDetailsTBA},
			meaning: "No integration record of this account has this consumer key.",
			do: doAt(catalog.MenuIntegrations, "Use the consumer key of this account's integration record.", []string{
				"Resetting credentials stops every program that uses the old ones."}, pageDetailsTBA)},
		{name: "InvalidTimestamp", pages: []string{pageDetailsTBA},
			meaning: "oauth_timestamp must lie within five minutes of NetSuite's time. For client credentials no such figure is documented.",
			do:      do("Synchronise the clock (NTP), and send each request right after it was signed.", nil, pageDetailsTBA, pageTBAFlow)},
		{name: "nonce_used", words: []string{"NonceUsed"}, pages: []string{pageDetailsTBA},
			meaning: "A signed request was sent twice, or the nonce is not random. RESTlets say nonce_used, SOAP and REST say NonceUsed.",
			do:      do("Make a new nonce and timestamp for every request, also for a retry.", nil, pageDetailsTBA)},
		{name: "nonce_rejected", words: []string{"NonceRejected"}, pages: []string{pageDetailsTBA},
			meaning: "A nonce has at least 6 characters; 20 are advised.",
			do:      do("Make a nonce of 20 random letters and digits.", nil, pageDetailsTBA)},
		{name: "parameter_rejected", inferred: true, pages: []string{pageDetailsTBA},
			meaning: "A parameter of the TBA header is not expected, is repeated, or has a value that is not taken.",
			do:      do("Send each parameter of RFC 5849 once, and none besides.", nil, pageDetailsTBA)},
		{name: "permission_denied", inferred: true, pages: []string{pageDetailsTBA},
			meaning: "The token's user or role lacks the permission to log in using access tokens, or is inactive.",
			do: doAt(catalog.MenuRoleDifferences, "Give the role Log in using Access Tokens, and check that user and role are active.", []string{
				"That permission is TBA's. OAuth 2.0 has another: Log in using OAuth 2.0 Access Tokens."}, pageDetailsTBA)},
		{name: "temporary_locked", pages: []string{pageDetailsTBA},
			meaning: "After five failed log-ins the user is locked for 30 minutes.",
			do:      do("Stop the program, wait 30 minutes, correct the cause, then try once.", nil, pageDetailsTBA)},
		{name: "token_rejected", inferred: true, pages: []string{pageDetailsTBA},
			meaning: "The token ID is unknown, was revoked, or is of another account: tokens are not copied to a sandbox, and a refresh removes them.",
			do:      do("Make a new TBA token in this account, or move to OAuth 2.0.", nil, pageDetailsTBA, pageTBAAudit)},
		{name: "UnknownAlgorithm", pages: []string{pageDetailsTBA},
			meaning: "TBA takes HMAC-SHA256 only. HMAC-SHA1 has ended: Oracle says with 2023.1, the field saw it earlier.",
			do:      do("Sign with HMAC-SHA256 and say so in oauth_signature_method.", nil, pageDetailsTBA)},
		{name: "VersionRejected", words: []string{"version_rejected"}, pages: []string{pageDetailsTBA},
			meaning: "The TBA header's oauth_version has another value.",
			do:      do("Send oauth_version=\"1.0\", or leave it out.", nil, pageDetailsTBA)},
		{name: "MissingTokenPassportRequiredFields", pages: []string{pageDetailsTBA},
			meaning: "A required field of the TBA header or of SOAP's token passport is missing.",
			do:      sign},
	}
}

// onlyTBA are the Details of OAuth 1.0 alone.
func (d detail) onlyTBA() bool { return slices.Contains(d.pages, pageDetailsTBA) && len(d.pages) == 1 }

func auditDetails() []entry {
	more := map[string]detail{}
	for _, d := range details() {
		for _, name := range append(d.words, d.name) {
			more[name] = d
		}
	}
	var list []entry
	for _, oracle := range catalog.Details() {
		d := more[oracle.Name]
		if d.name != oracle.Name {
			continue // another word for one that is there
		}
		e := entry{name: d.name, family: FamilyAudit, title: strings.ToUpper(oracle.Means[:1]) + oracle.Means[1:], meaning: d.meaning,
			readings: d.in, words: d.words, causes: slices.Clone(d.likely), do: d.do, basis: finding.Official, source: catalog.HelpSource(d.pages...)}
		for _, code := range oracle.Codes {
			if !slices.Contains(d.likely, code) {
				e.causes = append(e.causes, code)
			}
		}
		if d.inferred {
			e.basis = finding.Inferred
			e.source += " lists the value; its meaning follows the OAuth 1.0 extension for problem reporting"
		}
		switch {
		case d.onlyTBA():
			e.readings = []finding.Reading{official(tba, "Signed requests of token-based authentication (OAuth 1.0) only. For client credentials it cannot be.")}
			e.confirm = "whether the program's requests begin with Authorization: OAuth"
		case len(e.readings) == 0:
			e.readings = []finding.Reading{official(m2m, "Oracle lists it among those of RESTlets and REST web services; this flow has no table of its own.")}
			if oracle.Of(catalog.FlowAuthorizationCode) {
				e.readings = append(e.readings, official(code, "The same: that flow's tokens are sent with the same calls."))
			}
		}
		if len(e.readings) > 1 {
			e.confirm = tells
		}
		if e.confirm == "" && len(e.causes) == 0 {
			e.confirm = "the request that was made at the second of the entry"
		}
		list = append(list, e)
	}
	return list
}
