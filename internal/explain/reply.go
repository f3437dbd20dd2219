package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secretscan"
)

// What an error is about, as in requests.yaml.
const (
	aboutToken   = "token"
	aboutCall    = "call"
	aboutNetwork = "network"
	aboutOther   = "another-flow"
)

// about says what an answer is about, by its first explanation.
func (a Answer) about() string {
	if len(a.Explanations) == 0 {
		return aboutToken
	}
	x := a.Explanations[0]
	family, _, _ := strings.Cut(x.Name, ".")
	switch {
	case x.Family == catalog.FamilyNetwork, family == "network":
		return aboutNetwork
	case x.Family == catalog.FamilyREST, x.Family == catalog.FamilyRESTlet, slices.Contains([]string{"api", "role"}, family),
		slices.Contains([]string{"invalid_token", "insufficient_scope"}, x.Name):
		return aboutCall
	case x.Family == catalog.FamilyAudit && !slices.ContainsFunc(x.Readings, func(r finding.Reading) bool { return r.Where == catalog.ClientCredentials }),
		slices.Contains([]string{"access_denied", "unsupported_response_type", "refresh-token"}, x.Name):
		return aboutOther
	}
	return aboutToken
}

// Reply drafts the answer to the person who sent the error, in paragraphs: what it
// means, and the five things to send back.
func Reply(a Answer) []string {
	var p []string
	p = append(p, "Hello,")
	for _, s := range a.Secrets {
		if s.Live == secretscan.LiveNo {
			p = append(p, fmt.Sprintf("Your message contained %s. %s Please remove such things anyway.", s.Title, s.Meaning))
			continue
		}
		p = append(p, fmt.Sprintf("Important: your message contained %s. It is not repeated here, but everyone who got the message has it. %s %s", s.Title, s.Meaning, s.Remedy.Summary))
	}
	if len(a.Explanations) > 0 {
		x := a.Explanations[0]
		p = append(p, fmt.Sprintf("Thank you for the error. %s: %s. %s", x.Name, lowerFirst(x.Title), x.Meaning))
		if a.about() == aboutNetwork {
			p = append(p, "It says nothing about key, certificate or Client ID, so please do not change those.")
		}
	} else {
		p = append(p, "Thank you for the error. It is unknown, so there is no explanation yet.")
	}
	p = append(p, "To find the cause we need these five things. None of them is a secret:")
	for i, r := range catalog.Requests()[a.about()] {
		p = append(p, fmt.Sprintf("%d. %s", i+1, r))
	}
	p = append(p, "Please send no private key, no client secret, no password, no token, and no assertion with its signature.")
	return p
}

// lowerFirst makes a title part of a sentence, unless its first word is a name.
func lowerFirst(title string) string {
	word, _, _ := strings.Cut(title, " ")
	if len(word) < 2 || strings.ToLower(word[1:]) != word[1:] || word == "NetSuite" || word[0] == '"' {
		return title
	}
	return strings.ToLower(title[:1]) + title[1:]
}
