package verdict

import (
	"slices"
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
	InvalidRequest     = "invalid_request"
	InvalidClient      = "invalid_client"
	invalidGrant       = "invalid_grant"
	invalidScope       = "invalid_scope"
	unauthorizedClient = "unauthorized_client"
	unsupportedGrant   = "unsupported_grant_type"
)

var rules = sync.OnceValue(func() map[string]rule {
	return map[string]rule{
		// The request. Oracle documents invalid_request and unsupported_grant_type
		// for the authorization-code flow (subsect_158521832417).
		"request.wrong-method":            {"", InvalidRequest},
		"request.content-type":            {"", InvalidRequest},
		"request.malformed":               {"", InvalidRequest},
		"request.incomplete":              {"", InvalidRequest},
		"request.parameter-missing":       {"", InvalidRequest},
		"request.parameter-repeated":      {"", InvalidRequest},
		"request.parameter-unexpected":    {"", InvalidRequest},
		"request.grant-type":              {"", unsupportedGrant},
		"request.client-authentication":   {"", InvalidRequest},
		"request.client-id-mismatch":      {"", InvalidRequest},
		"request.cookie":                  {"", InvalidRequest}, // of a token request
		"request.authorization-missing":   {"", ""},
		"request.authorization-malformed": {"", ""},

		// The assertion.
		"assertion.malformed":                {"", InvalidClient},
		"assertion.duplicate-member":         {"", InvalidClient},
		"assertion.typ-unexpected":           {"", InvalidClient},
		"assertion.crit-unsupported":         {"", InvalidClient},
		"assertion.alg-deprecated":           {"UnsupportedAlgo", InvalidClient},
		"assertion.alg-unsupported":          {"UnsupportedAlgo", InvalidClient},
		"assertion.alg-key-mismatch":         {"SignatureValidation", InvalidClient},
		"assertion.signature-invalid":        {"SignatureValidation", InvalidClient},
		"assertion.signature-encoding-der":   {"SignatureValidation", InvalidClient},
		"assertion.salt-length":              {"SignatureValidation", InvalidClient},
		"assertion.kid-missing":              {"MissingKeyId", InvalidClient},
		"assertion.kid-malformed":            {"MissingKey", InvalidClient},
		"assertion.issuer-missing":           {"InvalidIssuer", InvalidClient},
		"assertion.issuer-is-application-id": {"InvalidIssuer", InvalidClient},
		"assertion.issuer-mismatch":          {"InvalidIssuer", InvalidClient},
		"assertion.audience-missing":         {"", InvalidClient},
		"assertion.audience-mismatch":        {"", InvalidClient},
		"assertion.time-claim-invalid":       {"", InvalidClient},
		"assertion.expired":                  {"TokenExpired", InvalidClient},
		"assertion.issued-in-future":         {"TokenNotAcceptable", InvalidClient},
		"assertion.not-before":               {"", InvalidClient},
		"assertion.lifetime-too-long":        {"TokenValidityTooBroad", InvalidClient},
		"assertion.claim-refused":            {"", InvalidClient},
		"assertion.scope-missing":            {"InvalidScope", invalidScope},
		"assertion.scope-unknown":            {"InvalidScope", invalidScope},
		"assertion.scope-not-for-m2m":        {"InvalidScope", invalidScope},
		"assertion.scope-separator":          {"InvalidScope", invalidScope},

		// The registered certificate. A kid of no valid certificate is MissingKey,
		// whatever made it so.
		"key.rsa-too-small":         {"MissingKey", InvalidClient},
		"key.rsa-size-unsupported":  {"MissingKey", InvalidClient},
		"key.curve-unsupported":     {"MissingKey", InvalidClient},
		"key.type-unsupported":      {"MissingKey", InvalidClient},
		"certificate.expired":       {"MissingKey", InvalidClient},
		"certificate.not-yet-valid": {"MissingKey", InvalidClient},
		"setup.certificate-revoked": {"MissingKey", InvalidClient},
		"setup.mapping-missing":     {"MissingKey", InvalidClient},

		// The account's set-up.
		"setup.features-disabled":        {"FeatureDisabled", unauthorizedClient},
		"setup.integration-unknown":      {"InvalidIssuer", InvalidClient},
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

// OAuthCode is the error code of RFC 6749 for a refusal.
func OAuthCode(code string) string { return rules()[code].oauth }

// Refuse makes a Refusal by its rule. A code without a rule is a mistake in
// this package, and a test calls every one.
func Refuse(code, reason string) Refusal {
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

// Codes are the codes that a verdict may have, sorted.
func Codes() []string {
	var codes []string
	for code := range rules() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}
