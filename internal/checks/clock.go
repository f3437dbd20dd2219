package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Clock limits. NetSuite publishes no tolerance for assertions; field reports call one
// minute too much.
const (
	skewLimit     = 60 * time.Second
	disagreeLimit = 5 * time.Second
)

// askNTP asks the time servers while the check "network" runs. It asks directly, also
// where a proxy is set: proxies do not carry UDP.
func askNTP(ctx context.Context, job *Job, _ func(finding.CheckID) bool) any {
	servers := job.Profile.List(profile.FieldNTPServer)
	if job.TimeServers != nil {
		return job.TimeServers(servers)
	}
	return AskTimeServers(ctx, job.World, servers)
}

// AskTimeServers starts to ask servers for the time, as the check "clock" does.
func AskTimeServers(ctx context.Context, w host.World, servers []string) *clock.Inquiry {
	return clock.Ask(ctx, servers, ntpLimit, clock.Options{Dial: w.Dial, Now: w.Now})
}

// checkClock compares this machine's clock with the Date of the server's answer and
// with the time servers.
func checkClock(ctx context.Context, in *inputs) outcome {
	c := comparison{left: jwtgen.DefaultLifetime}
	if in.job.Profile.Server.NetSuite {
		c.server = "NetSuite"
	}
	if a, ok := productOf[*netsuite.Answer](in, finding.CheckNetwork); ok {
		if date, ok := a.Date(); ok {
			r := clock.FromDate(a.Sent, a.Received, date, fault.HostOf(a.URL))
			c.date = &r
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, ntpGrace)
			defer cancel()
		}
	}
	if asked, ok := in.early.(*clock.Inquiry); ok {
		defer in.waitsForNTP(ctx)()
		// Where there is no UDP, no time server was asked.
		c.ntp = slices.DeleteFunc(asked.Wait(ctx), func(a clock.Answer) bool {
			return a.Fault != nil && errors.Is(a.Fault, errors.ErrUnsupported)
		})
	}
	if in.early == nil && c.date == nil && ctx.Err() == nil { // judged from a Seed without a clock
		return outcome{skip: finding.NotRun, summary: "no server answered; only nsauth doctor asks time servers"}
	}
	if a, ok := productOf[*jwtgen.Assertion](in, finding.CheckAssertion); ok {
		now := in.job.World.Now()
		if exp, ok := a.Expires(); ok && exp.After(now) {
			c.left = exp.Sub(now)
		}
	}
	return c.judge()
}

// comparison is what this machine's clock was compared with.
type comparison struct {
	server string         // what to call the server; "" for its host
	date   *clock.Reading // the server's; nil without an answer
	ntp    clock.Survey
	left   time.Duration // until the assertion expires, by this machine's clock
}

// judge says how far the clock is off. The server's clock decides, as it is the one
// that judges an assertion. The time servers replace it where it is missing; a
// warning says where they differ.
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
	o := outcome{facts: facts}
	switch {
	case best != c.date:
		o.summary = describeOffset(*best, best.Source)
	case agreed:
		o.summary = describeOffset(*best, cmp.Or(c.server, best.Source)) + ", " + describeOffset(ntp, "NTP")
	default:
		o.summary = describeOffset(*best, cmp.Or(c.server, best.Source))
		if !answered && len(c.ntp) > 0 {
			o.summary += ", no NTP server answered"
		}
	}
	if reason := c.skew(*best); reason != "" {
		ev := finding.Evidence{
			"reason": reason, "offset_seconds": *facts.OffsetSeconds, "offset": describeOffset(*best, ""),
			"source": best.Source, "uncertainty_seconds": *facts.UncertaintySeconds,
		}
		if other, contested := c.contested(reason); contested {
			ev["reason"], ev["by_date"] = "not-by-ntp", reason
			ev["ntp_source"], ev["ntp_offset"] = other.Source, describeOffset(other, "")
		}
		o.findings = append(o.findings, catalog.New("clock.skewed", ev))
	}
	if best == c.date && answered && (!agreed || clock.Apart(*best, ntp) > disagreeLimit) {
		ev := c.answers(!agreed)
		ev["source"], ev["offset"] = best.Source, describeOffset(*best, "")
		if agreed {
			ev["ntp_source"], ev["ntp_offset"] = ntp.Source, describeOffset(ntp, "")
		}
		o.findings = append(o.findings, catalog.New("clock.sources-disagree", ev))
	}
	return o
}

// skew returns the variant of the finding if r is too far off, else "". Only the
// server's own clock can tell that an assertion has expired.
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

// contested returns what NTP says instead of the server's Date, if it says another
// thing: their median, or where they contradict each other the first that differs.
// Then this machine may be right, and its date be changed on the way.
func (c comparison) contested(reason string) (clock.Reading, bool) {
	if c.date == nil {
		return clock.Reading{}, false
	}
	var said []clock.Reading
	if ntp, answered := c.ntp.Median(); answered && c.ntp.Agree(disagreeLimit) {
		said = append(said, ntp)
	} else {
		for _, a := range c.ntp {
			if a.Fault == nil {
				said = append(said, a.Reading)
			}
		}
	}
	for _, r := range said {
		if c.skew(r) != reason && clock.Apart(*c.date, r) > disagreeLimit {
			return r, true
		}
	}
	return clock.Reading{}, false
}

// answers is the evidence of what each time server said.
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
			said = append(said, describeOffset(a.Reading, ""))
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

// describeOffset says how far the local clock is off, no finer than it was measured,
// and names the other clock unless that is "".
func describeOffset(r clock.Reading, other string) string {
	off := r.Offset.Abs()
	if off <= max(r.Uncertainty, 50*time.Millisecond) {
		within := (off + r.Uncertainty).Seconds()
		span := fmt.Sprintf("within %.1f s", max(0.1, within))
		if within > 0.5 {
			span = fmt.Sprintf("within %.0f s", math.Ceil(within))
		}
		if other == "" {
			return "in sync " + span
		}
		return "in sync with " + other + " (" + span + ")"
	}
	way := "behind " + other
	switch {
	case r.Offset > 0 && other != "":
		way = "ahead of " + other
	case r.Offset > 0:
		way = "ahead"
	}
	digits := 1
	if r.Uncertainty > 250*time.Millisecond {
		digits = 0
	}
	span := fmt.Sprintf("%.*f s", digits, off.Seconds())
	if off >= 2*time.Minute {
		span = text.Duration(off.Round(time.Second))
	}
	return strings.TrimSpace(span + " " + way)
}

func seconds(d time.Duration) *float64 {
	s := d.Round(time.Millisecond).Seconds()
	return &s
}
