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

// Inquiry is a running query of several servers.
type Inquiry struct {
	servers []string
	answers chan numbered // buffered for all: no query waits for a reader
}

// numbered is one server's answer, or the panic of its query.
type numbered struct {
	Answer
	number   int
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
	q := &Inquiry{servers: once, answers: make(chan numbered, len(once))}
	ctx, cancel := context.WithTimeout(ctx, limit)
	var all sync.WaitGroup
	for i, server := range once {
		all.Go(func() { q.answers <- ask(ctx, i, server, o) })
	}
	go func() { all.Wait(); cancel() }()
	return q
}

func ask(ctx context.Context, i int, server string, o Options) (a numbered) {
	a.Server, a.number = server, i
	defer func() { a.panicked = recover() }() // Wait panics where the caller can recover
	r, err := QueryNTP(ctx, server, o)
	if !errors.As(err, &a.Fault) {
		a.Reading = r
	}
	return a
}

// Wait returns the answers once all servers have answered or ctx is done. A server
// that has not answered then has a fault with the reason timeout or canceled. Wait may
// be called once. The queries continue until Ask's context is done.
func (q *Inquiry) Wait(ctx context.Context) Survey {
	if q == nil {
		return nil
	}
	survey := make(Survey, len(q.servers))
	missing := len(q.servers)
	take := func(a numbered) {
		if a.panicked != nil {
			panic(a.panicked)
		}
		survey[a.number] = a.Answer
		missing--
	}
	for missing > 0 && ctx.Err() == nil {
		select {
		case a := <-q.answers:
			take(a)
		case <-ctx.Done():
		}
	}
	for len(q.answers) > 0 { // answered at the last moment
		take(<-q.answers)
	}
	for i, server := range q.servers {
		if survey[i].Server == "" {
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
