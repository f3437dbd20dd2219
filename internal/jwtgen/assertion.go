package jwtgen

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// Assertion is a decoded client assertion. Header and Claims are not secret, but its
// text is: no formatting prints it, and only Raw returns it. Numbers are
// json.Number, exactly as they were written.
type Assertion struct {
	Header map[string]any
	Claims map[string]any

	// A function, because fmt prints only its address. fmt follows a pointer to a
	// struct when the verb does not fit, and would print the text.
	sealed func() *sealed
}

// sealed holds the text and its parts.
type sealed struct {
	raw        string
	signature  []byte
	duplicates map[string][]string // members that appear twice, by part
	unread     []string            // parts that Read could not decode
}

func newAssertion(raw string, header, claims object, signature []byte, unread ...string) *Assertion {
	s := &sealed{raw, signature, map[string][]string{partHeader: header.duplicates, partClaims: claims.duplicates}, unread}
	return &Assertion{Header: header.members, Claims: claims.members, sealed: func() *sealed { return s }}
}

// Raw is the assertion's text, to be sent. It is a credential until it expires.
func (a *Assertion) Raw() secret.Secret { return secret.New(a.sealed().raw) }

// SHA256 is the hash of the text in hex, a name for this assertion in logs.
func (a *Assertion) SHA256() string {
	sum := sha256.Sum256([]byte(a.sealed().raw))
	return hex.EncodeToString(sum[:])
}

// SigningInput is the signed text: the encoded header and claims (RFC 7515, section
// 5.1). Without the signature it is not a secret.
func (a *Assertion) SigningInput() string {
	return a.sealed().raw[:strings.LastIndexByte(a.sealed().raw, '.')]
}

// Algorithm is the header's "alg", or "" if that is not a string.
func (a *Assertion) Algorithm() string { return stringMember(a.Header, "alg") }

// KeyID is the header's "kid", NetSuite's Certificate ID, or "".
func (a *Assertion) KeyID() string { return stringMember(a.Header, "kid") }

// Issuer is the claim "iss", NetSuite's Client ID, or "".
func (a *Assertion) Issuer() string { return stringMember(a.Claims, "iss") }

// IssuedAt is the claim "iat", if it is a valid time.
func (a *Assertion) IssuedAt() (time.Time, bool) { return a.Time("iat") }

// Expires is the claim "exp", if it is a valid time.
func (a *Assertion) Expires() (time.Time, bool) { return a.Time("exp") }

// Lifetime is exp - iat, if both are valid times.
func (a *Assertion) Lifetime() (time.Duration, bool) {
	iat, hasIssued := a.IssuedAt()
	exp, hasExpiry := a.Expires()
	if !hasIssued || !hasExpiry {
		return 0, false
	}
	return exp.Sub(iat), true
}

// Time is the claim "iat", "exp" or "nbf", if it is a valid time.
func (a *Assertion) Time(claim string) (time.Time, bool) {
	return timeOf(a.Claims[claim])
}

func stringMember(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// IsAccessToken recognises a NetSuite access token in place of an assertion. It needs
// two of four marks, because each alone is also a known mistake in assertions: an
// https issuer, a subject such as "3;-5" (role;entity), the claim "oit", and the key
// ID of a NetSuite signing key (Oracle NetSuite Help, page section_158255317571, and
// the tokens printed in the help).
func (a *Assertion) IsAccessToken() bool {
	_, oit := a.Claims["oit"]
	marks := 0
	for _, mark := range []bool{
		strings.HasPrefix(a.Issuer(), "https://"),
		strings.Contains(stringMember(a.Claims, "sub"), ";"),
		oit,
		signingKeyID().MatchString(a.KeyID()),
	} {
		if mark {
			marks++
		}
	}
	return marks >= 2
}

// signingKeyID matches "s.SYSTEM.2020_1" and "c.1234567.2026-01-18_02-18-17".
var signingKeyID = text.Regexp(`(?s)^[sc]\..*\.`)

// String names the assertion by its hash.
func (a *Assertion) String() string {
	if a == nil || a.sealed == nil {
		return "assertion(none)"
	}
	return "assertion(sha256 " + a.SHA256() + ")"
}

// Format prints String for every verb.
func (a *Assertion) Format(s fmt.State, _ rune) { fmt.Fprint(s, a.String()) }

// LogValue logs String.
func (a *Assertion) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalJSON writes header and claims without the signature.
func (a *Assertion) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Header map[string]any `json:"header"`
		Claims map[string]any `json:"claims"`
	}{a.Header, a.Claims})
}
