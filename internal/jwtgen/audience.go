package jwtgen

import (
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
)

// slips are the known ways in which an audience differs from the right one, in
// the order in which they are undone. Each takes the actual and the expected
// audience and gives the actual one without this slip.
var slips = []struct {
	reason string
	undo   func(actual, expected string) string
}{
	{"surrounding-space", func(a, _ string) string { return strings.TrimSpace(a) }},
	{"percent-encoded", undoPercent},
	{"upper-case", undoUpperCase},
	{"http", func(a, e string) string {
		if rest, ok := strings.CutPrefix(a, "http://"); ok && strings.HasPrefix(e, "https://") {
			return "https://" + rest
		}
		return a
	}},
	{"scheme", undoScheme},
	{"port", undoPort},
	{"underscore", undoUnderscore},
	{"query", undoQuery},
	{"trailing-slash", func(a, e string) string {
		a = strings.TrimRight(a, "/")
		return a + e[len(strings.TrimRight(e, "/")):]
	}},
	{"path", undoPath},
	{"other-account", undoOtherAccount},
	{"", undoOtherService}, // the reason is the service's
}

// grave are the slips that name the fault when there are several: what is left
// when the cosmetic ones are gone.
var grave = []string{"other-account", "path"}

// judgeAudience judges "aud" against the token endpoint.
func (a *Assertion) judgeAudience(e Expect) []*Fault {
	f := a.wrongAudience(e)
	if f == nil {
		return nil
	}
	if _, said := f.Evidence["expected"]; !said && e.Audience != "" {
		f.Evidence["expected"] = short(e.Audience)
	}
	return []*Fault{f}
}

// wrongAudience judges the claim whatever its form; nil as audienceFault is.
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
			return fault(KindAudienceMismatch, "not-a-string", evidence{"actual_type": jsonType(item)})
		}
		audiences = append(audiences, s)
	}
	// Of several, the right one counts, else the first.
	actual := audiences[0]
	if slices.Contains(audiences, e.Audience) {
		actual = e.Audience
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

// audienceFault judges one audience. Nil means that it is right, or that nothing
// is known to compare it with.
func audienceFault(actual string, e Expect) *Fault {
	expected, from := e.Audience, "account"
	switch {
	case e.AudienceExplicit:
		from = "explicit"
	case expected == "" && e.Rules.TokenURLAudience:
		// Without an account, the audience is measured by what it should have been
		// for the account that it names itself.
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
		if !e.Rules.TokenURLAudience { // RFC 7523 leaves the choice to the server, newer drafts ask for the issuer
			return nil
		}
		return fault(KindAudienceIsIssuer, reason, ev)
	}
	reason, found := slipsOf(actual, expected)
	if len(found) > 0 {
		ev["differences"] = found
	}
	if also := slices.DeleteFunc(slices.Clone(found), func(s string) bool { return s == reason }); len(also) > 0 {
		ev["also"] = also
	}
	if from, to := accountOf(actual), accountOf(expected); reason == "other-account" {
		ev["actual_account"], ev["expected_account"] = short(from), short(to)
		reason = sandboxReason(from, to)
	}
	return fault(KindAudienceMismatch, reason, ev)
}

// slipsOf explains the difference: all the slips that together make it, and the
// one that names the fault.
func slipsOf(actual, expected string) (reason string, found []string) {
	if isPlaceholder(actual) {
		return "placeholder", nil
	}
	fixed := actual
	for _, slip := range slips {
		next := slip.undo(fixed, expected)
		if next == fixed {
			continue
		}
		name := slip.reason
		if name == "" {
			name = serviceReason(fixed)
		}
		fixed, found = next, append(found, name)
	}
	if fixed != expected { // scheme and path are undone, so it is the host
		if !isURL(actual) {
			return "not-a-url", nil
		}
		return "host", nil
	}
	for _, g := range grave {
		if slices.Contains(found, g) {
			return g, found
		}
	}
	return found[0], found
}

// unknownReason names an audience that is not on a host of NetSuite, when there
// is nothing to compare it with.
func unknownReason(actual string) string {
	switch {
	case isPlaceholder(actual):
		return "placeholder"
	case !isURL(actual):
		return "not-a-url"
	}
	return "not-netsuite"
}

// issuerReason recognises an audience that names the authorization server and
// not its token endpoint, as newer libraries do.
func issuerReason(actual, expected string) string {
	scheme, host, rest := splitURL(strings.ToLower(strings.TrimSpace(actual)))
	if scheme == "" || strings.TrimRight(rest, "/") != "" {
		return ""
	}
	_, expectedHost, _ := splitURL(strings.ToLower(expected))
	switch {
	case host == nsid.ControlHost:
		return "system-host"
	case host == expectedHost, strings.HasSuffix(host, nsid.Domain):
		return "origin"
	}
	return ""
}

// endpointFor gives the token endpoint of the account that an audience names, or
// "" if it names none.
func endpointFor(actual string) string {
	a := strings.ToLower(strings.TrimSpace(actual))
	a = undoPercent(a, "")
	if !strings.Contains(a, "://") {
		a = "https://" + a
	}
	label := strings.ReplaceAll(accountOf(a), "_", "-")
	if label == "" || isPlaceholder(label) {
		return ""
	}
	return "https://" + label + nsid.SuiteTalk.Suffix() + nsid.TokenPath
}

// splitURL cuts a URL without judging it: net/url refuses just the texts that
// have to be compared here. host includes a port; rest begins with /, ? or #.
func splitURL(s string) (scheme, host, rest string) {
	if before, after, found := strings.Cut(s, "://"); found {
		scheme, s = before+"://", after
	}
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		return scheme, s[:i], s[i:]
	}
	return scheme, s, ""
}

func isURL(s string) bool {
	scheme, host, _ := splitURL(strings.ToLower(strings.TrimSpace(s)))
	return (scheme == "https://" || scheme == "http://") && host != ""
}

// isPlaceholder recognises a template that was not filled in.
func isPlaceholder(s string) bool {
	return strings.ContainsAny(s, "<>{}$") || strings.Contains(strings.ToLower(s), "account_id") ||
		strings.Contains(strings.ToLower(s), "accountid")
}

// accountOf gives the account's label in a NetSuite URL, "" if there is none.
func accountOf(s string) string {
	_, host, _ := splitURL(s)
	host, _, _ = strings.Cut(host, ":")
	for _, service := range nsid.Services() {
		if label, ok := strings.CutSuffix(host, service.Suffix()); ok && label != "" && !strings.Contains(label, ".") {
			return label
		}
	}
	return ""
}

// sandboxReason tells the usual mix-up, an account and one of its own sandboxes,
// from any other two accounts.
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

func serviceReason(s string) string {
	_, host, _ := splitURL(s)
	host, _, _ = strings.Cut(host, ":")
	for _, service := range nsid.Services() {
		if strings.HasSuffix(host, service.Suffix()) {
			return string(service) + "-host"
		}
	}
	return ""
}

func undoPercent(a, _ string) string {
	if !strings.Contains(strings.ToLower(a), "%2f") {
		return a
	}
	if decoded, err := url.QueryUnescape(a); err == nil {
		return decoded
	}
	return a
}

func undoScheme(a, e string) string {
	_, host, rest := splitURL(strings.TrimPrefix(a, "//"))
	scheme, _, _ := splitURL(e)
	return scheme + host + rest
}

func undoUpperCase(a, e string) string {
	switch {
	case strings.EqualFold(a, e):
		return e
	case e == strings.ToLower(e):
		return strings.ToLower(a)
	}
	return a
}

func undoPort(a, e string) string {
	scheme, host, rest := splitURL(a)
	_, expectedHost, _ := splitURL(e)
	if name, _, found := strings.Cut(host, ":"); found && !strings.Contains(expectedHost, ":") {
		return scheme + name + rest
	}
	return a
}

func undoUnderscore(a, e string) string {
	scheme, host, rest := splitURL(a)
	if _, expectedHost, _ := splitURL(e); strings.Contains(expectedHost, "_") {
		return a
	}
	return scheme + strings.ReplaceAll(host, "_", "-") + rest
}

func undoQuery(a, e string) string {
	if strings.ContainsAny(e, "?#") {
		return a
	}
	if i := strings.IndexAny(a, "?#"); i >= 0 {
		return a[:i]
	}
	return a
}

func undoPath(a, e string) string {
	scheme, host, _ := splitURL(a)
	_, _, expectedRest := splitURL(e)
	return scheme + host + expectedRest
}

func undoOtherAccount(a, e string) string {
	from, to := accountOf(a), accountOf(e)
	if from == "" || to == "" || from == to {
		return a
	}
	return strings.Replace(a, "://"+from+".", "://"+to+".", 1)
}

func undoOtherService(a, e string) string {
	label := accountOf(a)
	if label == "" || label != accountOf(e) {
		return a
	}
	scheme, _, rest := splitURL(a)
	_, expectedHost, _ := splitURL(e)
	return scheme + expectedHost + rest
}

// firstDifference compares two texts character by character: the index of the
// first one that differs, counted from 0, and the two characters, "" where a
// text has ended.
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
