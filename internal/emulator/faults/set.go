package faults

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// MaxFaults bounds how many faults are in force at a time.
const MaxFaults = 64

// flakyCount is how many requests Flaky breaks where nothing is said.
const flakyCount = 2

// Set is the faults in force. It may be changed and used by many goroutines.
type Set struct {
	mu     sync.Mutex
	faults []*counted
}

type counted struct {
	Fault
	where phase
	left  int // meaningful when Count > 0
}

func (c *counted) spent() bool { return c.Count > 0 && c.left == 0 }

func (c *counted) use() { c.left = max(0, c.left-1) }

// Replace puts these faults in force instead of the present ones. On an error
// the present ones stay.
func (s *Set) Replace(faults ...Fault) error {
	if len(faults) > MaxFaults {
		return fmt.Errorf("fault: %d of them, more than %d", len(faults), MaxFaults)
	}
	next := make([]*counted, len(faults))
	for i, f := range faults {
		if err := f.Validate(); err != nil {
			return err
		}
		if f.Kind == Flaky && f.Count == 0 {
			f.Count = flakyCount
		}
		f.Paths = slices.Clone(f.Paths)
		k, _ := lookup(f.Kind)
		next[i] = &counted{f, k.where, f.Count}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = next
	return nil
}

// Take returns the first fault in force for this URL path and uses up one of
// its count.
func (s *Set) Take(path string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.where == inHandshake || f.where == inClock || f.spent() || !f.matches(path) {
			continue
		}
		taken := f.Fault
		if f.Kind == Flaky {
			taken.Kind = Unavailable
			if (f.Count-f.left)%2 == 1 {
				taken.Kind = Reset
			}
		}
		f.use()
		return taken, true
	}
	return Fault{}, false
}

// TakeHandshake returns the first fault in force for a TLS handshake and uses up
// one of its count.
func (s *Set) TakeHandshake() (Kind, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.where == inHandshake && !f.spent() {
			f.use()
			return f.Kind, true
		}
	}
	return "", false
}

// NeedsHTTP1 reports whether a fault is in force that cannot be had over HTTP/2,
// whose frames leave no room for a broken header or length.
func (s *Set) NeedsHTTP1() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.faults, func(f *counted) bool { return f.where == inBytes && !f.spent() })
}

// ClockOffset is how far the server's clock is ahead.
func (s *Set) ClockOffset() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.where == inClock {
			return f.Offset
		}
	}
	return 0
}

// InForce is a Fault and how many more times it breaks something.
type InForce struct {
	Fault Fault
	Left  int // meaningful when Fault.Count > 0
}

// List is a copy of the faults, those that are used up included.
func (s *Set) List() []InForce {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]InForce, len(s.faults))
	for i, f := range s.faults {
		list[i] = InForce{f.Fault, f.left}
		list[i].Fault.Paths = slices.Clone(f.Paths)
	}
	return list
}
