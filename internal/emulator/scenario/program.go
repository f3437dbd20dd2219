package scenario

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
)

// assertion makes the program's assertion, signed with ES256, at the time now of the
// client's clock. It shares no code with the verification.
func (g *Program) assertion(p *Prepared, now time.Time) (string, error) {
	key, isEC := p.key.(*ecdsa.PrivateKey)
	if !isEC || key.Curve != elliptic.P256() {
		return "", errors.New("a program signs with a key of the curve P-256")
	}
	made := now.Add(-g.Age)
	lifetime := cmp.Or(g.Lifetime, 50*time.Minute)
	header := map[string]any{"typ": "JWT", "alg": "ES256", "kid": p.Profile["certificate_id"]}
	claims := map[string]any{
		"iss":   p.Profile["client_id"],
		"aud":   "https://" + account.HostLabel(p.Profile["account"]) + account.SuiteTalkSuffix + oauth.TokenPath,
		"scope": strings.Split(p.Profile["scope"], ","),
		"iat":   made.Unix(),
		"exp":   made.Add(lifetime).Unix(),
	}
	if g.Fraction { // as two reads of the clock give
		claims["iat"] = json.Number(strconv.FormatInt(made.Unix()-1, 10) + ".9999998")
		claims["exp"] = json.Number(strconv.FormatInt(made.Add(lifetime).Unix(), 10) + ".0000012")
	}
	var parts []string
	for _, part := range []struct{ members, instead map[string]any }{{header, g.Header}, {claims, g.Claims}} {
		maps.Copy(part.members, part.instead)
		maps.DeleteFunc(part.members, func(_ string, v any) bool { return v == nil })
		text, err := json.Marshal(part.members)
		if err != nil {
			return "", err
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	input := strings.Join(parts, ".")
	digest := sha256.Sum256([]byte(input))
	signature, err := g.sign(key, digest[:])
	if err != nil {
		return "", err
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// sign makes the raw signature of RFC 7518, section 3.4, or the DER one that most
// libraries make.
func (g *Program) sign(key *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	if g.DER {
		return ecdsa.SignASN1(rand.Reader, key, digest)
	}
	r, s, err := ecdsa.Sign(rand.Reader, key, digest)
	if err != nil {
		return nil, err
	}
	size := (key.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
}
