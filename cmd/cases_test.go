package cmd

import (
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// The seven cases from the field, each answered without a question: what it was in
// the end stands first. The transcripts are in testdata/script/cases.txtar.
func TestCaseStudies(t *testing.T) {
	cases := map[string]struct {
		was        finding.Code
		confidence finding.Confidence
		beside     finding.Code // what had to be mended as well, or is told beside it
		says       string       // in the text
	}{
		"case-retired-signature": {"key.rsa-too-small", finding.Certain, "assertion.alg-deprecated", "Sign with PS256."},
		"case-application-id":    {"profile.client-id-is-application-id", finding.Certain, "", "Use the Client ID that NetSuite showed once"},
		"case-audit-trail":       {"certificate-id.mismatch", finding.Likely, "", "Detail MissingKey"},
		"case-clock":             {"clock.skewed", finding.Likely, "", "Make assertions valid for five minutes"},
		"case-role":              {"setup.login-permission-missing", finding.Possible, "", "Oracle's pages disagree about Log in using Access Tokens"},
		"case-five-years":        {"setup.mapping-missing", finding.Possible, "certificate.validity-too-long", "reload the page some minutes later or in another browser"},
		"case-sandbox":           {"setup.sandbox-refreshed", finding.Possible, "", "Upload the same certificate file again, for the same entity and role."},
	}
	for _, s := range scenario.All() {
		if s.Topic != "case studies" {
			continue
		}
		want, ok := cases[s.Name]
		if !ok {
			t.Errorf("%s: what was it?", s.Name)
			continue
		}
		delete(cases, s.Name)
		if testkit.LeftOut(len(cases), 1, 3) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			report := nsauth(t, setup{}, "doctor", "--demo", s.Name, "--no-input", "-o", "json").report(t)
			d := report.Diagnosis
			if c := d.Causes[0]; c.Code != want.was || c.Confidence != want.confidence || len(d.Answers) > 0 {
				t.Errorf("first cause %s, %s, after %d answers", c.Code, c.Confidence, len(d.Answers))
			}
			named := codes(report)
			for _, c := range d.Causes {
				named = append(named, c.Code)
			}
			if want.beside != "" && !strings.Contains(strings.Join(asText(named), " "), string(want.beside)) {
				t.Errorf("%s is not named: %v", want.beside, named)
			}
			text := nsauth(t, setup{}, "doctor", "--demo", s.Name, "--no-input", "-v").stdout
			if flat := strings.Join(strings.Fields(text), " "); !strings.Contains(flat, want.says) {
				t.Errorf("does not say %q:\n%s", want.says, text)
			}
		})
	}
	for name := range cases {
		t.Errorf("there is no scenario %s", name)
	}
}

func asText(codes []finding.Code) []string {
	var list []string
	for _, c := range codes {
		list = append(list, string(c))
	}
	return list
}
