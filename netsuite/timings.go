package netsuite

import "time"

// Timings are the durations of a request's phases, by [Options].Now. Only a phase
// that did not happen is 0: a request on a kept connection has only a FirstByte. For
// a failed request the phase in which it failed is the last.
type Timings struct {
	DNS       time.Duration // the lookup of the host, or of the proxy if there is one
	Connect   time.Duration // TCP, to the host or the proxy
	Proxy     time.Duration // until the proxy has connected to the host
	TLS       time.Duration // the handshake with the host
	FirstByte time.Duration // from a usable connection to the first byte of the answer
}

// Total is the time from the lookup to the first byte of the answer.
func (t Timings) Total() time.Duration { return t.DNS + t.Connect + t.Proxy + t.TLS + t.FirstByte }

// of is the duration of a phase, nil for a phase without one.
func (t *Timings) of(phase string) *time.Duration {
	return map[string]*time.Duration{phaseDNS: &t.DNS, phaseConnect: &t.Connect, phaseProxy: &t.Proxy, phaseTLS: &t.TLS,
		phaseAnswer: &t.FirstByte}[phase]
}
