package finding

// internalEntries: faults of nsauth itself. Any check may raise them.
func internalEntries() []Entry {
	return []Entry{
		{
			Code: "internal.panic", Severity: Warning, Status: Unknown,
			Title:   "nsauth failed",
			Message: "a fault in nsauth stopped the check[ {check}][: {error}]",
			Meaning: "This is a mistake in nsauth, not in your set-up. The check says nothing; the others still ran.",
			Remedy:  Remedy{Summary: "Please report it, with the output of nsauth version and of this run as JSON, which holds no secrets."},
			Confirm: "the same run again",
			Basis:   Observed, Source: "measured in this run",
		},
		{
			Code: "internal.timed-out", Severity: Warning, Status: Unknown,
			Title:   "Check ran out of time",
			Message: "the check[ {check}] did not finish in time",
			Meaning: "It says nothing about what it was to look at.",
			Remedy:  Remedy{Summary: "Try again with a longer --timeout."},
			Confirm: "the same run with a longer --timeout",
			Basis:   Observed, Source: "measured in this run",
		},
	}
}
