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

// Survey is what several servers said, in the order in which they were asked.
type Survey []Answer

// Inquiry is one question to several servers at the same time, under way.
type Inquiry struct {
	servers []string
	answers chan numbered // has room for all: no query waits for a reader
}

// numbered is the answer of one server, or the panic that reading it ended in.
type numbered struct {
	Answer
	number   int
	panicked any
}

// Ask asks all servers at the same time, each once, and returns at once. Each is
// a HOST or HOST:PORT; one that is named twice is asked once and has one vote.
// The queries end when ctx does, and after limit, whatever the servers do.
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
	defer func() { a.panicked = recover() }() // for Wait: a panic here would end the program
	r, err := QueryNTP(ctx, server, o)
	if !errors.As(err, &a.Fault) {
		a.Reading = r
	}
	return a
}

// Wait returns what the servers said: all of it as soon as all have spoken, or
// what there is when ctx is done. To wait no longer is no judgement on a server
// that is still silent: its fault says that the time was over. Wait may be called
// once. The queries go on until Ask's own context ends.
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
	for len(q.answers) > 0 { // spoken at the last moment
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

// Median is the middle of the valid answers; its source names their servers. The
// truth is within its uncertainty if at least half of the servers tell it within
// theirs: of what each says the offset must at least be, and of what it may at
// most be, the middle is taken, and of two middles the more careful one.
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

// Agree reports whether more than half of the valid answers are of one mind: no two
// of them further apart than within, beyond their uncertainties. Without such a
// majority the median says nothing.
func (s Survey) Agree(within time.Duration) bool {
	rs := s.readings()
	for _, r := range rs {
		votes := 0
		for _, o := range rs { // those that reach r's lower end, from below
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
