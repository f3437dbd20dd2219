package jwtgen

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// AccessToken is what NetSuite's own access token says (Oracle NetSuite Help,
// page section_158255317571, and the tokens printed on pages of the help). Its
// form is no contract: what is not understood stays empty, and nothing here is
// verified. The token itself is not kept.
type AccessToken struct {
	RoleID, EntityID string
	// ApplicationID is the integration record's UUID.
	ApplicationID string
	// ClientID is the integration's Client ID.
	ClientID string
	// Account is as the token has it, such as 1234567 or 1234567_SB1.
	Account string
	Scope   []string
	// IssuedAt and Expires are zero where the token has none.
	IssuedAt, Expires time.Time
	// Algorithm and KeyID are of NetSuite's signature. Algorithm may be RS256:
	// that rule is for assertions.
	Algorithm, KeyID string
	// Shape says which known form the token has: "2021" (subject
	// "company;?;role;entity;N"), "2026" (subject "role;entity") or "other".
	Shape string
}

// ReadAccessToken reads NetSuite's access token, loosely: space around it, a
// "Bearer" prefix, padding and a missing signature are forgiven. The error is a
// *Fault of kind malformed: the token is opaque, or damaged.
func ReadAccessToken(raw string) (*AccessToken, error) {
	raw = strings.TrimSpace(raw)
	if hasPrefixFold("bearer ")(raw) {
		raw = strings.TrimSpace(raw[len("bearer "):])
	}
	switch {
	case raw == "":
		return nil, fault(KindMalformed, "empty", nil)
	case len(raw) > MaxBytes:
		return nil, fault(KindMalformed, "too-large", evidence{"length": len(raw)})
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 && len(parts) != 2 {
		return nil, fault(KindMalformed, "parts", evidence{"parts": len(parts)})
	}
	header, f := readObject(parts[0], partHeader)
	if f != nil {
		return nil, f
	}
	claims, f := readObject(parts[1], partClaims)
	if f != nil {
		return nil, f
	}
	t := &AccessToken{
		Algorithm: stringMember(header, "alg"),
		KeyID:     stringMember(header, "kid"),
		Scope:     readScope(claims["scope"]),
		IssuedAt:  readTime(claims["iat"]),
		Expires:   readTime(claims["exp"]),
	}
	t.readSubject(stringMember(claims, "sub"))
	t.readAudience(claims["aud"])
	return t, nil
}

// readSubject reads "4030059;0;3;7;N" and "3;-5".
func (t *AccessToken) readSubject(sub string) {
	t.Shape = "other"
	switch fields := strings.Split(sub, ";"); {
	case len(fields) >= 4:
		t.Shape, t.Account, t.RoleID, t.EntityID = "2021", fields[0], fields[2], fields[3]
	case len(fields) == 2:
		t.Shape, t.RoleID, t.EntityID = "2026", fields[0], fields[1]
	}
}

// readAudience tells the members of "aud" apart by their marks, because their
// order is not documented: "app:<UUID>" or "<UUID>;<account>" is the
// application, what has neither mark is the Client ID.
func (t *AccessToken) readAudience(aud any) {
	list, isArray := aud.([]any)
	if !isArray {
		list = []any{aud}
	}
	for _, item := range list {
		s, _ := item.(string)
		app, isApp := strings.CutPrefix(s, "app:")
		app, account, hasAccount := strings.Cut(app, ";")
		switch {
		case hasAccount:
			t.ApplicationID, t.Account = app, account
		case isApp:
			t.ApplicationID = app
		case s != "":
			t.ClientID = s
		}
	}
}

// readScope takes an array, or a string with any of the known separators.
func readScope(v any) []string {
	items, isArray := v.([]any)
	if !isArray {
		items = []any{v}
	}
	var scopes []string
	for _, item := range items {
		if s, ok := item.(string); ok {
			scopes = append(scopes, splitScope(s, map[string]bool{})...)
		}
	}
	return scopes
}

// readTime takes seconds as a number or a string of digits; a fraction is cut.
func readTime(v any) time.Time {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f < outOfRange) { // in this form for NaN's sake
		return time.Time{}
	}
	if f >= milliseconds {
		f /= 1000
	}
	return time.Unix(int64(f), 0).UTC()
}

// readObject decodes one part loosely.
func readObject(part, name string) (map[string]any, *Fault) {
	part = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(part, "="))
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, fault(KindMalformed, "base64", evidence{"part": name})
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, fault(KindMalformed, "json", evidence{"part": name})
	}
	if m == nil {
		return nil, fault(KindMalformed, "not-object", evidence{"part": name})
	}
	return m, nil
}
