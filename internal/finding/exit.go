package finding

import "slices"

// The exit codes of every command, in every output format.
const (
	ExitOK           = 0   // nothing failed
	ExitFail         = 1   // a check failed, or a call was refused
	ExitUsage        = 2   // nothing could be run, or output could not be written
	ExitInconclusive = 3   // nothing failed, but something required is unknown
	ExitWarnings     = 4   // warnings, under --fail-on=warn; nsauth cert: a certificate is due
	ExitInterrupted  = 130 // Ctrl-C
)

// NoteUnjudged begins the note of a report about a check that had to judge and did not.
const NoteUnjudged = "The check "

// NoteUncounted begins the note of a report whose refusals could not be added to a count.
const NoteUncounted = "The count of refusals "

// NoteRecorded begins the note of a report about an entry of the Login Audit Trail that
// explains nothing, or contradicts what was measured.
const NoteRecorded = "NetSuite recorded "

// Demand is what a run has to satisfy beyond "no check failed".
type Demand struct {
	// Required lists checks whose status unknown makes the run inconclusive.
	Required []CheckID
	// MustRun lists checks that must judge: a skip makes the run inconclusive (--require).
	MustRun []CheckID
	// FailOnWarn turns warnings into exit code 4.
	FailOnWarn bool
	// NoResult says that the command did not get what it was run for, whatever
	// the checks found: that is never a success.
	NoResult bool
	// Interrupted says that a person stopped the run.
	Interrupted bool
}

// Judge is the one function that turns results into an outcome and an exit
// code. A fail outranks an unknown, an unknown outranks a warning; an interrupt
// outranks them all. Checks that were not selected (Selected false) run only
// because others need them. They count too: what they found is real.
func Judge(results []Result, d Demand) (Outcome, int) {
	if d.Interrupted {
		return OutcomeInterrupted, ExitInterrupted
	}
	var failed, unknown, warned bool
	for _, r := range results {
		unknown = unknown || r.NotJudged && slices.Contains(d.MustRun, r.ID)
		switch r.Status {
		case Fail:
			failed = true
		case Unknown:
			unknown = unknown || slices.Contains(d.Required, r.ID) || slices.Contains(d.MustRun, r.ID)
		case Skip:
			unknown = unknown || slices.Contains(d.MustRun, r.ID)
		case Warn:
			warned = true
		}
	}
	switch {
	case failed, d.NoResult && !unknown:
		return OutcomeFail, ExitFail
	case unknown:
		return OutcomeInconclusive, ExitInconclusive
	case warned && d.FailOnWarn:
		return OutcomeWarn, ExitWarnings
	case warned:
		return OutcomeWarn, ExitOK
	}
	return OutcomePass, ExitOK
}

// Count counts results by status.
func Count(results []Result) Summary {
	by := map[Status]int{}
	for _, r := range results {
		by[r.Status]++
	}
	return Summary{Pass: by[Pass], Warn: by[Warn], Fail: by[Fail], Skip: by[Skip], Unknown: by[Unknown]}
}
