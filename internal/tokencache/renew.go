package tokencache

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/netsuite"
)

const (
	// A held lock is tried at intervals from minPoll to maxPoll. Each time the file is
	// read too, so that a process does not wait for the lock when the token is there.
	minPoll = 5 * time.Millisecond
	maxPoll = 50 * time.Millisecond
	// lockTimeout limits the wait for a lock if the context has no deadline.
	lockTimeout = 15 * time.Second
)

// Renew returns the kept token, unless it is due for renewal or is the rejected one;
// then it calls renew and keeps the result. Of concurrent processes and goroutines, one
// calls renew, and the others get its token. A process that does not get the lock within
// half of the time until ctx's deadline goes on without it.
//
// err is the error of renew. trouble is the first [*Trouble] of the cache; the token is
// returned in spite of it.
func (e *Entry) Renew(ctx context.Context, rejected netsuite.Secret, renew func(context.Context) (*netsuite.Token, error)) (t *netsuite.Token, trouble, err error) {
	note := func(err error) {
		if trouble == nil {
			trouble = err
		}
	}
	kept, unlock, err := e.lock(ctx, rejected)
	if kept != nil {
		return kept, nil, nil
	}
	if unlock != nil {
		defer unlock()
		kept, err := e.read()
		switch {
		case err != nil:
			note(err)
		case kept == nil:
		case kept.AccessToken.Reveal() == rejected.Reveal():
			_ = os.Remove(e.path(tokenEnding)) // no other process must get it
		case e.fresh(kept):
			return kept, nil, nil
		}
		e.removeTemporary()
	} else if ctx.Err() == nil { // else renew returns the context's error
		note(err)
	}
	t, err = renew(ctx)
	if err == nil && t.ExpiresIn > 0 && unlock != nil && (e.Keep == nil || e.Keep(t)) {
		if err := e.write(newRecord(e.subject, t)); err != nil {
			note(err)
		}
	}
	return t, trouble, err
}

// fresh reports whether a token need not be renewed yet.
func (e *Entry) fresh(t *netsuite.Token) bool {
	return e.cache.now().Before(t.RenewAt()) && (e.Fresh == nil || e.Fresh(t))
}

// lock waits for the lock, or for the token that its holder writes. The error is a
// [*Trouble] if it gets neither.
func (e *Entry) lock(ctx context.Context, rejected netsuite.Secret) (kept *netsuite.Token, unlock func(), err error) {
	if err := e.cache.prepare(); err != nil {
		return nil, nil, err
	}
	limit := lockTimeout
	if end, ok := ctx.Deadline(); ok {
		limit = time.Until(end) / 2
	}
	given := time.NewTimer(limit)
	defer given.Stop()
	path := e.path(lockEnding)
	for pause := minPoll; ; pause = min(2*pause, maxPoll) {
		l, err := atomicfile.TryLock(path)
		switch {
		case errors.Is(err, atomicfile.ErrNotAFile):
			return nil, nil, &Trouble{Path: path, Reason: "not-a-file"}
		case err != nil:
			return nil, nil, ioTrouble(path, err)
		case l != nil:
			return nil, l.Unlock, nil
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-given.C:
			return nil, nil, &Trouble{Path: path, Reason: "locked"}
		case <-ctx.Done():
			return nil, nil, &Trouble{Path: path, Reason: "locked"}
		}
		if t, err := e.read(); err == nil && t != nil && t.AccessToken.Reveal() != rejected.Reveal() && e.fresh(t) {
			return t, nil, nil
		}
	}
}
