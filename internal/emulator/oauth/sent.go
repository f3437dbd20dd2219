package oauth

import "sync"

// maxSent bounds how many assertions are remembered.
const maxSent = 10_000

// sent remembers assertions by account and SHA-256, so that one that comes again is
// called so.
type sent struct {
	mu   sync.Mutex
	seen map[string]bool
}

// before reports whether this assertion came before, and remembers it.
func (s *sent) before(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil || len(s.seen) >= maxSent {
		s.seen = map[string]bool{}
	}
	was := s.seen[name]
	s.seen[name] = true
	return was
}
