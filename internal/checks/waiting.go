package checks

import (
	"context"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// watched returns the job as check id has it: Waiting is told of what the check waits for.
func (j *Job) watched(id finding.CheckID) *Job {
	if j.Waiting == nil {
		return j
	}
	own, lookup := *j, j.World.LookupHost
	if j.Client != nil {
		own.Client = &watchedClient{j.Client, j, id}
	}
	own.World.LookupHost = func(ctx context.Context, host string) ([]string, error) {
		defer j.Waiting(ctx, id, host)()
		return lookup(ctx, host)
	}
	return &own
}

// watchedClient is the Client of one check.
type watchedClient struct {
	Client
	job *Job
	id  finding.CheckID
}

func (c *watchedClient) Exchange(ctx context.Context, assertion string) (*netsuite.Token, error) {
	defer c.job.Waiting(ctx, c.id, fault.HostOf(c.job.Profile.TokenURL))()
	return c.Client.Exchange(ctx, assertion)
}

func (c *watchedClient) Do(ctx context.Context, r netsuite.Request) (*netsuite.Answer, error) {
	target := r.URL
	if strings.HasPrefix(target, "/") {
		target = c.job.Profile.APIURL
	}
	defer c.job.Waiting(ctx, c.id, fault.HostOf(target))()
	return c.Client.Do(ctx, r)
}

// waitsForNTP tells Waiting of the time servers.
func (in *inputs) waitsForNTP(ctx context.Context) (done func()) {
	servers := in.job.Profile.List(profile.FieldNTPServer)
	if in.job.Waiting == nil || len(servers) == 0 {
		return func() {}
	}
	names := servers[0]
	if more := len(servers) - 1; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return in.job.Waiting(ctx, in.id, names)
}
