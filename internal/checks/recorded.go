package checks

import (
	"context"
	"errors"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/netsuite"
)

// Recorded is what a command already did: the checks judge it and send nothing.
type Recorded struct {
	Key       *keys.Key
	Assertion *jwtgen.Assertion
	Token     *netsuite.Token // its Answer is nil if it comes from the cache
	TokenErr  error
	Attempts  []finding.TokenAttempt
	Call      *Call
	// ByID is the call of [ByID], if it was made because Call needed it.
	ByID *Call
	// Own says that the access token is a person's own: nsauth asked for none, so
	// that there is nothing to say about key, assertion and token request.
	Own bool
}

// cached reports whether the token was not asked for by this command.
func (r *Recorded) cached() bool { return r != nil && r.Token != nil && r.Token.Answer == nil }

// called reports whether a call was made, or about to be: with a token, whatever the
// checks before it make of the profile.
func (r *Recorded) called() bool { return r != nil && r.Token != nil && (r.Own || r.Call != nil) }

// reached is what stands for the network check's answer when the token comes from
// the cache: the answer to the call, if there is one.
func (r *Recorded) reached() *netsuite.Answer {
	if r.Call != nil && r.Call.Answer != nil {
		return r.Call.Answer
	}
	return &netsuite.Answer{}
}

// Call is one API request of a command, and what came of it.
type Call struct {
	Request netsuite.Request
	Answer  *netsuite.Answer
	Err     error
	// Finding is what is wrong with the call where the answer does not show it.
	Finding *finding.Finding
}

// errNotSent says that a command did not make a request that a check asks for.
var errNotSent = errors.New("this request was not made")

// Exchange returns the recorded outcome.
func (r *Recorded) Exchange(context.Context, string) (*netsuite.Token, error) {
	if r.Token == nil && r.TokenErr == nil {
		return nil, errNotSent
	}
	return r.Token, r.TokenErr
}

// Do returns the recorded call, or, for the probe without a token, what the
// token endpoint answered: either shows that the server is there.
func (r *Recorded) Do(_ context.Context, req netsuite.Request) (*netsuite.Answer, error) {
	for _, c := range []*Call{r.Call, r.ByID} {
		if c != nil && req.URL == c.Request.URL {
			return c.Answer, c.Err
		}
	}
	if !req.AccessToken.IsZero() {
		return nil, errNotSent
	}
	var refused *netsuite.TokenError
	switch {
	case r.Token != nil && r.Token.Answer != nil:
		return r.Token.Answer, nil
	case errors.As(r.TokenErr, &refused):
		return refused.Answer, nil
	case r.TokenErr != nil:
		return nil, r.TokenErr
	}
	return nil, errNotSent
}
