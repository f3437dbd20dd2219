package checks

import (
	"context"
	"errors"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/netsuite"
)

// Seed is what a command sent and received before its checks run. They judge it in
// place of a measurement of their own.
type Seed struct {
	Assertion *jwtgen.Assertion
	Token     *netsuite.Token // its Answer is nil if it comes from the cache
	TokenErr  error
	Call      *Call
	// ByID is the call of [ByID], if it was made because Call needed it.
	ByID *Call
	// Own says that the access token is a person's own: nsauth asked for none, so
	// that there is nothing to say about key, assertion and token request.
	Own bool
}

// Call is one API request, and what came of it.
type Call struct {
	Request netsuite.Request
	Answer  *netsuite.Answer
	Err     error
	// Finding is what is wrong with the call where the answer does not show it.
	Finding *finding.Finding

	took  time.Duration
	probe bool  // only nsauth makes it
	own   bool  // the access token is a person's own
	byID  *Call // settles what two causes of a refusal leave open; nil if it was not made
}

// measured is a check in two steps: measure looks, judge says what it means. A seed
// stands in for measure.
func measured[M any](measure func(context.Context, *inputs) M, judge func(context.Context, *inputs, M) outcome) func(context.Context, *inputs) outcome {
	return func(ctx context.Context, in *inputs) outcome {
		m, seeded := in.seed.(M)
		if !seeded {
			m = measure(ctx, in)
		}
		return judge(ctx, in, m)
	}
}

// seed is what stands in for the measurement of a check; nil lets it measure.
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

// reply is what the token request shows of the way to the server. With a token from
// the cache there was none, and the answer to the call shows the server's clock.
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
