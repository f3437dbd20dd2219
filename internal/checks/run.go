package checks

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// outcome is the result of one check.
type outcome struct {
	summary  string
	facts    any
	findings []finding.Finding
	product  any // for the checks after it
	// skip and blockedBy say why the check was skipped.
	skip      finding.Reason
	blockedBy []finding.CheckID
	// unverified makes the status unknown without a finding of its own.
	unverified bool
	// notJudged says that something was not judged.
	notJudged bool
	// refused is the request that NetSuite refused; nil for none.
	refused *sentRequest
}

// inputs is what one check sees: its job, and the results of the checks that its row
// declares.
type inputs struct {
	id    finding.CheckID
	job   *Job
	seen  map[finding.CheckID]*node
	early any // what the row's early function returned; nil without one
	seed  any // replaces the check's own measurement; nil for none
}

// productOf returns what check id produced. To read a check that the row does not
// declare is a fault of this program, reported as internal.panic.
func productOf[T any](in *inputs, id finding.CheckID) (T, bool) {
	n, declared := in.seen[id]
	if !declared {
		panic(undeclared{in.id, id})
	}
	v, ok := n.product.(T)
	return v, ok
}

// undeclared is the panic of a check that reads another one without declaring it.
type undeclared struct{ reader, read finding.CheckID }

func (u undeclared) Error() string {
	return string(u.reader) + " reads " + string(u.read) + " without declaring it"
}

// raised reports whether a declared check has raised any of codes.
func (in *inputs) raised(codes ...finding.Code) bool { return in.raisedBy(codes...) != "" }

// raisedBy returns the first declared check, in the order of the table, that has raised
// any of codes; or "".
func (in *inputs) raisedBy(codes ...finding.Code) finding.CheckID {
	for _, id := range IDs() {
		n, declared := in.seen[id]
		if declared && slices.ContainsFunc(n.result.Findings, func(f finding.Finding) bool { return slices.Contains(codes, f.Code) }) {
			return id
		}
	}
	return ""
}

// node is a check while it runs. result and product may be read once done is closed.
type node struct {
	check
	done    chan struct{}
	result  finding.Result
	product any
	refused *sentRequest
}

// Run runs the checks of job, independent ones concurrently, and returns their results
// in the order of the table. It returns when ctx is done: unfinished checks are unknown
// after a deadline and skipped after an interrupt.
func Run(ctx context.Context, job Job) []finding.Result {
	job.began = job.World.Now()
	results := job.finished(run(ctx, table(), job))
	return slices.DeleteFunc(results, func(r finding.Result) bool { return !job.shows(r.ID) })
}

// finished changes the findings of results by what other checks found out.
func (j *Job) finished(results []finding.Result) []finding.Result {
	if j.At.IsZero() { // else no clock was used
		results = addClocks(results, j.began)
	}
	results = addComputedID(results)
	results = downgradeOnceTokenIssued(results, !j.Given.IsZero())
	return acceptInFolder(applyAcceptList(results, j.Profile), j)
}

// readByFinished lists the checks whose results finished reads.
var readByFinished = []finding.CheckID{finding.CheckCertificate, finding.CheckCertificateID, finding.CheckClock, finding.CheckToken}

// tell passes on the result of a check as it will be in the report. A result without
// findings is final at once.
func (j *Job) tell(n *node, nodes map[finding.CheckID]*node) {
	if j.Told == nil || !j.shows(n.id) {
		return
	}
	results := []finding.Result{n.result}
	for _, id := range readByFinished {
		if other := nodes[id]; other != nil && len(n.result.Findings) > 0 {
			<-other.done
			results = append(results, other.result)
		}
	}
	for i := range results {
		results[i].Findings = slices.Clone(results[i].Findings)
	}
	j.Told(j.finished(results)[0])
}

// run runs rows, each as soon as those that it waits for are done.
func run(ctx context.Context, rows []check, job Job) []finding.Result {
	job.reached = make(chan struct{})
	nodes := map[finding.CheckID]*node{}
	var order []*node
	for _, c := range rows {
		n := &node{check: c, done: make(chan struct{})}
		nodes[c.id] = n
		order = append(order, n)
	}
	produced := func(id finding.CheckID) bool {
		<-nodes[id].done
		return nodes[id].product != nil
	}
	wanted, selected := job.Select.resolve(rows)
	job.audit = startAudit(ctx, &job, wanted)
	for _, n := range order {
		if reason := n.excluded(&job, wanted[n.id]); reason != "" {
			n.result = n.check.result(outcome{skip: reason}, selected[n.id])
			close(n.done)
			continue
		}
		go func() {
			defer close(n.done)
			in := &inputs{id: n.id, job: job.watched(n.id), seed: job.seed(n.id), seen: map[finding.CheckID]*node{}}
			if n.early != nil && job.Seed == nil && ctx.Err() == nil {
				alongside, cancel := context.WithCancel(ctx)
				defer cancel()
				in.early = n.early(alongside, &job, produced)
			}
			for _, id := range n.waits() {
				<-nodes[id].done // always closes: execute bounds every check
				in.seen[id] = nodes[id]
			}
			started := job.World.Now()
			o := n.decide(ctx, in)
			n.product, n.refused = o.product, o.refused
			o.notJudged = o.notJudged || unjudged(job.Folder)
			n.result = n.check.result(o, selected[n.id])
			n.result.DurationMS = max(0, job.World.Now().Sub(started).Milliseconds())
		}()
	}
	var results []finding.Result
	for _, n := range order {
		<-n.done
		results = append(results, n.result)
		job.tell(n, nodes)
	}
	return results
}

// excluded returns why a check does not run, independent of the others; or "".
func (n *node) excluded(job *Job, wanted bool) finding.Reason {
	switch {
	case !wanted:
		return finding.NotSelected
	case n.online && job.Select.Offline:
		return finding.Offline
	case n.netsuite && !job.Profile.Server.NetSuite:
		return finding.ForeignServer
	case n.inside && job.Audit == nil:
		return finding.NotConfigured
	case n.early != nil && len(job.Select.Only) == 0 && job.Seed == nil && job.Profile.Unset():
		return finding.NotConfigured // there is nothing yet that a clock could be wrong for
	}
	return ""
}

// decide runs the check, or returns why it is skipped.
func (n *node) decide(ctx context.Context, in *inputs) outcome {
	if errors.Is(ctx.Err(), context.Canceled) {
		return unfinished(ctx, n.id)
	}
	if reason, blockers := n.missing(in); reason != "" || len(blockers) > 0 {
		return outcome{skip: reason, blockedBy: blockers}
	}
	if in.job.Seed != nil && in.seed == nil && n.online && !n.late {
		return outcome{skip: finding.NotRun} // the command made no such request
	}
	if ctx.Err() != nil && !n.late {
		return unfinished(ctx, n.id)
	}
	return n.execute(ctx, in)
}

// missing returns the checks that did not produce a needed value.
func (n *node) missing(in *inputs) (finding.Reason, []finding.CheckID) {
	var blockers []finding.CheckID
	if n.orSeed && in.seed != nil || n.orFolder && in.job.Folder != nil {
		return "", nil
	}
	for _, v := range n.needs {
		by := in.seen[producers[v]]
		if has(by, v) {
			continue
		}
		switch {
		case v == keyPath && in.job.AbsentIsNotGiven, v == certPath && in.job.AbsentIsNotGiven:
			return finding.NotGiven, nil
		case v == certPath && by.result.Status != finding.Skip:
			return finding.NotConfigured, nil
		case v == certificate && by.result.Status == finding.Skip && by.result.Reason != nil &&
			*by.result.Reason != finding.NotSelected:
			return *by.result.Reason, nil
		}
		if !slices.Contains(blockers, by.id) {
			blockers = append(blockers, by.id)
		}
	}
	return "", blockers
}

// has reports whether a finished check produced value v.
func has(by *node, v value) bool {
	if by.product == nil {
		return false
	}
	if given, ok := by.product.(values); ok {
		return given[v]
	}
	return true
}

// execute runs one check. It returns soon after ctx is done, even if the check does not.
func (n *node) execute(ctx context.Context, in *inputs) outcome {
	ch := make(chan outcome, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				ch <- panicked(n.id, p)
			}
		}()
		ch <- n.run(ctx, in)
	}()
	select {
	case o := <-ch:
		if n.online && errors.Is(ctx.Err(), context.Canceled) {
			return unfinished(ctx, n.id) // it saw the interrupt, not the server
		}
		return o
	case <-ctx.Done():
	}
	select {
	case o := <-ch:
		if !n.online || !errors.Is(ctx.Err(), context.Canceled) {
			return o
		}
	case <-time.After(grace):
	}
	return unfinished(ctx, n.id)
}

// unfinished is the outcome of a check that did not finish before the run ended.
func unfinished(ctx context.Context, id finding.CheckID) outcome {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return outcome{findings: []finding.Finding{
			catalog.New("internal.timed-out", finding.Evidence{"check": string(id)}),
		}}
	}
	return outcome{skip: finding.NotRun}
}

// panicked turns a panic into a finding. It omits a library's own panic text, which
// may hold what the check was reading.
func panicked(id finding.CheckID, p any) outcome {
	ev := finding.Evidence{"check": string(id)}
	switch p := p.(type) {
	case undeclared:
		ev["error"] = p.Error()
	case runtime.Error:
		ev["error"] = p.Error()
	}
	return outcome{findings: []finding.Finding{catalog.New("internal.panic", ev)}}
}

// result turns an outcome into the row of the report.
func (c check) result(o outcome, selected bool) finding.Result {
	r := finding.Result{ID: c.id, Step: c.step, Title: c.title, Selected: selected,
		Summary: o.summary, Facts: o.facts, Findings: o.findings, NotJudged: o.notJudged}
	switch {
	case o.skip != "":
		r.Status, r.Reason = finding.Skip, &o.skip
	case len(o.blockedBy) > 0:
		r.Status, r.BlockedBy = finding.Skip, o.blockedBy
	default:
		r.Status = finding.StatusOf(o.findings)
		if o.unverified && r.Status != finding.Fail {
			r.Status = finding.Unknown
		}
	}
	if r.Summary == "" && len(o.findings) > 0 {
		if e, ok := catalog.Said(o.findings[0].Code, o.findings[0].Evidence); ok {
			r.Summary = e.Title
		}
	}
	return r
}

// Required lists the checks that make results inconclusive if they are unknown.
func Required(results []finding.Result) []finding.CheckID {
	var ids []finding.CheckID
	issued := false
	for _, r := range results {
		issued = issued || r.ID == finding.CheckToken && (r.Status == finding.Pass || r.Status == finding.Warn)
	}
	for _, c := range table() {
		if c.required || c.id == finding.CheckClock && !issued {
			ids = append(ids, c.id)
		}
	}
	return ids
}
