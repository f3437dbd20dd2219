package checks

import (
	"context"
	"errors"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/netsuite"
)

// Seed is what a command sent and received before its checks run. They judge it and do
// not measure.
type Seed struct {
	Assertion *jwtgen.Assertion
	// AssertionErr says why there is none.
	AssertionErr error
	Token        *netsuite.Token // its Answer is nil if it is from the cache
	TokenErr     error
	Call         *Call
	// ByID is the call of [ByID], if it was made because Call needed it.
	ByID *Call
	// Own says that the user gave the access token: there was no assertion and no token
	// request.
	Own bool
}

// Call is one API request and its result.
type Call struct {
	Request netsuite.Request
	Answer  *netsuite.Answer
	Err     error
	// Finding is what is wrong with the call where the answer does not show it.
	Finding *finding.Finding

	took  time.Duration
	probe bool  // only nsauth makes it
	own   bool  // the user gave the access token
	byID  *Call // tells two causes of a rejection apart; nil if it was not made
}

// measured is a check in two steps: measure, which a seed replaces, and judge.
func measured[M any](measure func(context.Context, *inputs) M, judge func(context.Context, *inputs, M) outcome) func(context.Context, *inputs) outcome {
	return func(ctx context.Context, in *inputs) outcome {
		m, seeded := in.seed.(M)
		if !seeded {
			m = measure(ctx, in)
		}
		return judge(ctx, in, m)
	}
}

// seed replaces the measurement of a check; nil lets it measure.
func (j *Job) seed(id finding.CheckID) any {
	if id == finding.CheckAssertion && !j.Given.IsZero() {
		return signed{given: j.Given}
	}
	if j.Seed == nil {
		return nil
	}
	return j.Seed.of(id)
}

func (s *Seed) of(id finding.CheckID) any {
	called := s.Token != nil && s.Call != nil
	switch {
	case id == finding.CheckAssertion && s.Assertion != nil:
		return signed{assertion: s.Assertion}
	case id == finding.CheckAssertion && s.AssertionErr != nil:
		return signed{err: s.AssertionErr}
	case id == finding.CheckNetwork:
		return s.reply()
	case id == finding.CheckToken && (s.Token != nil || s.TokenErr != nil):
		return exchanged{s.Token, s.TokenErr}
	case id == finding.CheckRole && called:
		return s.Token.AccessToken
	case id == finding.CheckAPI && called:
		c := *s.Call
		c.byID, c.own = s.ByID, s.Own
		return []Call{c}
	}
	return nil
}

// reply is what the token request shows about the network. With a token from the cache
// there was no such request; the answer to the call then has the server's clock.
func (s *Seed) reply() reply {
	var refused *netsuite.TokenError
	switch {
	case s.Token != nil && s.Token.Answer != nil:
		return reply{answer: s.Token.Answer, signed: true}
	case s.Token != nil && s.Call != nil && s.Call.Answer != nil:
		return reply{answer: s.Call.Answer, unasked: true}
	case s.Token != nil:
		return reply{answer: &netsuite.Answer{}, unasked: true}
	case errors.As(s.TokenErr, &refused):
		return reply{answer: refused.Answer, signed: true}
	}
	return reply{err: s.TokenErr, unasked: s.TokenErr == nil}
}
