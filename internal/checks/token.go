package checks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// exchanged is what the check "token" judges: the result of the token request.
type exchanged struct {
	token *netsuite.Token
	err   error
}

func exchange(ctx context.Context, in *inputs) exchanged {
	ctx, cancel := context.WithTimeout(ctx, exchangeLimit)
	defer cancel()
	a, _ := productOf[*jwtgen.Assertion](in, finding.CheckAssertion)
	t, err := in.job.Client.Exchange(ctx, a.Raw().Reveal())
	return exchanged{t, err}
}

func judgeToken(ctx context.Context, in *inputs, e exchanged) outcome {
	t := e.token
	if t != nil && t.Answer == nil {
		return in.cachedToken(t)
	}
	var facts finding.TokenFacts
	if e.err != nil {
		var refused *netsuite.TokenError
		if errors.As(e.err, &refused) {
			facts.Status, facts.Error = &refused.Answer.Status, finding.Optional(refused.Code)
			facts.At = answeredAt(refused.Answer)
		}
		if refused != nil && !in.job.Profile.Server.NetSuite {
			return outcome{facts: facts, findings: []finding.Finding{fault.OfToken(refused, "foreign-server")}}
		}
		o := outcome{facts: facts, findings: in.requestFailed(ctx, in.job.Profile.TokenURL, e.err)}
		if refused != nil {
			o.refused = &sentRequest{refused.Answer.Sent, fault.PathOf(in.job.Profile.TokenURL)}
		}
		return o
	}
	facts.Status, facts.At = &t.Answer.Status, answeredAt(t.Answer)
	o := outcome{product: t, summary: "issued"}
	if t.ExpiresIn > 0 {
		s := int64(t.ExpiresIn / time.Second)
		facts.ExpiresIn = &s
		o.summary = "issued, expires in " + text.Age(t.ExpiresIn)
	}
	o.facts = facts
	return o
}

// answeredAt is when the server answered: by its own clock, so that the entry in its
// log can be found, else by this machine's.
func answeredAt(a *netsuite.Answer) *string {
	at, ok := a.Date()
	if !ok {
		at = a.Received
	}
	text := text.UTC(at)
	return &text
}

// cachedToken describes a token from an earlier run.
func (in *inputs) cachedToken(t *netsuite.Token) outcome {
	seconds, at, now := int64(t.ExpiresIn/time.Second), text.UTC(t.Received), in.job.World.Now()
	facts := finding.TokenFacts{ExpiresIn: &seconds, At: &at, Cached: true}
	return outcome{product: t, facts: facts, summary: fmt.Sprintf("from the token cache: issued %s ago, expires in %s",
		text.Age(now.Sub(t.Received)), text.Age(t.Expiry().Sub(now)))}
}
