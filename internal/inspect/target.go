package inspect

import (
	"net"
	"net/url"
	"strings"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
)

// wrongURL compares the URL of a token request with the token endpoint of the account:
// the profile's, else that of the audience, else that of the URL itself. The most severe
// difference is the reason; the expected URL is without any. The result is nil for the
// endpoint itself, and for servers other than NetSuite.
func wrongURL(p *profile.Profile, r *capture.Request, audience string) *finding.Finding {
	t, readable := targetOf(r)
	if !p.Server.NetSuite || !r.ToTokenEndpoint || !readable {
		return nil
	}
	label, isNetSuite := labelOf(t.host)
	own := accountOf(label)
	want, of := p.Account, "profile"
	if want.IsZero() || nsid.IsPlaceholder(p.Text(profile.FieldAccount)) {
		want, of = accountOf(audienceLabel(audience)), "aud"
	}
	if want.IsZero() {
		want, of = own, "url"
	}
	ev := finding.Evidence{"url": r.URL, "expected": "https://ACCOUNT" + nsid.SuiteTalk.Suffix() + nsid.TokenPath, "host": t.host, "path": t.path}
	if !want.IsZero() {
		ev["expected"], ev["account"] = want.TokenURL(), want.ID
	}
	if !own.IsZero() {
		ev["url_account"] = own.ID
	}
	if t.port != "" {
		ev["port"] = t.port
	}
	if t.placeholder != "" {
		ev["placeholder"] = t.placeholder
	}
	path := strings.TrimRight(t.path, "/")
	for _, x := range []struct {
		wrong  bool
		reason string
	}{
		{t.placeholder != "", "placeholder"},
		{t.scheme == "http" && isNetSuite, "http"},
		{!own.IsZero() && own.ID != want.ID, "account-of-" + of},
		{isNetSuite && strings.Contains(label, "_"), "underscore"},
		{isNetSuite && !strings.EqualFold(path, nsid.TokenPath), "path"},
		{!isNetSuite, "foreign-host"},
		{isNetSuite && own.IsZero(), "no-account"},
		{isNetSuite && !strings.HasSuffix(t.host, nsid.SuiteTalk.Suffix()), "host"},
		{t.port != "" && t.port != "443", "port"},
		{path != nsid.TokenPath, "path-case"},
		{t.path != nsid.TokenPath, "slash"},
		{t.query, "query"},
		{t.fragment, "fragment"},
	} {
		if x.wrong {
			ev["reason"] = x.reason
			f := catalog.New("request.wrong-url", ev)
			return &f
		}
	}
	return nil
}

// labelOf is the first label of one of NetSuite's hosts.
func labelOf(host string) (label string, isNetSuite bool) {
	if net.ParseIP(host) != nil || !strings.HasSuffix(host, nsid.Domain) {
		return "", false
	}
	label, _, _ = strings.Cut(host, ".")
	return label, true
}

// accountOf is the account that the label of a host names; zero for hosts of no account.
func accountOf(label string) nsid.Account {
	switch label { // NetSuite's hosts before each account had its own
	case "", "system", "rest", "webservices", "suitetalk", "restlets", "app", "api", "connect", "www", "forms", "shopping", "checkout", "docs":
		return nsid.Account{}
	}
	a, err := nsid.ParseAccount(label)
	if err != nil {
		return nsid.Account{}
	}
	return a
}

// audienceLabel is the first label of the host in aud.
func audienceLabel(audience string) string {
	_, rest, _ := strings.Cut(strings.ToLower(audience), "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	label, _ := labelOf(host)
	return label
}

// target is where a request goes. Host and path are redacted where they may be a secret.
type target struct {
	scheme, host, port, path string
	placeholder              string // in the host, in place of the account
	query, fragment          bool
}

// targetOf reads the URL of a request. It is false without a URL, and for one with a
// variable or that cannot be read.
func targetOf(r *capture.Request) (target, bool) {
	written := r.Written.Reveal()
	u, err := url.Parse(r.URL)
	scheme := ""
	if err == nil {
		scheme = strings.ToLower(u.Scheme)
	}
	if scheme != "https" && scheme != "http" || u.Host == "" || strings.ContainsAny(written, "{}<>$") {
		return target{}, false
	}
	before, fragment, _ := strings.Cut(written, "#")
	_, query, _ := strings.Cut(before, "?")
	names, _ := url.ParseQuery(query)
	for _, name := range []string{"grant_type", "client_assertion", "client_assertion_type"} {
		if names.Has(name) { // reported as such
			query = ""
		}
	}
	return target{scheme: scheme, placeholder: nsid.PlaceholderIn(u.Host), host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.Path,
		query: query != "", fragment: fragment != ""}, true
}
