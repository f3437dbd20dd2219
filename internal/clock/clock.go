// Package clock measures how far the local clock is off: by the Date header of
// an HTTP answer, and by one question to an NTP server. It measures and does
// not judge, and it reads the local clock only through what it is given.
package clock

import "time"

// Reading is one measurement of the local clock.
type Reading struct {
	Offset      time.Duration // local time minus reference time: positive if the local clock is ahead
	Uncertainty time.Duration // the true offset is within Offset ± Uncertainty, if the reference is right
	Source      string        // the host or server that was the reference
}

// dateResolution is the step of a Date header (RFC 9110, section 6.6.1).
const dateResolution = time.Second

// FromDate compares the local clock with the Date header of host's answer to a
// request that was sent and received at these local times.
//
// The server read its clock at some moment between the two, and cut off the
// fraction of the second. So the offset lies between sent-(date+1s) and
// received-date: the middle of that span is the offset, half of it the
// uncertainty.
func FromDate(sent, received, date time.Time, host string) Reading {
	// The wall clock is what is examined, so the monotonic clock is left out.
	sent, received = sent.Round(0), received.Round(0)
	if received.Before(sent) { // the clock was set back in between
		sent, received = received, sent
	}
	low := sent.Sub(date) - dateResolution
	high := received.Sub(date)
	return Reading{
		Offset:      low + (high-low)/2,
		Uncertainty: (high - low) / 2,
		Source:      host,
	}
}
