package diagnosis_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// fact is one true thing that a run may know or not.
type fact struct {
	name string
	// with puts the fact into a run, without takes it out.
	with, without func([]finding.Result, *diagnosis.Context) []finding.Result
}

// put returns results with those of the same checks replaced.
func put(results []finding.Result, changed ...finding.Result) []finding.Result {
	results = slices.Clone(results)
	for _, c := range changed {
		for i := range results {
			if results[i].ID == c.ID {
				results[i] = c
			}
		}
	}
	return results
}

// trueFacts are what each check can measure, and what is known
// from before.
func trueFacts() []fact {
	var facts []fact
	for _, r := range healthy() {
		switch r.ID {
		case finding.CheckToken, finding.CheckFeatures, finding.CheckIntegration, finding.CheckRole, finding.CheckMapping:
			continue // see below: a token brings them along
		case finding.CheckAssertion:
			r.Facts = finding.AssertionFacts{Header: map[string]any{"alg": "PS256"}, Signature: "verified", Claims: map[string]any{
				"iss": strings.Repeat("0a", 32), "aud": "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token",
				"iat": 1, "exp": 301, "scope": "rest_webservices"}}
		}
		facts = append(facts, fact{string(r.ID),
			func(results []finding.Result, _ *diagnosis.Context) []finding.Result { return put(results, r) },
			func(results []finding.Result, _ *diagnosis.Context) []finding.Result {
				return put(results, finding.Result{ID: r.ID, Status: finding.Skip})
			}})
	}
	whole := healthy()
	facts = append(facts, fact{"a token and a call",
		func(results []finding.Result, _ *diagnosis.Context) []finding.Result {
			return put(results, whole[7:]...)
		},
		func(results []finding.Result, _ *diagnosis.Context) []finding.Result {
			return put(results, refused("token.server-error")[7:]...)
		}})
	return append(facts, fact{"a record of the last token",
		func(results []finding.Result, c *diagnosis.Context) []finding.Result {
			c.Worked = record()
			return results
		},
		func(results []finding.Result, c *diagnosis.Context) []finding.Result { c.Worked = nil; return results }})
}

// rulesOut is what each fact excludes, by itself or with what is known besides.
var rulesOut = map[string][]finding.Code{
	"key":            {"key.rsa-too-small", "certificate.key-mismatch"},
	"certificate":    {"certificate.key-mismatch", "certificate.expired"},
	"certificate-id": {"certificate-id.mismatch"},
	"assertion": {"assertion.alg-deprecated", "assertion.signature-invalid", "profile.client-id-is-application-id",
		"assertion.audience-mismatch", "assertion.lifetime-too-long", "assertion.scope-unknown"},
	"network": {"network.account-not-found"},
	"clock":   {"clock.skewed"},
	"a token and a call": {"setup.sandbox-refreshed", "setup.mapping-missing", "setup.certificate-revoked", "setup.integration-disabled",
		"setup.integration-unknown", "setup.grant-not-enabled", "setup.scope-not-enabled", "setup.features-disabled",
		"setup.role-or-entity-inactive", "setup.login-permission-missing"},
	"a record of the last token": {"certificate.key-mismatch", "certificate-id.mismatch"},
}

// To know one true thing more never raises a cause that it rules out.
func TestATrueFactNeverRaisesWhatItRulesOut(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	grade := map[finding.Confidence]int{finding.Certain: 3, finding.Likely: 2, finding.Possible: 1}
	of := func(d *finding.Diagnosis, code finding.Code) int {
		if d == nil {
			return 0
		}
		for _, c := range d.Causes {
			if c.Code == code {
				return grade[c.Confidence]
			}
		}
		return 0
	}
	excluded := map[string]bool{}
	for _, r := range append(runs(), randomRuns(random, testkit.Size(1000, 100, 10))...) {
		for _, f := range trueFacts() {
			c := r.context
			c.Outcome = finding.OutcomeFail // so that there is a diagnosis either way
			before := diagnosis.Diagnose(f.without(r.results, &c), c)
			known := ruledOut(before)
			after := diagnosis.Diagnose(f.with(r.results, &c), c)
			for _, code := range rulesOut[f.name] {
				if of(after, code) > of(before, code) {
					t.Errorf("%s: %s rises with %s", r.name, code, f.name)
				}
				if strings.HasPrefix(r.name, "bare refusal") && of(after, code) > 0 {
					t.Errorf("%s: %s is still a cause with %s", r.name, code, f.name)
				}
			}
			for code, because := range ruledOut(after) {
				if of(after, code) != 0 {
					t.Errorf("%s, %s: %s is ruled out, and a cause", r.name, f.name, code)
				}
				if known[code] == "" {
					excluded[fmt.Sprintf("%s excludes %s", f.name, code)] = true
					if of(after, code) > of(before, code) || because == "" {
						t.Errorf("%s, %s: %s is ruled out by it and rises", r.name, f.name, code)
					}
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	if len(excluded) < 25 {
		t.Errorf("only %d things were excluded: %v", len(excluded), excluded)
	}
}

// Nothing that a client cannot tell apart is ever called certain: whatever the
// endpoint's error, whatever is known from before, looked up or answered, and
// whatever could not be compared.
func TestNothingAmbiguousIsCertain(t *testing.T) {
	if testing.Short() {
		t.Skip("every combination of facts")
	}
	skip := func(ids ...finding.CheckID) (list []finding.Result) {
		for _, id := range ids {
			list = append(list, finding.Result{ID: id, Status: finding.Skip})
		}
		return list
	}
	unseen := map[string][]finding.Result{
		"everything was compared": nil,
		"no certificate":          skip(finding.CheckCertificate, finding.CheckCertificateID),
		"no clock":                {found(finding.CheckClock, "clock.unmeasured")},
		"an inferred warning":     {found(finding.CheckCertificateID, "certificate-id.mismatch")},
		"several":                 {found(finding.CheckProfile, "profile.mixed-sources", "profile.client-id-malformed"), found(finding.CheckClock, "clock.skewed/ahead")},
		"an undocumented error":   {found(finding.CheckAssertion, "assertion.audience-mismatch/other-account")},
	}
	var details []string
	for _, e := range catalog.All() {
		details = append(details, e.AuditDetails...)
	}
	slices.Sort(details)
	details = append(slices.Compact(details), "", "Nonsense")
	cases := 0
	for _, code := range []string{"token.server-error", "token.invalid-grant", "token.invalid-client", "token.invalid-request",
		"token.invalid-scope", "token.unauthorized-client", "token.unsupported-grant-type"} {
		for name, changed := range unseen {
			for _, detail := range details {
				for _, w := range []*diagnosis.Worked{nil, {}, record(), record(diagnosis.IDCertificate), ended(record(), lastToken.Add(time.Hour))} {
					cases++
					d := diagnosis.Diagnose(refused(code, changed...), diagnosis.Context{Sandbox: true, AuditDetail: detail, Worked: w,
						Answers: []diagnosis.Answer{{Question: "integration-enabled", Reply: diagnosis.No}}})
					for _, c := range d.Causes {
						if c.Confidence == finding.Certain {
							t.Fatalf("%s, %s, %q, %+v: %s is called certain", code, name, detail, w, c.Code)
						}
					}
				}
			}
		}
	}
	for _, code := range []string{"api.invalid-login", "api.workbook-permission-missing"} {
		for _, c := range diagnosis.Diagnose(but(found(finding.CheckAPI, code)), diagnosis.Context{Worked: record()}).Causes {
			if c.Confidence == finding.Certain {
				t.Errorf("%s: %s is called certain", code, c.Code)
			}
		}
	}
	t.Logf("%d cases", cases)
}
