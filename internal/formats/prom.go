package formats

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/report"
)

// A family is a metric with its samples. Names and labels are a promise to alert rules.
type family struct {
	name, kind, help string
	samples          []sample
}

type sample struct {
	labels []string // name, value, name, value
	value  float64
}

func (f *family) add(value float64, labels ...string) {
	f.samples = append(f.samples, sample{labels, value})
}

// set is add for a series that may have a sample already, which it replaces.
func (f *family) set(value float64, labels ...string) {
	f.samples = slices.DeleteFunc(f.samples, func(s sample) bool { return slices.Equal(s.labels, labels) })
	f.add(value, labels...)
}

// metrics are the families of one file. What this run did not measure has no sample: not zero,
// which would be a value, and not NaN, which last_over_time cannot bridge.
type metrics struct {
	up, outcome, check, notAfter, offset, duration, attempts, refusals, lastRun family
}

// writeProm writes the text format of Prometheus, for the textfile collector of node_exporter.
func writeProm(b *bytes.Buffer, r Run, _ Options) error {
	m := metrics{
		up:       family{name: "nsauth_up", help: "Whether the last run passed, also with warnings."},
		outcome:  family{name: "nsauth_outcome", help: "Outcome of the last run: 1 for the one it had."},
		check:    family{name: "nsauth_check_status", help: "Status of each check in the last run: 1 for the one it had."},
		notAfter: family{name: "nsauth_certificate_not_after_seconds", help: "When the certificate expires as Unix time, by its file or by the list of NetSuite."},
		offset:   family{name: "nsauth_clock_offset_seconds", help: "How far the local clock is ahead of the reference."},
		duration: family{name: "nsauth_request_duration_seconds", help: "Duration of each phase of the requests in the last run."},
		attempts: family{name: "nsauth_token_attempts", help: "Token requests in the last run."},
		refusals: family{name: "nsauth_refusals_total", kind: "counter", help: "Refusals since the count began, by the code of their cause."},
		lastRun:  family{name: "nsauth_last_run_timestamp_seconds", help: "End of the last run as Unix time."},
	}
	seen := map[string]bool{}
	for _, one := range r.Reports {
		name := nameOf(one)
		if !seen[name] { // a second sample of a series would void the file
			seen[name] = true
			m.measure(one, name)
		}
	}
	for _, f := range []family{m.notAfter, m.check, m.offset, m.lastRun, m.outcome, m.refusals, m.duration, m.attempts, m.up} {
		f.write(b)
	}
	return nil
}

func (m *metrics) measure(r *finding.Report, name string) {
	profile := []string{"profile", name}
	m.up.add(truth(r.Outcome == finding.OutcomePass || r.Outcome == finding.OutcomeWarn), profile...)
	for _, o := range []finding.Outcome{finding.OutcomeError, finding.OutcomeFail, finding.OutcomeInconclusive, finding.OutcomeInterrupted, finding.OutcomePass, finding.OutcomeWarn} {
		m.outcome.add(truth(r.Outcome == o), "profile", name, "outcome", string(o))
	}
	if at, err := time.Parse(time.RFC3339, r.StartedAt); err == nil {
		m.lastRun.add(unix(at.Add(time.Duration(r.DurationMS)*time.Millisecond)), profile...)
	}
	seen := map[finding.CheckID]bool{}
	attempts := len(r.Attempts)
	for _, c := range r.Checks {
		if seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		for _, s := range []finding.Status{finding.Fail, finding.Pass, finding.Skip, finding.Unknown, finding.Warn} {
			m.check.add(truth(c.Status == s), "profile", name, "check", string(c.ID), "status", string(s))
		}
		if facts, ok := c.Facts.(finding.TokenFacts); ok && !facts.Cached {
			m.duration.add(seconds(float64(c.DurationMS)), "profile", name, "phase", "token")
			attempts = max(attempts, 1)
		}
		m.facts(c, r, name)
	}
	m.attempts.add(float64(attempts), profile...)
	m.remembered(r.History, name)
}

// remembered adds what outlives a run that failed: counts, and the ends of a certificate that
// this run did not read.
func (m *metrics) remembered(h *finding.History, name string) {
	if h == nil {
		return
	}
	for code, n := range h.Refusals {
		m.refusals.add(float64(n), "profile", name, "code", string(code))
	}
	for source, end := range map[string]*string{"file": h.CertificateEnds.File, "netsuite": h.CertificateEnds.NetSuite} {
		if at, err := time.Parse(time.RFC3339, value(end)); err == nil {
			m.notAfter.set(unix(at), "profile", name, "source", source)
		}
	}
}

// facts adds what a check measured.
func (m *metrics) facts(c finding.Result, r *finding.Report, name string) {
	switch facts := c.Facts.(type) {
	case finding.CertificateFacts:
		if at, err := time.Parse(time.RFC3339, facts.NotAfter); err == nil {
			m.notAfter.add(unix(at), "profile", name, "source", "file")
		}
	case finding.MappingFacts:
		if at, ok := listedEnd(facts, r); ok {
			m.notAfter.add(unix(at), "profile", name, "source", "netsuite")
		}
	case finding.ClockFacts:
		if offset := facts.OffsetSeconds; offset != nil {
			m.offset.add(*offset, "profile", name)
		} else if offset := facts.NTPOffsetSeconds; offset != nil {
			m.offset.add(*offset, "profile", name)
		}
	case finding.NetworkFacts:
		for _, phase := range []struct {
			name string
			ms   *float64
		}{{"dns", facts.DNSMS}, {"connect", facts.ConnectMS}, {"proxy", facts.ProxyMS}, {"tls", facts.TLSMS}, {"first-byte", facts.FirstByteMS}} {
			if phase.ms != nil {
				m.duration.add(seconds(*phase.ms), "profile", name, "phase", phase.name)
			}
		}
	case finding.APIFacts:
		slowest := -1.0
		for _, call := range facts.Calls {
			slowest = max(slowest, call.MS)
		}
		if slowest >= 0 {
			m.duration.add(seconds(slowest), "profile", name, "phase", "call")
		}
	}
}

// listedEnd is when the certificate of a profile has surely expired by NetSuite's list, as the
// history has it.
func listedEnd(facts finding.MappingFacts, r *finding.Report) (time.Time, bool) {
	for _, c := range facts.Certificates {
		if r.Profile == nil || c.CertificateID == "" || c.CertificateID != value(r.Profile.CertificateID) {
			continue
		}
		if _, last, ok := mapping.Ends(c.ValidUntil); ok {
			return last, true
		}
	}
	return time.Time{}, false
}

// write writes the samples in order; a family without one is left out.
func (f family) write(b *bytes.Buffer) {
	if len(f.samples) == 0 {
		return
	}
	kind := f.kind
	if kind == "" {
		kind = "gauge"
	}
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, kind)
	lines := make([]string, 0, len(f.samples))
	for _, s := range f.samples {
		var labels []string
		for i := 0; i < len(s.labels); i += 2 {
			labels = append(labels, s.labels[i]+`="`+inLabel(s.labels[i+1])+`"`)
		}
		lines = append(lines, f.name+"{"+strings.Join(labels, ",")+"} "+strconv.FormatFloat(s.value, 'f', -1, 64))
	}
	slices.Sort(lines)
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// inLabel escapes the value of a label.
func inLabel(s string) string { return labelEscapes.Replace(report.Clean(s)) }

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func seconds(ms float64) float64 { return ms / 1000 }

// unix is a time in whole milliseconds, as a number of seconds.
func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
