// Package clock measures how far the local clock is off: by the Date header of
// an HTTP answer, and by one question each to several NTP servers. It measures
// and does not judge, and it reads the local clock only through what it is given.
package clock

import "time"

// Reading is one measurement of the local clock.
type Reading struct {
	Offset      time.Duration // local time minus reference time: positive if the local clock is ahead
	Uncertainty time.Duration // the true offset is within Offset ± Uncertainty, if the reference is right
	Source      string        // the host or server that was the reference
}

// low and high are the ends of the span that a reading allows.
func (r Reading) low() time.Duration  { return r.Offset - r.Uncertainty }
func (r Reading) high() time.Duration { return r.Offset + r.Uncertainty }

// between is the reading that allows the offsets from low to high.
func between(low, high time.Duration, source string) Reading {
	return Reading{Offset: low + (high-low)/2, Uncertainty: (high - low) / 2, Source: source}
}

// Apart returns by how much two readings contradict each other: how far apart
// they are beyond both uncertainties, 0 if both can be right.
func Apart(a, b Reading) time.Duration {
	return max(0, (a.Offset-b.Offset).Abs()-a.Uncertainty-b.Uncertainty)
}

// dateResolution is the step of a Date header (RFC 9110, section 6.6.1).
const dateResolution = time.Second

// farthest bounds an offset, so that nothing overflows: a Date header may say
// the year 9999.
const farthest = 100 * 365 * 24 * time.Hour

// FromDate compares the local clock with the Date header of host's answer to a
// request that was sent and received at these local times.
//
// The server read its clock at some moment between the two, and cut off the
// fraction of the second. So the offset lies between sent-(date+1s) and
// received-date: the middle of that span is the offset, half of it the
// uncertainty. An offset of more than a hundred years is said to be that.
func FromDate(sent, received, date time.Time, host string) Reading {
	// The wall clock is what is examined, so the monotonic clock is left out.
	sent, received = sent.Round(0), received.Round(0)
	if received.Before(sent) { // the clock was set back in between
		sent, received = received, sent
	}
	limited := func(d time.Duration) time.Duration { return max(-farthest, min(d, farthest)) }
	return between(limited(sent.Sub(date))-dateResolution, limited(received.Sub(date)), host)
}
