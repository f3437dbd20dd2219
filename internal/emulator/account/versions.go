package account

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// versions is what all versions of one account have in common.
type versions struct {
	changing sync.Mutex               // one change at a time
	latest   atomic.Pointer[Snapshot] // never nil once indexed
	calls    atomic.Int64             // API calls under way
}

// Current is the account's latest version; nil of nil.
func (a *Snapshot) Current() *Snapshot {
	if a == nil {
		return nil
	}
	return a.shared.latest.Load()
}

// Change makes the next version of the account's mappings. An error of f leaves
// everything as it is. A *ParsedMapping must not be changed in place but replaced:
// requests under way still read it.
func (a *Snapshot) Change(f func(next *Snapshot) error) error {
	a.shared.changing.Lock()
	defer a.shared.changing.Unlock()
	next := *a.shared.latest.Load()
	next.ByCertificateID = maps.Clone(next.ByCertificateID)
	next.Order = slices.Clone(next.Order)
	if err := f(&next); err != nil {
		return err
	}
	a.shared.latest.Store(&next)
	return nil
}

// Enter counts one more call as under way, unless that makes more than limit. 0
// is no limit.
func (a *Snapshot) Enter(limit int) bool {
	if under := a.shared.calls.Add(1); limit > 0 && under > int64(limit) {
		a.shared.calls.Add(-1)
		return false
	}
	return true
}

// Leave ends the call that Enter counted.
func (a *Snapshot) Leave() { a.shared.calls.Add(-1) }
