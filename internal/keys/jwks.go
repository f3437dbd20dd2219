package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"

	"github.com/nsauth/nsauth/internal/text"
)

// SetKey is one public key of a JWK Set. Private members are never read.
type SetKey struct {
	ID        string // "kid", or ""
	Algorithm string // "alg", or ""
	// Public is an *rsa.PublicKey or *ecdsa.PublicKey; nil for other keys, such as a
	// shared secret.
	Public crypto.PublicKey
}

// Bounds of a JWK Set. NetSuite's has a few keys of 4096 bits.
const (
	maxSetKeys = 100
	maxSetBits = 8192
)

// SetError says why a JWK Set cannot be used: Reason is not-json, not-a-set, no-keys,
// too-many-keys or too-large.
type SetError struct{ Reason string }

func (e *SetError) Error() string { return "JWK Set: " + e.Reason }

// ParseJWKS reads a JWK Set (RFC 7517, section 5), or a single JWK, of at most
// MaxFileBytes. The error is a *SetError.
func ParseJWKS(data []byte) ([]SetKey, error) {
	if len(data) > MaxFileBytes {
		return nil, &SetError{"too-large"}
	}
	data = text.TrimBOM(data)
	var set struct {
		Keys []json.RawMessage `json:"keys"`
		Type string            `json:"kty"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		if json.Valid(data) {
			return nil, &SetError{"not-a-set"}
		}
		return nil, &SetError{"not-json"}
	}
	switch {
	case set.Keys == nil && set.Type != "":
		set.Keys = []json.RawMessage{data}
	case set.Keys == nil:
		return nil, &SetError{"not-a-set"}
	case len(set.Keys) > maxSetKeys:
		return nil, &SetError{"too-many-keys"}
	}
	var keys []SetKey
	usable := false
	for _, raw := range set.Keys {
		k := parseJWK(raw)
		usable = usable || k.Public != nil
		keys = append(keys, k)
	}
	if !usable {
		return nil, &SetError{"no-keys"}
	}
	return keys, nil
}

// parseJWK reads one JWK (RFC 7518, section 6). For a key that it does not understand
// Public is nil: the other keys of the set stay usable (RFC 7517, section 5).
func parseJWK(data []byte) SetKey {
	var k struct{ Kty, Kid, Alg, Use, Crv, N, E, X, Y string }
	if json.Unmarshal(data, &k) != nil {
		return SetKey{}
	}
	out := SetKey{ID: k.Kid, Algorithm: k.Alg}
	if k.Use == "enc" {
		return out
	}
	switch k.Kty {
	case "RSA":
		n, e := number(k.N), number(k.E)
		if n != nil && e != nil && n.BitLen() <= maxSetBits && n.BitLen() > 1 && e.BitLen() <= 31 {
			out.Public = &rsa.PublicKey{N: n, E: int(e.Int64())}
		}
	case "EC":
		if public := ecPoint(k.Crv, k.X, k.Y); public != nil {
			out.Public = public
		}
	}
	return out
}

// number reads a Base64urlUInt (RFC 7518, section 2); nil for an invalid one.
func number(s string) *big.Int {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) == 0 || len(b) > maxSetBits/8+1 {
		return nil
	}
	return new(big.Int).SetBytes(b)
}

// ecPoint is the point of a known curve; nil for one that is not on its curve.
func ecPoint(name, x, y string) *ecdsa.PublicKey {
	curve, known := ecCurves[name]
	if !known {
		return nil
	}
	size := (curve.Params().BitSize + 7) / 8
	point := make([]byte, 1+2*size)
	point[0] = 4 // uncompressed, SEC 1 section 2.3.3
	for i, s := range []string{x, y} {
		n := number(s)
		if n == nil || (n.BitLen()+7)/8 > size {
			return nil
		}
		n.FillBytes(point[1+i*size : 1+(i+1)*size])
	}
	public, _ := ecdsa.ParseUncompressedPublicKey(curve, point)
	return public
}
