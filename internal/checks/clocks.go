package checks

import (
	"maps"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// timeDependent lists the findings that depend on this machine's clock. Their
// messages in the catalog show this clock and the one that it was compared with.
var timeDependent = []finding.Code{
	"certificate.expired",
	"certificate.not-yet-valid",
	"certificate.expiring-soon",
	"mapping.expired",
	"mapping.expiring-soon",
	"assertion.expired",
	"assertion.issued-in-future",
	"assertion.not-before",
	"assertion.access-token-expired",
	"clock.skewed",
	"clock.sources-disagree",
	"clock.unmeasured",
}

// dependsOnTime reports whether f is such a finding. A fault of a server's certificate
// is one if it is about its dates.
func dependsOnTime(f finding.Finding) bool {
	if f.Code == "network.tls-untrusted" {
		return f.Evidence["reason"] == "expired" || f.Evidence["reason"] == "not-yet-valid"
	}
	return slices.Contains(timeDependent, f.Code)
}

// addClocks adds to every finding about time what this machine's clock said when the
// run began, and what the clock that it was compared with said. It runs after all
// checks, as the local ones are done before a server answers. Codes and severities
// stay.
func addClocks(results []finding.Result, local time.Time) []finding.Result {
	clocks := finding.Evidence{"local_time": text.UTC(local)}
	for _, r := range results {
		f, ok := r.Facts.(finding.ClockFacts)
		if ok && f.OffsetSeconds != nil && f.Source != nil {
			offset := time.Duration(*f.OffsetSeconds * float64(time.Second))
			clocks["reference_time"], clocks["reference_source"] = text.UTC(local.Add(-offset)), *f.Source
		}
	}
	for _, r := range results {
		for i, f := range r.Findings {
			if dependsOnTime(f) {
				evidence := maps.Clone(f.Evidence)
				maps.Copy(evidence, clocks)
				if apart, ok := f.Evidence["seconds"].(float64); ok { // rounded as the claims' own times are
					evidence["span"] = text.Duration(time.Duration(apart * float64(time.Second)).Round(time.Second))
				}
				r.Findings[i] = catalog.New(f.Code, evidence).With(f.Severity)
			}
		}
	}
	return results
}
