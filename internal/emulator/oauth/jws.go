package oauth

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // links SHA-256
	_ "crypto/sha512" // links SHA-384 and SHA-512
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxJWT is the maximum size of an assertion or access token; real ones have about 1 KB.
const maxJWT = 64 << 10

// jws is a JSON Web Signature in compact form (RFC 7515 section 7.1), parsed and not
// yet verified.
type jws struct {
	header, claims map[string]json.RawMessage
	input          []byte // what was signed
	signature      []byte
	respelled      bool // the text was not base64url, so its signature may be of another text
}

// parseJWS parses a JWS. Its errors never quote the text.
func parseJWS(raw string) (*jws, error) {
	if len(raw) > maxJWT {
		return nil, errors.New("longer than 64 KiB")
	}
	if what := notBare(raw); what != "" {
		return nil, errors.New(what)
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%d parts separated by dots, not three", len(parts))
	}
	out := &jws{input: []byte(parts[0] + "." + parts[1])}
	header, err := decodeSegment(parts[0])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	claims, err := decodeSegment(parts[1])
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	if out.header, err = decodeObject(header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if out.claims, err = decodeObject(claims); err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	// An unsecured JWT has an empty signature (RFC 7519 section 6). Its alg is refused
	// later.
	if alg, _ := stringMember(out.header, "alg"); alg == "none" && parts[2] == "" {
		return out, nil
	}
	if out.signature, err = decodeSegment(parts[2]); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return out, nil
}

// notBare says what a program sent around or instead of a JWS, "" if nothing. The
// standard library would skip line breaks, which RFC 7515 section 2 does not allow.
func notBare(raw string) string {
	switch {
	case raw == "":
		return "empty"
	case strings.Contains(raw, "-----BEGIN "):
		return "a PEM file, with a key or certificate"
	case trimmed(raw) != raw && strings.HasPrefix(strings.ToLower(raw), "bearer"):
		return "it begins with Bearer"
	case strings.ContainsAny(raw, "\"'"):
		return "it has a quotation mark"
	case strings.ContainsAny(raw, " \t\r\n"):
		return "it has a space or line break"
	}
	return ""
}

// trimmed removes what programs put around a JWS by mistake. Such a text is refused,
// but the JWS in it is still judged.
func trimmed(raw string) string {
	raw = strings.TrimSpace(raw)
	if len(raw) > len("Bearer ") && strings.EqualFold(raw[:len("Bearer ")], "Bearer ") {
		raw = raw[len("Bearer "):]
	}
	return strings.Trim(raw, "\"' \t\r\n")
}

// decodeSegment decodes base64url without padding.
func decodeSegment(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	switch {
	case s == "":
		return nil, errors.New("empty")
	case err == nil:
		return b, nil
	case strings.HasSuffix(s, "="):
		return nil, errors.New("ends in =, which is not allowed in a JWT")
	case strings.ContainsAny(s, "+/"):
		return nil, errors.New("has + or /: base64, not base64url")
	}
	return nil, errors.New("not base64url without padding")
}

var errDuplicate = errors.New("duplicate member")

// decodeObject decodes one JSON object without duplicate members (RFC 7515 section 4,
// RFC 7519 section 4).
func decodeObject(data []byte) (map[string]json.RawMessage, error) {
	bad := errors.New("not a JSON object")
	if !utf8.Valid(data) {
		return nil, bad
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, bad
	}
	out := make(map[string]json.RawMessage)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, bad
		}
		key, ok := name.(string)
		if !ok {
			return nil, bad
		}
		if _, there := out[key]; there {
			return nil, errDuplicate
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, bad
		}
		out[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, bad
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, bad
	}
	return out, nil
}

// stringMember is a member that is a JSON string.
func stringMember(members map[string]json.RawMessage, name string) (string, bool) {
	raw, there := members[name]
	if !there || len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// stringArrayMember is a member that is a JSON array of strings.
func stringArrayMember(members map[string]json.RawMessage, name string) ([]string, bool) {
	raw, there := members[name]
	if !there || len(raw) == 0 || raw[0] != '[' {
		return nil, false
	}
	var items []*string // a null would leave a string empty
	if json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	out := make([]string, len(items))
	for i, item := range items {
		if item == nil {
			return nil, false
		}
		out[i] = *item
	}
	return out, true
}

// instant is a member that is a time in seconds, as a plain JSON number, and whether it
// has a fraction.
func instant(members map[string]json.RawMessage, name string) (at time.Time, fraction, ok bool) {
	whole, rest, dot := strings.Cut(string(members[name]), ".")
	if whole == "" || len(whole) > 11 || strings.Trim(whole+rest, "0123456789") != "" || dot && rest == "" {
		return at, false, false // also milliseconds, which have 13 digits
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	nanos, _ := strconv.ParseInt((rest + "000000000")[:9], 10, 64)
	return time.Unix(seconds, nanos), dot, err == nil
}

// notSeconds says why a member is not a time in seconds.
func notSeconds(members map[string]json.RawMessage, name string) string {
	literal := string(members[name])
	whole, _, _ := strings.Cut(literal, ".")
	switch {
	case literal == "":
		return "no " + name
	case literal[0] == '"':
		return name + " is a string; want a number without quotation marks"
	case strings.Trim(whole[:1], "-0123456789") != "":
		return name + " is not a number"
	case len(whole) > 11 && strings.Trim(whole, "0123456789") == "":
		return fmt.Sprintf("%s has %d digits: seconds since 1970 have 10, milliseconds 13", name, len(whole))
	}
	return name + " is not a whole number of seconds"
}

// algorithm is a signature algorithm that NetSuite accepts.
type algorithm struct {
	hash  crypto.Hash
	curve func() elliptic.Curve // nil: RSASSA-PSS
}

// algorithms are those of Oracle NetSuite Help, section_162755359851. RS256, RS384 and
// RS512 are no longer accepted.
var algorithms = map[string]algorithm{
	"PS256": {hash: crypto.SHA256},
	"PS384": {hash: crypto.SHA384},
	"PS512": {hash: crypto.SHA512},
	"ES256": {hash: crypto.SHA256, curve: elliptic.P256},
	"ES384": {hash: crypto.SHA384, curve: elliptic.P384},
	"ES512": {hash: crypto.SHA512, curve: elliptic.P521},
}

// fits reports whether the key is of the algorithm's type and curve.
func (a algorithm) fits(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return a.curve == nil
	case *ecdsa.PublicKey:
		return a.curve != nil && key.Curve == a.curve()
	}
	return false
}

// verify verifies the signature in the one form that the algorithm allows: PSS with a
// salt as long as the hash (RFC 7518 section 3.5), ECDSA as r and s side by side in
// full length (section 3.4).
func (a algorithm) verify(key crypto.PublicKey, input, signature []byte) bool {
	if !a.fits(key) {
		return false
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
		return rsa.VerifyPSS(key, a.hash, a.digest(input), signature, options) == nil
	case *ecdsa.PublicKey:
		size := a.size()
		if len(signature) != 2*size {
			return false
		}
		r := new(big.Int).SetBytes(signature[:size])
		s := new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(key, a.digest(input), r, s)
	}
	return false
}

func (a algorithm) digest(input []byte) []byte {
	h := a.hash.New()
	h.Write(input)
	return h.Sum(nil)
}

// size is the length of r and of s, in bytes.
func (a algorithm) size() int { return (a.curve().Params().BitSize + 7) / 8 }

// blame says why a signature does not verify. It may be the key's in another form,
// which is still refused.
func (a algorithm) blame(name string, key crypto.PublicKey, input, signature []byte) (code, variant, reason string) {
	digest := a.digest(input)
	if variant, reason = notBytes(signature); variant != "" {
		return "assertion.signature-invalid", variant, reason
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		if rsa.VerifyPSS(key, a.hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: a.hash}) == nil {
			return "assertion.salt-length", "", fmt.Sprintf("the salt of the PSS signature is not as long as the hash (%d bytes for %s)", a.hash.Size(), name)
		}
		if rsa.VerifyPKCS1v15(key, a.hash, digest, signature) == nil {
			return "assertion.signature-invalid", "pkcs1", fmt.Sprintf("the signature is PKCS #1 v1.5, as for RS%s; %s is RSA-PSS", name[2:], name)
		}
	case *ecdsa.PublicKey:
		switch {
		case ecdsa.VerifyASN1(key, digest, signature):
			return "assertion.signature-encoding-der", "", fmt.Sprintf("the signature is in DER; %s has r and s side by side, %d bytes", name, 2*a.size())
		case len(signature) != 2*a.size():
			return "assertion.signature-invalid", "length", fmt.Sprintf("the signature has %d bytes; %s has %d", len(signature), name, 2*a.size())
		}
	}
	for what, other := range map[string][]byte{"a line break after them": append(bytes.Clone(input), '\n'), "the claims alone": claimsOf(input), "their SHA-256 hash": a.digestOf(crypto.SHA256, input)} {
		if a.verify(key, other, signature) {
			return "assertion.signature-invalid", "other-input", "the signature is not of the first two parts as they were sent, but of " + what
		}
	}
	return "assertion.signature-invalid", "", "the signature was made with another key than the registered certificate's, or the assertion was changed"
}

// digestOf is the hash of the input, which some programs sign as if it was the input.
func (a algorithm) digestOf(hash crypto.Hash, input []byte) []byte {
	h := hash.New()
	h.Write(input)
	return h.Sum(nil)
}

func claimsOf(input []byte) []byte {
	_, claims, _ := bytes.Cut(input, []byte("."))
	return claims
}

// notBytes recognises a signature that is text: what a program printed in place of the
// signature's bytes.
func notBytes(signature []byte) (variant, reason string) {
	s := strings.ToLower(strings.TrimSpace(string(signature)))
	switch {
	case s == "1" || s == "0" || s == "true" || s == "false":
		return "boolean", "the signature is the text of a boolean"
	case s == "undefined" || s == "null" || s == "none" || strings.HasPrefix(s, "[object ") || strings.HasPrefix(s, "b'") || strings.HasPrefix(s, "<buffer "):
		return "not-bytes", "the signature is the text of a program's value"
	case len(s) >= 96 && strings.Trim(s, "0123456789abcdef: ") == "":
		return "hex", "the signature is hexadecimal text, not bytes"
	case len(s) >= 80 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n") == "":
		return "encoded-twice", "the signature is base64 text that was encoded once more"
	}
	return "", ""
}

// malformedVariants are the variants of assertion.malformed, by a part of the error.
var malformedVariants = []struct{ part, variant string }{
	{"ends in =", "base64-padding"}, {"+ or /", "base64-std"}, {"quotation mark", "quoted"}, {"space or line break", "space"},
	{"Bearer", "bearer-prefix"}, {"PEM", "pem"}, {"parts separated", "parts"}, {"not base64url", "base64"},
}

func malformedVariant(err error) string {
	for _, m := range malformedVariants {
		if strings.Contains(err.Error(), m.part) {
			return m.variant
		}
	}
	return ""
}

// unpadded is the text as base64url without padding, as a program should have written it.
func unpadded(raw string) string {
	return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(raw)
}
