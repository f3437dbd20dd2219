package formats

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// maxAnnotations is how many errors, and how many warnings, GitHub shows of one step.
const maxAnnotations = 10

// gravity orders what a problem leads to, the worst first.
var gravity = []finding.Outcome{finding.OutcomeFail, finding.OutcomeError, finding.OutcomeInterrupted, finding.OutcomeInconclusive, finding.OutcomeWarn}

// writeGitHub writes workflow commands of GitHub Actions: an annotation for each problem,
// the worst first; of the same gravity, the first one of each profile before any second one.
// A run without a problem has none.
func writeGitHub(b *bytes.Buffer, r Run, _ Options) error {
	type annotation struct {
		problem report.Problem
		profile string
		nth     int // of this gravity, in the profile
	}
	var all []annotation
	for _, one := range r.Reports {
		seen := map[finding.Outcome]int{}
		for _, p := range report.Problems(one) {
			if slices.Contains(gravity, p.Outcome) {
				all = append(all, annotation{p, nameOf(one), seen[p.Outcome]})
				seen[p.Outcome]++
			}
		}
	}
	slices.SortStableFunc(all, func(a, b annotation) int {
		return cmp.Or(slices.Index(gravity, a.problem.Outcome)-slices.Index(gravity, b.problem.Outcome), a.nth-b.nth)
	})
	left := 0
	if len(all) > maxAnnotations {
		left = len(all) - maxAnnotations + 1
	}
	for _, a := range all[:len(all)-left] {
		title := "nsauth"
		if a.profile != "" {
			title += " " + a.profile
		}
		command(b, a.problem.Outcome, title, a.problem.Said)
	}
	if left > 0 {
		command(b, all[len(all)-left].problem.Outcome, "nsauth", fmt.Sprintf("%d more problems: see the summary", left))
	}
	return nil
}

// command writes one annotation.
func command(b *bytes.Buffer, o finding.Outcome, title, message string) {
	level := "error"
	if o == finding.OutcomeWarn || o == finding.OutcomeInconclusive {
		level = "warning"
	}
	fmt.Fprintf(b, "::%s title=%s::%s\n", level, propertyEscapes.Replace(report.Clean(title)), dataEscapes.Replace(report.Clean(strings.Join(strings.Fields(message), " "))))
}

// The runner decodes these, in the message and in a property. It obeys ##[ anywhere in a line.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
