package emulator

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// accountState is what all versions of one account have in common.
type accountState struct {
	changing sync.Mutex              // one change at a time
	latest   atomic.Pointer[account] // never nil once indexed
	calls    atomic.Int64            // API calls under way
}

// current is the account's latest version; nil of nil.
func (a *account) current() *account {
	if a == nil {
		return nil
	}
	return a.shared.latest.Load()
}

// change makes the next version of the account's mappings. An error of f leaves
// everything as it is. A *mapping must not be changed in place but replaced:
// requests under way still read it.
func (a *account) change(f func(next *account) error) error {
	a.shared.changing.Lock()
	defer a.shared.changing.Unlock()
	next := *a.shared.latest.Load()
	next.mappings = maps.Clone(next.mappings)
	next.order = slices.Clone(next.order)
	if err := f(&next); err != nil {
		return err
	}
	a.shared.latest.Store(&next)
	return nil
}
