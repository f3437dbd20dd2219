package diagnosis

import (
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// suspect is a finding that can make a token request fail.
type suspect struct {
	rank   int  // the order in which to mend
	weak   bool // as a warning it makes a refusal possible, not likely
	always bool // worth naming though no server was reached: not about a credential
	// universal says that it holds for every authorization server, not by a rule
	// of NetSuite's: nothing can be sent, or RFC 7515, 7519 or 7523 forbid it.
	universal bool
}

// suspects by code, ranked.
var suspects = ranked(rankedCodes)

var rankedCodes = []rankedCode{
	{code: "profile.missing-value", universal: true},
	{code: "profile.insecure-url", universal: true},
	{code: "profile.algorithm-unknown", universal: true},
	{code: "profile.account-id-unfamiliar", weak: true},
	{code: "profile.mixed-sources", weak: true},

	{code: "key.unreadable", universal: true},
	{code: "key.not-a-private-key", universal: true},
	{code: "key.unparsable", universal: true},
	{code: "key.encrypted", universal: true},
	{code: "key.passphrase-wrong", universal: true},
	{code: "key.explicit-parameters", universal: true},
	{code: "key.type-unsupported"},
	{code: "key.rsa-too-small"},
	{code: "key.rsa-size-unsupported"},
	{code: "key.curve-unsupported"},
	{code: "key.exponent-unusual", weak: true},
	{code: "key.multiple-keys", weak: true},

	{code: "certificate.key-unsupported"},
	{code: "certificate.key-mismatch"},
	{code: "certificate.expired"},
	{code: "certificate.not-yet-valid"},

	{code: "profile.certificate-id-malformed"},
	{code: "certificate-id.mismatch"},
	{code: "certificate-id.belongs-to-other-file"},
	{code: "assertion.kid-missing"},
	{code: "assertion.kid-is-thumbprint"},
	{code: "assertion.kid-malformed"},
	{code: "assertion.kid-mismatch"},

	{code: "profile.client-id-is-application-id"},
	{code: "profile.client-id-malformed"},
	{code: "assertion.issuer-missing", universal: true},
	{code: "assertion.issuer-is-application-id"},
	{code: "assertion.issuer-malformed"},
	{code: "assertion.issuer-mismatch"},

	{code: "assertion.malformed", universal: true},
	{code: "assertion.is-access-token"},
	{code: "assertion.alg-deprecated"},
	{code: "assertion.alg-unsupported"},
	{code: "assertion.alg-key-mismatch", universal: true},
	{code: "assertion.signature-encoding-der", universal: true},
	{code: "assertion.salt-length"},
	{code: "assertion.signature-invalid", universal: true},
	{code: "assertion.crit-unsupported"},
	{code: "assertion.key-embedded", weak: true},
	{code: "assertion.typ-unexpected", weak: true},
	{code: "assertion.audience-missing"},
	{code: "assertion.audience-is-issuer"},
	{code: "assertion.audience-mismatch"},
	{code: "assertion.time-claim-invalid"},
	{code: "assertion.lifetime-too-long"},
	{code: "assertion.expired", universal: true},
	{code: "assertion.issued-in-future"},
	{code: "assertion.not-before"},
	{code: "profile.scope-not-for-m2m"},
	{code: "profile.scope-unknown"},
	{code: "assertion.scope-missing"},
	{code: "assertion.scope-not-for-m2m"},
	{code: "assertion.scope-unknown"},
	{code: "assertion.scope-separator"},
	{code: "assertion.duplicate-member", weak: true},

	{code: "request.wrong-method"},
	{code: "request.content-type"},
	{code: "request.parameter-missing"},
	{code: "request.parameter-repeated"},
	{code: "request.client-authentication", weak: true},
	{code: "request.cookie", weak: true},

	{code: "clock.skewed", always: true, universal: true},
	{code: "clock.sources-disagree", weak: true, always: true},
}

type rankedCode struct {
	code                    finding.Code
	weak, always, universal bool
}

func ranked(codes []rankedCode) map[finding.Code]suspect {
	m := make(map[finding.Code]suspect, len(codes))
	for i, c := range codes {
		m[c.code] = suspect{rank: i, weak: c.weak, always: c.always, universal: c.universal}
	}
	return m
}

// reach are the faults of the way to an answer. Each is its own cause.
var reach = []finding.Code{
	"network.account-not-found", "network.dns-failure", "network.unreachable",
	"network.timeout", "network.tls-untrusted", "network.tls-handshake",
	"network.proxy-refused", "network.proxy-auth-unsupported", "network.not-netsuite",
	"network.redirected", "token.rate-limited", "token.unavailable",
	"token.unexpected-response",
}

// refusals are the token endpoint's errors that speak of the request it was sent.
var refusals = []finding.Code{
	"token.server-error", "token.invalid-grant", "token.invalid-client",
	"token.invalid-request", "token.invalid-scope", "token.unauthorized-client",
	"token.unsupported-grant-type",
}

// priorOrder is the set that a bare refusal leaves: what reports name first, then
// what the request meets in NetSuite, nearest first (docs/diagnosis.md, "The order";
// an inference, since nobody counts). The sandbox's refresh is in it only for a
// sandbox.
var priorOrder = []finding.Code{
	"setup.sandbox-refreshed",
	"setup.mapping-missing",
	"setup.certificate-revoked",
	"setup.integration-disabled",
	"setup.integration-unknown",
	"setup.grant-not-enabled",
	"setup.scope-not-enabled",
	"setup.features-disabled",
	"setup.role-or-entity-inactive",
	"setup.login-permission-missing",
}

// whenItWorked is the same set for a set-up that worked before: what changes by
// itself or by another hand comes first.
var whenItWorked = []finding.Code{
	"setup.certificate-revoked",
	"setup.role-or-entity-inactive",
	"setup.integration-disabled",
	"setup.sandbox-refreshed",
	"setup.mapping-missing",
	"setup.integration-unknown",
	"setup.grant-not-enabled",
	"setup.scope-not-enabled",
	"setup.features-disabled",
	"setup.login-permission-missing",
}

// hints bring the members forward that an OAuth error speaks of. RFC 6749, section
// 5.2, defines the errors; whether NetSuite keeps to it in this flow is not known,
// so that nothing leaves the set and nothing becomes likelier than possible.
var hints = map[finding.Code][]finding.Code{
	"token.invalid-client":         {"setup.integration-unknown", "setup.integration-disabled"},
	"token.invalid-grant":          {"setup.mapping-missing", "setup.certificate-revoked", "setup.role-or-entity-inactive"},
	"token.invalid-scope":          {"setup.scope-not-enabled"},
	"token.unauthorized-client":    {"setup.grant-not-enabled"},
	"token.unsupported-grant-type": {"setup.grant-not-enabled"},
}

// blindSpots are causes that a check shows when it can look. They join the set
// when it could not: without a certificate file, without a clock to compare with.
var blindSpots = []struct {
	code    finding.Code
	because string // a name in diagnosis.yaml
}{
	{"certificate.key-mismatch", "pair-not-compared"},
	{"certificate-id.mismatch", "certificate-id-not-compared"},
	{"clock.skewed", "clock-not-compared"},
}

// call is a refused API call that has more than one possible cause.
type call struct {
	set  []finding.Code
	when func(finding.Finding) bool // nil: always; else it has one cause, the code itself
	// explainedBy are findings of other checks that make the refusal likely.
	explainedBy map[finding.Code]bool
}

// ambiguousCalls by what the call answered (Oracle NetSuite Help, page
// section_156570709583: one message for token, role, entity and scope; two field
// reports differ about the cause of a 400 USER_ERROR).
var ambiguousCalls = map[finding.Code]call{
	"api.invalid-login": {
		set: []finding.Code{"setup.login-permission-missing", "api.permission-missing", "setup.role-or-entity-inactive",
			"setup.features-disabled"},
		explainedBy: map[finding.Code]bool{"role.scope-not-granted": true, "role.account-mismatch": true},
	},
	"api.permission-missing": {
		set:  []finding.Code{"api.permission-missing", "setup.features-disabled"},
		when: ofServerTime,
	},
	"api.workbook-permission-missing": {
		set: []finding.Code{"api.workbook-permission-missing", "setup.login-permission-missing"},
	},
}

// ofServerTime reports whether the refused call is the one that needs no permission
// to any record (Oracle NetSuite Help, page article_0528010158): then REST web
// services as a whole are refused.
func ofServerTime(f finding.Finding) bool {
	path, _ := f.Evidence["path"].(string)
	return strings.HasSuffix(path, "/system/v1/serverTime")
}

// announces are warnings that a refusal will follow from.
var announces = []finding.Code{"certificate.expiring-soon", "mapping.expiring-soon"}

// explains reports whether a refusal, of a token or of a call, follows from code.
func explains(code finding.Code) bool {
	if _, ok := suspects[code]; ok || catalog.Unseen()[code] != "" {
		return true
	}
	for _, call := range ambiguousCalls {
		if call.explainedBy[code] {
			return true
		}
	}
	return false
}
