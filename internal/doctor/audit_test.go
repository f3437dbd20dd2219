package doctor

import (
	"slices"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// Whoever reads the Detail that a scenario leaves in the Login Audit Trail, and
// gives it, is led to the scenario's cause and not away from it.
func TestTheTrailsDetailKeepsTheCause(t *testing.T) {
	seen := map[string]bool{}
	for i, s := range scenario.All() {
		if s.Expect.Exit != finding.ExitFail || s.Expect.Finding == "" || s.Client.Program != nil || testkit.LeftOut(i, 2, 4) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			_, server, p := actOut(t, s.Name, nil)
			w := toward(server, s.Client.ClockOffset)
			if _, err := Examine(t.Context(), w, p, Request{Command: "doctor", Pair: pairOf(p)}); err != nil {
				t.Fatal(err)
			}
			detail := ""
			for _, entry := range server.AuditTrail() {
				if entry.Detail != "" {
					detail = entry.Detail
				}
			}
			if detail == "" {
				return // it documents none, or nothing was sent
			}
			seen[detail] = true
			r, err := Examine(t.Context(), w, p, Request{Command: "doctor", Pair: pairOf(p), AuditDetail: detail})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.Diagnosis.Causes, func(c finding.Cause) bool {
				return string(c.Code) == s.Expect.Finding && c.Confidence != finding.Possible && c.ConsequenceOf == nil
			}) {
				t.Errorf("with %s: %+v", detail, r.Diagnosis.Causes)
			}
			e, _ := catalog.Lookup(finding.Code(s.Expect.Finding))
			if len(e.AuditDetails) > 0 && !slices.Contains(e.AuditDetails, detail) {
				t.Errorf("%s is said to show as %v, and shows as %s", e.Code, e.AuditDetails, detail)
			}
		})
	}
	if len(seen) < testkit.Size(6, 4, 2) {
		t.Errorf("only %v seen", seen)
	}
}
