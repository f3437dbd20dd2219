package diagnosis_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
)

var (
	lastToken = time.Date(2026, 11, 20, 17, 42, 3, 0, time.UTC)
	threeDays = lastToken.Add(72 * time.Hour)
)

// record is what nsauth noted of the last token: each identifier is the same now,
// but for those that changed says.
func record(changed ...string) *diagnosis.Worked {
	w := &diagnosis.Worked{At: lastToken, By: finding.WorkedByRecord, Now: threeDays}
	for _, name := range []string{diagnosis.IDAccount, diagnosis.IDClient, diagnosis.IDCertificate, diagnosis.IDKey} {
		id := diagnosis.Identifier{Name: name, Was: "then", Is: "then"}
		if slices.Contains(changed, name) {
			id.Is = "now"
		}
		w.Identifiers = append(w.Identifiers, id)
	}
	return w
}

func ended(w *diagnosis.Worked, at time.Time) *diagnosis.Worked {
	w.ValidUntil = at
	return w
}

func TestSinceWhen(t *testing.T) {
	const server = "token.server-error"
	changedFirst := func(codes ...string) []string {
		lines := possible(codes...)
		for _, line := range theSet {
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
		return lines
	}
	itWorked := possible("setup.certificate-revoked", "setup.role-or-entity-inactive", "setup.integration-disabled",
		"setup.mapping-missing", "setup.integration-unknown", "setup.grant-not-enabled", "setup.scope-not-enabled",
		"setup.features-disabled", "setup.login-permission-missing")
	blind := []finding.Result{{ID: finding.CheckCertificate, Status: finding.Skip}, {ID: finding.CheckCertificateID, Status: finding.Skip}}
	for _, tt := range []struct {
		name    string
		results []finding.Result
		worked  *diagnosis.Worked
		want    []string
		says    string
	}{
		{"nothing changed", refused(server), record(), itWorked,
			"Last token: Fri 20 Nov 17:42 UTC, same key, Client ID, Certificate ID and account: so the change is in the account"},
		{"another Certificate ID", refused(server), record(diagnosis.IDCertificate),
			changedFirst("setup.mapping-missing", "setup.certificate-revoked"),
			"Last token: Fri 20 Nov 17:42 UTC; changed since: Certificate ID. Look there first"},
		{"another Client ID", refused(server), record(diagnosis.IDClient),
			changedFirst("setup.integration-unknown", "setup.mapping-missing", "setup.integration-disabled", "setup.grant-not-enabled", "setup.scope-not-enabled"),
			"Last token: Fri 20 Nov 17:42 UTC; changed since: Client ID. Look there first"},
		{"it has ended by NetSuite's own list", refused(server), ended(record(), lastToken.Add(time.Hour)),
			append([]string{"setup.certificate-revoked likely", "token.server-error likely <- setup.certificate-revoked"},
				possible("setup.role-or-entity-inactive", "setup.integration-disabled",
					"setup.mapping-missing", "setup.integration-unknown", "setup.grant-not-enabled", "setup.scope-not-enabled",
					"setup.features-disabled", "setup.login-permission-missing")...),
			"Last token: Fri 20 Nov 17:42 UTC, same key, Client ID, Certificate ID and account: so the change is in the account"},
		{"it has not ended by NetSuite's own list", refused(server), ended(record(), threeDays.Add(time.Hour)), itWorked, ""},
		{"another certificate's end says nothing", refused(server), ended(record(diagnosis.IDCertificate), lastToken.Add(time.Hour)),
			changedFirst("setup.mapping-missing", "setup.certificate-revoked"), ""},
		{"no certificate file, and the same key and ID as then", refused(server, blind...), record(), itWorked, ""},
		{"no certificate file, and another key", refused(server, blind...), record(diagnosis.IDKey),
			append(possible("certificate.key-mismatch", "certificate-id.mismatch"), changedFirst("setup.mapping-missing")...),
			"Last token: Fri 20 Nov 17:42 UTC; changed since: key. Look there first"},
		{"an inferred rule that the last token disproves", refused(server, found(finding.CheckCertificateID, "certificate-id.mismatch")), record(),
			append(slices.Clone(itWorked), "certificate-id.mismatch possible"),
			"Last token: Fri 20 Nov 17:42 UTC, same key, Client ID, Certificate ID and account: so the change is in the account"},
		{"an inferred rule about what changed", refused(server, found(finding.CheckCertificateID, "certificate-id.mismatch")), record(diagnosis.IDCertificate),
			append([]string{"certificate-id.mismatch likely", "token.server-error likely <- certificate-id.mismatch"},
				changedFirst("setup.mapping-missing", "setup.certificate-revoked")...),
			"Last token: Fri 20 Nov 17:42 UTC; changed since: Certificate ID. Look there first"},
		{"a proof stays a proof", refused(server, found(finding.CheckAssertion, "assertion.alg-deprecated")), record(),
			[]string{"assertion.alg-deprecated certain", "token.server-error likely <- assertion.alg-deprecated"},
			"Last token: Fri 20 Nov 17:42 UTC, same key, Client ID, Certificate ID and account"},
		{"a network fault has nothing to do with it", unsent(found(finding.CheckNetwork, "network.timeout")), record(),
			[]string{"network.timeout certain", "clock.unmeasured possible <- network.timeout"},
			"Last token: Fri 20 Nov 17:42 UTC, same key, Client ID, Certificate ID and account"},
		{"only a day is known", refused(server), &diagnosis.Worked{At: lastToken.Truncate(24 * time.Hour), Day: true, By: finding.WorkedByGiven, Now: threeDays}, itWorked,
			"It worked until Fri 20 Nov"},
		{"last year", refused(server), &diagnosis.Worked{At: lastToken, By: finding.WorkedByRecord, Now: lastToken.AddDate(0, 2, 0)}, itWorked,
			"Last token: Fri 20 Nov 2026 17:42 UTC"},
		{"a person says so", refused(server), &diagnosis.Worked{By: finding.WorkedByAnswered, Now: threeDays}, itWorked, "It worked before"},
		{"a call is refused", but(found(finding.CheckAPI, "api.invalid-login")), record(),
			possible("setup.role-or-entity-inactive", "setup.login-permission-missing", "api.permission-missing", "setup.features-disabled"),
			"Last token: Fri 20 Nov 17:42 UTC, same key, Client ID, Certificate ID and account: so the change is in the account"},
		{"a call is refused, with another role", but(found(finding.CheckAPI, "api.invalid-login")),
			&diagnosis.Worked{At: lastToken, By: finding.WorkedByRecord, Now: threeDays, Identifiers: []diagnosis.Identifier{{Name: diagnosis.IDRole, Was: "1012", Is: "1013"}}},
			possible("setup.role-or-entity-inactive", "setup.login-permission-missing", "api.permission-missing", "setup.features-disabled"),
			"Last token: Fri 20 Nov 17:42 UTC; changed since: role. Look there first"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := diagnosis.Diagnose(tt.results, diagnosis.Context{Worked: tt.worked})
			if diff := cmp.Diff(tt.want, brief(d)); diff != "" {
				t.Errorf("causes (-want +got):\n%s", diff)
			}
			if tt.says != "" && d.Worked.Summary != tt.says {
				t.Errorf("%q, want %q", d.Worked.Summary, tt.says)
			}
			for _, c := range d.Causes {
				if c.Confidence == finding.Certain && c.Code != "assertion.alg-deprecated" && c.Code != "network.timeout" {
					t.Errorf("%s is certain by a record", c.Code)
				}
			}
		})
	}
}

// What was, and what is in its place, are for programs; a record is never proof.
func TestSinceWhenForPrograms(t *testing.T) {
	d := diagnosis.Diagnose(refused("token.server-error"), diagnosis.Context{Worked: record(diagnosis.IDCertificate)})
	at := "2026-11-20T17:42:03Z"
	want := &finding.Worked{At: &at, By: finding.WorkedByRecord, Same: []string{"key", "client_id", "account"},
		Changed: []string{"certificate_id"}, Was: map[string]string{"certificate_id": "then"}, Summary: d.Worked.Summary}
	if diff := cmp.Diff(want, d.Worked); diff != "" {
		t.Error(diff)
	}
	out := ruledOut(diagnosis.Diagnose(refused("token.server-error", finding.Result{ID: finding.CheckCertificate, Status: finding.Skip}),
		diagnosis.Context{Worked: record()}))
	if !strings.Contains(out["certificate.key-mismatch"], "a token was issued on Fri 20 Nov 17:42 UTC with the same key and Certificate ID") {
		t.Errorf("%v", out)
	}
	if d := diagnosis.Diagnose(refused("token.server-error"), diagnosis.Context{}); d.Worked != nil {
		t.Errorf("%+v", d.Worked)
	}
}

// The role and the entity to look at are those of the last token.
func TestWhoseRoleToLookAt(t *testing.T) {
	w := record()
	w.Identifiers = append(w.Identifiers, diagnosis.Identifier{Name: diagnosis.IDRole, Was: "1012"}, diagnosis.Identifier{Name: diagnosis.IDEntity, Was: "1042"})
	for named, c := range map[bool]diagnosis.Context{true: {Worked: w}, false: {Worked: record()}} {
		for _, cause := range diagnosis.Diagnose(refused("token.server-error"), c).Causes {
			if cause.Code == "setup.role-or-entity-inactive" && strings.Contains(cause.Confirm, "(the last token was of role 1012, entity 1042)") != named {
				t.Errorf("%q", cause.Confirm)
			}
		}
	}
}
