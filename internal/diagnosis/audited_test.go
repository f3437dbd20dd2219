package diagnosis_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
)

// recorded is the check "audit-trail" with one entry.
func recorded(detail string, proven bool) finding.Result {
	return with(found(finding.CheckAuditTrail, "audit-trail.entry"), finding.AuditTrailFacts{
		LookedAt: new("2026-11-30T14:03:09Z"), Complete: true, Proven: proven,
		Entries: []finding.AuditEntry{{At: "2026-11-30T14:03:07Z", Detail: new(detail)}}})
}

// setup is the check "setup" with what was read.
func setup(facts finding.SetupFacts, read ...finding.Finding) finding.Result {
	if facts.NotSeen == nil {
		facts.NotSeen = map[string]string{}
	}
	r := finding.Result{ID: finding.CheckSetup, Facts: facts, Findings: read, Selected: true}
	r.Status = finding.StatusOf(read)
	return r
}

func read(code finding.Code, reason string, proven bool) finding.Finding {
	ev := finding.Evidence{"read_by": "auditor", "proven": proven}
	ev.Set("reason", reason)
	f := catalog.New(code, ev)
	if !proven {
		f = f.With(finding.Warning)
	}
	return f
}

func TestAudited(t *testing.T) {
	role := &finding.AuditedRole{ID: "1000", Inactive: new(false), Permissions: []finding.AuditedPermission{{Key: "ADMI_LOGIN_OAUTH2", Level: "4"}}, KnownBy: finding.KnownByLastRun}
	noEntry := with(found(finding.CheckAuditTrail, "audit-trail.no-entry"), finding.AuditTrailFacts{LookedAt: new("2026-11-30T14:03:09Z"), Entries: []finding.AuditEntry{}})
	for _, tt := range []struct {
		name      string
		audit     []finding.Result
		more      []finding.Result
		first     finding.Code
		certain   bool
		ruledOut  []finding.Code
		remaining []finding.Code
	}{
		{"recorded", []finding.Result{recorded("IntegrationBlocked", true)}, nil, "setup.integration-disabled", true, []finding.Code{"setup.mapping-missing", "setup.features-disabled"}, nil},
		{"feature", []finding.Result{recorded("FeatureDisabled", true)}, nil, "setup.features-disabled", true, []finding.Code{"setup.mapping-missing"}, nil},
		{"grant", []finding.Result{recorded("AuthorizationCodeGrantRequired", true)}, nil, "setup.grant-not-enabled", true, nil, nil},
		{"scope", []finding.Result{recorded("InvalidScope", true)}, nil, "setup.scope-not-enabled", true, nil, nil},
		{"Client ID", []finding.Result{recorded("InvalidIntegration", true)}, nil, "setup.integration-unknown", true, nil, nil},
		{"recorded, perhaps", []finding.Result{recorded("IntegrationBlocked", false)}, nil, "setup.integration-disabled", false, nil, []finding.Code{"setup.mapping-missing"}},
		{"two causes of a Detail", []finding.Result{recorded("EntityOrRoleDisabled", true), setup(finding.SetupFacts{})}, nil, "setup.role-or-entity-inactive", false, []finding.Code{"setup.mapping-missing"}, []finding.Code{"setup.login-permission-missing"}},
		{"told apart by the role", []finding.Result{recorded("EntityOrRoleDisabled", true), setup(finding.SetupFacts{}, read("setup.login-permission-missing", "", true))}, nil, "setup.login-permission-missing", true, nil, nil},
		{"told apart, as a person says", []finding.Result{recorded("EntityOrRoleDisabled", true), setup(finding.SetupFacts{}, read("setup.login-permission-missing", "", false))}, nil, "setup.login-permission-missing", true, nil, nil},
		{"only one cause is left", []finding.Result{recorded("EntityOrRoleDisabled", true), setup(finding.SetupFacts{Role: role})}, nil, "setup.role-or-entity-inactive", true, []finding.Code{"setup.login-permission-missing"}, nil},
		{"not in the list", []finding.Result{recorded("MissingKey", true), setup(finding.SetupFacts{}, read("setup.mapping-missing", "", false))}, nil, "setup.mapping-missing", true, nil, nil},
		{"revoked", []finding.Result{recorded("MissingKey", true), setup(finding.SetupFacts{}, read("setup.certificate-revoked", "read-revoked", true))}, nil, "setup.certificate-revoked", true, nil, nil},
		{"no list", []finding.Result{recorded("MissingKey", true), setup(finding.SetupFacts{})}, nil, "setup.mapping-missing", false, []finding.Code{"setup.integration-disabled"}, []finding.Code{"setup.certificate-revoked"}},
		{"read, nothing recorded", []finding.Result{noEntry, setup(finding.SetupFacts{}, read("setup.integration-disabled", "", true))}, nil, "setup.integration-disabled", true, nil, nil},
		{"read, another Detail recorded", []finding.Result{recorded("FeatureDisabled", true), setup(finding.SetupFacts{}, read("setup.integration-disabled", "", true))}, nil, "setup.features-disabled", true, nil, []finding.Code{"setup.integration-disabled"}},
		{"read, of a role that a person named", []finding.Result{noEntry, setup(finding.SetupFacts{}, read("setup.role-or-entity-inactive", "role-inactive", false))}, nil, "setup.role-or-entity-inactive", false, nil, nil},
		{"nothing recorded, nothing seen", []finding.Result{noEntry, setup(finding.SetupFacts{})}, nil, "setup.mapping-missing", false, nil, []finding.Code{"setup.integration-disabled", "setup.features-disabled"}},
		{"seen enabled", []finding.Result{noEntry, setup(finding.SetupFacts{Integration: &finding.AuditedIntegration{Name: "Orders", State: "Enabled"}})}, nil, "setup.mapping-missing", false, []finding.Code{"setup.integration-disabled"}, []finding.Code{"setup.features-disabled"}},
		{"all enabled", []finding.Result{noEntry, setup(finding.SetupFacts{AllEnabled: true})}, nil, "setup.mapping-missing", false, []finding.Code{"setup.integration-disabled"}, nil},
		{"a Detail that our side excludes", []finding.Result{recorded("UnsupportedAlgo", true)}, nil, "setup.mapping-missing", false, nil, []finding.Code{"setup.integration-disabled"}},
		{"an unknown Detail", []finding.Result{recorded("SomethingNew", true)}, nil, "setup.mapping-missing", false, nil, []finding.Code{"setup.integration-disabled"}},
		{"RS256", []finding.Result{recorded("UnsupportedAlgo", true)}, []finding.Result{found(finding.CheckAssertion, "assertion.alg-deprecated")}, "assertion.alg-deprecated", true, nil, nil},
		{"wrong kid", []finding.Result{recorded("MissingKey", true), setup(finding.SetupFacts{}, read("certificate-id.mismatch", "", true))}, []finding.Result{found(finding.CheckCertificateID, "certificate-id.mismatch")}, "certificate-id.mismatch", true, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			results := append(refused("token.server-error", tt.more...), tt.audit...)
			d := diagnosis.Diagnose(results, diagnosis.Context{Outcome: finding.OutcomeFail})
			if len(d.Causes) == 0 || d.Causes[0].Code != tt.first || (d.Causes[0].Confidence == finding.Certain) != tt.certain {
				t.Fatalf("causes %q", brief(d))
			}
			for _, code := range tt.ruledOut {
				if because := ruledOut(d)[code]; !strings.Contains(because, "read by the auditor") {
					t.Errorf("%s is not ruled out: %q", code, because)
				}
			}
			for _, code := range tt.remaining {
				if !slices.ContainsFunc(d.Causes, func(c finding.Cause) bool { return c.Code == code && c.Confidence != finding.Certain }) {
					t.Errorf("%s is not in %q", code, brief(d))
				}
			}
			if tt.certain != (d.Causes[0].Confidence == finding.Certain) || tt.certain && tt.first != "assertion.alg-deprecated" && d.Causes[0].ReadBy != finding.ReadByAuditor {
				t.Errorf("read by %s", d.Causes[0].ReadBy)
			}
		})
	}
}

// With an auditor that looked, nobody is sent to the trail, and each member of the set says
// why the auditor did not settle it.
func TestAuditedSetSaysWhatWasNotSeen(t *testing.T) {
	looked := with(found(finding.CheckAuditTrail, "audit-trail.no-entry"), finding.AuditTrailFacts{LookedAt: new("2026-11-30T14:03:09Z")})
	d := diagnosis.Diagnose(append(refused("token.server-error"), looked,
		setup(finding.SetupFacts{NotSeen: map[string]string{"integration": "the auditor's role may not read it"}})), diagnosis.Context{Outcome: finding.OutcomeFail})
	for _, c := range d.Causes {
		switch c.Code {
		case "setup.integration-disabled":
			if !strings.Contains(c.Because, "the auditor's role may not read it") {
				t.Errorf("%q", c.Because)
			}
		case "setup.features-disabled":
			if !strings.Contains(c.Because, "no query shows it") {
				t.Errorf("%q", c.Because)
			}
		}
	}
	if strings.Contains(d.Next.Summary, "Login Audit Trail") || len(d.Next.Commands) > 0 {
		t.Errorf("next: %+v", d.Next)
	}
}

// The row of another certificate says nothing about the mapping of this one.
func TestAnotherCertificatesRow(t *testing.T) {
	d := diagnosis.Diagnose(append(refused("token.server-error"),
		setup(finding.SetupFacts{Certificates: []finding.MappedCertificate{{CertificateID: "another", ValidUntil: "2099-01-01"}}})), diagnosis.Context{Outcome: finding.OutcomeFail})
	for _, r := range d.RuledOut {
		if r.Code == "setup.certificate-revoked" || r.Code == "setup.mapping-missing" {
			t.Errorf("%s: %s", r.Code, r.Because)
		}
	}
}
