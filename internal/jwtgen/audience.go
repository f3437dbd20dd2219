package jwtgen

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
)

// textMistakes are the mistakes that are fixed before the audience is cut into parts.
var textMistakes = []struct {
	reason string
	fix    func(actual, expected string) string
}{
	{"surrounding-space", func(a, _ string) string { return strings.TrimSpace(a) }},
	{"percent-encoded", func(a, _ string) string { return decodePercent(a) }},
	{"upper-case", func(a, e string) string {
		switch {
		case strings.EqualFold(a, e):
			return e
		case e == strings.ToLower(e):
			return strings.ToLower(a)
		}
		return a
	}},
}

// audienceMistakes are the known ways in which an audience differs from the expected
// one, in the order in which they are fixed. Each fix makes actual more like expected.
var audienceMistakes = []struct {
	reason string
	fix    func(actual *location, expected location)
}{
	{"http", func(a *location, e location) {
		if a.scheme == "http://" && e.scheme == "https://" {
			a.scheme = e.scheme
		}
	}},
	{"scheme", func(a *location, e location) { a.scheme = e.scheme }},
	{"port", func(a *location, e location) {
		if name, _, found := strings.Cut(a.host, ":"); found && !strings.Contains(e.host, ":") {
			a.host = name
		}
	}},
	{"underscore", func(a *location, e location) {
		if !strings.Contains(e.host, "_") {
			a.host = strings.ReplaceAll(a.host, "_", "-")
		}
	}},
	{"query", func(a *location, e location) {
		if i := strings.IndexAny(a.rest, "?#"); i >= 0 && !strings.ContainsAny(e.rest, "?#") {
			a.rest = a.rest[:i]
		}
	}},
	{"trailing-slash", func(a *location, e location) {
		a.rest = strings.TrimRight(a.rest, "/") + e.rest[len(strings.TrimRight(e.rest, "/")):]
	}},
	{"path", func(a *location, e location) { a.rest = e.rest }},
	{"other-account", func(a *location, e location) {
		if from, to := a.account(), e.account(); from != "" && to != "" {
			a.host = to + strings.TrimPrefix(a.host, from)
		}
	}},
	{"", func(a *location, e location) { // the reason is the service's
		if label := a.account(); label != "" && label == e.account() {
			a.host = e.host
		}
	}},
}

// mainMistakes name the fault when there are several mistakes.
var mainMistakes = []string{"other-account", "path"}

// judgeAudience judges "aud" against the token endpoint.
func (a *Assertion) judgeAudience(e Expect) []*Fault {
	f := a.wrongAudience(e)
	if f == nil {
		return nil
	}
	if f.Evidence["expected"] == nil && e.Audience != "" {
		f.Evidence["expected"] = short(e.Audience)
	}
	return []*Fault{f}
}

// wrongAudience judges the claim, a string or an array. It is nil like audienceFault.
func (a *Assertion) wrongAudience(e Expect) *Fault {
	v, present := a.Claims["aud"]
	if f := missing(a.Claims, "aud", KindAudienceMissing, v, present); f != nil {
		return f
	}
	list, isArray := v.([]any)
	if !isArray {
		list = []any{v}
	}
	var audiences []string
	for _, item := range list {
		s, ok := item.(string)
		if !ok {
			return fault(KindAudienceMismatch, "not-a-string", evidence{"actual_type": JSONType(item)})
		}
		audiences = append(audiences, s)
	}
	// Of several audiences the expected one counts, else the first.
	actual := audiences[0]
	if slices.Contains(audiences, e.Audience) {
		actual = e.Audience
	}
	if f := e.placeholder("aud", actual); f != nil {
		return f
	}
	f := audienceFault(actual, e)
	switch {
	case isArray && f == nil && e.Rules.TokenURLAudience: // RFC 7519 allows an array; Oracle shows a string only
		f = fault(KindAudienceMismatch, "list", evidence{"actual": short(actual)})
	case f == nil:
		return nil
	}
	if isArray {
		f.Evidence["audiences"] = shortAll(audiences)
	}
	return f
}

// audienceFault judges one audience. It is nil if the audience is as expected, or if
// there is nothing to compare it with.
func audienceFault(actual string, e Expect) *Fault {
	expected, from := e.Audience, "account"
	switch {
	case e.AudienceExplicit:
		from = "explicit"
	case expected == "" && e.Rules.TokenURLAudience:
		// Without an account, compare with the endpoint of the account in the audience.
		expected, from = endpointFor(actual), "assertion"
	}
	if actual == expected || (expected == "" && !e.Rules.TokenURLAudience) {
		return nil
	}
	ev := evidence{"actual": short(actual)}
	if expected == "" {
		if reason := issuerReason(actual, ""); reason != "" {
			return fault(KindAudienceIsIssuer, reason, ev)
		}
		return fault(KindAudienceMismatch, unknownReason(actual), ev)
	}
	ev["expected"], ev["expected_from"] = short(expected), from
	ev["first_difference"], ev["expected_character"], ev["actual_character"] = firstDifference(expected, actual)
	if reason := issuerReason(actual, expected); reason != "" {
		if !e.Rules.TokenURLAudience { // the server's choice in RFC 7523; newer drafts require the issuer
			return nil
		}
		return fault(KindAudienceIsIssuer, reason, ev)
	}
	reason, found := mistakesIn(actual, expected)
	if len(found) > 0 {
		ev["differences"] = found
	}
	if also := slices.DeleteFunc(slices.Clone(found), func(s string) bool { return s == reason }); len(also) > 0 {
		ev["also"] = also
	}
	if from, to := locate(actual).account(), locate(expected).account(); reason == "other-account" {
		ev["actual_account"], ev["expected_account"] = short(from), short(to)
		reason = sandboxReason(from, to)
	}
	return fault(KindAudienceMismatch, reason, ev)
}

// mistakesIn finds all the mistakes that together make the difference, and the one
// that names the fault.
func mistakesIn(actual, expected string) (reason string, found []string) {
	text := actual
	for _, m := range textMistakes {
		if fixed := m.fix(text, expected); fixed != text {
			text, found = fixed, append(found, m.reason)
		}
	}
	at, want := locate(strings.TrimPrefix(text, "//")), locate(expected)
	if strings.HasPrefix(text, "//") {
		at.scheme = "//"
	}
	for _, m := range audienceMistakes {
		before := at
		if m.fix(&at, want); at != before {
			found = append(found, cmp.Or(m.reason, before.service()))
		}
	}
	if at != want { // scheme and path are fixed, so it is the host
		if !isURL(actual) {
			return "not-a-url", nil
		}
		return "host", nil
	}
	for _, m := range mainMistakes {
		if slices.Contains(found, m) {
			return m, found
		}
	}
	return found[0], found
}

// unknownReason is the fault of an audience without a NetSuite host, if there is
// nothing to compare it with.
func unknownReason(actual string) string {
	if !isURL(actual) {
		return "not-a-url"
	}
	return "not-netsuite"
}

// issuerReason recognises an audience that is the authorization server instead of
// its token endpoint, as newer libraries write it.
func issuerReason(actual, expected string) string {
	l := locate(strings.ToLower(strings.TrimSpace(actual)))
	switch {
	case l.scheme == "" || strings.TrimRight(l.rest, "/") != "":
		return ""
	case l.host == nsid.ControlHost:
		return "system-host"
	case l.host == locate(strings.ToLower(expected)).host, strings.HasSuffix(l.host, nsid.Domain):
		return "origin"
	}
	return ""
}

// endpointFor is the token endpoint of the account in an audience, or "".
func endpointFor(actual string) string {
	at := locate(decodePercent(strings.ToLower(strings.TrimSpace(actual))))
	label := strings.ReplaceAll(at.account(), "_", "-")
	if label == "" {
		return ""
	}
	return "https://" + label + nsid.SuiteTalk.Suffix() + nsid.TokenPath
}

// location is a URL in three parts. The host includes a port; the rest begins with
// /, ? or #.
type location struct{ scheme, host, rest string }

// locate cuts a URL without judging it: net/url rejects many of the texts that have
// to be compared here.
func locate(s string) (l location) {
	if before, after, found := strings.Cut(s, "://"); found {
		l.scheme, s = before+"://", after
	}
	l.host = s
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		l.host, l.rest = s[:i], s[i:]
	}
	return l
}

// account is the account's label in a NetSuite URL, or "".
func (l location) account() string {
	host, _, _ := strings.Cut(l.host, ":")
	for _, service := range nsid.Services() {
		if label, ok := strings.CutSuffix(host, service.Suffix()); ok && label != "" && !strings.Contains(label, ".") {
			return label
		}
	}
	return ""
}

// service is the reason for a host of another service, or "".
func (l location) service() string {
	host, _, _ := strings.Cut(l.host, ":")
	for _, service := range nsid.Services() {
		if strings.HasSuffix(host, service.Suffix()) {
			return string(service) + "-host"
		}
	}
	return ""
}

func isURL(s string) bool {
	l := locate(strings.ToLower(strings.TrimSpace(s)))
	return (l.scheme == "https://" || l.scheme == "http://") && l.host != ""
}

// sandboxReason recognises an account and its own sandbox, which are often confused.
func sandboxReason(from, to string) string {
	production, sandbox, isSandbox := strings.Cut(from, "-")
	meant, expected, expectsSandbox := strings.Cut(to, "-")
	switch {
	case !strings.EqualFold(production, meant) || isSandbox == expectsSandbox:
	case strings.HasPrefix(expected, "sb"):
		return "production-for-sandbox"
	case strings.HasPrefix(sandbox, "sb"):
		return "sandbox-for-production"
	}
	return "other-account"
}

// decodePercent decodes a URL that was escaped as a whole.
func decodePercent(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil && strings.Contains(strings.ToLower(s), "%2f") {
		return decoded
	}
	return s
}

// firstDifference is the first different character of two texts: its index from 0 and
// the two characters, "" after the end of a text.
func firstDifference(expected, actual string) (index int, want, got string) {
	w, g := []rune(expected), []rune(actual)
	for index < len(w) && index < len(g) && w[index] == g[index] {
		index++
	}
	if index < len(w) {
		want = string(w[index])
	}
	if index < len(g) {
		got = string(g[index])
	}
	return index, want, got
}
