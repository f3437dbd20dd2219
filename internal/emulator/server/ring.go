package server

import "sync"

// ring keeps the newest entries.
type ring[T any] struct {
	mu      sync.Mutex
	limit   int
	entries []T
	next    int // where the next goes, once full
}

func (r *ring[T]) add(entry T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.entries) < r.limit {
		r.entries = append(r.entries, entry)
		return
	}
	r.entries[r.next] = entry
	r.next = (r.next + 1) % r.limit
}

// all returns a copy, the oldest first.
func (r *ring[T]) all() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]T, 0, len(r.entries))
	out = append(out, r.entries[r.next:]...)
	return append(out, r.entries[:r.next]...)
}
