package clock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/beevik/ntp"
)

// DefaultTimeout is the timeout of a query whose context has no deadline.
const DefaultTimeout = 5 * time.Second

// Unmeasured is the Kind of every [Fault].
const Unmeasured = "unmeasured"

// The reasons of a [Fault].
const (
	DNS            = "dns"            // the server's name could not be looked up
	Unreachable    = "unreachable"    // no route, or the port is closed
	Timeout        = "timeout"        // no answer in time: UDP port 123 is often blocked
	Canceled       = "canceled"       // the caller's context was canceled
	KissOfDeath    = "kiss-of-death"  // the server rejects clients (RFC 5905, section 7.4)
	Unsynchronized = "unsynchronized" // the server says that it does not know the time
	Malformed      = "malformed"      // not an answer to the query
	Implausible    = "implausible"    // an answer that contradicts itself
)

// Fault is a clock that could not be measured.
type Fault struct {
	Kind   string // Unmeasured
	Reason string
	// Evidence has server; for a rejected answer also stratum, and kiss_code if set.
	Evidence map[string]any
	Err      error // the cause; it wraps the errors of package context
}

func (f *Fault) Error() string {
	return fmt.Sprintf("clock not measured by %v: %s", f.Evidence["server"], f.Reason)
}

func (f *Fault) Unwrap() error { return f.Err }

// Options say how a server is asked.
type Options struct {
	// Dial connects to a UDP address; nil uses a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Now is the local clock that is measured; nil uses the system's.
	Now func() time.Time
}

// QueryNTP asks server, a HOST or HOST:PORT (default port 123), once for the time. It
// returns when ctx is done at the latest. The error is always a [*Fault].
func QueryNTP(ctx context.Context, server string, o Options) (Reading, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, DefaultTimeout)
		defer cancel()
	}
	dial := o.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	asked := false
	response, err := ntp.QueryWithOptions(server, ntp.QueryOptions{
		GetSystemTime: o.Now,
		Dialer: func(_, addr string) (net.Conn, error) {
			conn, err := dial(ctx, "udp", addr)
			if err != nil {
				return nil, err
			}
			asked = true
			return withContext(ctx, conn), nil
		},
	})
	fault := func(reason string, err error) (Reading, error) {
		f := &Fault{Kind: Unmeasured, Reason: reason, Evidence: map[string]any{"server": server}, Err: err}
		if response != nil {
			f.Evidence["stratum"] = int(response.Stratum)
			if response.KissCode != "" {
				f.Evidence["kiss_code"] = response.KissCode
			}
		}
		return Reading{}, f
	}
	if err != nil {
		return fault(failure(ctx, asked, err))
	}
	if err := response.Validate(); err != nil {
		return fault(rejection(response, err), err)
	}
	return Reading{
		Offset:      -response.ClockOffset, // the library's is reference minus local
		Uncertainty: response.RootDistance,
		Source:      server,
	}, nil
}

// failure returns the reason why there is no answer, and its cause.
func failure(ctx context.Context, asked bool, err error) (string, error) {
	var (
		dns     *net.DNSError
		network net.Error
	)
	switch {
	case errors.As(err, &dns) && ctx.Err() == nil:
		return DNS, err
	case errors.Is(ctx.Err(), context.Canceled):
		return Canceled, ctx.Err()
	case ctx.Err() != nil:
		return Timeout, ctx.Err()
	case errors.As(err, &network) && network.Timeout():
		// The socket's deadline is the context's and may come just before it.
		return Timeout, context.DeadlineExceeded
	case !asked, errors.As(err, &network):
		return Unreachable, err
	}
	return Malformed, err
}

// rejection returns the reason why an answer is invalid.
func rejection(r *ntp.Response, err error) string {
	switch {
	case errors.Is(err, ntp.ErrKissOfDeath) && r.ReferenceID == 0:
		return Unsynchronized // without a kiss code, as chrony sends before it is synchronised
	case errors.Is(err, ntp.ErrKissOfDeath):
		return KissOfDeath
	case errors.Is(err, ntp.ErrInvalidStratum), errors.Is(err, ntp.ErrInvalidLeapSecond),
		errors.Is(err, ntp.ErrServerClockFreshness), errors.Is(err, ntp.ErrInvalidDispersion):
		return Unsynchronized
	}
	return Implausible
}

// contextConn is a connection with its context's deadline. It ignores the deadline that
// the library sets by its own clock.
type contextConn struct {
	net.Conn
	stop func() bool
}

func withContext(ctx context.Context, conn net.Conn) net.Conn {
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	return &contextConn{conn, context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })}
}

func (*contextConn) SetDeadline(time.Time) error { return nil }

func (c *contextConn) Close() error {
	c.stop()
	return c.Conn.Close()
}
