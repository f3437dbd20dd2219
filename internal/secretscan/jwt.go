package secretscan

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// jwts finds signed JWTs: three parts of base64url, the first of which begins as a
// JSON object does.
func (s secrets) jwts(joined string, now time.Time) {
	for at := after(joined, "e", 0); at >= 0; at = after(joined, "e", at) {
		start := at - 1
		if !opensObject(joined[start:]) || start > 0 && base64url(joined[start-1]) {
			continue
		}
		end := start + run(joined[start:], func(c byte) bool { return base64url(c) || c == '.' })
		at = end
		parts := strings.Split(joined[start:end], ".")
		if len(parts) < 3 || len(parts[1]) < 4 || len(parts[2]) < minSignature {
			continue // without its signature it is useless
		}
		found := Secret{Kind: JWT, Live: LiveUnknown}
		var header struct {
			KeyID string `json:"kid"`
		}
		var claims struct {
			Issuer   string          `json:"iss"`
			Audience json.RawMessage `json:"aud"`
			Expires  float64         `json:"exp"`
		}
		if decode(parts[0], &header) && decode(parts[1], &claims) {
			found.judge(header.KeyID, claims.Issuer, string(claims.Audience), claims.Expires, now)
		}
		before := text.LowerASCII(joined[max(0, start-40):start])
		found.Bearer = strings.HasSuffix(before, "bearer ")
		switch {
		case strings.Contains(before, "refresh_token"):
			found.Kind = RefreshToken
		case found.Kind != JWT:
		case strings.Contains(before, "client_assertion"):
			found.Kind = Assertion
		case strings.Contains(before, "bearer") || strings.Contains(before, "access_token"):
			found.Kind = AccessToken
		}
		s[parts[0]+"."+parts[1]] = found // without text joined after it
	}
}

// opensObject reports whether base64url begins with {" , or with { and a space.
func opensObject(s string) bool {
	if len(s) < 3 || s[0] != 'e' {
		return false
	}
	return s[1] == 'y' && (s[2] == 'J' || s[2] == 'A') || s[1] == 'w' && (s[2] == 'o' || s[2] == '0' || s[2] == 'k')
}

const (
	// minSignature is shorter than every signature, and longer than a placeholder.
	minSignature = 20
	// maxExpiry is the last second that time.RFC3339 can format.
	maxExpiry = 253402300799
)

// judge sets what a JWT is for, and whether it has expired.
func (s *Secret) judge(keyID, issuer, audience string, expires float64, now time.Time) {
	switch {
	case strings.Contains(issuer, "netsuite.com") || strings.HasPrefix(keyID, "s.SYSTEM") || strings.HasPrefix(keyID, "c."):
		s.Kind = AccessToken
	case strings.Contains(strings.ReplaceAll(audience, `\/`, "/"), "/oauth2/v1/token"):
		s.Kind = Assertion
	}
	if expires > 0 && expires <= maxExpiry {
		s.Expires, s.Live = time.Unix(int64(expires), 0), LiveNo
		if now.Before(s.Expires) {
			s.Live = LiveYes
		}
	}
}

func decode(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}
