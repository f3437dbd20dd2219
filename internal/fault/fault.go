// Package fault turns the typed faults of keys, jwtgen, capture and netsuite into
// findings. A fault's kind is the last part of the code; the catalog has the words.
package fault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
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
	"github.com/nsauth/nsauth/internal/signcommand"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// OfKey maps a fault of a key or a certificate to a finding.
func OfKey(f *keys.Fault) finding.Finding {
	return catalog.New(finding.Code(string(f.Object)+"."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

// OfKeys maps the faults of a key or a certificate.
func OfKeys(faults []*keys.Fault) []finding.Finding { return each(faults, OfKey) }

func each[F any](faults []F, of func(F) finding.Finding) (findings []finding.Finding) {
	for _, f := range faults {
		findings = append(findings, of(f))
	}
	return findings
}

// OfJWT maps a fault of an assertion to a finding.
func OfJWT(f *jwtgen.Fault) finding.Finding {
	return catalog.New(finding.Code("assertion."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

// OfRequest maps a fault of another program's request to a finding.
func OfRequest(f *capture.Fault) finding.Finding {
	ev := withReason(f.Evidence, f.Reason)
	if actual, _ := ev["actual"].(string); strings.HasSuffix(actual, "^") {
		ev["escape"] = "^" // of cmd.exe
	}
	return catalog.New(finding.Code("request."+string(f.Kind)), ev)
}

// Findings maps an error of keys, jwtgen or netsuite. Any other error is a fault of
// nsauth.
func Findings(err error) []finding.Finding {
	var (
		key     *keys.Fault
		jwt     *jwtgen.Fault
		command *signcommand.Fault
		refused *netsuite.TokenError
		broken  *netsuite.ConnectError
	)
	switch {
	case errors.As(err, &key):
		return []finding.Finding{OfKey(key)}
	case errors.As(err, &command): // which a fault of the assertion wraps
		return []finding.Finding{catalog.New(finding.Code("assertion."+command.Kind), withReason(command.Evidence, command.Reason))}
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
	return each(faults, OfJWT)
}

// withReason returns a fault's evidence with its reason.
func withReason(carried map[string]any, reason string) finding.Evidence {
	ev := finding.Evidence{}
	maps.Copy(ev, carried)
	ev.Set("reason", reason)
	return ev
}

// connectCodes maps the ways in which a connection fails; all others are network.unreachable.
var connectCodes = map[netsuite.ConnectKind]finding.Code{
	netsuite.DNSNotFound:  "network.dns-failure", // a second lookup tells whether the account is wrong
	netsuite.DNSFailure:   "network.dns-failure",
	netsuite.Timeout:      "network.timeout",
	netsuite.TLSUntrusted: "network.tls-untrusted",
	netsuite.TLSHandshake: "network.tls-handshake",
	netsuite.ProxyRefused: "network.proxy-refused",
	netsuite.ProxyAuth:    "network.proxy-auth-unsupported",
	netsuite.Malformed:    "network.not-netsuite",
}

// OfConnect maps a connection fault to a finding. None is about a credential.
func OfConnect(e *netsuite.ConnectError) finding.Finding {
	return catalog.New(ConnectFault(e))
}

// ConnectFault returns the code and the evidence of a connection fault.
func ConnectFault(e *netsuite.ConnectError) (finding.Code, finding.Evidence) {
	ev := finding.Evidence{"host": e.Host, "kind": string(e.Kind), "reason": string(e.Kind)}
	switch {
	case e.Kind == netsuite.ProxyUnreachable && e.Reason != "invalid-proxy":
		ev["detail"] = e.Reason // about the proxy, not about the host
	case e.Reason != "":
		ev["reason"] = e.Reason
	}
	ev.Set("origin", OriginOf("https://"+e.Host))
	if e.Kind == netsuite.DNSNotFound || e.Kind == netsuite.DNSFailure {
		if name, _, err := net.SplitHostPort(e.Addr); err == nil {
			ev["host"] = name // connect_to's, if set
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
	return cmp.Or(connectCodes[e.Kind], "network.unreachable"), ev
}

// tokenCodes maps the error of the token endpoint (RFC 6749, section 5.2; server_error
// was observed from NetSuite).
var tokenCodes = map[string]finding.Code{
	"server_error":           "token.server-error",
	"invalid_grant":          "token.invalid-grant",
	"invalid_client":         "token.invalid-client",
	"invalid_request":        "token.invalid-request",
	"invalid_scope":          "token.invalid-scope",
	"unauthorized_client":    "token.unauthorized-client",
	"unsupported_grant_type": "token.unsupported-grant-type",
}

// IsUnavailable reports whether a status means that the server is down, or that a
// gateway cannot reach it. It says nothing about the request.
func IsUnavailable(status int) bool { return status == 502 || status == 503 || status == 504 }

// isCutJSON reports whether the body of an answer is the begin of a JSON object or array.
func isCutJSON(a *netsuite.Answer) bool {
	b := bytes.TrimLeft(text.TrimBOM(a.Body), " \t\r\n")
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return false
	}
	var v any
	return errors.Is(json.NewDecoder(bytes.NewReader(b)).Decode(&v), io.ErrUnexpectedEOF)
}

// OfToken maps an error of the token endpoint to a finding. reason chooses the variant
// in the catalog; "" for none.
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
		ev.Set("origin", OriginOf(e.Answer.URL))
		ev.Set("location_host", LocationHost(e.Answer))
	case !known:
		code = "token.unexpected-response"
		if e.Answer.IsHTML() {
			ev["reason"] = "html"
			ev["title"] = e.Answer.HTMLTitle()
		} else if isCutJSON(e.Answer) {
			ev["reason"] = "cut"
		}
	}
	ev.Set("retry_after", e.Answer.Header.Get("Retry-After"))
	return catalog.New(code, ev)
}

// OfPages maps a fault of pagination to a finding.
func OfPages(f *paginate.Fault) finding.Finding {
	ev := finding.Evidence{"reason": f.Reason, "page": f.Page, "path": PathOf(f.URL)}
	ev.Set("next_host", f.Host)
	if f.Reason == "incomplete" || f.Reason == "limit" {
		ev["items"] = f.Items
	}
	if f.Total > 0 {
		ev["total"] = f.Total
	}
	return catalog.New("api.pages-broken", ev)
}

// DescribeChain lists certificates as the server sent them, leaf first.
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

// OriginOf returns scheme, host and port of a URL; "" without them.
func OriginOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// HostOf returns the host of a URL without its port; "" without one.
func HostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// PathOf returns the path and query of a path or URL.
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

// maxHost is the maximum length of a host name (RFC 1035, section 2.3.4).
const maxHost = 253

// LocationHost returns the host that a redirect leads to, or "". It omits the rest of
// the URL, which may identify the user.
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
