package checks

import (
	"context"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/netsuite"
)

// Limits of one run. They nest: each online check ends on its own before
// DefaultTimeout would end it, so that its answer can still be judged.
const (
	// DefaultTimeout bounds a whole run.
	DefaultTimeout = 30 * time.Second
	// probeLimit bounds the unsigned request: name, connection, TLS, first answer.
	probeLimit = 10 * time.Second
	// exchangeLimit bounds the token request. NetSuite answers within seconds.
	exchangeLimit = 12 * time.Second
	// callLimit bounds each API call.
	callLimit = 8 * time.Second
	// ntpLimit bounds the time servers: blocked UDP is common and no failure.
	ntpLimit = 3 * time.Second
	// ntpGrace is what time servers get once NetSuite's Date is there. They were
	// asked when the run began, and one question takes fewer round trips than TCP,
	// TLS and HTTP: a server that is silent by now stays so.
	ntpGrace = 300 * time.Millisecond
	// grace is what a check gets after the run's end to say what it has.
	grace = 250 * time.Millisecond
)

// Selection says which checks run. The zero value runs all of them.
type Selection struct {
	Only    []finding.CheckID // these, and what they need
	Skip    []finding.CheckID
	Show    []finding.CheckID // the command's own checks; empty means all thirteen
	Offline bool              // open no socket
}

// Job is one examination.
type Job struct {
	World   host.World
	Profile *profile.Profile
	Select  Selection
	// Client reaches the server; nil when Offline or with a Seed.
	Client Client
	// Seed is what a command already sent and received. With it nothing is sent
	// again: the checks judge the evidence at hand. nil lets them measure.
	Seed *Seed
	// Pair is the key and the certificate that the profile names, read before.
	Pair keys.Pair
	// Given is an assertion that another program made; zero lets nsauth make one.
	Given secret.Secret
	// Folder is what was found in a folder that was given for the certificate; nil
	// if none was.
	Folder *keys.Folder
	// AbsentIsNotGiven says that a missing value is the person's choice and no
	// fault of the profile, as in keycheck with only a certificate.
	AbsentIsNotGiven bool
	// At is when the certificate is judged; zero means now.
	At time.Time
}

// at is the time that the certificate is judged by.
func (j *Job) at() time.Time {
	if j.At.IsZero() {
		return j.World.Now()
	}
	return j.At
}

// shows reports whether the command's report has the check.
func (j *Job) shows(id finding.CheckID) bool {
	return len(j.Select.Show) == 0 || slices.Contains(j.Select.Show, id)
}

// Client is what the checks ask of the server; *netsuite.Client is one.
type Client interface {
	Exchange(ctx context.Context, assertion string) (*netsuite.Token, error)
	Do(ctx context.Context, r netsuite.Request) (*netsuite.Answer, error)
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
		bring := rows[i].uses // where it only judges what those bring
		if len(rows[i].needs) > 0 {
			bring = rows[i].producers()
		}
		for _, id := range bring {
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

// Runs reports whether the check is carried out, also because another one needs it.
func (s Selection) Runs(id finding.CheckID) bool {
	wanted, _ := s.resolve(table())
	return wanted[id]
}
