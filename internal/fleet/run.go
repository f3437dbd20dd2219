package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// Limits of the concurrency.
const (
	DefaultParallel = 8
	MaxParallel     = 64
	// perAccount is how many profiles of one account are examined at once: NetSuite limits
	// the concurrent requests of an account.
	perAccount = 4
)

// lookahead is how many profiles are resolved while their accounts are busy.
const lookahead = 128

const (
	// spare is how long a profile may take beyond its timeouts before it is given up.
	spare = 5 * time.Second
	// grace is how long an examination that was stopped may take to say what it found.
	grace = time.Second
)

// Run is one run over several profiles.
type Run struct {
	App      *cli.App
	World    host.World
	Names    []string // of the profiles, in the order of the reports
	LeftOut  []finding.LeftOut
	Parallel int
	Request  doctor.Request // of each examination
	// Flags are the value flags that apply to every profile.
	Flags map[string][]string
	// Audit opens the auditor of a profile; nil uses none.
	Audit func(ctx context.Context, a *cli.App, p *profile.Profile) (*checks.Audit, func(), error)

	// Told is given report number i as far as it is final, from concurrent examinations. nil
	// tells no one.
	Told func(i int, r *finding.Report, ended bool)

	// Record returns who is told of the requests of profile i; nil keeps nothing.
	Record func(i int, p *profile.Profile) doctor.Recorder

	Files *profile.Files // that the profiles were chosen from

	started time.Time
	times   timeServers
}

// Examine examines the profiles concurrently. As each ends, made turns its report into what
// is kept; each then gets these in the order of the profiles. What happens to one profile
// touches no other: a panic, a hang and a value that cannot be used are in its report. After
// an interrupt the profiles that did not end have a report that says so.
func Examine[T any](ctx context.Context, r *Run, made func(*finding.Report) T, each func(T)) {
	r.times.run, r.times.world = ctx, r.World
	ready := make([]chan T, len(r.Names))
	for i := range ready {
		ready[i] = make(chan T, 1)
	}
	go r.schedule(ctx, func(j job) { ready[j.number] <- made(r.one(ctx, j)) })
	for _, c := range ready {
		each(<-c)
	}
}

// job is one profile on its way.
type job struct {
	number  int
	app     *cli.App // with keys of its own
	profile *profile.Profile
	err     error // the profile cannot be resolved
	record  doctor.Recorder
}

func (j job) account() string {
	if j.profile == nil {
		return ""
	}
	return j.profile.Account.ID
}

// schedule starts work for every profile: as many at once as allowed, in order, but a
// profile whose account is busy lets the next ones pass.
func (r *Run) schedule(ctx context.Context, work func(job)) {
	parallel := max(1, r.Parallel)
	ended := make(chan string, parallel)
	var waiting []job
	busy, running, next := map[string]int{}, 0, 0
	for next < len(r.Names) || len(waiting) > 0 || running > 0 {
		free := slices.IndexFunc(waiting, func(j job) bool { return j.account() == "" || busy[j.account()] < perAccount })
		switch {
		case running < parallel && free >= 0:
			j := waiting[free]
			account := j.account()
			waiting = slices.Delete(waiting, free, free+1)
			busy[account]++
			running++
			go func() {
				defer func() { ended <- account }()
				work(j)
			}()
		case running < parallel && next < len(r.Names) && len(waiting) < lookahead:
			waiting = append(waiting, r.resolve(ctx, next))
			next++
		default:
			busy[<-ended]--
			running--
		}
	}
}

// resolve finds the values of a profile.
func (r *Run) resolve(ctx context.Context, number int) job {
	j := job{number: number, app: r.App.Apart()}
	if ctx.Err() != nil {
		j.err = ctx.Err()
		return j
	}
	in := j.app.Input(r.Flags)
	in.ProfileName, in.Files = r.Names[number], r.Files
	j.profile, j.err = cli.ResolveM2M(ctx, in)
	return j
}

// Subjects are the profiles as reports name them, with the account if it is known.
func (r *Run) Subjects(ctx context.Context) []finding.Subject {
	all := make([]finding.Subject, len(r.Names))
	for i, name := range r.Names {
		all[i].Name = finding.Optional(name)
		if p := r.resolve(ctx, i).profile; p != nil {
			all[i].Account = finding.Optional(p.Text(profile.FieldAccount))
		}
	}
	return all
}

// one is the report of one profile, whatever happens.
func (r *Run) one(ctx context.Context, j job) *finding.Report {
	started := r.World.Now()
	if ctx.Err() != nil {
		return r.without(j, started, finding.OutcomeInterrupted, *finding.Interruption())
	}
	if j.err != nil {
		return r.without(j, started, finding.OutcomeError, cli.ErrorInfo(j.err))
	}
	if r.Record != nil {
		j.record = r.Record(j.number, j.profile)
	}
	limit := r.Request.Timeout
	if limit == 0 {
		limit = checks.DefaultTimeout
	}
	// Each step has the timeout for itself; this is for what no context ends.
	whole, cancel := context.WithTimeout(ctx, 2*limit+spare)
	defer cancel()
	defer r.App.Working(ctx, "examining "+r.Names[j.number], fmt.Sprintf("%d of %d", j.number+1, len(r.Names)))()
	follow := &follower{pass: r.Told, number: j.number}
	report, err := runWithin(whole, func() (*finding.Report, error) { return r.examine(whole, j, limit, follow.tell) })
	told := follow.end()
	var broken panicked
	switch {
	case err == nil:
		return report
	case ctx.Err() != nil:
		return r.unfinished(j, started, told, "")
	case errors.As(err, &broken):
		return r.unfinished(j, started, told, "internal.panic")
	case errors.Is(err, context.DeadlineExceeded):
		return r.unfinished(j, started, told, "internal.timed-out")
	}
	return r.without(j, started, finding.OutcomeError, cli.ErrorInfo(err))
}

// runWithin returns what work returns, also if it panics; soon after ctx is done, the error of ctx.
func runWithin(ctx context.Context, work func() (*finding.Report, error)) (*finding.Report, error) {
	type result struct {
		report *finding.Report
		err    error
	}
	done := make(chan result, 1)
	go func() {
		var got result
		defer func() {
			if p := recover(); p != nil {
				got = result{nil, panicked{p}}
			}
			done <- got
		}()
		got.report, got.err = work()
	}()
	select {
	case got := <-done:
		return got.report, got.err
	case <-ctx.Done():
	}
	select {
	case got := <-done:
		return got.report, got.err
	case <-time.After(grace):
		return nil, ctx.Err()
	}
}

// panicked is the error of an examination that panicked. Its text may hold what was read.
type panicked struct{ value any }

func (panicked) Error() string { return "internal error" }

// follower passes on what an examination tells, and keeps it in case it does not end.
type follower struct {
	pass   func(i int, r *finding.Report, ended bool) // nil passes it to no one
	number int

	mu    sync.Mutex
	ended bool
	told  []finding.Result
}

func (f *follower) tell(r *finding.Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.told = r.Checks
	if f.pass != nil {
		f.pass(f.number, r, false)
	}
}

// end returns the results that were told. No others are passed on.
func (f *follower) end() []finding.Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	return f.told
}

// examine is the examination itself.
func (r *Run) examine(ctx context.Context, j job, limit time.Duration, told func(*finding.Report)) (*finding.Report, error) {
	q := r.Request
	q.TimeServers, q.Record, q.Told = r.times.answers, j.record, told
	reading, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var err error
	if r.Audit != nil {
		audit, done, err := r.Audit(reading, j.app, j.profile)
		if err != nil {
			return nil, err
		}
		defer done()
		q.Audit = audit
	}
	if q.Pair, err = j.app.Load(reading, j.profile, q.Select, keys.Pair{}); err != nil {
		return nil, err
	}
	return doctor.Examine(ctx, r.World, j.profile, q)
}

// without is the report of a profile that was not examined.
func (r *Run) without(j job, started time.Time, outcome finding.Outcome, why finding.ErrorInfo) *finding.Report {
	code := finding.ExitUsage
	if outcome == finding.OutcomeInterrupted {
		code = finding.ExitInterrupted
	}
	subject := &finding.Subject{Name: &r.Names[j.number]}
	if j.profile != nil {
		subject = doctor.Subject(j.profile)
	}
	report := &finding.Report{SchemaVersion: finding.SchemaVersion, Kind: finding.KindReport, Tool: r.Request.Tool, Command: r.Request.Command,
		StartedAt: started.UTC().Format(time.RFC3339), Profile: subject, Outcome: outcome, ExitCode: code, Error: &why}
	reason := finding.NotRun
	for _, c := range checks.NotRun() {
		if r.Request.Select.Shows(c.ID, false) {
			c.Status, c.Reason = finding.Skip, &reason
			report.Checks = append(report.Checks, c)
		}
	}
	report.Summary = finding.Count(report.Checks)
	return report
}

// unfinished is the report of a profile whose examination did not end by itself.
func (r *Run) unfinished(j job, started time.Time, told []finding.Result, code finding.Code) (report *finding.Report) {
	defer func() {
		if recover() != nil { // the profile itself may be what the examination broke on
			report = r.without(job{number: j.number}, started, finding.OutcomeError,
				finding.ErrorInfo{Code: "internal.panic", Message: "an internal error stopped the examination", Hints: []string{}})
		}
	}()
	return doctor.Unfinished(r.Request, j.profile, started, told, code)
}

// timeServers asks time servers once for a whole run.
type timeServers struct {
	run   context.Context
	world host.World

	mu    sync.Mutex
	asked map[string]*clock.Inquiry // by the list of servers
}

func (t *timeServers) answers(servers []string) *clock.Inquiry {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := fmt.Sprintf("%q", servers)
	if t.asked[key] == nil {
		if t.asked == nil {
			t.asked = map[string]*clock.Inquiry{}
		}
		t.asked[key] = checks.AskTimeServers(t.run, t.world, servers)
	}
	return t.asked[key]
}
