// Package fault is the one place where typed faults become findings. The packages
// below name their faults by the last part of the code; what they carry is the
// evidence, and the catalogue has the words.
package fault

import (
	"errors"
	"maps"
	"net"
	"net/url"
	"strings"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/paginate"
	"github.com/nsauth/nsauth/netsuite"
)

// OfKey maps a fault of a key or a certificate.
func OfKey(f *keys.Fault) finding.Finding {
	return catalog.New(finding.Code(string(f.Object)+"."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

// OfKeys maps what is wrong with a key or a certificate.
func OfKeys(faults []*keys.Fault) []finding.Finding {
	var out []finding.Finding
	for _, f := range faults {
		out = append(out, OfKey(f))
	}
	return out
}

// OfJWT maps a fault of an assertion.
func OfJWT(f *jwtgen.Fault) finding.Finding {
	return catalog.New(finding.Code("assertion."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

// OfRequest maps a fault of another program's request.
func OfRequest(f *capture.Fault) finding.Finding {
	return catalog.New(finding.Code("request."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

// Findings maps an error of keys, jwtgen or netsuite. Any other error is a fault
// of this program.
func Findings(err error) []finding.Finding {
	var (
		key     *keys.Fault
		jwt     *jwtgen.Fault
		refused *netsuite.TokenError
		broken  *netsuite.ConnectError
	)
	switch {
	case errors.As(err, &key):
		return []finding.Finding{OfKey(key)}
	case errors.As(err, &jwt):
		return []finding.Finding{OfJWT(jwt)}
	case errors.As(err, &refused):
		return []finding.Finding{OfToken(refused, "")}
	case errors.As(err, &broken):
		return []finding.Finding{OfConnect(broken)}
	}
	return []finding.Finding{catalog.New("internal.panic", finding.Evidence{"error": err.Error()})}
}

// OfJWTs maps several faults of an assertion.
func OfJWTs(faults []*jwtgen.Fault) []finding.Finding {
	var out []finding.Finding
	for _, f := range faults {
		out = append(out, OfJWT(f))
	}
	return out
}

// withReason is a copy of what a fault carries, with its reason.
func withReason(carried map[string]any, reason string) finding.Evidence {
	ev := finding.Evidence{}
	maps.Copy(ev, carried)
	ev.Set("reason", reason)
	return ev
}

// connectCodes maps what kept a request from being answered.
var connectCodes = map[netsuite.ConnectKind]finding.Code{
	netsuite.DNSNotFound:      "network.dns-failure", // the account is only blamed after a control look-up
	netsuite.DNSFailure:       "network.dns-failure",
	netsuite.Refused:          "network.unreachable",
	netsuite.Unreachable:      "network.unreachable",
	netsuite.Reset:            "network.unreachable",
	netsuite.Incomplete:       "network.unreachable",
	netsuite.Canceled:         "network.unreachable",
	netsuite.Timeout:          "network.timeout",
	netsuite.TLSUntrusted:     "network.tls-untrusted",
	netsuite.TLSHandshake:     "network.tls-handshake",
	netsuite.ProxyUnreachable: "network.unreachable",
	netsuite.ProxyRefused:     "network.proxy-refused",
	netsuite.ProxyAuth:        "network.proxy-auth-unsupported",
	netsuite.Malformed:        "network.not-netsuite",
}

// OfConnect maps a connection fault. None of them says anything about a credential.
func OfConnect(e *netsuite.ConnectError) finding.Finding {
	return catalog.New(ConnectFault(e))
}

// ConnectFault is the code and the evidence of a connection fault.
func ConnectFault(e *netsuite.ConnectError) (finding.Code, finding.Evidence) {
	ev := finding.Evidence{"host": e.Host, "kind": string(e.Kind), "reason": string(e.Kind)}
	switch {
	case e.Kind == netsuite.ProxyUnreachable && e.Reason != "invalid-proxy":
		ev["detail"] = e.Reason // what happened to the proxy, not to the host
	case e.Reason != "":
		ev["reason"] = e.Reason
	}
	if e.Kind == netsuite.DNSNotFound || e.Kind == netsuite.DNSFailure {
		if name, _, err := net.SplitHostPort(e.Addr); err == nil {
			ev["host"] = name // connect_to's, if there is one
		}
	}
	ev.Set("address", e.Addr)
	ev.Set("proxy", e.Proxy)
	if e.ProxyStatus != 0 {
		ev["proxy_status"] = e.ProxyStatus
	}
	if len(e.ProxyAuthSchemes) > 0 {
		ev["proxy_takes"] = e.ProxyAuthSchemes
	}
	if len(e.Chain) > 0 {
		ev["chain"], ev["issuer"] = DescribeChain(e.Chain), e.Chain[0].Issuer
	}
	code, ok := connectCodes[e.Kind]
	if !ok {
		code = "network.unreachable"
	}
	return code, ev
}

// tokenCodes maps the error member of the token endpoint (RFC 6749 section 5.2;
// server_error is what NetSuite was seen to send).
var tokenCodes = map[string]finding.Code{
	"server_error":           "token.server-error",
	"invalid_grant":          "token.invalid-grant",
	"invalid_client":         "token.invalid-client",
	"invalid_request":        "token.invalid-request",
	"invalid_scope":          "token.invalid-scope",
	"unauthorized_client":    "token.unauthorized-client",
	"unsupported_grant_type": "token.unsupported-grant-type",
}

// IsUnavailable reports whether a status is that of a server that is down, or of a gateway
// that cannot reach it: it says nothing about the request.
func IsUnavailable(status int) bool { return status == 502 || status == 503 || status == 504 }

// OfToken maps the answer of the token endpoint, with a reason for the variant of its
// words; "" for none.
func OfToken(e *netsuite.TokenError, reason string) finding.Finding {
	ev := withReason(map[string]any{"status": e.Answer.Status}, reason)
	ev.Set("error", e.Code)
	ev.Set("error_description", e.Description)
	ev.Set("www_authenticate", e.WWWAuthenticate)
	code, known := tokenCodes[e.Code]
	switch {
	case e.Answer.Status == 429:
		code = "token.rate-limited"
	case IsUnavailable(e.Answer.Status):
		code = "token.unavailable"
	case e.Answer.Status >= 300 && e.Answer.Status < 400:
		code, ev["host"] = "network.redirected", HostOf(e.Answer.URL)
		ev.Set("location_host", LocationHost(e.Answer))
	case !known:
		code = "token.unexpected-response"
		if e.Answer.IsHTML() {
			ev["reason"] = "html"
			ev["title"] = e.Answer.HTMLTitle()
		}
	}
	ev.Set("retry_after", e.Answer.Header.Get("Retry-After"))
	return catalog.New(code, ev)
}

// OfPages maps a list whose pages cannot be followed.
func OfPages(f *paginate.Fault) finding.Finding {
	ev := finding.Evidence{"reason": f.Reason, "page": f.Page, "path": PathOf(f.URL)}
	ev.Set("next_host", f.Host)
	return catalog.New("api.pages-broken", ev)
}

// DescribeChain lists certificates as they were presented, leaf first.
func DescribeChain(chain []netsuite.PeerCertificate) []string {
	var list []string
	for _, c := range chain {
		by := c.Issuer
		if by == c.Subject {
			by = "itself"
		}
		list = append(list, c.Subject+" (issued by "+by+")")
	}
	return list
}

// HostOf is the host of a URL without its port; "" if it has none.
func HostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// PathOf is path and query of a path or URL.
func PathOf(raw string) string {
	_, rest, isURL := strings.Cut(raw, "://")
	if !isURL {
		return raw
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}

// maxHost is the length of the longest host name (RFC 1035, section 2.3.4).
const maxHost = 253

// LocationHost is the host that a redirect leads to, "" if it does not say. The
// rest of the address stays out: sign-in portals put what they know of the user there.
func LocationHost(a *netsuite.Answer) string {
	location := a.Header.Get("Location")
	asked, err := url.Parse(a.URL)
	if err != nil || location == "" {
		return ""
	}
	u, err := asked.Parse(location)
	if err != nil || len(u.Hostname()) > maxHost {
		return ""
	}
	return u.Hostname()
}
