package call

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/netsuite"
)

// tokenIn finds the access token in what a person has of it: the token itself, also
// as a JSON string, the header that carries it, or the answer of the token endpoint;
// "" if there is none. It may have come through the redirection of PowerShell.
func tokenIn(text string) string {
	if decoded, ok := keys.DecodeUTF16([]byte(text)); ok {
		text = string(decoded)
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case strings.HasPrefix(text, `"`):
		var token string
		if json.Unmarshal([]byte(text), &token) != nil {
			return ""
		}
		text = token
	case strings.HasPrefix(text, "{"):
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		if json.Unmarshal([]byte(text), &answer) != nil {
			return ""
		}
		text = answer.AccessToken
	}
	for _, prefix := range []string{"authorization:", "bearer "} {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			text = strings.TrimSpace(text[len(prefix):])
		}
	}
	if strings.ContainsFunc(text, login.OutsideBearer) { // no token that can be sent as Bearer
		return ""
	}
	return text
}

// ownToken reads --access-token-file: the token itself, the header that has it, or
// the answer of a token endpoint.
func (r *caller) ownToken(ctx context.Context) (*netsuite.Token, error) {
	text, err := cli.UnlessInterrupted(ctx, func() (string, error) { return r.ReadNamed(r.options.TokenFile, maxTokenFile) })
	if err != nil {
		return nil, err
	}
	text = tokenIn(text)
	if text == "" {
		return nil, cli.Fail(finding.UsageConfig, "--access-token-file holds no access token",
			"one line is expected: the token, Authorization: Bearer TOKEN, or the JSON that the token endpoint answered")
	}
	return &netsuite.Token{AccessToken: netsuite.NewSecret(text)}, nil
}

// maxTokenFile bounds what is read where an access token belongs.
const maxTokenFile = jwtgen.MaxBytes + 64
