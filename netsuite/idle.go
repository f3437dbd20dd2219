package netsuite

import (
	"cmp"
	"context"
	"time"
)

// idleLimit ends a request that waits too long for the server; nil never does. While
// the caller works on what it has read, no time runs.
type idleLimit struct {
	longest time.Duration
	timer   *time.Timer
}

func (l *idleLimit) start() {
	if l != nil {
		l.timer.Reset(l.longest)
	}
}

func (l *idleLimit) stop() {
	if l != nil {
		l.timer.Stop()
	}
}

// limited adds the limits of a call to ctx. A request whose body the client reads has a
// deadline; a stream may take any time as long as it flows.
func limited(ctx context.Context, r call) (context.Context, *idleLimit, context.CancelFunc) {
	_, has := ctx.Deadline()
	switch {
	case !r.stream && has, r.stream && has && r.idle == 0:
		return ctx, nil, func() {}
	case !r.stream:
		ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
		return ctx, nil, cancel
	}
	ctx, cancel := context.WithCancelCause(ctx)
	l := &idleLimit{longest: cmp.Or(r.idle, DefaultTimeout)}
	l.timer = time.AfterFunc(l.longest, func() { cancel(context.DeadlineExceeded) })
	return ctx, l, func() {
		l.stop()
		cancel(nil)
	}
}

// ended is why ctx is over, or nil: context.DeadlineExceeded also for an idleLimit.
func ended(ctx context.Context) error {
	if ctx.Err() != nil && context.Cause(ctx) == context.DeadlineExceeded {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
