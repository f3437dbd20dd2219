package jwtgen

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DefaultLifetime is the default of exp - iat: far below NetSuite's limit of 60
// minutes, and long enough for a request with a slow clock.
const DefaultLifetime = 300 * time.Second

// Params is the content of an assertion. Empty strings and lists are left out, so
// that a faulty assertion can be made on purpose; Judge finds the faults.
type Params struct {
	// Algorithm is the "alg"; empty means the one that fits the key. RS256 must be
	// named.
	Algorithm string
	// KeyID is the "kid": NetSuite's Certificate ID.
	KeyID string
	// Issuer is the "iss": NetSuite's Client ID.
	Issuer string
	// Audience is the "aud": the token endpoint.
	Audience string
	// Subject and JTI are "sub" and "jti", for servers other than NetSuite. NetSuite
	// does not document them.
	Subject, JTI string
	// Scope becomes a string for one scope and an array for several, unless
	// ScopeFormat is set.
	Scope       []string
	ScopeFormat ScopeFormat
	// IssuedAt is the "iat", truncated to seconds. It must be set.
	IssuedAt time.Time
	// Lifetime is exp - iat, truncated to seconds; zero means DefaultLifetime.
	Lifetime time.Duration
	// Claims are added to the other claims or replace them, for experiments. A
	// json.RawMessage must be valid.
	Claims map[string]any
	// PSSHash is the one hash that an RSA-PSS key allows; 0 means any.
	PSSHash crypto.Hash
}

// ScopeFormat is how the claim "scope" is written.
type ScopeFormat string

// The formats. Oracle's help describes commas and shows an array (pages
// section_162790605110 and section_162755359851). ScopeString separates by spaces, as
// in RFC 6749, section 3.3.
const (
	ScopeAuto   ScopeFormat = ""
	ScopeString ScopeFormat = "string"
	ScopeArray  ScopeFormat = "array"
	ScopeComma  ScopeFormat = "comma"
)

// Build makes and signs an assertion. The error is a *Fault for what cannot be
// signed: an unknown algorithm (alg-unsupported), a key that does not fit or does not
// sign (alg-key-mismatch), a missing IssuedAt (time-claim-invalid), or a result longer
// than MaxBytes (malformed).
func Build(p Params, signer crypto.Signer) (*Assertion, error) {
	if isNilSigner(signer) {
		return nil, fault(KindAlgKeyMismatch, "no-key", nil)
	}
	alg, err := p.algorithm(signer.Public())
	if err != nil {
		return nil, err
	}
	token, err := p.token(alg)
	if err != nil {
		return nil, err
	}
	raw, err := token.SignedString(signer)
	if err != nil {
		return nil, signingFault(alg, signer.Public(), err)
	}
	return Parse(raw)
}

// Draft makes an assertion with an empty signature, without a key. p.Algorithm must be
// set. The errors are those of Build.
func Draft(p Params) (*Assertion, error) {
	alg, err := buildable(p.Algorithm)
	if err != nil {
		return nil, err
	}
	token, err := p.token(alg)
	if err != nil {
		return nil, err
	}
	input, err := token.SigningString()
	if err != nil {
		return nil, fault(KindMalformed, "json", evidence{"part": partClaims})
	}
	return Parse(input + ".")
}

func (p Params) token(alg algorithm) (*jwt.Token, error) {
	if p.IssuedAt.IsZero() {
		return nil, fault(KindTimeClaimInvalid, "missing", evidence{"claim": "iat"})
	}
	header := map[string]any{"typ": "JWT", "alg": alg.name}
	put(header, "kid", p.KeyID)
	return &jwt.Token{Method: signingMethod{alg}, Header: header, Claims: p.claims()}, nil
}

// buildable finds an algorithm that Build can use.
func buildable(name string) (algorithm, error) {
	if alg, known := lookupAlgorithm(name); known && alg.buildable {
		return alg, nil
	}
	f := algorithmFault(map[string]any{"alg": name})
	if f.Kind == KindAlgDeprecated { // RS384 and RS512 are only verified
		f.Kind, f.Reason = KindAlgUnsupported, "other"
	}
	return algorithm{}, f
}

// algorithm finds the algorithm to sign with, and checks that the key fits it.
func (p Params) algorithm(pub crypto.PublicKey) (algorithm, error) {
	name := p.Algorithm
	if name == "" {
		var err error
		if name, err = AlgorithmFor(pub, p.PSSHash); err != nil {
			return algorithm{}, err
		}
	}
	alg, err := buildable(name)
	if err != nil {
		return algorithm{}, err
	}
	if f := describeKey(pub).mismatch(alg); f != nil {
		return algorithm{}, f
	}
	return alg, nil
}

func (p Params) claims() jwt.MapClaims {
	lifetime := cmp.Or(p.Lifetime, DefaultLifetime)
	iat := p.IssuedAt.Unix()
	c := jwt.MapClaims{"iat": iat, "exp": iat + int64(lifetime/time.Second)}
	put(c, "iss", p.Issuer)
	put(c, "aud", p.Audience)
	put(c, "sub", p.Subject)
	put(c, "jti", p.JTI)
	if len(p.Scope) > 0 {
		c["scope"] = p.scope()
	}
	maps.Copy(c, p.Claims)
	return c
}

func (p Params) scope() any {
	switch {
	case p.ScopeFormat == ScopeString, p.ScopeFormat == ScopeAuto && len(p.Scope) == 1:
		return strings.Join(p.Scope, " ")
	case p.ScopeFormat == ScopeComma:
		return strings.Join(p.Scope, ",")
	}
	return p.Scope
}

func put(m map[string]any, name, value string) {
	if value != "" {
		m[name] = value
	}
}

// NewID makes a unique value for "jti": 128 random bits in base64url (RFC 7519,
// section 4.1.7).
func NewID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(rand.Reader, b[:]); err != nil {
		return "", fmt.Errorf("make a jti: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// signingFault is the fault for a signer's error.
func signingFault(alg algorithm, pub crypto.PublicKey, err error) *Fault {
	f := fault(KindAlgKeyMismatch, "signing-failed", describeKey(pub).evidence(evidence{"alg": alg.name}))
	if errors.Is(err, rsa.ErrMessageTooLong) {
		f.Reason = "key-too-small"
	}
	f.Err = err
	return f
}
