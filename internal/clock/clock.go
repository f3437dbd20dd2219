// Package clock measures how far the local clock is off: by the Date header of an HTTP
// response and by NTP servers. It measures and does not judge.
package clock

import "time"

// Reading is one measurement of the local clock.
type Reading struct {
	Offset      time.Duration // local time minus reference time: positive if the local clock is ahead
	Uncertainty time.Duration // the true offset is within Offset ± Uncertainty, if the reference is right
	Source      string        // the host of the reference
}

// low and high are the smallest and the largest possible offset.
func (r Reading) low() time.Duration  { return r.Offset - r.Uncertainty }
func (r Reading) high() time.Duration { return r.Offset + r.Uncertainty }

// between is the reading for which the offsets from low to high are possible.
func between(low, high time.Duration, source string) Reading {
	return Reading{Offset: low + (high-low)/2, Uncertainty: (high - low) / 2, Source: source}
}

// Apart returns how far two readings are apart beyond both uncertainties, 0 if both can
// be right.
func Apart(a, b Reading) time.Duration {
	return max(0, (a.Offset-b.Offset).Abs()-a.Uncertainty-b.Uncertainty)
}

// dateResolution is the step of a Date header (RFC 9110, section 6.6.1).
const dateResolution = time.Second

// maxOffset bounds an offset against overflow: a Date header may say the year 9999.
const maxOffset = 100 * 365 * 24 * time.Hour

// FromDate compares the local clock with the Date header of host's response to a
// request, by the local times at which the request was sent and the response received.
//
// The server read its clock between the two and dropped the fraction of the second. So
// the offset lies between sent-(date+1s) and received-date: Offset is the middle of
// that span, Uncertainty half of it. A larger offset than a hundred years is cut to it.
func FromDate(sent, received, date time.Time, host string) Reading {
	// Round(0) drops the monotonic clock: the wall clock is what is measured.
	sent, received = sent.Round(0), received.Round(0)
	if received.Before(sent) { // the clock was set back in between
		sent, received = received, sent
	}
	limited := func(d time.Duration) time.Duration { return max(-maxOffset, min(d, maxOffset)) }
	return between(limited(sent.Sub(date))-dateResolution, limited(received.Sub(date)), host)
}
