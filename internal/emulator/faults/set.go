package faults

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// MaxFaults is the maximum number of active faults.
const MaxFaults = 64

// Set holds the active faults. It is safe for concurrent use.
type Set struct {
	mu     sync.Mutex
	faults []*Active
}

// Active is a Fault and the rest of its count.
type Active struct {
	Fault Fault
	Left  int // meaningful when Fault.Count > 0
	skip  int // requests that it still leaves alone
	where phase
}

func (a *Active) spent() bool { return a.Fault.Count > 0 && a.Left == 0 }

func (a *Active) use() { a.Left = max(0, a.Left-1) }

// Replace replaces the active faults, unless it returns an error.
func (s *Set) Replace(faults ...Fault) error {
	if len(faults) > MaxFaults {
		return fmt.Errorf("fault: %d faults, more than %d", len(faults), MaxFaults)
	}
	next := make([]*Active, len(faults))
	for i, f := range faults {
		if err := f.Validate(); err != nil {
			return err
		}
		if f.Kind == Flaky && f.Count == 0 {
			f.Count = 2
		}
		f.Paths = slices.Clone(f.Paths)
		k, _ := lookup(f.Kind)
		next[i] = &Active{f, f.Count, f.Skip, k.where}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = next
	return nil
}

// Take returns the first active fault for this URL path and lowers its count by one.
func (s *Set) Take(path string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.faults {
		if a.where == inHandshake || a.where == inClock || a.spent() || !a.Fault.matches(path) {
			continue
		}
		if a.skip > 0 {
			a.skip--
			continue
		}
		taken := a.Fault
		if taken.Kind == Flaky {
			taken.Kind = Unavailable
			if (taken.Count-a.Left)%2 == 1 {
				taken.Kind = Reset
			}
		}
		a.use()
		return taken, true
	}
	return Fault{}, false
}

// TakeHandshake returns the first active fault for a TLS handshake and lowers its count
// by one.
func (s *Set) TakeHandshake() (Kind, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.faults {
		if a.where == inHandshake && !a.spent() {
			a.use()
			return a.Fault.Kind, true
		}
	}
	return "", false
}

// NeedsHTTP1 reports whether an active fault needs HTTP/1.1: HTTP/2 frames cannot carry a
// broken header or length.
func (s *Set) NeedsHTTP1() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.faults, func(a *Active) bool { return a.where == inBytes && !a.spent() })
}

// ClockOffset is how far the server's clock is ahead.
func (s *Set) ClockOffset() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.faults {
		if a.where == inClock {
			return a.Fault.Offset
		}
	}
	return 0
}

// List returns a copy of the faults, including those whose count is used up.
func (s *Set) List() []Active {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Active, len(s.faults))
	for i, a := range s.faults {
		list[i] = *a
		list[i].Fault.Paths = slices.Clone(a.Fault.Paths)
	}
	return list
}
