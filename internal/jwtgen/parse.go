package jwtgen

import (
	"encoding/base64"
	"slices"
	"strings"
)

// MaxBytes bounds the text of a JWT. A real assertion has under 2 KiB; web
// servers refuse headers and forms long before this.
const MaxBytes = 64 << 10

// The parts of a JWS in compact form (RFC 7515, section 7.1), as evidence names
// them.
const (
	partHeader    = "header"
	partClaims    = "claims"
	partSignature = "signature"
)

// notJWT are texts that people paste instead of a JWT. The first match is the reason.
var notJWT = []struct {
	reason  string
	matches func(string) bool
}{
	{"empty", func(s string) bool { return strings.TrimSpace(s) == "" }},
	{"too-large", func(s string) bool { return len(s) > MaxBytes }},
	{"pem", func(s string) bool { return strings.Contains(s, "-----BEGIN") }},
	{"bearer-prefix", hasPrefixFold("bearer ", "authorization:")},
	{"form-parameter", hasPrefixFold("client_assertion=", "assertion=", "grant_type=", "client_assertion_type=", "access_token=")},
	{"shortened", func(s string) bool {
		return beginsLikeJWT(s) && (strings.Contains(s, "...") || strings.Contains(s, "…"))
	}},
	{"json-document", func(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), "{") }},
	{"quoted", func(s string) bool { return beginsLikeJWT(s) && strings.ContainsAny(s, "\"'`") }},
	{"space", func(s string) bool { return beginsLikeJWT(s) && strings.ContainsAny(s, " \t\r\n\v\f") }},
}

// beginsLikeJWT reports whether a text begins like a JWT: with { and ", a line break
// or } in base64, after any quotation marks.
func beginsLikeJWT(s string) bool {
	s = strings.TrimLeft(s, "\"'` \t\r\n\v\f")
	return strings.HasPrefix(s, "ey") || strings.HasPrefix(s, "ew") || strings.HasPrefix(s, "e3")
}

func hasPrefixFold(prefixes ...string) func(string) bool {
	return func(s string) bool {
		s = strings.TrimSpace(s)
		for _, p := range prefixes {
			if len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
				return true
			}
		}
		return false
	}
}

// Parse decodes a JWS in compact form (RFC 7515, section 7.1): three parts of unpadded
// canonical base64url, the first two JSON objects. It is strict and repairs nothing,
// not even white space at the end. It neither verifies nor judges.
//
// The error is a *Fault of kind malformed that names the part and the offset, never
// the text.
func Parse(raw string) (*Assertion, error) {
	for _, t := range notJWT {
		if t.matches(raw) {
			return nil, fault(KindMalformed, t.reason, evidence{"length": len(raw)})
		}
	}
	a, f := parse(raw)
	if f == nil {
		return a, nil
	}
	return nil, f
}

func parse(raw string) (*Assertion, *Fault) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		reason := "parts"
		switch {
		case !beginsLikeJWT(raw):
			reason = "no-jwt"
		case len(parts) == 5 && isJWE(parts[0]):
			reason = "encrypted"
		}
		return nil, fault(KindMalformed, reason, evidence{"parts": len(parts), "length": len(raw)})
	}
	header, f := parseObject(parts[0], partHeader)
	if f != nil && f.Reason == "base64" && !beginsLikeJWT(raw) {
		return nil, fault(KindMalformed, "no-jwt", evidence{"parts": len(parts), "length": len(raw)})
	}
	if f != nil {
		return nil, f
	}
	claims, f := parseObject(parts[1], partClaims)
	if f != nil {
		return nil, f
	}
	signature, f := decodePart(parts[2], partSignature)
	if f != nil {
		return nil, f
	}
	return newAssertion(raw, header, claims, signature), nil
}

// isJWE recognises the header of an encrypted JWT (RFC 7516, section 4.1.2).
func isJWE(header string) bool {
	o, _ := parseObject(header, partHeader)
	_, encrypted := o.members["enc"]
	return encrypted
}

// Read decodes as much as possible of a text that Parse rejects, and returns all the
// faults at once. It ignores padding, the standard alphabet, trailing bits and parts
// after the third. Without a header the assertion is nil. Claims or a signature that
// cannot be read are not judged.
func Read(raw string) (*Assertion, []*Fault) {
	a, err := Parse(raw)
	if err == nil {
		return a, nil
	}
	first := err.(*Fault)
	parts := strings.Split(raw, ".")
	if len(parts) < 2 || slices.Contains([]string{"too-large", "pem", "json-document", "encrypted", "shortened", "no-jwt"}, first.Reason) {
		return nil, []*Fault{first}
	}
	further := len(parts) > 3
	var faults []*Fault
	if _, aPart := first.Evidence["part"]; !aPart {
		faults = append(faults, first)
	}
	parts = append(parts, "")[:3]
	var objects [2]object
	var unread []string
	for i, name := range []string{partHeader, partClaims} {
		data, f := readPart(parts[i], name)
		if f != nil {
			faults = append(faults, f)
		}
		o, reason, offset := decodeObject(data)
		if data == nil || reason != "" {
			unread = append(unread, name)
		}
		if data != nil && reason != "" {
			faults = append(faults, fault(KindMalformed, reason, evidence{"part": name, "offset": offset}))
		}
		objects[i] = o
	}
	signature, f := readPart(parts[2], partSignature)
	if word := wordFault(parts[2]); f != nil && word != nil {
		f = word
	}
	if f != nil {
		faults = append(faults, f)
	}
	if signature == nil || further { // with further parts it is unclear which is the signature
		unread = append(unread, partSignature)
	}
	if objects[0].members == nil {
		return nil, faults
	}
	return newAssertion(strings.Join(parts, "."), objects[0], objects[1], signature, unread...), faults
}

// readPart decodes a part in spite of a base64 fault, which it returns. The data is
// nil if that is impossible.
func readPart(part, name string) ([]byte, *Fault) {
	data, f := decodePart(part, name)
	if f == nil {
		return data, nil
	}
	loose := strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(part, "="))
	if reason, _ := base64Fault(loose); reason != "" {
		return nil, f
	}
	data, err := base64.RawURLEncoding.DecodeString(loose)
	if err != nil {
		return nil, f
	}
	return data, f
}

// parseObject decodes the JSON object in one part.
func parseObject(part, name string) (object, *Fault) {
	data, f := decodePart(part, name)
	if f != nil {
		return object{}, f
	}
	o, reason, offset := decodeObject(data)
	if reason != "" {
		return object{}, fault(KindMalformed, reason, evidence{"part": name, "offset": offset})
	}
	return o, nil
}

// decodePart decodes base64url as in RFC 7515: without padding, other characters, line
// breaks (Go's decoder skips them) and trailing bits. The fault's offset counts bytes
// of the encoded part.
func decodePart(part, name string) ([]byte, *Fault) {
	if reason, offset := base64Fault(part); reason != "" {
		return nil, fault(KindMalformed, reason, evidence{"part": name, "offset": offset})
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		// The alphabet and the length are valid, so it is the last character.
		return nil, fault(KindMalformed, "base64-trailing-bits", evidence{"part": name, "offset": len(part) - 1})
	}
	return data, nil
}

// base64Fault finds the first invalid character, or an invalid length.
func base64Fault(part string) (reason string, offset int) {
	for i := range len(part) {
		switch c := part[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		case c == '=':
			return "base64-padding", i
		case c == '+', c == '/':
			return "base64-std", i
		default:
			return "base64", i
		}
	}
	if len(part)%4 == 1 {
		return "base64", len(part)
	}
	return "", 0
}
