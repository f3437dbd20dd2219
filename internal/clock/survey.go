package clock

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// Answer is what one server said: a reading, or why there is none.
type Answer struct {
	Server  string
	Reading Reading // if Fault is nil
	Fault   *Fault
}

// Survey is what several servers said, in the order in which they were named.
type Survey []Answer

// Inquiry is a running query of several servers. Any number of callers may wait for it.
type Inquiry struct {
	servers []string
	queries []query
}

// query is the query of one server. The rest may be read once done is closed.
type query struct {
	done     chan struct{}
	answer   Answer
	panicked any
}

// Ask starts to query all servers concurrently and returns at once. Each is a HOST or
// HOST:PORT; one that is named twice is asked once and has one vote. The queries stop
// when ctx is done, and after limit.
func Ask(ctx context.Context, servers []string, limit time.Duration, o Options) *Inquiry {
	var once []string
	for _, s := range servers {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	q := &Inquiry{servers: once, queries: make([]query, len(once))}
	ctx, cancel := context.WithTimeout(ctx, limit)
	var all sync.WaitGroup
	for i, server := range once {
		q.queries[i].done = make(chan struct{})
		all.Go(func() { q.queries[i].ask(ctx, server, o) })
	}
	go func() { all.Wait(); cancel() }()
	return q
}

func (q *query) ask(ctx context.Context, server string, o Options) {
	defer close(q.done)
	q.answer.Server = server
	defer func() { q.panicked = recover() }() // Wait panics where the caller can recover
	r, err := QueryNTP(ctx, server, o)
	if !errors.As(err, &q.answer.Fault) {
		q.answer.Reading = r
	}
}

// Wait returns the answers once all servers have answered or ctx is done. A server
// that has not answered then has a fault with the reason timeout or canceled. The queries
// continue until Ask's context is done.
func (q *Inquiry) Wait(ctx context.Context) Survey {
	if q == nil {
		return nil
	}
	survey := make(Survey, len(q.servers))
	for i, server := range q.servers {
		select {
		case <-q.queries[i].done:
		case <-ctx.Done():
		}
		select { // it may have answered at the last moment
		case <-q.queries[i].done:
			if p := q.queries[i].panicked; p != nil {
				panic(p)
			}
			survey[i] = q.queries[i].answer
		default:
			survey[i] = Answer{Server: server, Fault: unanswered(ctx, server)}
		}
	}
	return survey
}

func unanswered(ctx context.Context, server string) *Fault {
	reason, err := failure(ctx, true, ctx.Err())
	return &Fault{Kind: Unmeasured, Reason: reason, Evidence: map[string]any{"server": server}, Err: err}
}

// readings are the valid answers.
func (s Survey) readings() []Reading {
	var rs []Reading
	for _, a := range s {
		if a.Fault == nil {
			rs = append(rs, a.Reading)
		}
	}
	return rs
}

// Median is the median of the valid answers; its Source names their servers. It takes
// the medians of the smallest and of the largest possible offsets, of two middle values
// the one that widens the uncertainty. The true offset is within it if at least half of
// the servers are right.
func (s Survey) Median() (Reading, bool) {
	rs := s.readings()
	if len(rs) == 0 {
		return Reading{}, false
	}
	var lows, highs []time.Duration
	var sources []string
	for _, r := range rs {
		lows, highs = append(lows, r.low()), append(highs, r.high())
		sources = append(sources, r.Source)
	}
	slices.Sort(lows)
	slices.Sort(highs)
	return between(lows[(len(lows)-1)/2], highs[len(highs)/2], strings.Join(sources, ", ")), true
}

// Agree reports whether more than half of the valid answers agree: no two of them are
// further apart than within, beyond their uncertainties. Without such a majority the
// median means nothing.
func (s Survey) Agree(within time.Duration) bool {
	rs := s.readings()
	for _, r := range rs {
		votes := 0
		for _, o := range rs { // those that begin at or below r's low end and reach it
			if o.low() <= r.low() && r.low() <= o.high()+within {
				votes++
			}
		}
		if 2*votes > len(rs) {
			return true
		}
	}
	return false
}
