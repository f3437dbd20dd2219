package catalog

import "github.com/nsauth/nsauth/internal/finding"

// internalEntries: faults of nsauth itself. Any check may raise them.
func internalEntries() []Entry {
	return []Entry{
		{
			Code: "internal.panic", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "nsauth failed",
			Message: "a fault in nsauth stopped the check[ {check}][: {error}]",
			Meaning: "This is a mistake in nsauth, not in your set-up. The check says nothing; the others still ran.",
			Remedy:  finding.Remedy{Summary: "Please report it, with the output of nsauth version and of this run as JSON, which holds no secrets."},
			Confirm: "the same run again",
			Basis:   finding.Observed, Source: "measured in this run",
		},
		{
			Code: "internal.timed-out", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "Check ran out of time",
			Message: "the check[ {check}] did not finish in time",
			Meaning: "It says nothing about what it was to look at.",
			Remedy:  finding.Remedy{Summary: "Try again with a longer --timeout."},
			Confirm: "the same run with a longer --timeout",
			Basis:   finding.Observed, Source: "measured in this run",
		},
	}
}
