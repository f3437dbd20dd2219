package checks

import (
	"context"
	"errors"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/netsuite"
)

// Recorded is what a command already did: the checks judge it and send nothing.
type Recorded struct {
	Key       *keys.Key
	Assertion *jwtgen.Assertion
	Token     *netsuite.Token
	TokenErr  error
	Call      *Call
}

// Call is one API request of a command, and what came of it.
type Call struct {
	Request netsuite.Request
	Answer  *netsuite.Answer
	Err     error
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
	if r.Call != nil && req.URL == r.Call.Request.URL {
		return r.Call.Answer, r.Call.Err
	}
	if !req.AccessToken.IsZero() {
		return nil, errNotSent
	}
	var refused *netsuite.TokenError
	switch {
	case r.Token != nil:
		return r.Token.Answer, nil
	case errors.As(r.TokenErr, &refused):
		return refused.Answer, nil
	case r.TokenErr != nil:
		return nil, r.TokenErr
	}
	return nil, errNotSent
}
