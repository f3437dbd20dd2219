// Package doctor runs one examination: it runs the checks, has their results diagnosed,
// and puts both into one report.
package doctor

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/lastgood"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secret"
)

// Request says what to examine and what counts as a failure.
type Request struct {
	Tool       finding.Tool
	Command    string
	Select     checks.Selection
	FailOnWarn bool
	// Timeout bounds the run; zero means checks.DefaultTimeout.
	Timeout time.Duration
	// AuditDetail is a Detail of the Login Audit Trail that a person looked up.
	AuditDetail string
	// State is where the last good run of each profile is recorded; the zero value
	// neither reads nor writes. WorkedUntil is until when it worked, as a person says.
	State       lastgood.Store
	WorkedUntil Until
	// Seed is what a command already sent and received, and Attempts its token
	// requests; if Seed is nil, the checks call the server.
	Seed     *checks.Seed
	Attempts []finding.TokenAttempt
	// Pair is the key and the certificate that the profile names, read before.
	Pair keys.Pair
	// Given is an assertion that another program made; if zero, nsauth makes one.
	Given            secret.Secret
	AbsentIsNotGiven bool
	// Folder is the content of a folder that was named for the certificate.
	Folder *keys.Folder
	// At is when the certificate is judged; zero means now.
	At time.Time
	// NoResult says that the command did not get its result, and Interrupted that a
	// person stopped it before this examination.
	NoResult, Interrupted bool
	// Audit looks into the account with a second credential; nil without one.
	Audit *checks.Audit
	// Waiting is told what is waited for, as checks.Job says.
	Waiting func(ctx context.Context, id finding.CheckID, host string) (done func())
	// TimeServers is as checks.Job has it.
	TimeServers func(servers []string) *clock.Inquiry
	// Record is told of each request; nil keeps nothing.
	Record Recorder
	// Asker answers what cannot be measured; nil asks no questions.
	Asker Asker
	// Told is given the report so far: without checks when it begins, then with each check
	// that is final. It has neither outcome nor diagnosis. It is not called with an Asker,
	// whose answers change checks. nil tells no one.
	Told func(*finding.Report)

	answers []diagnosis.Answer
}

// Examine runs the checks on p and diagnoses their results. The error is a
// *host.SetupError or an error of netsuite.New: a request is not possible with the
// profile, and nothing was examined.
func Examine(ctx context.Context, w host.World, p *profile.Profile, r Request) (*finding.Report, error) {
	started := w.Now()
	job := checks.Job{World: w, Profile: p, Select: r.Select, Seed: r.Seed, Pair: r.Pair, Given: r.Given, Folder: r.Folder,
		AbsentIsNotGiven: r.AbsentIsNotGiven || !r.Given.IsZero(), At: r.At, Waiting: r.Waiting, TimeServers: r.TimeServers}
	seen := watched{record: r.Record, now: w.Now}
	if !r.Select.Offline && r.Seed == nil && reachable(p) {
		client, err := host.Connect(w, p)
		if err != nil {
			return nil, err
		}
		defer client.CloseIdle()
		seen.Client, job.Client = client, &seen
	}
	limit := r.Timeout
	if limit == 0 {
		limit = checks.DefaultTimeout
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	record, unread := r.lastGood(p, started)
	job.Audit = r.audit(p, record)
	job.Told = r.follow(p, started)
	results := checks.Run(limited, job)
	took := max(0, w.Now().Sub(started).Milliseconds()) // of the measurement, without the questions
	since := worked(record, r.WorkedUntil, identifiers(p, results), started)
	interrupted := r.Interrupted || errors.Is(ctx.Err(), context.Canceled)
	if !interrupted {
		interrupted = r.ask(ctx, p, since, results)
	}
	report := conclude(r, p, started, answered(results, r.answers), since, interrupted)
	history, uncounted := r.history(w, p, results, started, seen.server())
	report.History = history
	for _, note := range []string{unread, uncounted, r.remember(w, p, report, started, seen.last())} {
		if note != "" {
			report.Notes = append(report.Notes, note)
		}
	}
	report.Attempts = r.Attempts
	report.DurationMS = took
	return report, nil
}

// follow tells of a run of checks that begins.
func (r Request) follow(p *profile.Profile, started time.Time) func(finding.Result) {
	if r.Told == nil || r.Asker != nil {
		return nil
	}
	report := newReport(r, p, started)
	r.Told(report)
	return func(c finding.Result) {
		c = advice(p.Target()).result(c)
		more := *report
		more.Checks = append(slices.Clip(report.Checks), c)
		report = &more
		r.Told(report)
	}
}

// Inspect judges a token of another program, and the request around it, against p. The
// signature is verified with set, or with r.Pair if set is nil.
func Inspect(w host.World, p *profile.Profile, r Request, text *capture.Paste, set *inspect.KeySet) *finding.Report {
	return conclude(r, p, w.Now(), checks.Inspect(w, p, r.Pair, text, set), nil, false)
}

// Unknown is the report of a command that could not find out what the check id looks at, as f
// says. It runs no other check.
func Unknown(r Request, p *profile.Profile, started time.Time, id finding.CheckID, f finding.Finding) *finding.Report {
	r.Select.Only = []finding.CheckID{id}
	var results []finding.Result
	for _, c := range checks.NotRun() {
		if c.ID == id {
			c.Status, c.Selected, c.Summary, c.Findings = finding.Unknown, true, f.Message, []finding.Finding{f}
			results = append(results, c)
		}
	}
	return conclude(r, p, started, results, nil, false)
}

// Unfinished is the report of an examination of which only the results told are known, in the
// order of the report. code is why it did not end by itself; "" says that a person stopped it.
func Unfinished(r Request, p *profile.Profile, started time.Time, told []finding.Result, code finding.Code) *finding.Report {
	results, skipped := slices.Clone(told), finding.NotRun
	var at []finding.CheckID // what was under way
	if len(told) == 0 {
		at = []finding.CheckID{finding.CheckKey}
	}
	for _, c := range checks.NotRun() {
		if !r.Select.Shows(c.ID, !r.Given.IsZero()) || slices.ContainsFunc(told, func(t finding.Result) bool { return t.ID == c.ID }) {
			continue
		}
		if len(at) == 0 {
			at = []finding.CheckID{c.ID}
		}
		c.Status, c.Reason = finding.Skip, &skipped
		if code != "" && c.ID == at[0] {
			f := catalog.New(code, finding.Evidence{"check": string(c.ID)})
			c.Status, c.Reason, c.Summary, c.Findings = finding.Unknown, nil, f.Message, []finding.Finding{f}
		}
		results = append(results, c)
	}
	if code != "" {
		r.Select.Require = slices.Concat(r.Select.Require, at)
	}
	report := conclude(r, p, started, results, nil, code == "")
	if code != "" && len(at) == 0 && report.Outcome != finding.OutcomeFail {
		report.Outcome, report.ExitCode = finding.OutcomeError, finding.ExitUsage
		report.Error = &finding.ErrorInfo{Code: string(code), Message: "every check ended, but the examination did not", Hints: []string{}}
	}
	return report
}

// conclude turns results into a report: counts, outcome, exit code and diagnosis.
func conclude(r Request, p *profile.Profile, started time.Time, results []finding.Result, since *diagnosis.Worked, interrupted bool) *finding.Report {
	report := newReport(r, p, started)
	report.Checks = results
	report.Summary = finding.Count(results)
	mustRun := r.Select.Require
	if onlySkipped(r, results) {
		mustRun = append(slices.Clone(mustRun), r.Select.Only...)
	}
	report.Outcome, report.ExitCode = finding.Judge(results, finding.Demand{
		Required: append(checks.Required(results), r.Select.Only...), MustRun: mustRun,
		FailOnWarn: r.FailOnWarn, NoResult: r.NoResult, Interrupted: interrupted,
	})
	if interrupted {
		report.Error = finding.Interruption()
	}
	if report.Outcome != finding.OutcomePass {
		c := diagnosisContext(r, p, since, results)
		c.Outcome = report.Outcome
		report.Diagnosis = diagnosis.Diagnose(results, c)
	}
	report.Notes = append(unjudged(r, mustRun, results), notes(r, p, results)...)
	for _, note := range []string{strayDetail(r, report.Diagnosis), contradiction(results, report.Diagnosis)} {
		if note != "" {
			report.Notes = append(report.Notes, note)
		}
	}
	advice(p.Target()).complete(report)
	return report
}

// onlySkipped reports whether every check of --only was skipped: then nothing that was
// asked for was judged.
func onlySkipped(r Request, results []finding.Result) bool {
	return len(r.Select.Only) > 0 && !slices.ContainsFunc(results, func(c finding.Result) bool {
		return c.Status != finding.Skip && slices.Contains(r.Select.Only, c.ID)
	})
}

// unjudged says which of the checks that had to judge were skipped, or could not judge.
func unjudged(r Request, mustRun []finding.CheckID, results []finding.Result) []string {
	var notes []string
	for _, c := range results {
		why := " was required (--require)"
		if !slices.Contains(r.Select.Require, c.ID) {
			why = " was selected (--only)"
		}
		switch {
		case !slices.Contains(mustRun, c.ID):
		case c.Status == finding.Skip:
			notes = append(notes, finding.NoteUnjudged+string(c.ID)+why+" but skipped: its result is unknown.")
		case c.NotJudged:
			notes = append(notes, finding.NoteUnjudged+string(c.ID)+why+" but did not judge everything: its result is unknown.")
		}
	}
	return notes
}

// notes say what a run of the doctor did not examine: nsauth signs an assertion or
// sends a given one, and makes its own API calls or the integration's.
func notes(r Request, p *profile.Profile, results []finding.Result) []string {
	if !r.At.IsZero() {
		return []string{"The certificate was judged as of " + r.At.UTC().Format(time.RFC3339) + " (--at), not as of now."}
	}
	if r.Command != "doctor" {
		return nil
	}
	var notes []string
	for _, c := range results {
		worked := c.Status == finding.Pass || c.Status == finding.Warn
		switch {
		case c.ID == finding.CheckToken && c.Status != finding.Skip && !r.Given.IsZero():
			notes = append(notes, "The other program's assertion was sent unchanged, once. "+
				"It is not known whether NetSuite accepts the same assertion twice.")
		case c.ID == finding.CheckToken && worked:
			notes = append(notes, "nsauth signed the assertion; your own program's was not examined. "+
				"To examine it: nsauth doctor --assertion FILE, or nsauth emulator --profile NAME.")
		case c.ID == finding.CheckAPI && worked && p.Text(profile.FieldAPIPath) == "":
			notes = append(notes, "Your integration's own API call was not tried: add --api-path PATH.")
		}
	}
	return notes
}

// reachable reports whether the profile has an account. Without it, the checks that
// need the server are skipped.
func reachable(p *profile.Profile) bool { return !p.Lacks(profile.FieldAccount) }

func newReport(r Request, p *profile.Profile, started time.Time) *finding.Report {
	report := &finding.Report{
		SchemaVersion: finding.SchemaVersion, Kind: finding.KindReport, Tool: r.Tool, Command: r.Command,
		StartedAt: started.UTC().Format(time.RFC3339), Checks: []finding.Result{},
	}
	report.Profile = Subject(p)
	return report
}

// Subject is what a report says of p.
func Subject(p *profile.Profile) *finding.Subject {
	return &finding.Subject{
		Name: finding.Optional(p.Name), Account: finding.Optional(p.Text(profile.FieldAccount)),
		ClientID: finding.Optional(p.Text(profile.FieldClientID)), CertificateID: finding.Optional(p.Text(profile.FieldCertificateID)),
	}
}
