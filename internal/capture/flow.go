package capture

import (
	"net/url"
	"regexp"
	"slices"
)

// secretFlow reports whether a request authenticates with a client secret in place of
// an assertion, as other servers' client credentials flow does.
func (q *request) secretFlow() bool {
	has := func(name string) bool { return count(q.params, name)+count(q.query, name) > 0 }
	grant := slices.IndexFunc(q.params, func(p pair) bool { return p.name == "grant_type" })
	switch {
	case q.incomplete || q.inVariable || has("client_assertion") || has("client_assertion_type") || q.misnamed("client_assertion") != "":
		return false
	case grant >= 0 && q.params[grant].value != grantType && !isPlaceholder(q.params[grant].value):
		return false // another flow
	}
	basic := slices.ContainsFunc(q.authorization, func(value string) bool { return hasPrefixFold(value, "basic") })
	return has("client_secret") || basic && (grant >= 0 || len(q.params) == 0)
}

// The names of the settings of a client secret flow, as programs show or store them:
// client_secret, clientSecret, "Client Secret".
var (
	secretSetting = regexp.MustCompile(`(?i)(?:\b|_)client[ _-]?secret["']?\s*(?:=>|[:=,\t])`)
	idSetting     = regexp.MustCompile(`(?i)(?:\b|_)(?:client|consumer)[ _-]?(?:id|key)["']?\s*(?:=>|[:=,\t])`)
	flowSetting   = regexp.MustCompile(`(?i)client[ _-]?credentials|BackendApplicationClient|/oauth2/v1/token`)
	otherSetting  = regexp.MustCompile(`(?i)assertion|private[ _-]?key|certificate|\bjwt\b|token[ _-]?secret|authorization[ _-]?code|refresh[ _-]?token`)
)

// secretSettings reads the settings of a client credentials flow with a secret: what a
// tool such as n8n or Boomi asks for. It is nil for other text.
func secretSettings(text string) *Paste {
	if len(tokensIn(text)) > 0 || !secretSetting.MatchString(text) || !idSetting.MatchString(text) || !flowSetting.MatchString(text) || otherSetting.MatchString(text) {
		return nil
	}
	r := &Request{ToTokenEndpoint: true}
	r.fault(KindClientSecretFlow, "settings")
	return &Paste{Form: Text, Guessed: true, Request: r, ReadAs: "settings of OAuth 2.0 client credentials"}
}

// Has reports whether a request has a fault of this kind.
func (r *Request) Has(kind Kind) bool {
	return r != nil && slices.ContainsFunc(r.Faults, func(f *Fault) bool { return f.Kind == kind })
}

// decodedFully removes percent-encoding that is left after the form was decoded, however often it was applied.
func decodedFully(value string) string {
	for range 3 {
		once, err := url.PathUnescape(value)
		if err != nil || once == value {
			break
		}
		value = once
	}
	return value
}
