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
	case q.incomplete || q.inVariable || q.hasAssertion():
		return false
	case grant >= 0 && q.params[grant].value != grantType && !isPlaceholder(q.params[grant].value):
		return false // another flow
	}
	basic := slices.ContainsFunc(q.authorization, func(value string) bool { return hasPrefixFold(value, "basic") })
	return has("client_secret") || basic && (grant >= 0 || len(q.params) == 0 && !q.hasBody)
}

// OtherFlow is the NotJudged of a request of a flow that NetSuite has besides M2M.
const OtherFlow = "other-flow"

// otherFlows are the grant types of these flows.
var otherFlows = []string{"authorization_code", "refresh_token"}

// otherFlow returns the grant type of such a request.
func (q *request) otherFlow() string {
	at := slices.IndexFunc(q.params, func(p pair) bool { return p.name == "grant_type" && slices.Contains(otherFlows, p.value) })
	if at < 0 || q.hasAssertion() {
		return ""
	}
	return q.params[at].value
}

// hasAssertion reports whether a request has an assertion, or what belongs to one.
func (q *request) hasAssertion() bool {
	return count(q.params, "client_assertion")+count(q.query, "client_assertion")+count(q.params, "client_assertion_type")+count(q.query, "client_assertion_type") > 0 ||
		q.misnamed("client_assertion") != ""
}

// The names of the settings of a client secret flow, as programs show or store them:
// client_secret, clientSecret, "Client Secret", client: { id, secret }.
var (
	secretSetting = regexp.MustCompile(`(?i)(?:\b|_)client[ _-]?secret["']?\s*(?:=>|[:=,\t])|\bclient["']?\s*[:=]\s*\{[^{}]*\bsecret["']?\s*[:=,}]`)
	idSetting     = regexp.MustCompile(`(?i)(?:\b|_)(?:client|consumer)[ _-]?(?:id|key)["']?\s*(?:=>|[:=,\t])|\bclient["']?\s*[:=]\s*\{[^{}]*\bid["']?\s*[:=,}]`)
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
