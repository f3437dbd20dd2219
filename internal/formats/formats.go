// Package formats writes the reports of a run in the forms that CI systems, tickets and
// monitoring read. Everything is rendered from the reports alone, so that a saved document
// gives the same bytes again.
package formats

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/htmlreport"
	"github.com/nsauth/nsauth/internal/report"
)

// Run is what one run found: the report of one profile, or those of several.
type Run struct {
	Reports []*finding.Report
	all     *finding.Reports // nil for the run of one profile
}

// One is the run of one profile.
func One(r *finding.Report) Run { return Run{Reports: []*finding.Report{r}} }

// Several is the run of several profiles.
func Several(rs *finding.Reports) Run { return Run{rs.Reports, rs} }

// Read reads a saved run. The error says what data is instead.
func Read(data []byte) (Run, error) {
	if finding.KindOf(data) == finding.KindReports {
		rs, err := finding.ReadReports(data)
		if err != nil {
			return Run{}, err
		}
		return Several(rs), nil
	}
	r, err := finding.Read(data)
	if err != nil {
		return Run{}, err
	}
	return One(r), nil
}

// All is the document of a run of several profiles; nil for one.
func (r Run) All() *finding.Reports { return r.all }

// Failed is the run with an error of its output, and exit code 2. What was found stays.
func (r Run) Failed(info finding.ErrorInfo) Run {
	if r.all != nil {
		all := *r.all
		all.Outcome, all.ExitCode, all.Error = finding.OutcomeError, finding.ExitUsage, &info
		return Several(&all)
	}
	one := *r.Reports[0]
	one.Outcome, one.ExitCode, one.Error = finding.OutcomeError, finding.ExitUsage, &info
	return One(&one)
}

// Masked is the run without IDs, for which m has the placeholders.
func (r Run) Masked(m *report.Masker) Run {
	if r.all != nil {
		return Several(report.MaskWith(m, r.all))
	}
	return One(report.MaskWith(m, r.Reports[0]))
}

// Options change what is written.
type Options struct {
	// MaskIDs masks IDs in every format, and ShowIDs shows them where they are masked by
	// default.
	MaskIDs, ShowIDs bool
	// ASCII restricts text for people to ASCII.
	ASCII bool
	// Limit bounds the bytes of Markdown; zero is no bound.
	Limit int
}

// Format is one form of a run.
type Format struct {
	Name  string
	Media string // as in Content-Type
	// Masked says that IDs are masked unless a person asks for them.
	Masked bool
	render func(w io.Writer, r Run, o Options) error
}

// The formats of a report apart from text. JSON and Short exist without this package.
const (
	JSON     = "json"
	JSONL    = "jsonl"
	JUnit    = "junit"
	Markdown = "markdown"
	HTML     = "html"
	Prom     = "prom"
	GitHub   = "github"
	Short    = "short"
	CSV      = "csv"
)

// table is every format, in the order in which they are offered.
var table = []Format{
	{JSON, "application/json", false, writeJSON},
	{JSONL, "application/jsonl", false, buffered(writeJSONL)},
	{JUnit, "application/xml", true, buffered(writeJUnit)},
	{Markdown, "text/markdown; charset=utf-8", true, buffered(writeMarkdown)},
	{HTML, "text/html; charset=utf-8", false, writeHTML},
	{Prom, "text/plain; version=0.0.4; charset=utf-8", true, buffered(writeProm)},
	{GitHub, "text/plain; charset=utf-8", true, buffered(writeGitHub)},
	{Short, "text/plain; charset=utf-8", true, buffered(writeShort)},
	{CSV, "text/csv; charset=utf-8", false, buffered(writeCSV)},
}

// All lists the formats.
func All() []Format { return slices.Clone(table) }

// Names lists the names of the formats.
func Names() []string {
	names := make([]string, len(table))
	for i, f := range table {
		names[i] = f.Name
	}
	return names
}

// Known reports whether name is a format of this package.
func Known(name string) bool { return slices.Contains(Names(), name) }

// Write writes a run in the format of this name. The long formats, HTML and the JSON of several
// profiles, are written in parts. Of the others it writes nothing if the run cannot be rendered.
func Write(w io.Writer, name string, r Run, o Options) error {
	i := slices.Index(Names(), name)
	if i < 0 {
		return fmt.Errorf("formats: no format %q", name)
	}
	f := table[i]
	if o.MaskIDs || f.Masked && !o.ShowIDs {
		r = r.Masked(report.NewMasker())
	}
	return f.render(w, r, o)
}

// buffered writes what render made, once it is complete.
func buffered(render func(*bytes.Buffer, Run, Options) error) func(io.Writer, Run, Options) error {
	return func(w io.Writer, r Run, o Options) error {
		var b bytes.Buffer
		if err := render(&b, r, o); err != nil {
			return err
		}
		_, err := w.Write(b.Bytes())
		return err
	}
}

// writeHTML writes the run as a page.
func writeHTML(w io.Writer, r Run, _ Options) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := htmlreport.Render(b, r.Reports, r.all); err != nil {
		return err
	}
	return b.Flush()
}

// value is a text that may be absent.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// nameOf is the profile of a report, "" if it has no name.
func nameOf(r *finding.Report) string {
	if r.Profile == nil {
		return ""
	}
	return value(r.Profile.Name)
}
