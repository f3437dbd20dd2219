// Package host is what this machine adds to a run: clock, network, proxy, trusted CAs,
// and the access list and git repository of a key file.
package host

import (
	"context"
	"net"
	"time"
)

// World is what the checks may touch outside the process. Every field but
// SystemProxy and Git is set.
type World struct {
	Now        func() time.Time
	Dial       func(ctx context.Context, network, address string) (net.Conn, error)
	LookupHost func(ctx context.Context, host string) ([]string, error)
	LookupEnv  func(name string) (string, bool)
	// SystemProxy reads the operating system's proxy setting; nil if there is none.
	SystemProxy func() SystemProxy
	// Git is RunGit; nil ignores repositories.
	Git       func(ctx context.Context, dir string, args ...string) (string, error)
	UserAgent string
}
