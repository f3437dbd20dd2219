package fleet

import (
	"context"
	"io"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
)

// Document examines the profiles and returns all reports in one document.
func (r *Run) Document(ctx context.Context) *finding.Reports {
	doc := r.begin()
	var all collector
	Examine(ctx, r, func(one *finding.Report) *finding.Report { return one }, func(one *finding.Report) {
		all.add(summarize(one))
		if r.Told != nil {
			r.Told(len(doc.Reports), one, true)
		}
		doc.Reports = append(doc.Reports, one)
	})
	all.finish(r, doc)
	return doc
}

// WriteJSON examines the profiles and writes the document as they end, in the bytes that
// report.JSON writes of the whole. It keeps no report that is written.
func (r *Run) WriteJSON(ctx context.Context, w io.Writer) (exit int, err error) {
	doc := r.begin()
	var all collector
	list := formats.NewList(w, doc)
	type encoded struct {
		summary
		text []byte
		err  error
	}
	Examine(ctx, r, func(one *finding.Report) encoded {
		text, err := formats.Item(one)
		return encoded{summarize(one), text, err}
	}, func(e encoded) {
		all.add(e.summary)
		list.Add(e.text, e.err)
	})
	all.finish(r, doc)
	return doc.ExitCode, list.End(doc)
}

func (r *Run) begin() *finding.Reports {
	r.started = r.World.Now()
	return &finding.Reports{SchemaVersion: finding.SchemaVersion, Kind: finding.KindReports, Tool: r.Request.Tool, Command: r.Request.Command,
		StartedAt: r.started.UTC().Format(time.RFC3339), LeftOut: r.LeftOut, Outcome: finding.OutcomePass}
}

// summary is what the document needs of a report that is written.
type summary struct {
	profile string
	outcome finding.Outcome
	exit    int
	traits  []trait
}

func summarize(r *finding.Report) summary {
	s := summary{outcome: r.Outcome, exit: r.ExitCode, traits: traitsOf(r)}
	if r.Profile != nil {
		s.profile = deref(r.Profile.Name)
	}
	return s
}

// collector adds up reports in their order.
type collector struct {
	counts finding.OutcomeCounts
	groups groups
	worst  summary
}

func (c *collector) add(s summary) {
	if c.counts.Profiles == 0 || finding.Worse(s.outcome, s.exit, c.worst.outcome, c.worst.exit) {
		c.worst = s
	}
	c.counts.Add(s.outcome)
	c.groups.add(s.profile, s.traits)
}

func (c *collector) finish(r *Run, doc *finding.Reports) {
	doc.DurationMS = max(0, r.World.Now().Sub(r.started).Milliseconds())
	doc.Outcome, doc.ExitCode, doc.Summary = c.worst.outcome, c.worst.exit, c.counts
	doc.Diagnosis.Shared = c.groups.shared()
	if doc.Outcome == finding.OutcomeInterrupted {
		doc.Error = finding.Interruption()
	}
}
