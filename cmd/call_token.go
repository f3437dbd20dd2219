package cmd

import (
	"encoding/json"
	"strings"
)

// tokenIn finds the access token in what a person has of it: the token itself, the
// header that carries it, or the answer of the token endpoint.
func tokenIn(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		if json.Unmarshal([]byte(text), &answer) != nil {
			return ""
		}
		return answer.AccessToken
	}
	for _, prefix := range []string{"authorization:", "bearer "} {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			text = strings.TrimSpace(text[len(prefix):])
		}
	}
	return text
}
