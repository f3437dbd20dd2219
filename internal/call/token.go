package call

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// tokenIn finds the access token in what a person has of it: the token itself, also
// as a JSON string, the header that carries it, or the answer of the token endpoint;
// "" if there is none. It may have come through the redirection of PowerShell.
func tokenIn(given string) string {
	given = strings.TrimSpace(text.UTF8(given))
	switch {
	case strings.HasPrefix(given, `"`):
		var token string
		if json.Unmarshal([]byte(given), &token) != nil {
			return ""
		}
		given = token
	case strings.HasPrefix(given, "{"):
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		if json.Unmarshal([]byte(given), &answer) != nil {
			return ""
		}
		given = answer.AccessToken
	}
	for _, prefix := range []string{"authorization:", "bearer "} {
		if len(given) >= len(prefix) && strings.EqualFold(given[:len(prefix)], prefix) {
			given = strings.TrimSpace(given[len(prefix):])
		}
	}
	if strings.ContainsFunc(given, login.OutsideBearer) { // no token that can be sent as Bearer
		return ""
	}
	return given
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
		return nil, cli.Fail(finding.UsageConfig, "--access-token-file has no access token",
			"it needs one line: the token, Authorization: Bearer TOKEN, or the JSON response of the token endpoint")
	}
	return &netsuite.Token{AccessToken: netsuite.NewSecret(text)}, nil
}

// maxTokenFile bounds what is read where an access token belongs.
const maxTokenFile = jwtgen.MaxBytes + 64
