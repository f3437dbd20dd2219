package tokencache

import (
	"context"
	"math/rand/v2"
	"os"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/netsuite"
)

const (
	// pollFirst and pollMost are how often a held lock is tried. The file is read as
	// often, so that nobody waits in line for what is already there.
	pollFirst = 5 * time.Millisecond
	pollMost  = 50 * time.Millisecond
	// patience is how long a lock is waited for, if the context has no end.
	patience = 15 * time.Second
)

// Renew returns the kept token if it is not yet time for another one, and it is
// not the refused one; otherwise it calls renew and keeps what that returns. Of
// all processes and goroutines that do so at once, one calls renew, and the others
// get its token. Who does not get the lock within half of the time that ctx leaves
// does without it.
//
// err is renew's own. trouble is the first [*Trouble] that the cache made, which
// does not keep the token from being returned.
func (e *Entry) Renew(ctx context.Context, refused netsuite.Secret, renew func(context.Context) (*netsuite.Token, error)) (t *netsuite.Token, trouble, err error) {
	note := func(err error) {
		if trouble == nil {
			trouble = err
		}
	}
	kept, unlock, err := e.lock(ctx, refused)
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
		case kept.AccessToken.Reveal() == refused.Reveal():
			_ = os.Remove(e.path(tokenEnding)) // nobody else is to get it
		case e.fresh(kept):
			return kept, nil, nil
		}
		e.sweep()
	} else if ctx.Err() == nil { // else renew says that it was ended
		note(err)
	}
	t, err = renew(ctx)
	if err == nil && t.ExpiresIn > 0 && unlock != nil {
		if err := e.write(newRecord(e.subject, t)); err != nil {
			note(err)
		}
	}
	return t, trouble, err
}

// fresh reports whether it is not yet time for another token.
func (e *Entry) fresh(t *netsuite.Token) bool { return e.cache.now().Before(t.RenewAt()) }

// lock waits for the lock, or for the token that its holder writes. The error is a
// [*Trouble]; then there is neither.
func (e *Entry) lock(ctx context.Context, refused netsuite.Secret) (kept *netsuite.Token, unlock func(), err error) {
	if err := e.cache.prepare(); err != nil {
		return nil, nil, err
	}
	limit := patience
	if end, ok := ctx.Deadline(); ok {
		limit = time.Until(end) / 2
	}
	given := time.NewTimer(limit)
	defer given.Stop()
	path := e.path(lockEnding)
	for pause := pollFirst; ; pause = min(2*pause, pollMost) {
		l, err := atomicfile.TryLock(path)
		switch {
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
		if t, err := e.read(); err == nil && t != nil && t.AccessToken.Reveal() != refused.Reveal() && e.fresh(t) {
			return t, nil, nil
		}
	}
}
