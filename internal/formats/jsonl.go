package formats

import (
	"bytes"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// The events of a run. Each is a document of the kind nsauth.event on a line of its own, in
// this order: run-started, a check-finished for each check, run-finished. What a check found is
// final only at the end: NetSuite's yes outranks an earlier warning. So the events of a profile
// follow as soon as its report is complete, and those of the next profile follow them. A run
// over several profiles ends with all-finished.
const (
	eventStarted  = "run-started"
	eventCheck    = "check-finished"
	eventFinished = "run-finished"
	eventAll      = "all-finished"
)

type eventHead struct {
	report.Head
	Event   string  `json:"event"`
	Profile *string `json:"profile"` // its name; null for a profile without one
}

type startedEvent struct {
	eventHead
	Tool      finding.Tool `json:"tool"`
	Command   string       `json:"command"`
	Account   *string      `json:"account"`
	StartedAt string       `json:"started_at"` // RFC 3339, UTC
}

type checkEvent struct {
	eventHead
	Check finding.Result `json:"check"`
}

type finishedEvent struct {
	eventHead
	Outcome    finding.Outcome    `json:"outcome"`
	ExitCode   int                `json:"exit_code"`
	Error      *finding.ErrorInfo `json:"error"`
	Headline   string             `json:"headline"`
	Causes     []finding.Code     `json:"causes"` // best first
	Summary    finding.Summary    `json:"summary"`
	DurationMS int64              `json:"duration_ms"`
}

type allEvent struct {
	eventHead
	Outcome    finding.Outcome       `json:"outcome"`
	ExitCode   int                   `json:"exit_code"`
	Error      *finding.ErrorInfo    `json:"error"`
	Profiles   finding.OutcomeCounts `json:"profiles"`
	LeftOut    []finding.LeftOut     `json:"left_out"`
	Shared     []finding.Shared      `json:"shared"` // what the failures have in common
	DurationMS int64                 `json:"duration_ms"`
}

// writeJSONL writes the events of a run.
func writeJSONL(b *bytes.Buffer, r Run, _ Options) error {
	for _, one := range r.Reports {
		if err := writeEvents(b, one); err != nil {
			return err
		}
	}
	if r.all == nil {
		return nil
	}
	head := eventHead{Head: report.HeadOf(report.KindEvent), Event: eventAll}
	a := r.all
	return report.JSONLine(b, allEvent{head, a.Outcome, a.ExitCode, a.Error, a.Summary, a.LeftOut, a.Diagnosis.Shared, a.DurationMS})
}

// writeEvents writes the events of one report.
func writeEvents(b *bytes.Buffer, r *finding.Report) error {
	head := eventHead{Head: report.HeadOf(report.KindEvent)}
	start := startedEvent{Tool: r.Tool, Command: r.Command, StartedAt: r.StartedAt}
	if r.Profile != nil {
		head.Profile, start.Account = r.Profile.Name, r.Profile.Account
	}
	of := func(event string) eventHead {
		head.Event = event
		return head
	}
	start.eventHead = of(eventStarted)
	events := []any{start}
	for _, c := range r.Checks {
		events = append(events, checkEvent{of(eventCheck), c})
	}
	end := finishedEvent{of(eventFinished), r.Outcome, r.ExitCode, r.Error, report.Headline(r), nil, r.Summary, r.DurationMS}
	if r.Diagnosis != nil {
		for _, c := range r.Diagnosis.Causes {
			end.Causes = append(end.Causes, c.Code)
		}
	}
	for _, e := range append(events, end) {
		if err := report.JSONLine(b, e); err != nil {
			return err
		}
	}
	return nil
}
