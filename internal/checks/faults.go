package checks

import (
	"errors"
	"net"
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/paginate"
	"github.com/nsauth/nsauth/netsuite"
)

// This file is the one place where typed faults become findings. The packages
// below name their faults by the last part of the code; what they carry is the
// evidence, and the catalogue has the words.

func fromKey(f *keys.Fault) finding.Finding {
	return catalog.New(finding.Code(string(f.Object)+"."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

func fromKeys(faults []*keys.Fault) []finding.Finding {
	var out []finding.Finding
	for _, f := range faults {
		out = append(out, fromKey(f))
	}
	return out
}

func fromJWT(f *jwtgen.Fault) finding.Finding {
	return catalog.New(finding.Code("assertion."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

// FromError is what a check would find of an error of keys, jwtgen or netsuite.
func FromError(err error) []finding.Finding { return fromError(err) }

// KeyFaults is what the check "key" would find of a key that was read.
func KeyFaults(k *keys.Key) []finding.Finding { return fromKeys(k.Judge()) }

// Findings is what an error of keys, jwtgen or netsuite means to a person.
func Findings(err error) []finding.Finding { return fromError(err) }

// fromError maps an error of keys, jwtgen or netsuite. Any other error is a fault
// of this program.
func fromError(err error) []finding.Finding {
	var (
		key     *keys.Fault
		jwt     *jwtgen.Fault
		refused *netsuite.TokenError
		broken  *netsuite.ConnectError
	)
	switch {
	case errors.As(err, &key):
		return []finding.Finding{fromKey(key)}
	case errors.As(err, &jwt):
		return []finding.Finding{fromJWT(jwt)}
	case errors.As(err, &refused):
		return []finding.Finding{fromToken(refused, "")}
	case errors.As(err, &broken):
		return []finding.Finding{fromConnect(broken)}
	}
	return []finding.Finding{catalog.New("internal.panic", finding.Evidence{"error": err.Error()})}
}

func withReason(ev map[string]any, reason string) finding.Evidence {
	out := finding.Evidence{}
	for k, v := range ev {
		out[k] = v
	}
	if reason != "" {
		out["reason"] = reason
	}
	return out
}

// connectCodes maps what kept a request from being answered.
func connectCodes() map[netsuite.ConnectKind]finding.Code {
	return map[netsuite.ConnectKind]finding.Code{
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
}

// fromConnect maps a connection fault. None of them says anything about a credential.
func fromConnect(e *netsuite.ConnectError) finding.Finding {
	return catalog.New(connectFault(e))
}

// connectFault is the code and the evidence of a connection fault.
func connectFault(e *netsuite.ConnectError) (finding.Code, finding.Evidence) {
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
	if e.Addr != "" {
		ev["address"] = e.Addr
	}
	if e.Proxy != "" {
		ev["proxy"] = e.Proxy
	}
	if e.ProxyStatus != 0 {
		ev["proxy_status"] = e.ProxyStatus
	}
	if len(e.ProxyTakes) > 0 {
		ev["proxy_takes"] = e.ProxyTakes
	}
	if len(e.Chain) > 0 {
		ev["chain"], ev["issuer"] = describeChain(e.Chain), e.Chain[0].Issuer
	}
	code, ok := connectCodes()[e.Kind]
	if !ok {
		code = "network.unreachable"
	}
	return code, ev
}

// tokenCodes maps the error member of the token endpoint (RFC 6749 section 5.2;
// server_error is what NetSuite was seen to send).
func tokenCodes() map[string]finding.Code {
	return map[string]finding.Code{
		"server_error":           "token.server-error",
		"invalid_grant":          "token.invalid-grant",
		"invalid_client":         "token.invalid-client",
		"invalid_request":        "token.invalid-request",
		"invalid_scope":          "token.invalid-scope",
		"unauthorized_client":    "token.unauthorized-client",
		"unsupported_grant_type": "token.unsupported-grant-type",
	}
}

// unavailable are the statuses of a server that is down or behind a gateway that
// cannot reach it; they say nothing about the request.
var unavailable = []int{502, 503, 504}

func fromToken(e *netsuite.TokenError, reason string) finding.Finding {
	ev := withReason(map[string]any{"status": e.Answer.Status}, reason)
	if e.Code != "" {
		ev["error"] = e.Code
	}
	if e.Description != "" {
		ev["error_description"] = e.Description
	}
	if e.WWWAuthenticate != "" {
		ev["www_authenticate"] = e.WWWAuthenticate
	}
	code, known := tokenCodes()[e.Code]
	switch {
	case e.Answer.Status == 429:
		code = "token.rate-limited"
	case slices.Contains(unavailable, e.Answer.Status):
		code = "token.unavailable"
	case e.Answer.Status >= 300 && e.Answer.Status < 400:
		code, ev["host"] = "network.redirected", hostOf(e.Answer.URL)
		if host := locationHost(e.Answer); host != "" {
			ev["location_host"] = host
		}
	case !known:
		code = "token.unexpected-response"
		if e.Answer.IsHTML() {
			ev["reason"] = "html"
			ev["title"] = e.Answer.HTMLTitle()
		}
	}
	if after := e.Answer.Header.Get("Retry-After"); after != "" {
		ev["retry_after"] = after
	}
	return catalog.New(code, ev)
}

// FromPages maps a list whose pages cannot be followed.
func FromPages(f *paginate.Fault) finding.Finding {
	ev := finding.Evidence{"reason": f.Reason, "page": f.Page, "path": pathOf(f.URL)}
	if f.Host != "" {
		ev["next_host"] = f.Host
	}
	return catalog.New("api.pages-broken", ev)
}
