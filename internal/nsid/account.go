// Package nsid knows what NetSuite's identifiers look like and where an account's
// servers are: account IDs, host names, the token endpoint, Client IDs, Certificate
// IDs and scopes. It looks nothing up.
package nsid

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// ControlHost is a NetSuite host that does not depend on an account. If it resolves
// and an account's host does not, the account ID is wrong. If neither resolves, the
// resolver is the problem. NetSuite's own tokens name it as their issuer.
const ControlHost = "system" + Domain

// Domain is the last part of every NetSuite host name.
const Domain = ".netsuite.com"

// Service is one of the hosts that every account has.
type Service string

// The services, as in their host names. SuiteTalk has REST web services and the token
// endpoint; RESTlets also has the certificates list.
const (
	SuiteTalk Service = "suitetalk"
	RESTlets  Service = "restlets"
	App       Service = "app"
	Connect   Service = "connect"
)

// Services are all of them, SuiteTalk first.
func Services() []Service { return []Service{SuiteTalk, RESTlets, App, Connect} }

// Suffix follows the account's label in the service's host name.
func (s Service) Suffix() string {
	if s == App {
		return "." + string(s) + Domain
	}
	return "." + string(s) + ".api" + Domain
}

// Paths below an account's REST host.
// Source: Oracle NetSuite Help, pages section_162755359851 and article_0528010158.
const (
	oauth2         = "/services/rest/auth/oauth2/v1/"
	TokenPath      = oauth2 + "token"
	ServerTimePath = "/services/rest/system/v1/serverTime"
	SuiteQLPath    = "/services/rest/query/v1/suiteql" // page "Executing SuiteQL Queries Through REST Web Services"
)

// maxAccountID is the longest label of a host name (RFC 1035, section 2.3.4). Real
// account IDs are much shorter.
const maxAccountID = 63

// AccountKind is the kind of an account, by the shape of its ID alone.
type AccountKind string

// The kinds of account. An Unfamiliar ID has a safe shape, but NetSuite is not known
// to use it.
const (
	Production     AccountKind = "production"      // 1234567
	Sandbox        AccountKind = "sandbox"         // 1234567_SB1
	ReleasePreview AccountKind = "release-preview" // 1234567_RP
	Demo           AccountKind = "demo"            // TSTDRV1234567, TD1234567
	Unfamiliar     AccountKind = "unfamiliar"
)

// Account is a NetSuite account in both spellings. Make it with [ParseAccount]: then
// its hosts are always below netsuite.com.
type Account struct {
	ID    string // as NetSuite shows it: 1234567_SB1
	Label string // as in host names: 1234567-sb1
	Kind  AccountKind
}

// AccountError rejects an account ID. Do not resolve or connect to such a value: in the
// usual URL template, "evil.example/" would send the assertion to another host.
type AccountError struct {
	Value string
	// Reason is one of
	//	empty         there is no value
	//	too-long      longer than a label of a host name
	//	characters    other than ASCII letters, digits and one - or _ between them
	//	foreign-host  a URL or host name that is not an account's at NetSuite
	//	generic-host  a NetSuite host without an account
	Reason string
}

// Error quotes the value only if it is short enough for an ID: a longer one may be a
// pasted secret.
func (e *AccountError) Error() string {
	if len(e.Value) > maxAccountID {
		return fmt.Sprintf("account ID of %d bytes refused: %s", len(e.Value), e.Reason)
	}
	return fmt.Sprintf("account ID %+q refused: %s", e.Value, e.Reason)
}

var (
	accountID = text.Regexp(`^[A-Za-z0-9]+([_-][A-Za-z0-9]+)?$`)
	// The hosts of an account, from Setup > Company > Company Information > Company
	// URLs.
	accountHost = text.Regexp(`^(?i:([a-z0-9]+(?:-[a-z0-9]+)?)\.(?:suitetalk\.api|restlets\.api|connect\.api|app)\.netsuite\.com)(?::443)?$`)
	genericHost = text.Regexp(`^(?i:(?:[a-z0-9-]+\.)*netsuite\.com)(?::[0-9]+)?$`)

	// Sources: Oracle NetSuite Help, section_4609939018, for sandboxes; public
	// reports for the others. Six to eight digits have been seen.
	accountKinds = []struct {
		kind  AccountKind
		shape func() *regexp.Regexp
	}{
		{Production, text.Regexp(`^[0-9]{6,8}$`)},
		{Sandbox, text.Regexp(`^[0-9]{6,8}_SB[0-9]{1,2}$`)},
		{ReleasePreview, text.Regexp(`^[0-9]{6,8}_RP$`)},
		{Demo, text.Regexp(`^(TSTDRV|TD)[0-9]{6,8}$`)},
	}
)

// ParseAccount reads an account ID in any spelling (1234567_SB1, 1234567-sb1,
// tstdrv1234567), or a URL or host name of the account
// (https://1234567-sb1.app.netsuite.com/app/center/card.nl). It rejects surrounding
// white space. The error is always an [*AccountError].
func ParseAccount(s string) (Account, error) {
	refuse := func(reason string) (Account, error) {
		return Account{}, &AccountError{Value: s, Reason: reason}
	}
	if s == "" {
		return refuse("empty")
	}
	// First, no white space, no control characters, and no characters that only look
	// like ASCII.
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return refuse("characters")
	}
	id := s
	if host, ok := authority(s); ok {
		m := accountHost().FindStringSubmatch(host)
		switch {
		case m != nil:
			id = m[1]
		case genericHost().MatchString(host):
			return refuse("generic-host")
		default:
			return refuse("foreign-host")
		}
	}
	switch {
	case len(id) > maxAccountID:
		return refuse("too-long")
	case !accountID().MatchString(id):
		return refuse("characters")
	}
	a := Account{
		ID:    strings.ToUpper(strings.ReplaceAll(id, "-", "_")),
		Label: strings.ToLower(strings.ReplaceAll(id, "_", "-")),
		Kind:  Unfamiliar,
	}
	for _, k := range accountKinds {
		if k.shape().MatchString(a.ID) {
			a.Kind = k.kind
			break // the shapes exclude each other
		}
	}
	return a, nil
}

// authority is the host part of a URL or host name. It is false for other texts: an
// account ID has neither scheme nor dot. It does not use url.Parse, which accepts more
// ways to hide a host.
func authority(s string) (string, bool) {
	rest := s
	scheme, after, isURL := strings.Cut(s, "://")
	if isURL && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")) {
		rest = after
	}
	if !isURL && !strings.Contains(s, ".") {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest, true
}

// Host is the name of a service's host.
func (a Account) Host(s Service) string { return a.Label + s.Suffix() }

// RESTHost is the host of REST web services and of the token endpoint.
func (a Account) RESTHost() string { return a.Host(SuiteTalk) }

// RESTletHost is the host of RESTlets and of the certificates list.
func (a Account) RESTletHost() string { return a.Host(RESTlets) }

// AppHost is the host of the user interface.
func (a Account) AppHost() string { return a.Host(App) }

// ConnectHost is the host of SuiteAnalytics Connect.
func (a Account) ConnectHost() string { return a.Host(Connect) }

// Hosts are all hosts of the account, the REST host first.
func (a Account) Hosts() []string {
	var hosts []string
	for _, s := range Services() {
		hosts = append(hosts, a.Host(s))
	}
	return hosts
}

// OwnsHost reports whether host, a name without a port, is the account's.
func (a Account) OwnsHost(host string) bool {
	return a.Label != "" && slices.Contains(a.Hosts(), strings.ToLower(host))
}

// RESTURL is the base of REST calls, without a path.
func (a Account) RESTURL() string { return "https://" + a.RESTHost() }

// TokenURL is the token endpoint, which is also the audience of a client
// assertion. Source: Oracle NetSuite Help, page section_162755359851.
func (a Account) TokenURL() string { return a.RESTURL() + TokenPath }

// CertificatesURL lists the certificates that are mapped to a Client ID. It is on the
// RESTlet host. Source: Oracle NetSuite Help, page article_11111634165.
func (a Account) CertificatesURL(clientID string) string {
	return "https://" + a.RESTletHost() + oauth2 + "clients/" + url.PathEscape(clientID) + "/certificates"
}

// IsSandbox reports whether the account is a sandbox. A sandbox refresh removes its
// client credentials mappings.
func (a Account) IsSandbox() bool { return a.Kind == Sandbox }

// IsZero reports whether there is no account.
func (a Account) IsZero() bool { return a.ID == "" }

// String is the account ID.
func (a Account) String() string { return a.ID }
