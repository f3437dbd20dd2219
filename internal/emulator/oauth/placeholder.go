package oauth

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// unfilled matches what stands for a value: an empty variable, a template, the text of an
// example. An ID of NetSuite has none of these forms.
var unfilled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*(` + strings.Join([]string{
		`undefined|null|none|nil|nan|\[object object\]|change[_-]?me|replace[_-]?me|todo|tbd|placeholder`,
		`x{2,}([-_.:]x+)*`, `[.…]+`,
		`.*(\{\{.*\}\}|\$\{.*\}|\$\(.*\)|#\{.*\}|<.+>|\[.+\]|%3C.+%3E|<%.*%>).*`,
		`\{[^}]*[g-z_][^}]*\}`, `%[a-z][a-z0-9_]*%`, `__[a-z_]+__`, `\$(env:)?[a-z_]+`, `process\.env\..*`,
		`(your|insert|enter|replace|paste|put)[-_. a-z]+`, `[a-z]+([-_. ][a-z]+)*[-_. ]here`,
		`((my|the|netsuite|ns|oauth)[-_. ]?)*(client|certificate|cert|account|key|consumer|application)[-_. ]?(id|key)`,
		`kid|iss|aud|account|scope|token[-_. ]?(url|endpoint)`,
	}, "|") + `)\s*$`)
})

func isUnfilled(s string) bool { return unfilled().MatchString(s) }

// unfilledHost is the part of a URL's host that stands for a value, or "".
func unfilledHost(s string) string {
	_, host, found := strings.Cut(strings.TrimSpace(s), "://")
	if !found {
		host = s
	}
	host, _, _ = strings.Cut(host, "/")
	label := host
	if i := strings.LastIndex(strings.ToLower(host), ".suitetalk."); i >= 0 {
		label = host[:i]
	}
	if i := strings.LastIndex(strings.ToLower(host), ".restlets."); i >= 0 {
		label = host[:i]
	}
	switch {
	case label == "" && host != "", isUnfilled(label):
		return host
	}
	for part := range strings.FieldsFuncSeq(strings.ToLower(label), func(r rune) bool { return r == '-' || r == '_' }) {
		if part == "undefined" || part == "null" || part == "none" {
			return host
		}
	}
	return ""
}

// refuseUnfilled refuses the members in which the text of a template was sent, and
// returns which.
func (j *judgement) refuseUnfilled(token *jws) map[string]bool {
	found := map[string]bool{}
	for _, m := range []struct {
		name, want string
		in         map[string]json.RawMessage
	}{{"alg", "PS256 or ES256", token.header}, {"kid", "the Certificate ID of the mapping", token.header}, {"iss", "the Client ID", token.claims},
		{"scope", "a scope", token.claims}, {"aud", "the token URL", token.claims}, {"iat", "seconds since 1970", token.claims}, {"exp", "seconds since 1970", token.claims}} {
		s, isText := stringMember(m.in, m.name)
		bad := isUnfilled(s) && !(m.name == "alg" && strings.EqualFold(s, "none"))
		if m.name == "aud" {
			bad = unfilledHost(s) != "" || strings.ContainsAny(s, "<>{}")
		}
		if !isText || !bad {
			continue
		}
		found[m.name] = true
		j.refuseAs("assertion.placeholder", m.name, "%s is a placeholder, not %s: %s", m.name, m.want, verdict.LogText(s, 100))
	}
	return found
}
