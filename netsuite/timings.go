package netsuite

import "time"

// Timings say how long each phase of a request took, by [Options].Now. A phase
// that did not take place is 0, and one that did is not: a request on a kept
// connection has only a FirstByte. Of a request that failed they go as far as it
// came, and the phase in which it ended is counted up to the end.
type Timings struct {
	DNS       time.Duration // the look-up of the host, or of the proxy if there is one
	Connect   time.Duration // TCP, to the host or the proxy
	Proxy     time.Duration // until the proxy has connected us
	TLS       time.Duration // the handshake with the host
	FirstByte time.Duration // from a usable connection to the first byte of the answer
}

// Total is the time from the look-up to the first byte of the answer.
func (t Timings) Total() time.Duration { return t.DNS + t.Connect + t.Proxy + t.TLS + t.FirstByte }

// of is the entry that a phase is counted in, nil for one that is not counted.
func (t *Timings) of(phase string) *time.Duration {
	switch phase {
	case phaseDNS:
		return &t.DNS
	case phaseConnect:
		return &t.Connect
	case phaseProxy:
		return &t.Proxy
	case phaseTLS:
		return &t.TLS
	case phaseAnswer:
		return &t.FirstByte
	}
	return nil
}
