package jwtgen

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// AccessToken is the content of a NetSuite access token (Oracle NetSuite Help,
// page section_158255317571, and the tokens printed on pages of the help). The form
// may change: unknown parts stay empty. Nothing here is verified, and the token
// itself is not kept.
type AccessToken struct {
	RoleID, EntityID string
	// ApplicationID is the integration record's UUID.
	ApplicationID string
	// ClientID is the integration's Client ID.
	ClientID string
	// Account is as in the token, such as 1234567 or 1234567_SB1.
	Account string
	Scope   []string
	// IssuedAt and Expires are zero if the token has none.
	IssuedAt, Expires time.Time
	// Algorithm and KeyID belong to NetSuite's signature. RS256 is valid here; only
	// assertions must not use it.
	Algorithm, KeyID string
	// Shape is the form of the token: "2021" (subject "company;?;role;entity;N"),
	// "2026" (subject "role;entity") or "other".
	Shape string
}

// ReadAccessToken reads a NetSuite access token. It allows surrounding space, a
// "Bearer" prefix, padding and a missing signature. The error is a *Fault of kind
// malformed: the token is opaque, or damaged.
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

// readAudience reads the items of "aud" by their form, because their order is not
// documented: "app:<UUID>" or "<UUID>;<account>" is the application, and any other
// text is the Client ID.
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

// readScope reads an array, or a string with any of the known separators.
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

// readTime reads seconds, from a number or a string of digits, without the fraction.
func readTime(v any) time.Time {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f < outOfRange) { // written so that it is true for NaN
		return time.Time{}
	}
	if f >= milliseconds {
		f /= 1000
	}
	return time.Unix(int64(f), 0).UTC()
}

// readObject decodes one part of a token.
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
