package netsuite

import (
	"context"
	"crypto"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/nsid"
)

// Credentials identify a program: an integration, a certificate that is mapped to
// it, and the certificate's private key.
type Credentials struct {
	ClientID      string // the integration's Client ID, the claim "iss"
	CertificateID string // of the mapping in this account, the header's "kid"
	// Key signs: a *rsa.PrivateKey, a *ecdsa.PrivateKey, or a key in a KMS, an HSM
	// or an agent. Several goroutines may use it.
	Key crypto.Signer
	// Algorithm is PS256, PS384, PS512, ES256, ES384 or ES512; if it is empty, the
	// one that fits the key.
	Algorithm string
	Scope     []string // rest_webservices if empty, unless Generic
	Audience  string   // the token endpoint if empty
	// Lifetime of an assertion; 0 means five minutes. NetSuite accepts at most an
	// hour, and Oracle's pages disagree about exactly an hour.
	Lifetime time.Duration
	// Generic is for authorization servers other than NetSuite. The assertion gets
	// the claims "sub" (the client ID) and "jti" (RFC 7523, section 3), and
	// CertificateID may be empty. Such servers read the scope from the request: see
	// [Options].
	Generic bool
}

// SignError says that an assertion could not be made: the key does not fit the
// algorithm, or signing failed.
type SignError struct {
	// Kind is alg-key-mismatch, alg-unsupported, alg-deprecated, malformed (the result
	// would be too long) or no-randomness.
	Kind   string
	Reason string // refines it, such as no-key or signing-failed
	Err    error  // the cause; it wraps the signer's own error
}

func (e *SignError) Error() string {
	return "the client assertion could not be signed: " + strings.TrimSuffix(e.Kind+", "+e.Reason, ", ")
}

func (e *SignError) Unwrap() error { return e.Err }

// TokenSource makes a source that signs an assertion with cr for each token
// request and reports to Observe of [Options]. The error is a [*ValueError].
func (c *Client) TokenSource(cr Credentials, o SourceOptions) (*TokenSource, error) {
	switch {
	case c.tokenURL == nil:
		return nil, &ValueError{Name: "TokenURL", Reason: "missing"}
	case cr.ClientID == "":
		return nil, &ValueError{Name: "ClientID", Reason: "missing"}
	case cr.CertificateID == "" && !cr.Generic:
		return nil, &ValueError{Name: "CertificateID", Reason: "missing"}
	case cr.Key == nil:
		return nil, &ValueError{Name: "Key", Reason: "missing"}
	case cr.Algorithm != "" && !cr.Generic && !slices.Contains(jwtgen.Algorithms(), cr.Algorithm):
		return nil, &ValueError{Name: "Algorithm", Reason: "not-taken"}
	case cr.Lifetime < 0 || !cr.Generic && cr.Lifetime > time.Hour:
		return nil, &ValueError{Name: "Lifetime", Reason: "not-taken"}
	}
	if cr.Audience == "" {
		cr.Audience = c.tokenURL.String()
	}
	if o.Now == nil {
		o.Now = c.now
	}
	if o.Observe == nil {
		o.Observe = c.observe
	}
	return NewTokenSource(func(ctx context.Context) (*Token, error) {
		assertion, err := cr.assertion(c.now())
		if err != nil {
			return nil, err
		}
		return c.Exchange(ctx, assertion)
	}, o), nil
}

// assertion signs a new assertion.
func (cr Credentials) assertion(now time.Time) (string, error) {
	p := jwtgen.Params{Algorithm: cr.Algorithm, KeyID: cr.CertificateID, Issuer: cr.ClientID, Audience: cr.Audience,
		Scope: cr.Scope, IssuedAt: now, Lifetime: cr.Lifetime}
	switch {
	case cr.Generic:
		id, err := jwtgen.NewID()
		if err != nil {
			return "", &SignError{Kind: "no-randomness", Err: err}
		}
		p.Subject, p.JTI = cr.ClientID, id
	case len(cr.Scope) == 0:
		p.Scope = []string{nsid.DefaultScope}
	}
	a, err := jwtgen.Build(p, cr.Key)
	if err != nil {
		e := &SignError{Err: err}
		if f := (*jwtgen.Fault)(nil); errors.As(err, &f) {
			e.Kind, e.Reason = string(f.Kind), f.Reason
		}
		return "", e
	}
	return a.Raw().Reveal(), nil
}
