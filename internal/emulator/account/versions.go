package account

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// versions is what all versions of one account share.
type versions struct {
	changing sync.Mutex               // one change at a time
	latest   atomic.Pointer[Snapshot] // never nil after indexing
	calls    atomic.Int64             // running API calls
}

// Current is the account's latest version, nil for nil.
func (a *Snapshot) Current() *Snapshot {
	if a == nil {
		return nil
	}
	return a.shared.latest.Load()
}

// Change makes the next version of the account's mappings, unless f returns false. f
// must replace a *ParsedMapping, not change it: running requests still read it.
func (a *Snapshot) Change(f func(next *Snapshot) bool) {
	a.shared.changing.Lock()
	defer a.shared.changing.Unlock()
	next := *a.shared.latest.Load()
	next.ByCertificateID = maps.Clone(next.ByCertificateID)
	next.Order = slices.Clone(next.Order)
	if f(&next) {
		a.shared.latest.Store(&next)
	}
}

// Enter counts one more running call, unless that exceeds limit. 0 means no limit.
func (a *Snapshot) Enter(limit int) bool {
	if calls := a.shared.calls.Add(1); limit > 0 && calls > int64(limit) {
		a.shared.calls.Add(-1)
		return false
	}
	return true
}

// Leave ends the call that Enter counted.
func (a *Snapshot) Leave() { a.shared.calls.Add(-1) }
