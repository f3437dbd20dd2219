package secretscan

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// jwts finds signed JWTs: three parts of base64url, the first of which begins with
// the { of a JSON object and what may follow it.
func jwts(whole string, now time.Time, found map[string]Secret) {
	for at := 0; ; {
		i := strings.IndexByte(whole[at:], 'e')
		if i < 0 {
			return
		}
		start := at + i
		at = start + 1
		if !opensObject(whole[start:]) || start > 0 && base64url(whole[start-1]) {
			continue
		}
		end := start + run(whole[start:], func(c byte) bool { return base64url(c) || c == '.' })
		at = end
		parts := strings.Split(whole[start:end], ".")
		if len(parts) < 3 || len(parts[1]) < 4 || len(parts[2]) < minSignature {
			continue // no signature, or one that was taken out: nobody can use it
		}
		s := Secret{Kind: JWT, Live: LiveUnknown}
		var header struct {
			KeyID string `json:"kid"`
		}
		var claims struct {
			Issuer   string          `json:"iss"`
			Audience json.RawMessage `json:"aud"`
			Expires  float64         `json:"exp"`
		}
		if decode(parts[0], &header) && decode(parts[1], &claims) {
			s.judge(header.KeyID, claims.Issuer, string(claims.Audience), claims.Expires, now)
		}
		before := text.LowerASCII(whole[max(0, start-40):start])
		s.Bearer = strings.HasSuffix(before, "bearer ")
		switch {
		case strings.Contains(before, "refresh_token"):
			s.Kind = RefreshToken
		case s.Kind != JWT:
		case strings.Contains(before, "client_assertion"):
			s.Kind = Assertion
		case strings.Contains(before, "bearer") || strings.Contains(before, "access_token"):
			s.Kind = AccessToken
		}
		found[parts[0]+"."+parts[1]] = s // without what a line break brought in behind it
	}
}

// opensObject reports whether base64url begins with {" , or { and a blank.
func opensObject(s string) bool {
	if len(s) < 3 || s[0] != 'e' {
		return false
	}
	return s[1] == 'y' && (s[2] == 'J' || s[2] == 'A') || s[1] == 'w' && (s[2] == 'o' || s[2] == '0' || s[2] == 'k')
}

const (
	// minSignature is below every signature, and above what people write in place
	// of one.
	minSignature = 20
	// maxExpiry is the last second that time.RFC3339 can write.
	maxExpiry = 253402300799
)

// judge says what a JWT is for and whether it has ended.
func (s *Secret) judge(keyID, issuer, audience string, expires float64, now time.Time) {
	switch {
	case strings.Contains(issuer, "netsuite.com") || strings.HasPrefix(keyID, "s.SYSTEM") || strings.HasPrefix(keyID, "c."):
		s.Kind = AccessToken
	case strings.Contains(strings.ReplaceAll(audience, `\/`, "/"), "/oauth2/v1/token"):
		s.Kind = Assertion
	}
	if expires > 0 && expires <= maxExpiry {
		s.Ends, s.Live = time.Unix(int64(expires), 0), LiveNo
		if now.Before(s.Ends) {
			s.Live = LiveYes
		}
	}
}

func decode(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}
