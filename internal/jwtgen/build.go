package jwtgen

import (
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

// DefaultLifetime is exp - iat when nothing else is asked for: far below
// NetSuite's limit of 60 minutes, and long enough for one request by a slow
// clock.
const DefaultLifetime = 300 * time.Second

// Params is what an assertion says. Empty strings and lists are left out of it,
// so that a faulty assertion can be made on purpose; Judge is what objects.
type Params struct {
	// Algorithm is the "alg". Empty means the one that fits the key. RS256 is
	// used only when it is named here.
	Algorithm string
	// KeyID is the "kid": NetSuite's Certificate ID.
	KeyID string
	// Issuer is the "iss": NetSuite's Client ID.
	Issuer string
	// Audience is the "aud": the token endpoint.
	Audience string
	// Subject and JTI are "sub" and "jti": for servers other than NetSuite, which
	// does not document them.
	Subject, JTI string
	// Scope becomes one string if it is one scope, an array if there are several,
	// unless ScopeFormat says otherwise.
	Scope       []string
	ScopeFormat ScopeFormat
	// IssuedAt is the "iat", cut to whole seconds. It must be set.
	IssuedAt time.Time
	// Lifetime is exp - iat, cut to whole seconds; zero means DefaultLifetime.
	Lifetime time.Duration
	// Claims are added to the claims, or take the place of one, as they are: for
	// experiments. A value may be a json.RawMessage, which has to be valid.
	Claims map[string]any
	// PSSHash is the one hash that an RSA-PSS key may be used with; 0 means any.
	PSSHash crypto.Hash
}

// ScopeFormat is how the claim "scope" is written.
type ScopeFormat string

// The formats. Oracle's help speaks of commas and shows an array (pages
// section_162790605110 and section_162755359851); ScopeString joins by spaces, as
// RFC 6749, section 3.3, does.
const (
	ScopeAuto   ScopeFormat = ""
	ScopeString ScopeFormat = "string"
	ScopeArray  ScopeFormat = "array"
	ScopeComma  ScopeFormat = "comma"
)

// Build makes and signs an assertion. It refuses only what cannot be signed: an
// algorithm it does not know (alg-unsupported), a key that does not go with it
// or does not sign (alg-key-mismatch), no IssuedAt (time-claim-invalid), a
// result longer than MaxBytes (malformed). The error is a *Fault.
func Build(p Params, signer crypto.Signer) (*Assertion, error) {
	if isNilSigner(signer) {
		return nil, fault(KindAlgKeyMismatch, "no-key", nil)
	}
	alg, err := p.algorithm(signer.Public())
	if err != nil {
		return nil, err
	}
	if p.IssuedAt.IsZero() {
		return nil, fault(KindTimeClaimInvalid, "missing", evidence{"claim": "iat"})
	}
	token := p.token(alg)
	raw, err := token.SignedString(signer)
	if err != nil {
		return nil, signingFault(alg, signer.Public(), err)
	}
	a, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Draft makes everything of an assertion but the signature, which is left empty:
// no key is needed. p.Algorithm has to be set. The errors are those of Build.
func Draft(p Params) (*Assertion, error) {
	alg, known := lookupAlgorithm(p.Algorithm)
	if !known || !alg.buildable {
		return nil, notBuildable(p.Algorithm)
	}
	if p.IssuedAt.IsZero() {
		return nil, fault(KindTimeClaimInvalid, "missing", evidence{"claim": "iat"})
	}
	token := p.token(alg)
	input, err := token.SigningString()
	if err != nil {
		return nil, fault(KindMalformed, "json", evidence{"part": partClaims})
	}
	a, err := Parse(input + ".")
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (p Params) token(alg algorithm) jwt.Token {
	return jwt.Token{Method: signingMethod{alg}, Header: p.header(alg.name), Claims: p.claims()}
}

func notBuildable(name string) *Fault {
	f := algorithmFault(map[string]any{"alg": name})
	if f.Kind == KindAlgDeprecated { // RS384 and RS512 are verified, never made
		f.Kind, f.Reason = KindAlgUnsupported, "other"
	}
	return f
}

// algorithm finds the algorithm to sign with, and that the key can do it.
func (p Params) algorithm(pub crypto.PublicKey) (algorithm, error) {
	name := p.Algorithm
	if name == "" {
		var err error
		if name, err = AlgorithmFor(pub, p.PSSHash); err != nil {
			return algorithm{}, err
		}
	}
	alg, known := lookupAlgorithm(name)
	if !known || !alg.buildable {
		return algorithm{}, notBuildable(name)
	}
	if f := describeKey(pub).mismatch(alg); f != nil {
		return algorithm{}, f
	}
	return alg, nil
}

func (p Params) header(alg string) map[string]any {
	h := map[string]any{"typ": "JWT", "alg": alg}
	put(h, "kid", p.KeyID)
	return h
}

func (p Params) claims() jwt.MapClaims {
	lifetime := p.Lifetime
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
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

// NewID makes a value for "jti" that no other assertion has: 128 random bits in
// base64url (RFC 7519, section 4.1.7).
func NewID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(rand.Reader, b[:]); err != nil {
		return "", fmt.Errorf("make a jti: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// signingFault is what a signer's refusal means.
func signingFault(alg algorithm, pub crypto.PublicKey, err error) *Fault {
	f := fault(KindAlgKeyMismatch, "signing-failed", describeKey(pub).evidence(evidence{"alg": alg.name}))
	if errors.Is(err, rsa.ErrMessageTooLong) {
		f.Reason = "key-too-small"
	}
	f.Err = err
	return f
}
