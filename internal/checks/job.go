package checks

import (
	"context"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/netsuite"
)

// Time limits of one run. Each online check times out before DefaultTimeout, so that
// its answer can still be judged.
const (
	// DefaultTimeout bounds a whole run.
	DefaultTimeout = 30 * time.Second
	// probeLimit bounds the unsigned request: name, connection, TLS, first answer.
	probeLimit = 10 * time.Second
	// exchangeLimit bounds the token request. NetSuite answers within seconds.
	exchangeLimit = 12 * time.Second
	// callLimit bounds each API call.
	callLimit = 8 * time.Second
	// ntpLimit bounds the time servers: blocked UDP is common and not a failure.
	ntpLimit = 3 * time.Second
	// ntpGrace is how long time servers may still answer once the server's Date is
	// known. They were asked first and need fewer round trips than TCP, TLS and HTTP.
	ntpGrace = 300 * time.Millisecond
	// grace is how long a check may still report after the run's deadline.
	grace = 250 * time.Millisecond
)

// Selection says which checks run. The zero value runs all of them.
type Selection struct {
	Only    []finding.CheckID // these, and what they need
	Skip    []finding.CheckID
	Show    []finding.CheckID // the command's own checks; empty means all
	Require []finding.CheckID // must not be skipped
	Offline bool              // open no socket
}

// Job is one examination.
type Job struct {
	World   host.World
	Profile *profile.Profile
	Select  Selection
	// Client reaches the server; nil when Offline or with a Seed.
	Client Client
	// Seed is what a command already sent and received. The checks judge it and send
	// nothing. nil lets them measure.
	Seed *Seed
	// Pair is the key and the certificate that the profile names.
	Pair keys.Pair
	// Given is another program's assertion; zero lets nsauth make one.
	Given secret.Secret
	// Folder is what the folder given for the certificate holds; nil if none was given.
	Folder *keys.Folder
	// AbsentIsNotGiven says that a missing value was left out on purpose and is not a
	// fault, as in keycheck with only a certificate.
	AbsentIsNotGiven bool
	// Waiting is told that a check may wait for a host, until the returned function is
	// called or ctx is done; nil tells no one.
	Waiting func(ctx context.Context, id finding.CheckID, host string) (done func())
	// TimeServers gives the answers of time servers that several examinations share; nil
	// asks them for this one.
	TimeServers func(servers []string) *clock.Inquiry
	// Told is given each result of the report in its order, as soon as it is final; nil
	// tells no one.
	Told func(finding.Result)
	// At is the time for which the certificate is judged; zero means now.
	At time.Time

	// Audit looks into the account with a second credential; nil without one.
	Audit *Audit

	audit *audit
	began time.Time
	// reached is closed when the first request of a run has its connection.
	reached chan struct{}
}

// at is the time for which the certificate is judged.
func (j *Job) at() time.Time {
	if j.At.IsZero() {
		return j.World.Now()
	}
	return j.At
}

// shows reports whether the command's report has the check.
func (j *Job) shows(id finding.CheckID) bool { return j.Select.Shows(id, !j.Given.IsZero()) }

// Shows reports whether a report has the check; given is as in Listed.
func (s Selection) Shows(id finding.CheckID, given bool) bool {
	if len(s.Show) > 0 {
		return slices.Contains(s.Show, id)
	}
	return slices.Contains(slices.Concat(Listed(given), s.Only, s.Require), id)
}

// Client sends the requests of the checks; *netsuite.Client is one.
type Client interface {
	Exchange(ctx context.Context, assertion string) (*netsuite.Token, error)
	Do(ctx context.Context, r netsuite.Request) (*netsuite.Answer, error)
	Preconnect(ctx context.Context, url string)
}

// resolve returns which checks run, and which of them were asked for.
func (s Selection) resolve(rows []check) (wanted, selected map[finding.CheckID]bool) {
	wanted, selected = map[finding.CheckID]bool{}, map[finding.CheckID]bool{}
	var want func(id finding.CheckID)
	want = func(id finding.CheckID) {
		i := slices.IndexFunc(rows, func(c check) bool { return c.id == id })
		if i < 0 || wanted[id] || slices.Contains(s.Skip, id) {
			return
		}
		wanted[id] = true
		needed := rows[i].uses // all that a check without needs can judge
		if len(rows[i].needs) > 0 {
			needed = rows[i].producers()
		}
		for _, id := range needed {
			want(id)
		}
	}
	for _, c := range rows {
		selected[c.id] = (len(s.Only) == 0 || slices.Contains(s.Only, c.id)) && !slices.Contains(s.Skip, c.id)
		if selected[c.id] {
			want(c.id)
		}
	}
	return wanted, selected
}

// Runs reports whether the check runs, be it only because another one needs it.
func (s Selection) Runs(id finding.CheckID) bool {
	wanted, _ := s.resolve(table())
	return wanted[id]
}
