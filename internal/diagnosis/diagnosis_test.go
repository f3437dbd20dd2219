package diagnosis_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// found makes the result of a check that raised the codes, with the status that
// follows from them.
func found(id finding.CheckID, codes ...string) finding.Result {
	r := finding.Result{ID: id, Selected: true}
	for _, c := range codes {
		code, reason, _ := strings.Cut(c, "/")
		ev := finding.Evidence{"path": "x.pem"}
		if reason != "" {
			ev["reason"] = reason
		}
		r.Findings = append(r.Findings, catalog.New(finding.Code(code), ev))
	}
	r.Status = finding.StatusOf(r.Findings)
	return r
}

func with(r finding.Result, facts any) finding.Result {
	r.Facts = facts
	return r
}

func blocked(id finding.CheckID, by finding.CheckID) finding.Result {
	return finding.Result{ID: id, Status: finding.Skip, BlockedBy: []finding.CheckID{by}}
}

// healthy are the results of a run whose local checks all passed: everything was
// measured, and nothing was wrong.
func healthy() []finding.Result {
	id := "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"
	offset, source, status := 0.2, "1234567.suitetalk.api.netsuite.com", 200
	return []finding.Result{
		found(finding.CheckProfile),
		with(found(finding.CheckKey), finding.KeyFacts{Type: "RSA", Bits: 4096, SPKISHA256: "ab"}),
		with(found(finding.CheckCertificate), finding.CertificateFacts{NotAfter: "2028-01-01T00:00:00Z", DaysLeft: 404}),
		with(found(finding.CheckCertificateID), finding.CertificateIDFacts{Configured: &id, Computed: &id}),
		with(found(finding.CheckAssertion), finding.AssertionFacts{Header: map[string]any{"alg": "PS256"}, Signature: "verified"}),
		with(found(finding.CheckNetwork), finding.NetworkFacts{Host: source}),
		with(found(finding.CheckClock), &finding.ClockFacts{OffsetSeconds: &offset, Source: &source}),
		with(found(finding.CheckToken), finding.TokenFacts{Status: &status}),
		with(found(finding.CheckFeatures), finding.ProvenBy{By: "api"}),
		with(found(finding.CheckIntegration), finding.ProvenBy{By: "token"}),
		with(found(finding.CheckRole), finding.RoleFacts{}),
		with(found(finding.CheckAPI), finding.APIFacts{Calls: []finding.APICall{{Status: &status}}}),
		found(finding.CheckMapping),
	}
}

// but replaces the results of a healthy run.
func but(changed ...finding.Result) []finding.Result {
	results := healthy()
	for _, c := range changed {
		for i := range results {
			if results[i].ID == c.ID {
				results[i] = c
			}
		}
	}
	return results
}

// refused replaces results of a run whose token request was refused.
func refused(code string, changed ...finding.Result) []finding.Result {
	after := []finding.Result{found(finding.CheckToken, code)}
	for _, id := range []finding.CheckID{finding.CheckFeatures, finding.CheckIntegration, finding.CheckRole, finding.CheckAPI, finding.CheckMapping} {
		after = append(after, blocked(id, finding.CheckToken))
	}
	return but(append(after, changed...)...)
}

// unsent replaces results of a run that never got an answer.
func unsent(network finding.Result, changed ...finding.Result) []finding.Result {
	after := []finding.Result{network, blocked(finding.CheckToken, finding.CheckNetwork), found(finding.CheckClock, "clock.unmeasured")}
	for _, id := range []finding.CheckID{finding.CheckFeatures, finding.CheckIntegration, finding.CheckRole, finding.CheckAPI, finding.CheckMapping} {
		after = append(after, blocked(id, finding.CheckToken))
	}
	return but(append(after, changed...)...)
}

// brief writes a cause as "code confidence", with "<- cause" for a consequence.
func brief(d *finding.Diagnosis) []string {
	if d == nil {
		return nil
	}
	lines := []string{}
	for _, c := range d.Causes {
		line := fmt.Sprintf("%s %s", c.Code, c.Confidence)
		if c.ConsequenceOf != nil {
			line += " <- " + string(*c.ConsequenceOf)
		}
		lines = append(lines, line)
	}
	return lines
}

func possible(codes ...string) []string {
	var lines []string
	for _, c := range codes {
		lines = append(lines, c+" possible")
	}
	return lines
}

// theSet is what a bare refusal leaves.
var theSet = possible("setup.mapping-missing", "setup.certificate-revoked", "setup.integration-disabled",
	"setup.integration-unknown", "setup.grant-not-enabled", "setup.scope-not-enabled", "setup.features-disabled",
	"setup.role-or-entity-inactive", "setup.login-permission-missing")

var sandboxSet = append(possible("setup.sandbox-refreshed"), theSet...)

// clockAt are the facts of a clock that is seconds ahead of NetSuite's.
func clockAt(seconds float64) finding.ClockFacts {
	return finding.ClockFacts{OffsetSeconds: &seconds, UncertaintySeconds: new(1.0), Source: new("1234567.suitetalk.api.netsuite.com")}
}

// contested is a clock that is off by the server's date, and right by NTP.
func contested(byDate string) finding.Result {
	r := found(finding.CheckClock, "clock.skewed/not-by-ntp")
	r.Findings[0].Evidence["by_date"] = byDate
	return r
}

// justMade is a refusal at a given time of a certificate that is valid since 17:37 on
// 20 November, by a profile with values from different places.
func justMade(at string) []finding.Result {
	return refused("token.server-error", found(finding.CheckProfile, "profile.mixed-sources"),
		finding.Result{ID: finding.CheckToken, Status: finding.Fail, Findings: found(finding.CheckToken, "token.server-error").Findings, Facts: finding.TokenFacts{At: &at}},
		finding.Result{ID: finding.CheckCertificate, Status: finding.Pass, Facts: finding.CertificateFacts{
			NotBefore: "2026-11-20T17:37:00Z", NotAfter: "2028-11-19T17:37:00Z", ValidityDays: 730, DaysLeft: 729}})
}

type run struct {
	name    string
	results []finding.Result
	context diagnosis.Context
	want    []string
}

func runs() []run {
	const server = "token.server-error"
	return []run{
		{name: "everything passes", results: healthy()},
		{name: "a benign skip", results: but(finding.Result{ID: finding.CheckCertificate, Status: finding.Skip})},
		{name: "bare refusal", results: refused(server), want: theSet},
		{name: "bare refusal, sandbox", results: refused(server), context: diagnosis.Context{Sandbox: true}, want: sandboxSet},
		{name: "bare refusal of what worked before", results: refused(server), context: diagnosis.Context{Sandbox: true, Worked: &diagnosis.Worked{}},
			want: possible("setup.certificate-revoked", "setup.role-or-entity-inactive", "setup.integration-disabled",
				"setup.sandbox-refreshed", "setup.mapping-missing", "setup.integration-unknown", "setup.grant-not-enabled",
				"setup.scope-not-enabled", "setup.features-disabled", "setup.login-permission-missing")},
		{name: "small key", results: refused(server, found(finding.CheckKey, "key.rsa-too-small")),
			want: []string{"key.rsa-too-small certain", "token.server-error likely <- key.rsa-too-small"}},
		{name: "several certain causes come in the order in which to mend them",
			results: refused(server,
				found(finding.CheckClock, "clock.skewed/assertion-expired"),
				found(finding.CheckAssertion, "assertion.alg-deprecated", "assertion.kid-missing"),
				found(finding.CheckProfile, "profile.client-id-is-application-id"),
				found(finding.CheckCertificate, "certificate.expired", "certificate.key-mismatch"),
				found(finding.CheckKey, "key.rsa-too-small")),
			want: []string{"key.rsa-too-small certain", "certificate.key-mismatch certain", "certificate.expired certain",
				"assertion.kid-missing certain", "profile.client-id-is-application-id certain", "assertion.alg-deprecated certain",
				"clock.skewed certain", "token.server-error likely <- key.rsa-too-small"}},
		{name: "a certificate file whose ID is not the configured one proves nothing",
			results: refused(server, found(finding.CheckCertificate, "certificate.expired", "certificate.key-mismatch"), found(finding.CheckCertificateID, "certificate-id.mismatch")),
			want: append([]string{"certificate.key-mismatch likely", "certificate.expired likely", "certificate-id.mismatch likely",
				"token.server-error likely <- certificate.key-mismatch"}, theSet...)},
		{name: "the same file, its ID misspelt",
			results: refused(server, found(finding.CheckCertificate, "certificate.expired"), found(finding.CheckCertificateID, "certificate-id.mismatch/case")),
			want:    []string{"certificate.expired certain", "certificate-id.mismatch likely", "token.server-error likely <- certificate.expired"}},
		{name: "a likely cause stays beside a certain one",
			results: refused(server, found(finding.CheckCertificateID, "certificate-id.mismatch"), found(finding.CheckAssertion, "assertion.alg-deprecated")),
			want: []string{"assertion.alg-deprecated certain", "certificate-id.mismatch likely",
				"token.server-error likely <- assertion.alg-deprecated"}},
		{name: "an inferred warning is at most likely, and the set stays",
			results: refused(server, found(finding.CheckCertificateID, "certificate-id.mismatch")),
			want: append([]string{"certificate-id.mismatch likely", "token.server-error likely <- certificate-id.mismatch"},
				theSet...)},
		{name: "an error that nobody documents as refused is likely",
			results: refused(server, found(finding.CheckAssertion, "assertion.audience-mismatch/other-account")),
			want: append([]string{"assertion.audience-mismatch likely", "token.server-error likely <- assertion.audience-mismatch"},
				theSet...)},
		{name: "a weak warning is possible", results: refused(server, found(finding.CheckProfile, "profile.mixed-sources")),
			want: append(possible("profile.mixed-sources"), theSet...)},
		{name: "information and housekeeping are no causes",
			results: refused(server, with(found(finding.CheckKey, "key.readable-by-others"), finding.KeyFacts{Type: "RSA", Bits: 4096, SPKISHA256: "ab"}),
				with(found(finding.CheckCertificate, "certificate.sha1-signature", "certificate.expiring-soon"), finding.CertificateFacts{})),
			want: theSet},
		{name: "an accepted warning is still evidence",
			results: refused(server, accepted(found(finding.CheckCertificateID, "certificate-id.mismatch"))),
			want: append([]string{"certificate-id.mismatch likely", "token.server-error likely <- certificate-id.mismatch"},
				theSet...)},
		{name: "no certificate and no clock: what was not compared is possible",
			results: refused(server, finding.Result{ID: finding.CheckCertificate, Status: finding.Skip},
				finding.Result{ID: finding.CheckCertificateID, Status: finding.Skip}, found(finding.CheckClock, "clock.unmeasured")),
			want: slices.Concat(possible("certificate.key-mismatch", "certificate-id.mismatch"), theSet, possible("clock.skewed"))},
		{name: "an unreadable certificate is not why the token was refused",
			results: refused(server, found(finding.CheckCertificate, "certificate.unreadable"), blocked(finding.CheckCertificateID, finding.CheckCertificate)),
			want:    append(possible("certificate.key-mismatch", "certificate-id.mismatch"), theSet...)},
		{name: "invalid_scope brings the scope forward and excludes nothing", results: refused("token.invalid-scope"),
			want: possible("setup.scope-not-enabled", "setup.mapping-missing", "setup.certificate-revoked", "setup.integration-disabled",
				"setup.integration-unknown", "setup.grant-not-enabled", "setup.features-disabled",
				"setup.role-or-entity-inactive", "setup.login-permission-missing")},
		{name: "invalid_request may be of the form, which nothing in the account changes", results: refused("token.invalid-request"),
			want: append(possible("token.invalid-request"), theSet...)},
		{name: "invalid_request follows from what is proven", results: refused("token.invalid-request", found(finding.CheckKey, "key.rsa-too-small")),
			want: []string{"key.rsa-too-small certain", "token.invalid-request likely <- key.rsa-too-small"}},
		{name: "another authorization server", results: refused("token.invalid-client"), context: diagnosis.Context{Foreign: true},
			want: possible("token.invalid-client")},
		{name: "another authorization server, old assertion",
			results: refused("token.invalid-grant", found(finding.CheckAssertion, "assertion.expired")), context: diagnosis.Context{Foreign: true},
			want: []string{"assertion.expired certain", "token.invalid-grant likely <- assertion.expired"}},

		{name: "another authorization server has no rule about RSA 2048",
			results: refused("token.invalid-client", found(finding.CheckKey, "key.rsa-too-small")), context: diagnosis.Context{Foreign: true},
			want: []string{"key.rsa-too-small likely", "token.invalid-client likely <- key.rsa-too-small"}},

		{name: "the key does not load", results: but(found(finding.CheckKey, "key.encrypted"), blocked(finding.CheckAssertion, finding.CheckKey), blocked(finding.CheckToken, finding.CheckAssertion)),
			want: []string{"key.encrypted certain"}},
		{name: "timeout", results: unsent(found(finding.CheckNetwork, "network.timeout")),
			want: []string{"network.timeout certain", "clock.unmeasured possible <- network.timeout"}},
		{name: "timeout, and no advice about credentials",
			results: unsent(found(finding.CheckNetwork, "network.timeout"), found(finding.CheckCertificateID, "certificate-id.mismatch"), found(finding.CheckProfile, "profile.mixed-sources")),
			want:    []string{"network.timeout certain", "clock.unmeasured possible <- network.timeout"}},
		{name: "timeout beside a proven error",
			results: unsent(found(finding.CheckNetwork, "network.timeout"), found(finding.CheckKey, "key.rsa-too-small")),
			want:    []string{"key.rsa-too-small certain", "network.timeout certain", "clock.unmeasured possible <- network.timeout"}},
		{name: "no such account", results: unsent(found(finding.CheckNetwork, "network.account-not-found")),
			want: []string{"network.account-not-found certain", "clock.unmeasured possible <- network.account-not-found"}},
		{name: "an HTML page", results: unsent(found(finding.CheckNetwork, "network.not-netsuite/html")),
			want: []string{"network.not-netsuite certain", "clock.unmeasured possible <- network.not-netsuite"}},
		{name: "maintenance", results: refused("token.unavailable", found(finding.CheckCertificateID, "certificate-id.mismatch")),
			want: []string{"token.unavailable certain"}},
		{name: "an answer that is none", results: refused("token.unexpected-response/html"), want: []string{"token.unexpected-response certain"}},
		{name: "clock behind, no token asked for", results: refused("token.unavailable", found(finding.CheckClock, "clock.skewed/behind")),
			want: []string{"token.unavailable certain", "clock.skewed possible"}},

		{name: "a clock that is behind sees a certificate that is not valid yet", results: unsent(found(finding.CheckNetwork, "network.tls-untrusted/not-yet-valid"), found(finding.CheckClock, "clock.skewed/behind")),
			want: []string{"clock.skewed likely", "network.tls-untrusted likely <- clock.skewed"}},
		{name: "a clock that is behind makes none expire", results: unsent(found(finding.CheckNetwork, "network.tls-untrusted/expired"), found(finding.CheckClock, "clock.skewed/behind")),
			want: []string{"network.tls-untrusted certain", "clock.skewed possible"}},
		{name: "A1: clock ahead, and the whole set", results: refused(server, found(finding.CheckClock, "clock.skewed/ahead")),
			want: append([]string{"clock.skewed likely", "token.server-error likely <- clock.skewed"}, theSet...)},
		{name: "A1: clock ahead, no certificate file", results: refused(server, found(finding.CheckClock, "clock.skewed/ahead"), finding.Result{ID: finding.CheckCertificate, Status: finding.Skip}),
			want: append([]string{"clock.skewed likely", "token.server-error likely <- clock.skewed", "certificate.key-mismatch possible"}, theSet...)},
		{name: "A1: clock behind by less than the assertion's life", results: refused(server, found(finding.CheckClock, "clock.skewed/behind")),
			want: append(theSet[:len(theSet):len(theSet)], possible("clock.skewed")...)},
		{name: "A1: clock behind, and a proven error", results: refused(server, found(finding.CheckClock, "clock.skewed/behind"), found(finding.CheckKey, "key.rsa-too-small")),
			want: []string{"key.rsa-too-small certain", "token.server-error likely <- key.rsa-too-small", "clock.skewed possible"}},
		{name: "A1: clock ahead by less than the warning", results: refused(server, with(finding.Result{ID: finding.CheckClock, Status: finding.Pass}, clockAt(45))),
			want: append(theSet[:len(theSet):len(theSet)], possible("clock.skewed")...)},
		{name: "A1: clock behind by as little", results: refused(server, with(finding.Result{ID: finding.CheckClock, Status: finding.Pass}, clockAt(-45))), want: theSet},
		{name: "A1: far behind by the server's date, right by NTP", results: refused(server, contested("assertion-expired")),
			want: append([]string{"clock.skewed likely", "token.server-error likely <- clock.skewed"}, theSet...)},
		{name: "A1: behind by the server's date, right by NTP", results: refused(server, contested("behind")),
			want: append(theSet[:len(theSet):len(theSet)], possible("clock.skewed")...)},
		{name: "A20: clock skipped", results: refused(server, finding.Result{ID: finding.CheckClock, Status: finding.Skip}),
			want: append(theSet[:len(theSet):len(theSet)], possible("clock.skewed")...)},
		{name: "A20: a certificate of minutes, and values from different places", results: justMade("2026-11-20T17:42:00Z"),
			want: slices.Concat(theSet[:1], possible("profile.mixed-sources"), theSet[1:])},
		{name: "A20: a certificate of yesterday", results: justMade("2026-11-21T17:42:00Z"), want: append(possible("profile.mixed-sources"), theSet...)},
		{name: "clock ahead, and a Detail", results: refused(server, found(finding.CheckClock, "clock.skewed/ahead")), context: diagnosis.Context{AuditDetail: "FeatureDisabled"},
			want: []string{"setup.features-disabled likely", "token.server-error likely <- setup.features-disabled", "clock.skewed possible"}},

		{name: "offline warning", results: but(found(finding.CheckCertificateID, "certificate-id.mismatch"), finding.Result{ID: finding.CheckToken, Status: finding.Skip}),
			want: possible("certificate-id.mismatch")},
		{name: "ends soon", results: but(found(finding.CheckCertificate, "certificate.expiring-soon")), want: []string{"certificate.expiring-soon certain"}},
		{name: "a warning that NetSuite overruled", results: but(found(finding.CheckCertificateID, "certificate-id.mismatch")), want: []string{}},
		{name: "a warning that concerns no refusal", results: but(found(finding.CheckKey, "key.readable-by-others")), want: []string{}},
		{name: "an unmeasured clock after a token", results: but(found(finding.CheckClock, "clock.unmeasured")), want: []string{}},
		{name: "an end by the person's own limit",
			results: but(raised(found(finding.CheckCertificate, "certificate.expiring-soon"))), want: []string{"certificate.expiring-soon certain"}},

		{name: "the call is refused: invalid login", results: but(found(finding.CheckAPI, "api.invalid-login")),
			want: possible("setup.login-permission-missing", "api.permission-missing", "setup.role-or-entity-inactive", "setup.features-disabled")},
		{name: "the call is refused, a scope is missing",
			results: but(found(finding.CheckAPI, "api.invalid-login"), found(finding.CheckRole, "role.scope-not-granted")),
			want: append([]string{"role.scope-not-granted likely", "api.invalid-login likely <- role.scope-not-granted"},
				possible("setup.login-permission-missing", "api.permission-missing", "setup.role-or-entity-inactive", "setup.features-disabled")...)},
		{name: "the misleading 400", results: but(found(finding.CheckAPI, "api.workbook-permission-missing")),
			want: possible("api.workbook-permission-missing", "setup.login-permission-missing")},
		{name: "the misleading 400 of the probe", results: but(found(finding.CheckAPI, "api.workbook-permission-missing/probe"), found(finding.CheckKey, "key.readable-by-others")),
			want: []string{}},
		{name: "serverTime needs no permission to a record", results: but(withPath(found(finding.CheckAPI, "api.permission-missing"), "/services/rest/system/v1/serverTime")),
			want: possible("api.permission-missing", "setup.features-disabled")},
		{name: "a permission that NetSuite names", results: but(found(finding.CheckAPI, "api.permission-missing")), want: []string{"api.permission-missing certain"}},
		{name: "the network fails after the token", results: but(found(finding.CheckAPI, "network.timeout")), want: []string{"network.timeout certain"}},
		{name: "revoked by NetSuite's own list", results: but(found(finding.CheckMapping, "mapping.revoked")), want: []string{"mapping.revoked certain"}},
		{name: "a fault of nsauth", results: but(found(finding.CheckRole, "internal.panic")), want: []string{"internal.panic certain"}},

		{name: "the audit trail names the integration", results: refused(server), context: diagnosis.Context{AuditDetail: "IntegrationBlocked"},
			want: []string{"setup.integration-disabled likely", "token.server-error likely <- setup.integration-disabled"}},
		{name: "the audit trail names one of several", results: refused(server), context: diagnosis.Context{AuditDetail: " missingkey "},
			want: []string{"setup.mapping-missing likely", "setup.certificate-revoked likely", "token.server-error likely <- setup.mapping-missing"}},
		{name: "the audit trail against a likely cause",
			results: refused(server, found(finding.CheckCertificateID, "certificate-id.mismatch")), context: diagnosis.Context{AuditDetail: "FeatureDisabled"},
			want: []string{"setup.features-disabled likely", "token.server-error likely <- setup.features-disabled", "certificate-id.mismatch possible"}},
		{name: "the audit trail names what the evidence excludes", results: refused(server), context: diagnosis.Context{AuditDetail: "UnsupportedAlgo"}, want: theSet},
		{name: "a Detail that does not exist", results: refused(server), context: diagnosis.Context{AuditDetail: "Nonsense"}, want: theSet},
		{name: "the audit trail beside a proof",
			results: refused(server, found(finding.CheckKey, "key.rsa-too-small")), context: diagnosis.Context{AuditDetail: "IntegrationBlocked"},
			want: []string{"key.rsa-too-small certain", "token.server-error likely <- key.rsa-too-small"}},
		{name: "no certificate, and the audit trail names the signature",
			results: refused(server, finding.Result{ID: finding.CheckCertificate, Status: finding.Skip}),
			context: diagnosis.Context{AuditDetail: "SignatureValidation"},
			want:    []string{"certificate.key-mismatch likely", "token.server-error likely <- certificate.key-mismatch"}},
	}
}

func withPath(r finding.Result, path string) finding.Result {
	for i := range r.Findings {
		r.Findings[i].Evidence["path"] = path
	}
	return r
}

func accepted(r finding.Result) finding.Result {
	for i := range r.Findings {
		r.Findings[i].Accepted = true
	}
	r.Status = finding.StatusOf(r.Findings)
	return r
}

func raised(r finding.Result) finding.Result {
	for i := range r.Findings {
		r.Findings[i] = r.Findings[i].With(finding.Error)
	}
	r.Status = finding.StatusOf(r.Findings)
	return r
}

func TestCauses(t *testing.T) {
	for _, r := range runs() {
		t.Run(r.name, func(t *testing.T) {
			d := diagnosis.Diagnose(r.results, r.context)
			if diff := cmp.Diff(r.want, brief(d)); diff != "" {
				t.Errorf("causes (-want +got):\n%s", diff)
			}
		})
	}
}

func ruledOut(d *finding.Diagnosis) map[finding.Code]string {
	m := map[finding.Code]string{}
	for _, r := range d.RuledOut {
		m[r.Code] = r.Because
	}
	return m
}

func TestRuledOut(t *testing.T) {
	d := diagnosis.Diagnose(refused("token.server-error"), diagnosis.Context{})
	got := ruledOut(d)
	for code, part := range map[finding.Code]string{
		"clock.skewed":              "offset +0.2 s by the clock of 1234567.suitetalk.api.netsuite.com",
		"certificate.key-mismatch":  "public key",
		"certificate-id.mismatch":   "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA",
		"certificate.expired":       "404 days",
		"key.rsa-too-small":         "4096",
		"assertion.alg-deprecated":  "PS256",
		"network.account-not-found": "answered",
	} {
		if !strings.Contains(got[code], part) {
			t.Errorf("%s: %q, want something with %q", code, got[code], part)
		}
	}
	for code := range got {
		if strings.HasPrefix(string(code), "setup.") {
			t.Errorf("%s is ruled out though no token was issued", code)
		}
	}

	d = diagnosis.Diagnose(but(found(finding.CheckAPI, "api.permission-missing")), diagnosis.Context{})
	got = ruledOut(d)
	for _, code := range []finding.Code{"setup.mapping-missing", "setup.integration-disabled", "setup.grant-not-enabled", "setup.certificate-revoked"} {
		if got[code] == "" {
			t.Errorf("%s is not ruled out by a token", code)
		}
	}
	if got["setup.features-disabled"] != "" || got["setup.login-permission-missing"] != "" {
		t.Errorf("a refused call proves no feature: %v", got)
	}
	if d := diagnosis.Diagnose(but(found(finding.CheckAPI, "api.permission-missing")), diagnosis.Context{Foreign: true}); ruledOut(d)["setup.mapping-missing"] != "" {
		t.Error("another server's token says something about NetSuite's mapping")
	}

	d = diagnosis.Diagnose(refused("token.server-error"), diagnosis.Context{AuditDetail: "IntegrationBlocked"})
	if !strings.Contains(ruledOut(d)["setup.mapping-missing"], "read by a person") {
		t.Errorf("%v", ruledOut(d))
	}
	if diff := cmp.Diff([]finding.Answer{{ID: "audit-detail", Question: "Which Detail does the Login Audit Trail show?", Answer: "IntegrationBlocked"}}, d.Answers); diff != "" {
		t.Error(diff)
	}
}

// A clock that is right to the tenth of a second is off by nothing, not by minus nothing.
func TestNoOffset(t *testing.T) {
	offset := -0.04
	d := diagnosis.Diagnose(append(refused("token.server-error"), with(found(finding.CheckClock), &finding.ClockFacts{OffsetSeconds: &offset})), diagnosis.Context{})
	if got := ruledOut(d)["clock.skewed"]; got != "offset +0.0 s" {
		t.Errorf("%q", got)
	}
}

func TestOutcomeDecides(t *testing.T) {
	if d := diagnosis.Diagnose(but(found(finding.CheckClock, "clock.unmeasured")), diagnosis.Context{Outcome: finding.OutcomePass}); d != nil {
		t.Errorf("a diagnosis of a pass: %v", brief(d))
	}
	d := diagnosis.Diagnose(healthy(), diagnosis.Context{Outcome: finding.OutcomeInconclusive})
	if d == nil || len(d.Causes) != 0 || d.Causes == nil || d.RuledOut == nil || d.Answers == nil {
		t.Errorf("%+v", d)
	}
}

// What holds for every diagnosis there is.
func TestProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, r := range append(runs(), randomRuns(random, testkit.Size(2000, 200, 40))...) {
		d := diagnosis.Diagnose(r.results, r.context)
		for range 3 {
			shuffled := slices.Clone(r.results)
			random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if diff := cmp.Diff(d, diagnosis.Diagnose(shuffled, r.context)); diff != "" {
				t.Fatalf("%s: the order of the results matters:\n%s", r.name, diff)
			}
		}
		if d != nil {
			checkDiagnosis(t, r, d)
		}
	}
}

func checkDiagnosis(t *testing.T, r run, d *finding.Diagnosis) {
	t.Helper()
	raisedAs := map[finding.Code]finding.Finding{}
	for _, res := range r.results {
		for _, f := range res.Findings {
			raisedAs[f.Code] = f
		}
	}
	seen := map[finding.Code]bool{}
	grade := map[finding.Confidence]int{finding.Certain: 0, finding.Likely: 1, finding.Possible: 2}
	last := 0
	for _, c := range d.Causes {
		if seen[c.Code] {
			t.Errorf("%s: %s is named twice", r.name, c.Code)
		}
		seen[c.Code] = true
		if grade[c.Confidence] < last {
			t.Errorf("%s: %s (%s) stands behind a weaker cause", r.name, c.Code, c.Confidence)
		}
		last = grade[c.Confidence]
		e, ok := catalog.Lookup(c.Code)
		if !ok {
			t.Errorf("%s: %s is not in the catalog", r.name, c.Code)
		}
		f, raised := raisedAs[c.Code]
		byRule := e.Refused && f.Severity == finding.Error
		measured := raised && !e.Refused && f.Basis != finding.Inferred && !aboutCredentials(c.Code)
		if c.Confidence == finding.Certain && !byRule && !measured {
			t.Errorf("%s: %s is called certain", r.name, c.Code)
		}
		if c.Because == "" || c.Confirm == "" || strings.ContainsAny(c.Because+c.Confirm, "{}[]") {
			t.Errorf("%s: %s: because %q, confirm %q", r.name, c.Code, c.Because, c.Confirm)
		}
		if c.ConsequenceOf != nil && !seen[*c.ConsequenceOf] {
			t.Errorf("%s: %s stands before its cause %s", r.name, c.Code, *c.ConsequenceOf)
		}
	}
	for _, out := range d.RuledOut {
		if seen[out.Code] {
			t.Errorf("%s: %s is a cause, or ruled out twice", r.name, out.Code)
		}
		if out.Because == "" {
			t.Errorf("%s: %s is ruled out without a because", r.name, out.Code)
		}
		seen[out.Code] = true
	}
}

// randomRuns are runs with random findings, refused, issued or never sent.
func randomRuns(random *rand.Rand, n int) []run {
	var local, remote, api []string
	for _, e := range catalog.All() {
		switch family, _, _ := strings.Cut(string(e.Code), "."); family {
		case "profile", "key", "certificate", "certificate-id", "assertion", "clock":
			local = append(local, string(e.Code))
		case "token", "network", "internal":
			remote = append(remote, string(e.Code))
		case "api", "role", "mapping":
			api = append(api, string(e.Code))
		}
	}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	var out []run
	for i := range n {
		var changed []finding.Result
		for range random.IntN(4) {
			code := finding.Code(pick(local))
			e, _ := catalog.Lookup(code)
			changed = append(changed, found(e.Owner, string(code)))
		}
		r := run{name: fmt.Sprintf("random %d", i), context: diagnosis.Context{
			Sandbox: random.IntN(2) == 0, Foreign: random.IntN(5) == 0, Worked: randomWorked(random),
			AuditDetail: pick([]string{"", "MissingKey", "IntegrationBlocked", "TokenExpired", "EntityOrRoleDisabled", "x"})}}
		switch random.IntN(3) {
		case 0:
			r.results = refused(pick(remote), changed...)
		case 1:
			code := pick(api)
			e, _ := catalog.Lookup(finding.Code(code))
			r.results = but(append(changed, found(e.Owner, code))...)
		default:
			r.results = unsent(found(finding.CheckNetwork, pick(remote)), changed...)
		}
		out = append(out, r)
	}
	return out
}

// randomWorked is a record of identifiers of which some changed, or none.
func randomWorked(random *rand.Rand) *diagnosis.Worked {
	if random.IntN(3) == 0 {
		return nil
	}
	at := time.Date(2026, 11, 20, 17, 42, 3, 0, time.UTC)
	w := &diagnosis.Worked{At: at, By: finding.WorkedByRecord, Now: at.Add(72 * time.Hour)}
	for _, name := range []string{diagnosis.IDAccount, diagnosis.IDClient, diagnosis.IDCertificate, diagnosis.IDKey} {
		id := diagnosis.Identifier{Name: name, Was: "a", Is: "a"}
		switch random.IntN(5) {
		case 0:
			id.Is = "b"
		case 1:
			id.Is = ""
		}
		w.Identifiers = append(w.Identifiers, id)
	}
	if random.IntN(2) == 0 {
		w.ValidUntil = at.Add(time.Duration(random.IntN(144)) * time.Hour)
	}
	return w
}

// Evidence that excludes a cause never makes it likelier: with the facts of a
// healthy check in place of a skip, its code is no graver than before.
func TestMoreEvidenceNeverRaisesWhatItExcludes(t *testing.T) {
	excludes := map[finding.CheckID]finding.Code{
		finding.CheckCertificate:   "certificate.key-mismatch",
		finding.CheckCertificateID: "certificate-id.mismatch",
		finding.CheckClock:         "clock.skewed",
	}
	for _, token := range []string{"token.server-error", "token.invalid-grant", "token.unavailable"} {
		for id, code := range excludes {
			without := refused(token, finding.Result{ID: id, Status: finding.Skip})
			before := diagnosis.Diagnose(without, diagnosis.Context{})
			after := diagnosis.Diagnose(refused(token), diagnosis.Context{})
			for _, c := range after.Causes {
				if c.Code == code {
					t.Errorf("%s, %s: a cause though the check passed", token, code)
				}
			}
			if ruledOut(after)[code] == "" || ruledOut(before)[code] != "" {
				t.Errorf("%s, %s: ruled out without evidence, or not with it", token, code)
			}
		}
	}
}

// The words of confirm never promise an entry in the audit trail.
func TestConfirmPromisesNoEntry(t *testing.T) {
	d := diagnosis.Diagnose(refused("token.server-error"), diagnosis.Context{Sandbox: true})
	for _, c := range d.Causes {
		if !strings.Contains(c.Confirm, "Setup > ") {
			t.Errorf("%s: confirm without a menu path: %q", c.Code, c.Confirm)
		}
		look, trail := c.ConfirmParts()
		if strings.Contains(look, "Detail") || (trail == "") != (len(c.AuditDetails) == 0) {
			t.Errorf("%s: %q is parted into %q and %q", c.Code, c.Confirm, look, trail)
		}
		if trail != "" && (!strings.HasPrefix(trail, "Detail "+c.AuditDetails[0]) || !strings.HasSuffix(trail, "if there is an entry")) {
			t.Errorf("%s: %q", c.Code, trail)
		}
	}
}

// Several findings of one code are told in the order in which the check found them.
func TestBecauseKeepsTheOrder(t *testing.T) {
	missing := func(name string) finding.Finding {
		return catalog.New("profile.missing-value", finding.Evidence{"field": name, "name": name})
	}
	profile := finding.Result{ID: finding.CheckProfile, Status: finding.Fail,
		Findings: []finding.Finding{missing("b"), missing("c"), missing("a")}}
	var want []string
	for _, f := range profile.Findings {
		want = append(want, f.Message)
	}
	d := diagnosis.Diagnose([]finding.Result{profile}, diagnosis.Context{})
	if len(d.Causes) != 1 || d.Causes[0].Because != strings.Join(want, "; ") || want[0] == want[1] {
		t.Errorf("%+v, want %q", d.Causes, want)
	}
}

// aboutCredentials reports whether nsauth concludes that a code explains a refusal,
// instead of reading it from an answer or a date.
func aboutCredentials(code finding.Code) bool {
	family, _, _ := strings.Cut(string(code), ".")
	read := []string{"network", "token", "api", "role", "mapping", "internal"}
	dated := []finding.Code{"certificate.expiring-soon", "certificate.unreadable", "certificate.unparsable",
		"certificate.not-a-certificate", "assertion.keys-unavailable"}
	inferred := []finding.Code{"api.invalid-login", "api.workbook-permission-missing", "api.record-not-visible"}
	return !slices.Contains(dated, code) && (!slices.Contains(read, family) || slices.Contains(inferred, code))
}
