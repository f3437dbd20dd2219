package checks

import (
	"context"
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// Clock limits, in seconds. NetSuite publishes no tolerance for assertions; the
// notes of the field call one minute too much.
const (
	skewLimit     = 60 * time.Second
	disagreeLimit = 5 * time.Second
)

func checkClock(ctx context.Context, in *inputs) outcome {
	var facts finding.ClockFacts
	var best *clock.Reading
	if a, ok := from[*netsuite.Answer](in, finding.CheckNetwork); ok {
		if date, ok := a.Date(); ok {
			r := clock.FromDate(a.Sent, a.Received, date, hostOf(a.URL))
			best = &r
		}
	}
	ntp := in.askNTP(ctx)
	if ntp != nil {
		facts.NTPOffsetSeconds = seconds(ntp.Offset)
		if best == nil {
			best = ntp
		}
	}
	if best == nil {
		return outcome{facts: facts, findings: []finding.Finding{finding.New("clock.unmeasured", finding.Evidence{})}}
	}
	facts.OffsetSeconds, facts.UncertaintySeconds, facts.Source =
		seconds(best.Offset), seconds(best.Uncertainty), &best.Source
	o := outcome{facts: facts, product: best,
		summary: fmt.Sprintf("%s by the clock of %s", describeOffset(best.Offset), best.Source)}
	now := in.job.World.Now()
	ev := finding.Evidence{
		"offset_seconds": *facts.OffsetSeconds, "offset": describeOffset(best.Offset), "source": best.Source,
		"uncertainty_seconds": *facts.UncertaintySeconds,
		"local_time":          now.UTC().Format(timeFormat),
		"reference_time":      now.Add(-best.Offset).UTC().Format(timeFormat),
	}
	off, lifetime := best.Offset, jwtgen.DefaultLifetime
	if a, ok := from[*jwtgen.Assertion](in, finding.CheckAssertion); ok {
		if stated, ok := a.Lifetime(); ok {
			lifetime = stated
		}
	}
	switch {
	case -off-best.Uncertainty >= lifetime:
		ev["reason"] = "assertion-expired"
		o.findings = append(o.findings, finding.New("clock.skewed", ev))
	case off.Abs()-best.Uncertainty > skewLimit:
		ev["reason"] = map[bool]string{true: "ahead", false: "behind"}[off > 0]
		o.findings = append(o.findings, finding.New("clock.skewed", ev))
	}
	if ntp != nil && best != ntp && (ntp.Offset-best.Offset).Abs() > disagreeLimit+ntp.Uncertainty+best.Uncertainty {
		o.findings = append(o.findings, finding.New("clock.sources-disagree", finding.Evidence{
			"source": best.Source, "offset": describeOffset(best.Offset),
			"ntp_source": ntp.Source, "ntp_offset": describeOffset(ntp.Offset),
			"local_time": ev["local_time"],
		}))
	}
	return o
}

// askNTP asks the first server that answers. It is silent about one that does
// not: UDP is often blocked.
func (in *inputs) askNTP(ctx context.Context) *clock.Reading {
	if in.job.Recorded != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, ntpLimit)
	defer cancel()
	for _, server := range in.job.Profile.List(profile.FieldNTPServer) {
		r, err := clock.QueryNTP(ctx, server, clock.Options{Dial: in.job.World.Dial, Now: in.job.World.Now})
		if err == nil {
			return &r
		}
	}
	return nil
}

// describeOffset says which way the local clock is off.
func describeOffset(d time.Duration) string {
	switch d = d.Round(100 * time.Millisecond); {
	case d > 0:
		return fmt.Sprintf("%.1f s ahead", d.Seconds())
	case d < 0:
		return fmt.Sprintf("%.1f s behind", -d.Seconds())
	}
	return "0.0 s off"
}

func seconds(d time.Duration) *float64 {
	s := d.Round(time.Millisecond).Seconds()
	return &s
}
