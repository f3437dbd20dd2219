package finding

import "slices"

// With returns f with another severity. NetSuite's yes outranks our rules: what it
// accepted today is shown as a warning or as information, whatever the catalog says.
func (f Finding) With(sev Severity) Finding {
	f.Severity = sev
	return f
}

// StatusOf is the status of a check that found findings: the worst of them, in the
// order fail, unknown, warn, pass. Accepted findings do not count.
func StatusOf(findings []Finding) Status {
	status := Pass
	for _, f := range findings {
		if s := f.status(); rank(s) > rank(status) {
			status = s
		}
	}
	return status
}

// status is what f alone makes of its check. One that says only "could not
// be verified" gives unknown, unless it was lowered to information.
func (f Finding) status() Status {
	if f.Accepted || f.Severity == Info {
		return Pass
	}
	if f.Unverified {
		return Unknown
	}
	return f.Severity.Status()
}

// Status is the status of a check whose worst finding has this severity.
func (s Severity) Status() Status {
	switch s {
	case Error:
		return Fail
	case Warning:
		return Warn
	}
	return Pass
}

// rank orders statuses, the worst last.
func rank(s Status) int { return slices.Index([]Status{Pass, Warn, Unknown, Fail}, s) }
