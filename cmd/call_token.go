package cmd

import (
	"encoding/json"
	"strings"

	"github.com/nsauth/nsauth/internal/keys"
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
	if strings.ContainsFunc(text, needsQuotes) { // no token that can be sent as Bearer
		return ""
	}
	return text
}
