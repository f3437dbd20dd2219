package clock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/beevik/ntp"
)

// DefaultTimeout ends a query whose context has no deadline. One datagram each
// way takes well under a second, or never arrives.
const DefaultTimeout = 5 * time.Second

// Unmeasured is the Kind of every [Fault]: the clock may be right or wrong.
const Unmeasured = "unmeasured"

// The reasons of a [Fault].
const (
	DNS            = "dns"            // the server's name could not be looked up
	Unreachable    = "unreachable"    // no way there, or the port is closed
	Timeout        = "timeout"        // no answer in time: UDP port 123 is often blocked
	Canceled       = "canceled"       // the caller's context was canceled
	KissOfDeath    = "kiss-of-death"  // the server sends us away (RFC 5905, section 7.4)
	Unsynchronized = "unsynchronized" // the server says that it does not know the time
	Malformed      = "malformed"      // not an answer to our question
	Implausible    = "implausible"    // an answer that contradicts itself
)

// Fault is a clock that could not be measured.
type Fault struct {
	Kind   string // Unmeasured
	Reason string
	// Evidence: server, and for an answer that was refused stratum and, if there
	// is one, kiss_code.
	Evidence map[string]any
	Err      error // the cause; the errors of package context stay recognisable
}

func (f *Fault) Error() string {
	return fmt.Sprintf("clock not measured by %v: %s", f.Evidence["server"], f.Reason)
}

func (f *Fault) Unwrap() error { return f.Err }

// Options say how a server is asked.
type Options struct {
	// Dial makes a connection to a UDP address, a net.Dialer's if nil.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Now is the local clock, which is what is measured. If nil, it is the
	// system's.
	Now func() time.Time
}

// QueryNTP asks server, a HOST or HOST:PORT (123 if not stated), for the time,
// once. The error is always a [*Fault]. It returns when ctx is done, whatever
// the server does.
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
			return bind(ctx, conn), nil
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
		return fault(refusal(response, err), err)
	}
	return Reading{
		Offset:      -response.ClockOffset, // the library's is what to add to the local clock
		Uncertainty: response.RootDistance,
		Source:      server,
	}, nil
}

// failure says why there is no answer, and with which cause.
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
		// The socket's deadline is the context's, and may strike just before it.
		return Timeout, context.DeadlineExceeded
	case !asked, errors.As(err, &network):
		return Unreachable, err
	}
	return Malformed, err
}

// refusal says why an answer is no measurement.
func refusal(r *ntp.Response, err error) string {
	switch {
	case errors.Is(err, ntp.ErrKissOfDeath) && r.ReferenceID == 0:
		return Unsynchronized // no code, so no kiss: what chrony says before it has the time
	case errors.Is(err, ntp.ErrKissOfDeath):
		return KissOfDeath
	case errors.Is(err, ntp.ErrInvalidStratum), errors.Is(err, ntp.ErrInvalidLeapSecond),
		errors.Is(err, ntp.ErrServerClockFreshness), errors.Is(err, ntp.ErrInvalidDispersion):
		return Unsynchronized
	}
	return Implausible
}

// bound is a connection whose deadline is its context's, and no one else's: the
// library sets one of its own by a clock of its own.
type bound struct {
	net.Conn
	stop func() bool
}

func bind(ctx context.Context, conn net.Conn) net.Conn {
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	return &bound{conn, context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })}
}

func (*bound) SetDeadline(time.Time) error { return nil }

func (b *bound) Close() error {
	b.stop()
	return b.Conn.Close()
}
