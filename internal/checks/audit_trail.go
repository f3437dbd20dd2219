package checks

import (
	"context"
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// farBack is how far an entry is looked for whose date is in another time zone.
const farBack = 15 * time.Hour

func checkAuditTrail(ctx context.Context, in *inputs) outcome {
	if o, unable := in.unable(); unable {
		return o
	}
	request, refused := in.refusedRequest()
	if !refused {
		return outcome{summary: "no request was refused"}
	}
	a, now := in.job.audit, in.job.World.Now
	near := func() (auditor.Trail, error) {
		return a.Auditor.Trail(ctx, now().Sub(request.at)+auditor.Before+time.Minute)
	}
	far := func() (auditor.Trail, error) { return a.Auditor.Trail(ctx, farBack) }
	// Asked at once, before the name of the application is known: a round trip less each.
	first, last := alongside(near), alongside(far)
	known := auditor.Known{Sent: request.at, Path: request.path, Failed: true, Application: a.applicationName()}
	if a.KnownBy != "" {
		known.RoleID, known.EntityID = a.RoleID, a.EntityID
	}
	facts := finding.AuditTrailFacts{Entries: []finding.AuditEntry{}, Window: &finding.AuditWindow{
		From: text.UTC(request.at.Add(-auditor.Before)), To: text.UTC(request.at.Add(auditor.After))}}
	var found []auditor.Candidate
	var proven bool
	waits := []time.Duration{0}
	if a.Wait {
		waits = append(waits, 2*time.Second, 5*time.Second)
	}
	for _, wait := range waits {
		if !sleep(ctx, wait) {
			break
		}
		trail, err := first()
		first = near
		if wait > 0 {
			last = far // again, because it may be there by now
		}
		if err != nil {
			reason := notSeen(err)
			facts.NotSeen = &reason
			return outcome{facts: facts, findings: []finding.Finding{AuditorTrouble(a.Name, err)}}
		}
		facts.LookedAt, facts.Complete = new(text.UTC(trail.Answered)), trail.Complete
		if found, proven = trail.Match(known); len(found) > 0 && found[0].Zone == 0 {
			break
		}
	}
	if len(found) == 0 {
		if trail, err := last(); err == nil {
			found, proven = trail.Match(known)
			facts.Complete = facts.Complete && (trail.Complete || len(found) > 0)
		}
	}
	facts.Proven = proven
	for _, c := range found {
		facts.Entries = append(facts.Entries, entryFacts(c, request.at, a.People))
	}
	f := entryFinding(facts, found)
	return outcome{facts: facts, findings: []finding.Finding{f}, product: &facts, summary: f.Message}
}

// sleep waits, and reports whether ctx is still going on.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
	return ctx.Err() == nil
}

func entryFacts(c auditor.Candidate, sent time.Time, people bool) finding.AuditEntry {
	e := finding.AuditEntry{At: text.UTC(sent.Add(c.After)), ZoneMinutes: int(-c.Zone / time.Minute), Status: finding.Optional(c.Status),
		Detail: finding.Optional(c.Detail), Application: finding.Optional(c.Application), Role: finding.Optional(c.RoleID),
		RoleName: finding.Optional(c.RoleName), User: finding.Optional(c.UserID), RequestURI: finding.Optional(c.RequestURI)}
	if people {
		e.UserName, e.IP = finding.Optional(c.UserName), finding.Optional(c.IP)
	}
	return e
}

// entryFinding says what the trail has of the request.
func entryFinding(facts finding.AuditTrailFacts, found []auditor.Candidate) finding.Finding {
	if len(found) == 0 {
		return catalog.New("audit-trail.no-entry", finding.Evidence{"from": facts.Window.From, "to": facts.Window.To})
	}
	first := facts.Entries[0]
	ev := finding.Evidence{"at": first.At, "proven": facts.Proven, "count": len(found)}
	ev.Set("detail", orEmpty(first.Detail))
	ev.Set("application", orEmpty(first.Application))
	switch {
	case facts.Proven:
	case found[0].Zone != 0:
		ev["reason"], ev["zone"] = "time-zone", fmt.Sprintf("%+.1f hours", (-found[0].Zone).Hours())
	case len(found) > 1:
		ev["reason"] = "several"
	case len(found[0].Matches) == 0:
		ev["reason"] = "not-matched"
	default:
		ev["reason"] = "incomplete"
	}
	return catalog.New("audit-trail.entry", ev)
}
