package checks

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Clock limits. NetSuite publishes no tolerance for assertions; the notes of the
// field call one minute too much.
const (
	skewLimit     = 60 * time.Second
	disagreeLimit = 5 * time.Second
)

// askNTP asks the time servers while the network check is under way. They are
// asked directly, also behind a proxy: proxies do not carry UDP.
func askNTP(ctx context.Context, job *Job) any {
	return clock.Ask(ctx, job.Profile.List(profile.FieldNTPServer), ntpLimit,
		clock.Options{Dial: job.World.Dial, Now: job.World.Now})
}

// checkClock collects both clocks that this machine's is compared with: the Date
// of NetSuite's answer, and what the time servers said.
func checkClock(ctx context.Context, in *inputs) outcome {
	c := comparison{left: jwtgen.DefaultLifetime}
	if a, ok := from[*netsuite.Answer](in, finding.CheckNetwork); ok {
		if date, ok := a.Date(); ok {
			r := clock.FromDate(a.Sent, a.Received, date, fault.HostOf(a.URL))
			c.date = &r
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, ntpGrace)
			defer cancel()
		}
	}
	if asked, ok := in.early.(*clock.Inquiry); ok {
		// A world without UDP has no time servers: none was asked.
		c.ntp = slices.DeleteFunc(asked.Wait(ctx), func(a clock.Answer) bool {
			return a.Fault != nil && errors.Is(a.Fault, errors.ErrUnsupported)
		})
	}
	if in.early == nil && c.date == nil && ctx.Err() == nil { // the evidence at hand has no clock
		return outcome{skip: finding.NotRun, summary: "no server answered, and time servers are asked by nsauth doctor only"}
	}
	if a, ok := from[*jwtgen.Assertion](in, finding.CheckAssertion); ok {
		now := in.job.World.Now()
		if exp, ok := a.Expires(); ok && exp.After(now) {
			c.left = exp.Sub(now)
		}
	}
	return c.judge()
}

// comparison is what this machine's clock was compared with.
type comparison struct {
	date *clock.Reading // NetSuite's; nil without an answer of it
	ntp  clock.Survey
	left time.Duration // how long the assertion still lives by this machine's clock
}

// judge says how far the clock is off. NetSuite's clock governs: it is the one
// that an assertion is held against. The time servers stand in for it, and warn
// when they say something else.
func (c comparison) judge() outcome {
	facts := finding.ClockFacts{NTPServers: serverFacts(c.ntp)}
	ntp, answered := c.ntp.Median()
	agreed := answered && c.ntp.Agree(disagreeLimit)
	if agreed {
		facts.NTPOffsetSeconds = seconds(ntp.Offset)
	}
	if c.date == nil && !agreed {
		ev := c.answers(answered)
		if len(c.ntp) == 0 {
			ev["reason"] = "not-asked"
		}
		return outcome{facts: facts, findings: []finding.Finding{catalog.New("clock.unmeasured", ev)}}
	}
	best := c.date
	if best == nil {
		best = &ntp
	}
	facts.OffsetSeconds, facts.UncertaintySeconds, facts.Source =
		seconds(best.Offset), seconds(best.Uncertainty), &best.Source
	o := outcome{facts: facts, summary: fmt.Sprintf("%s by the clock of %s", describeOffset(*best), best.Source)}
	switch {
	case best != c.date:
	case agreed:
		o.summary += fmt.Sprintf(", %s by NTP", describeOffset(ntp))
	case !answered && len(c.ntp) > 0:
		o.summary += ", no NTP server answered" // no failure, and no second opinion either
	}
	if reason := c.skew(*best); reason != "" {
		o.findings = append(o.findings, catalog.New("clock.skewed", finding.Evidence{
			"reason": reason, "offset_seconds": *facts.OffsetSeconds, "offset": describeOffset(*best),
			"source": best.Source, "uncertainty_seconds": *facts.UncertaintySeconds,
		}))
	}
	if best == c.date && answered && (!agreed || clock.Apart(*best, ntp) > disagreeLimit) {
		ev := c.answers(!agreed)
		ev["source"], ev["offset"] = best.Source, describeOffset(*best)
		if agreed {
			ev["ntp_source"], ev["ntp_offset"] = ntp.Source, describeOffset(ntp)
		}
		o.findings = append(o.findings, catalog.New("clock.sources-disagree", ev))
	}
	return o
}

// skew says in which way r is too far off, "" if it is not. What an assertion's
// end is held against is NetSuite's own clock, and no other.
func (c comparison) skew(r clock.Reading) string {
	switch {
	case c.date != nil && -r.Offset-r.Uncertainty >= c.left:
		return "assertion-expired"
	case r.Offset.Abs()-r.Uncertainty <= skewLimit:
		return ""
	case r.Offset > 0:
		return "ahead"
	}
	return "behind"
}

// answers is the evidence of what the time servers said, each by itself.
func (c comparison) answers(contradict bool) finding.Evidence {
	ev := finding.Evidence{}
	if contradict {
		ev["reason"] = "ntp-servers"
	}
	var servers, said []string
	for _, a := range c.ntp {
		servers = append(servers, a.Server)
		if a.Fault != nil {
			said = append(said, a.Fault.Reason)
		} else {
			said = append(said, describeOffset(a.Reading))
		}
	}
	if len(servers) > 0 {
		ev["ntp_servers"], ev["ntp_answers"] = servers, said
	}
	return ev
}

func serverFacts(s clock.Survey) []finding.NTPServer {
	var facts []finding.NTPServer
	for _, a := range s {
		f := finding.NTPServer{Server: a.Server}
		if a.Fault != nil {
			f.Fault = &a.Fault.Reason
		} else {
			f.OffsetSeconds, f.UncertaintySeconds = seconds(a.Reading.Offset), seconds(a.Reading.Uncertainty)
		}
		facts = append(facts, f)
	}
	return facts
}

// describeOffset says which way the local clock is off, in the unit that a person would
// use, and no finer than it was measured.
func describeOffset(r clock.Reading) string {
	off := r.Offset.Abs()
	if off <= max(r.Uncertainty, 50*time.Millisecond) {
		within := (off + r.Uncertainty).Seconds()
		if within > 0.5 {
			return fmt.Sprintf("right within %.0f s", math.Ceil(within))
		}
		return fmt.Sprintf("right within %.1f s", max(0.1, within))
	}
	way := "behind"
	if r.Offset > 0 {
		way = "ahead"
	}
	digits := 1
	if r.Uncertainty > 250*time.Millisecond {
		digits = 0
	}
	if off >= 2*time.Minute {
		return text.Duration(off.Round(time.Second)) + " " + way
	}
	return fmt.Sprintf("%.*f s %s", digits, off.Seconds(), way)
}

func seconds(d time.Duration) *float64 {
	s := d.Round(time.Millisecond).Seconds()
	return &s
}
