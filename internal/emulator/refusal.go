package emulator

import (
	"net/http"
	"sync"
)

// Basis says how well an answer of this server is known to be NetSuite's.
type Basis string

const (
	Official Basis = "official" // Oracle documents it
	Observed Basis = "observed" // somebody saw it and reported it
	Guess    Basis = "guess"    // no source: a default of this server
)

// Refusal is one reason why a request was refused.
type Refusal struct {
	// Code names the reason, in the words of nsauth's findings.
	Code string `json:"code"`
	// Detail is the Detail code of the Login Audit Trail, "" where none is documented.
	Detail string `json:"detail"`
	// Reason says what was found. It never quotes an assertion or a token.
	Reason string `json:"reason"`
	// Basis is that of Detail.
	Basis Basis `json:"basis"`
}

// rule is what is known of one reason: its audit-trail Detail (Oracle NetSuite
// Help, subsect_158324637123) and its error code under ErrorsOAuth, which is
// for client credentials always a guess after RFC 6749 section 5.2 and RFC 7523
// section 3.2. A rule without a Detail is a guess as a whole.
type rule struct {
	detail string
	oauth  string
}

const (
	invalidRequest     = "invalid_request"
	invalidClient      = "invalid_client"
	invalidGrant       = "invalid_grant"
	invalidScope       = "invalid_scope"
	unauthorizedClient = "unauthorized_client"
	unsupportedGrant   = "unsupported_grant_type"
)

var rules = sync.OnceValue(func() map[string]rule {
	return map[string]rule{
		// The request. Oracle documents invalid_request and unsupported_grant_type
		// for the authorization-code flow (subsect_158521832417).
		"request.wrong-method":            {"", invalidRequest},
		"request.content-type":            {"", invalidRequest},
		"request.malformed":               {"", invalidRequest},
		"request.incomplete":              {"", invalidRequest},
		"request.parameter-missing":       {"", invalidRequest},
		"request.parameter-repeated":      {"", invalidRequest},
		"request.parameter-unexpected":    {"", invalidRequest},
		"request.grant-type":              {"", unsupportedGrant},
		"request.client-authentication":   {"", invalidRequest},
		"request.client-id-mismatch":      {"", invalidRequest},
		"request.cookie":                  {"", invalidRequest}, // of a token request
		"request.authorization-missing":   {"", ""},
		"request.authorization-malformed": {"", ""},

		// The assertion.
		"assertion.malformed":                {"", invalidClient},
		"assertion.duplicate-member":         {"", invalidClient},
		"assertion.typ-unexpected":           {"", invalidClient},
		"assertion.crit-unsupported":         {"", invalidClient},
		"assertion.alg-deprecated":           {"UnsupportedAlgo", invalidClient},
		"assertion.alg-unsupported":          {"UnsupportedAlgo", invalidClient},
		"assertion.alg-key-mismatch":         {"SignatureValidation", invalidClient},
		"assertion.signature-invalid":        {"SignatureValidation", invalidClient},
		"assertion.signature-encoding-der":   {"SignatureValidation", invalidClient},
		"assertion.salt-length":              {"SignatureValidation", invalidClient},
		"assertion.kid-missing":              {"MissingKeyId", invalidClient},
		"assertion.kid-malformed":            {"MissingKey", invalidClient},
		"assertion.issuer-missing":           {"InvalidIssuer", invalidClient},
		"assertion.issuer-is-application-id": {"InvalidIssuer", invalidClient},
		"assertion.issuer-mismatch":          {"InvalidIssuer", invalidClient},
		"assertion.audience-missing":         {"", invalidClient},
		"assertion.audience-mismatch":        {"", invalidClient},
		"assertion.time-claim-invalid":       {"", invalidClient},
		"assertion.expired":                  {"TokenExpired", invalidClient},
		"assertion.issued-in-future":         {"TokenNotAcceptable", invalidClient},
		"assertion.not-before":               {"", invalidClient},
		"assertion.lifetime-too-long":        {"TokenValidityTooBroad", invalidClient},
		"assertion.claim-refused":            {"", invalidClient},
		"assertion.scope-missing":            {"InvalidScope", invalidScope},
		"assertion.scope-unknown":            {"InvalidScope", invalidScope},
		"assertion.scope-not-for-m2m":        {"InvalidScope", invalidScope},
		"assertion.scope-separator":          {"InvalidScope", invalidScope},

		// The registered certificate. A kid of no valid certificate is MissingKey,
		// whatever made it so.
		"key.rsa-too-small":         {"MissingKey", invalidClient},
		"key.rsa-size-unsupported":  {"MissingKey", invalidClient},
		"key.curve-unsupported":     {"MissingKey", invalidClient},
		"key.type-unsupported":      {"MissingKey", invalidClient},
		"certificate.expired":       {"MissingKey", invalidClient},
		"certificate.not-yet-valid": {"MissingKey", invalidClient},
		"setup.certificate-revoked": {"MissingKey", invalidClient},
		"setup.mapping-missing":     {"MissingKey", invalidClient},

		// The account's set-up.
		"setup.features-disabled":        {"FeatureDisabled", unauthorizedClient},
		"setup.integration-unknown":      {"InvalidIssuer", invalidClient},
		"setup.integration-disabled":     {"IntegrationBlocked", unauthorizedClient},
		"setup.grant-not-enabled":        {"", unauthorizedClient},
		"setup.scope-not-enabled":        {"ScopeMismatched", invalidScope},
		"setup.role-or-entity-inactive":  {"EntityOrRoleDisabled", invalidGrant},
		"setup.login-permission-missing": {"", invalidGrant},

		// The access token.
		"token.invalid":                   {"InvalidSignature", ""},
		"token.is-assertion":              {"InvalidTokenType", ""},
		"token.expired":                   {"AccessTokenExpired", ""},
		"token.account-mismatch":          {"", ""},
		"token.scope":                     {"ScopeMismatched", ""},
		"api.feature-disabled":            {"", ""}, // FeatureDisabled is of OAUTH 2.0
		"api.permission-missing":          {"", ""},
		"api.workbook-permission-missing": {"", ""},
		"api.not-found":                   {"", ""},
		"api.invalid-request":             {"", ""},
		"api.query-invalid":               {"", ""},
		"api.record-not-visible":          {"", ""},
		"api.rate-limited":                {"", ""},
		"api.restlet-error":               {"", ""},
		"mapping.limit-reached":           {"", ""},
		"mapping.certificate-in-use":      {"", ""},
		"mapping.revoked":                 {"", ""},
		"certificate.not-a-certificate":   {"", ""},
		"certificate.unparsable":          {"", ""},
		"proxy.refused":                   {"", ""},
		"network.tls-untrusted":           {"", ""},
		"network.tls-handshake":           {"", ""},
		"internal.panic":                  {"", ""},
	}
})

// refuse makes a Refusal by its rule. A code without a rule is a mistake in
// this package, and a test calls every one.
func refuse(code, reason string) Refusal {
	r, known := rules()[code]
	if !known {
		panic("emulator: no rule " + code)
	}
	basis := Guess
	if r.detail != "" {
		basis = Official
	}
	return Refusal{Code: code, Detail: r.detail, Reason: reason, Basis: basis}
}

// statusOf is the status of an OAuth error: 400, and 401 for invalid_client
// (RFC 6749 section 5.2; Oracle NetSuite Help, subsect_158521832417).
func statusOf(oauth string) int {
	if oauth == invalidClient {
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}
