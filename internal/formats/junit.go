package formats

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// The elements of JUnit XML, as far as Jenkins, GitLab and others agree on them.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		ClassName string      `xml:"classname,attr"`
		Name      string      `xml:"name,attr"`
		Time      string      `xml:"time,attr"`
		Skipped   *junitFault `xml:"skipped"`
		Error     *junitFault `xml:"error"`
		Failure   *junitFault `xml:"failure"`
		Out       string      `xml:"system-out,omitempty"`
	}
	junitFault struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Body    string `xml:",chardata"`
	}
)

// writeJUnit writes a test suite for each profile, and in it a test case for each check.
func writeJUnit(b *bytes.Buffer, r Run, _ Options) error {
	all := junitSuites{Name: "nsauth"}
	names, took := unique{}, int64(0)
	for _, one := range r.Reports {
		suite := suiteOf(one, names.of(cmp.Or(report.Clean(nameOf(one)), "default")))
		all.Tests, all.Failures, all.Errors = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Errors+suite.Errors
		took += one.DurationMS
		all.Suites = append(all.Suites, suite)
	}
	all.Time = inSeconds(took)
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("formats: cannot encode JUnit XML: %w", err)
	}
	b.WriteString(xml.Header)
	b.Write(text)
	b.WriteByte('\n')
	return nil
}

func suiteOf(r *finding.Report, name string) junitSuite {
	s := junitSuite{Name: name, Time: inSeconds(r.DurationMS), Timestamp: report.Clean(r.StartedAt), Properties: []junitProperty{
		{"tool", report.Clean(r.Tool.Name + " " + r.Tool.Version)}, {"command", report.Clean(r.Command)},
		{"outcome", report.Clean(string(r.Outcome))}, {"exit_code", fmt.Sprint(r.ExitCode)}, {"headline", report.Clean(report.Headline(r))},
	}}
	if r.Profile != nil && r.Profile.Account != nil {
		s.Properties = append(s.Properties, junitProperty{"account", report.Clean(*r.Profile.Account)})
	}
	names := unique{}
	add := func(c junitCase) {
		c.ClassName, c.Name = "nsauth."+name, names.of(report.Clean(c.Name))
		s.Tests++
		for _, count := range []struct {
			of *junitFault
			n  *int
		}{{c.Failure, &s.Failures}, {c.Error, &s.Errors}, {c.Skipped, &s.Skipped}} {
			if count.of != nil {
				*count.n++
			}
		}
		s.Cases = append(s.Cases, c)
	}
	for _, c := range r.Checks {
		add(caseOf(c, r.Diagnosis))
	}
	if r.Error != nil || r.ExitCode != finding.ExitOK && s.Failures+s.Errors == 0 {
		add(caseOfRun(r))
	}
	return s
}

// caseOf is the test case of a check. A check without a result is an error, and a warning
// passes.
func caseOf(c finding.Result, d *finding.Diagnosis) junitCase {
	t := junitCase{Name: string(c.ID) + ": " + c.Title, Time: inSeconds(c.DurationMS)}
	fault := &junitFault{Message: report.Clean(c.Summary), Body: bodyOf(c, d)}
	for _, f := range c.Findings {
		if !f.Accepted && f.Severity != finding.Info {
			fault.Type, fault.Message = report.Clean(string(f.Code)), report.Clean(f.Message)
			break
		}
	}
	switch c.Status {
	case finding.Fail:
		t.Failure = fault
	case finding.Unknown:
		t.Error = fault
	case finding.Skip:
		why := reasonOf(c)
		t.Skipped = &junitFault{Message: why, Body: why}
	default:
		t.Out = fault.Body
	}
	return t
}

// caseOfRun is a test case for what no check shows: that nothing could be run, that a check
// was required and skipped, or that warnings count.
func caseOfRun(r *finding.Report) junitCase {
	t := junitCase{Name: "run: nsauth " + r.Command, Time: inSeconds(0)}
	fault := &junitFault{Type: report.Clean(string(r.Outcome)), Message: report.Clean(report.Headline(r))}
	var body []string
	if r.Error != nil {
		fault.Type, fault.Message = report.Clean(r.Error.Code), report.Clean(r.Error.Message)
		body = append(body, r.Error.Message)
		for _, hint := range r.Error.Hints {
			body = append(body, "Hint: "+hint)
		}
	} else {
		for _, p := range report.Problems(r) {
			body = append(body, p.Said)
		}
	}
	fault.Body = lines(append(body, fmt.Sprintf("Exit code %d", r.ExitCode)))
	if t.Error = fault; r.ExitCode == finding.ExitFail || r.ExitCode == finding.ExitWarnings {
		t.Failure, t.Error = fault, nil
	}
	return t
}

// bodyOf is what a reader of a test report sees: what was found, and what to do.
func bodyOf(c finding.Result, d *finding.Diagnosis) string {
	body := []string{c.Summary}
	for _, f := range c.Findings {
		if f.Accepted || f.Severity == finding.Info {
			continue
		}
		body = append(body, string(f.Code)+": "+f.Message)
		if f.Remedy.Summary != "" {
			body = append(body, "Fix: "+f.Remedy.Summary)
		}
		body = append(body, f.Remedy.Steps...)
		if f.Remedy.UIPath != nil {
			body = append(body, "In NetSuite: "+*f.Remedy.UIPath)
		}
		for _, argv := range f.Remedy.Commands {
			body = append(body, "Run: "+commandLine(argv))
		}
	}
	if c.Status == finding.Fail && d != nil && d.Next != nil { // of a symptom, the way out is in its cause
		body = append(body, "Diagnosis: "+d.Headline, "Next: "+d.Next.Summary)
		if d.Next.UIPath != nil {
			body = append(body, "In NetSuite: "+*d.Next.UIPath)
		}
		for _, argv := range d.Next.Commands {
			body = append(body, "Run: "+commandLine(argv))
		}
	}
	return lines(body)
}

// reasonOf says why a check was skipped.
func reasonOf(c finding.Result) string {
	if c.Reason != nil {
		return report.Clean(string(*c.Reason))
	}
	var ids []string
	for _, id := range c.BlockedBy {
		ids = append(ids, string(id))
	}
	return "needs " + report.Clean(strings.Join(ids, ", "))
}

// lines joins texts, a line each. GitLab reads a link to a file out of system-out.
func lines(texts []string) string {
	var b strings.Builder
	for _, s := range texts {
		if s = report.Clean(s); s != "" {
			b.WriteString(strings.ReplaceAll(s, "[[", "[ [") + "\n")
		}
	}
	return b.String()
}

func inSeconds(ms int64) string { return fmt.Sprintf("%.3f", float64(max(0, ms))/1000) }

// unique numbers names that were given before.
type unique map[string]int

func (u unique) of(name string) string {
	u[name]++
	n := u[name]
	if n == 1 {
		return name
	}
	return u.of(fmt.Sprintf("%s (%d)", name, n))
}
