package formats

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// The events of a run. Each is a document of the kind nsauth.event on a line of its own, in
// this order: run-started, a check-finished for each check, run-finished. The events of the
// next profile follow. A run over several profiles ends with all-finished.
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
func writeJSONL(b *bytes.Buffer, r Run, _ Options) error { return NewStream(b).End(r) }

// Stream writes the events of a run while it lasts: each line whole, as soon as its event and
// all before it are final. The bytes are those that Write writes of the saved run.
type Stream struct {
	w io.Writer

	mu      sync.Mutex
	told    map[int]telling // by the number of the report: what is not written yet
	turn    int             // the number of the report whose events are written
	writing bool            // by one goroutine, which has what follows for itself
	idle    sync.Cond       // no goroutine writes

	begun   bool                     // the first event of the report is written
	written map[finding.CheckID]bool // its checks
	err     error                    // of w, the first
}

// telling is a report as far as it is final.
type telling struct {
	report *finding.Report
	ended  bool
}

// NewStream returns a Stream to w, which gets a line with each Write.
func NewStream(w io.Writer) *Stream {
	s := &Stream{w: w, told: map[int]telling{}, written: map[finding.CheckID]bool{}}
	s.idle.L = &s.mu
	return s
}

// Tell takes report number i as far as it is final, which must not change from now on. Ended
// says that it is complete. Tell may be called concurrently, and does not wait for w: a reader
// that pauses must not use up the time of an examination. What comes after the end of a report
// has no effect.
func (s *Stream) Tell(i int, r *finding.Report, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < s.turn || s.told[i].ended {
		return
	}
	s.told[i] = telling{r, ended}
	if i == s.turn && !s.writing {
		s.writing = true
		go s.drain()
	}
}

// drain writes what was told until it is the turn of a report of which nothing is.
func (s *Stream) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		next, ok := s.told[s.turn]
		if !ok {
			s.writing = false
			s.idle.Broadcast()
			return
		}
		delete(s.told, s.turn)
		s.mu.Unlock()
		s.write(next.report, next.ended)
		s.mu.Lock()
		if next.ended {
			delete(s.told, s.turn) // told too late
			s.turn++
		}
	}
}

// End writes what is missing of the run, and closes w if it can be closed. It returns the
// first error of the stream.
func (s *Stream) End(r Run) error {
	s.mu.Lock()
	for s.writing {
		s.idle.Wait()
	}
	s.writing = true // from now on only End writes
	s.mu.Unlock()
	from := s.turn
	if r.all == nil { // also the report of a run over several that broke off
		from = 0
	}
	for _, one := range r.Reports[min(from, len(r.Reports)):] {
		s.write(one, true)
	}
	if a := r.all; a != nil {
		head := eventHead{Head: report.HeadOf(report.KindEvent), Event: eventAll}
		s.line(allEvent{head, a.Outcome, a.ExitCode, a.Error, a.Summary, a.LeftOut, a.Diagnosis.Shared, a.DurationMS})
	}
	if c, ok := s.w.(io.Closer); ok {
		s.err = errors.Join(s.err, c.Close())
	}
	return s.err
}

// write writes the events of r that are not written.
func (s *Stream) write(r *finding.Report, ended bool) {
	head := eventHead{Head: report.HeadOf(report.KindEvent), Event: eventStarted}
	start := startedEvent{Tool: r.Tool, Command: r.Command, StartedAt: r.StartedAt}
	if r.Profile != nil {
		head.Profile, start.Account = r.Profile.Name, r.Profile.Account
	}
	if !s.begun {
		s.begun, start.eventHead = true, head
		s.line(start)
	}
	head.Event = eventCheck
	for _, c := range r.Checks {
		if !s.written[c.ID] {
			s.written[c.ID] = true
			s.line(checkEvent{head, c})
		}
	}
	if !ended {
		return
	}
	head.Event = eventFinished
	end := finishedEvent{head, r.Outcome, r.ExitCode, r.Error, report.Headline(r), nil, r.Summary, r.DurationMS}
	if r.Diagnosis != nil {
		for _, c := range r.Diagnosis.Causes {
			end.Causes = append(end.Causes, c.Code)
		}
	}
	s.line(end)
	s.begun = false
	clear(s.written)
}

func (s *Stream) line(event any) {
	if s.err == nil {
		s.err = report.JSONLine(s.w, event)
	}
}
