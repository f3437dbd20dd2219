package doctor

import (
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

// sideReport is a report with a key and a Certificate ID, and a token or none.
func sideReport(name, key, certificateID string, issued bool, causes ...finding.Code) *finding.Report {
	status, outcome, exit := finding.Pass, finding.OutcomePass, finding.ExitOK
	var d *finding.Diagnosis
	if !issued {
		status, outcome, exit, d = finding.Fail, finding.OutcomeFail, finding.ExitFail, &finding.Diagnosis{}
		for _, code := range causes {
			d.Causes = append(d.Causes, finding.Cause{Code: code, Confidence: finding.Possible})
		}
	}
	return &finding.Report{Profile: &finding.Subject{Name: &name}, Outcome: outcome, ExitCode: exit, Diagnosis: d, Checks: []finding.Result{
		{ID: finding.CheckProfile, Title: "Profile", Status: finding.Pass, Facts: finding.ProfileFacts{Values: map[string]finding.ProfileValue{
			"account": {Value: name}, "certificate_id": {Value: certificateID}}}},
		{ID: finding.CheckKey, Title: "Private key", Status: finding.Pass, Facts: finding.KeyFacts{SPKISHA256: key}},
		{ID: finding.CheckToken, Title: "Access token", Status: status},
	}}
}

// What the same key and Certificate ID prove, and where they prove nothing.
func TestWhatAComparisonProves(t *testing.T) {
	const account = "check the set-up in the account of sandbox"
	for _, tt := range []struct {
		name          string
		first, second *finding.Report
		proves        bool
		summary       string
		same          []string
	}{
		{"the same pair", sideReport("prod", "k", "c", true), sideReport("sandbox", "k", "c", false, "setup.mapping-missing", "setup.features-disabled"), true,
			"Works with prod, fails with sandbox", []string{"certificate_id", "key"}},
		{"the other way round", sideReport("sandbox", "k", "c", false, "setup.mapping-missing"), sideReport("prod", "k", "c", true), true,
			"Fails with sandbox, works with prod", []string{"certificate_id", "key"}},
		{"another key", sideReport("prod", "k", "c", true), sideReport("sandbox", "x", "c", false, "setup.mapping-missing"), false, "Works with prod, fails with sandbox", []string{"certificate_id"}},
		{"another Certificate ID", sideReport("prod", "k", "c", true), sideReport("sandbox", "k", "x", false, "setup.mapping-missing"), false, "Works with prod, fails with sandbox", []string{"key"}},
		{"a cause on this side", sideReport("prod", "k", "c", true), sideReport("sandbox", "k", "c", false, "assertion.audience-mismatch", "setup.mapping-missing"), false,
			"Works with prod, fails with sandbox", []string{"certificate_id", "key"}},
		{"both fail", sideReport("prod", "k", "c", false, "setup.mapping-missing"), sideReport("sandbox", "k", "c", false, "setup.mapping-missing"), false, "Fails with both", []string{"certificate_id", "key"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Compare(tt.first, tt.second)
			if strings.Contains(c.Summary, account) != tt.proves || !strings.HasPrefix(c.Summary, tt.summary) {
				t.Errorf("%q", c.Summary)
			}
			if !slices.Equal(c.Same, tt.same) {
				t.Errorf("the same: %v", c.Same)
			}
		})
	}
}
