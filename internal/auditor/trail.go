package auditor

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Entry is an entry of the Login Audit Trail. A text is "" if the trail does not say.
type Entry struct {
	Date        string // as the trail has it, in a time zone that is not stated
	Status      string // Success or Failure
	Detail      string
	Application string
	TokenName   string // of token-based authentication
	UserID      string
	UserName    string
	RoleID      string
	RoleName    string
	IP          string
	RequestURI  string
	// Age is how old the entry was when the query was answered, by the clock of the query
	// itself; it is negative for an entry in that clock's future. Dated says that it is known.
	Age   time.Duration
	Dated bool
}

// Failed reports whether NetSuite refused the request.
func (e Entry) Failed() bool { return strings.EqualFold(e.Status, "Failure") }

// Trail is the newest part of the Login Audit Trail, newest first.
type Trail struct {
	Entries  []Entry
	Complete bool // no older entry is in the time that was asked for
	// Answered is when the query was answered, by this machine's clock.
	Answered time.Time
}

// Trail reads the entries of the last d, in whole minutes, by NetSuite's clock. The error
// is an [*Error].
func (a *Auditor) Trail(ctx context.Context, d time.Duration) (Trail, error) {
	return a.trail(ctx, "trail", d)
}

// Failures is Trail without the entries of requests that NetSuite accepted.
func (a *Auditor) Failures(ctx context.Context, d time.Duration) (Trail, error) {
	return a.trail(ctx, "trail-failures", d)
}

func (a *Auditor) trail(ctx context.Context, query string, d time.Duration) (Trail, error) {
	minutes := int64((d + time.Minute - 1) / time.Minute)
	rows, err := a.ask(ctx, query, map[string]string{"since": strconv.FormatInt(minutes, 10)})
	if err != nil {
		return Trail{}, err
	}
	t := Trail{Complete: rows.Complete, Answered: rows.Received}
	for _, r := range rows.Items {
		e := Entry{Date: r["at"], Status: r["status"], Detail: r["detail"], Application: r["application"], TokenName: r["token_name"],
			UserID: r["user_id"], UserName: r["user_name"], RoleID: r["role_id"], RoleName: r["role_name"],
			IP: r["ip"], RequestURI: r["request_uri"]}
		at, ok := parseTime(r["at"])
		now, known := parseTime(r["server_now"])
		if e.Dated = ok && known; e.Dated {
			e.Age = now.Sub(at)
		}
		t.Entries = append(t.Entries, e)
	}
	return t, nil
}

func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateTime, s)
	return t, err == nil
}

// The window in which the entry of a request lies: from Before the request to After it.
const (
	Before = 5 * time.Second
	After  = 60 * time.Second
)

// Known is what is known about a request. A member is "" if unknown.
type Known struct {
	// Sent is when it was sent, by this machine's clock.
	Sent time.Time
	// Path is the path of its URL.
	Path string
	// Failed says that NetSuite refused it.
	Failed bool
	// Application is the name of the integration record.
	Application string
	RoleID      string
	EntityID    string
}

// Candidate is an entry that may be that of a request.
type Candidate struct {
	Entry
	// After is how long after the request it was written. It is negative if its date is
	// before the request.
	After time.Duration
	// Zone is by how much its date differs from the query's own clock: whole half hours, 0
	// if it does not.
	Zone time.Duration
	// Matches are what is known and the entry says too: application, role, user.
	Matches []string
}

// Match returns the entries that may be that of a request: in the window, or whole half
// hours away from it, with the same result, and without a contradiction to what is known.
// Those in the window come first. sure says that there is exactly one, that it matches
// something known, and that no row was cut: then it is the entry of that request.
func (t Trail) Match(k Known) (found []Candidate, sure bool) {
	for _, e := range t.Entries {
		if c, ok := t.candidate(e, k); ok {
			found = append(found, c)
		}
	}
	if inWindow := slices.IndexFunc(found, func(c Candidate) bool { return c.Zone == 0 }); inWindow >= 0 {
		found = slices.DeleteFunc(found, func(c Candidate) bool { return c.Zone != 0 })
	}
	slices.SortStableFunc(found, func(a, b Candidate) int { return cmp.Compare(a.Zone.Abs(), b.Zone.Abs()) })
	return found, len(found) == 1 && found[0].Zone == 0 && len(found[0].Matches) > 0 && t.Complete
}

func (t Trail) candidate(e Entry, k Known) (Candidate, bool) {
	if !e.Dated || e.Failed() != k.Failed || !samePath(e.RequestURI, k.Path) {
		return Candidate{}, false
	}
	c := Candidate{Entry: e, After: t.Answered.Sub(k.Sent) - e.Age}
	const zone = 30 * time.Minute
	if c.After < -Before || c.After > After {
		// The nearest number of half hours that puts the date behind the request.
		c.Zone = (c.After + Before).Truncate(zone)
		if c.Zone > c.After+Before {
			c.Zone -= zone
		}
		c.After -= c.Zone
		if c.After > After || c.Zone.Abs() > 14*time.Hour {
			return Candidate{}, false
		}
	}
	for _, about := range []struct{ name, known, said string }{
		{"application", k.Application, e.Application}, {"role", k.RoleID, e.RoleID}, {"user", k.EntityID, e.UserID},
	} {
		switch {
		case about.known == "" || about.said == "":
		case strings.EqualFold(about.known, about.said):
			c.Matches = append(c.Matches, about.name)
		default:
			return Candidate{}, false
		}
	}
	return c, true
}

// samePath reports whether an entry can be of a request to path. An entry without a
// request URI can be of any.
func samePath(uri, path string) bool {
	if uri == "" || path == "" {
		return true
	}
	uri, _, _ = strings.Cut(uri, "?")
	return strings.HasSuffix(strings.TrimRight(uri, "/"), strings.TrimRight(path, "/"))
}
