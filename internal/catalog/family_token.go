package catalog

import (
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// tokenEntries: the token endpoint's own answers. NetSuite publishes no table of
// errors for client credentials. Only server_error with status 500 has been seen
// in public for this flow; the others are those of RFC 6749, which Oracle
// documents for the authorization code flow.
func tokenEntries() []Entry {
	const unseen = " Oracle documents it for the authorization code flow; no public report shows it for client credentials."
	look := func(summary string, steps ...string) finding.Remedy {
		return finding.Remedy{
			Summary: summary,
			Steps: append(steps,
				"Login Audit Trail: tick Use Advanced Search, and on Results add Detail and Token-based Application Name. Not every failure is listed.",
				"If there is an entry, pass its Detail to nsauth doctor --audit-detail."),
			UIPath: new(menuAudit),
			Docs:   oracle(pageAuditTrail, pageAuditDetails),
		}
	}
	seen := "the Login Audit Trail may have an entry with a Detail"
	return withForeign([]Entry{
		{
			Code: "token.server-error", Severity: finding.Error,
			Title:   "NetSuite rejected the assertion",
			Message: "NetSuite rejected the assertion[ (status {status}, server_error)] without saying why",
			Meaning: "This one answer stands for many causes: algorithm, kid, Client ID, signature, mapping, role. What can be proved here is in the other checks.",
			Remedy: look("Follow the causes listed in the diagnosis.",
				"It worked before? nsauth doctor --worked-until DATE puts first what changes by itself or by another hand.",
				"It works in another account? nsauth doctor --profile prod --compare sandbox shows what differs.",
				"It works in Postman, or with another program? nsauth jwt diff A B puts the two assertions side by side."),
			Confirm: seen,
			Basis:   finding.Observed, Source: "two public reports of status 500 {\"error\":\"server_error\"} in this flow",
		},
		{
			Code: "token.invalid-grant", Severity: finding.Error,
			Title:   "invalid_grant",
			Message: "the token endpoint answered invalid_grant[ (status {status})]",
			Meaning: "By RFC 6749 the grant, here the assertion, is invalid, expired or revoked." + unseen,
			Remedy:  look("Follow the causes listed in the diagnosis: assertion, certificate and mapping first."),
			Confirm: seen,
			Basis:   finding.Inferred, Source: help(pageTokenErrors) + "; RFC 6749, section 5.2",
		},
		{
			Code: "token.invalid-client", Severity: finding.Error,
			Title:   "invalid_client",
			Message: "the token endpoint answered invalid_client[ (status {status})]",
			Meaning: "By RFC 6749 the client could not be authenticated: unknown Client ID, wrong signature or certificate." + unseen,
			Remedy:  look("Follow the causes listed in the diagnosis: Client ID, certificate and integration record first."),
			Confirm: seen,
			Basis:   finding.Inferred, Source: help(pageTokenErrors) + "; RFC 6749, section 5.2",
		},
		{
			Code: "token.invalid-request", Severity: finding.Error,
			Title:   "invalid_request",
			Message: "the token endpoint answered invalid_request[ (status {status})]",
			Meaning: "By RFC 6749 a parameter is missing, repeated or malformed, or there is a second client authentication." + unseen,
			Remedy: look("Look for a proxy or gateway that rewrites requests, and compare the form parameters with Oracle's page on the token request.",
				"nsauth sends the form as documented. If a program of yours made the request: the JWT's parameter is client_assertion, not assertion."),
			Confirm: "the same request from another network; " + seen,
			Basis:   finding.Inferred, Source: help(pageTokenErrors) + "; RFC 6749, section 5.2",
		},
		{
			Code: "token.invalid-scope", Severity: finding.Error,
			Title:   "invalid_scope",
			Message: "the token endpoint answered invalid_scope[ (status {status})]",
			Meaning: "By RFC 6749 the scope is unknown, malformed, or not allowed for this client." + unseen,
			Remedy:  look("Ask only for scopes that are ticked on the integration record.", "rest_webservices is REST Web Services, restlets is RESTlets, suite_analytics is SuiteAnalytics Connect."),
			Confirm: menuIntegration + " > the record shows the ticked scopes",
			Basis:   finding.Inferred, Source: help(pageTokenErrors) + "; RFC 6749, section 5.2",
		},
		{
			Code: "token.unauthorized-client", Severity: finding.Error,
			Title:   "unauthorized_client",
			Message: "the token endpoint answered unauthorized_client[ (status {status})]",
			Meaning: "By RFC 6749 this client may not use this grant." + unseen,
			Remedy:  look("Tick Client Credentials (Machine to Machine) Grant on the integration record."),
			Confirm: menuIntegration + " > the record shows the ticked grants",
			Basis:   finding.Inferred, Source: help(pageTokenErrors) + "; RFC 6749, section 5.2",
		},
		{
			Code: "token.unsupported-grant-type", Severity: finding.Error,
			Title:   "unsupported_grant_type",
			Message: "the token endpoint answered unsupported_grant_type[ (status {status})]",
			Meaning: "By RFC 6749 the grant type is not supported. One field report names it for an integration record without the client credentials grant.",
			Remedy:  look("Tick Client Credentials (Machine to Machine) Grant on the integration record."),
			Confirm: menuIntegration + " > the record shows the ticked grants",
			Basis:   finding.Inferred, Source: help(pageTokenErrors) + "; one field report; RFC 6749, section 5.2",
		},
		{
			Code: "token.rate-limited", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "Too many requests",
			Message: "the token endpoint asks to slow down[ (status {status})][; retry after {retry_after}]",
			Meaning: "It says nothing about the assertion. A token lives for about an hour: one request per hour is enough.",
			Remedy: finding.Remedy{
				Summary: "Wait and try again. Keep the token until shortly before its end instead of asking for one per call.",
				Docs:    oracle(pageRESTErrors),
			},
			Confirm: "the same request some minutes later",
			Basis:   finding.Observed, Source: "RFC 6585, section 4; not documented for NetSuite's token endpoint",
		},
		{
			Code: "token.unavailable", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "Token endpoint not available",
			Message: "the token endpoint is not available now[ (status {status})][; retry after {retry_after}]",
			Meaning: "Maintenance, an overload, or a gateway on the way. It says nothing about the assertion.",
			Remedy: finding.Remedy{
				Summary: "Look at https://status.netsuite.com, then try again.",
				Docs:    []string{"https://status.netsuite.com"},
			},
			Confirm: "https://status.netsuite.com, and the same request some minutes later",
			Basis:   finding.Observed, Source: "RFC 9110, section 15.6; not documented for NetSuite's token endpoint",
		},
		{
			Code: "token.unexpected-response", Severity: finding.Error,
			Title:   "Not a token endpoint's answer",
			Message: "the token endpoint's answer[ (status {status})] is neither a token nor an OAuth error",
			Meaning: "Something else may have answered, such as a proxy. It says nothing about the assertion.",
			Remedy: finding.Remedy{
				Summary: "Look at what answered. If it is NetSuite, try again, and give the time and the status to its support.",
				Docs:    oracle(pageTokenRequest),
			},
			Variants: map[string]Variant{
				"html": {Message: "a web page[ (\"{title}\")] answers in place of the token endpoint[ (status {status})]"},
			},
			Confirm: "the same request from another network",
			Basis:   finding.Observed, Source: help(pageTokenRequest),
		},
	})
}

// withForeign adds what the same answers mean from an authorization server that
// is not NetSuite: none of NetSuite's pages can help there.
func withForeign(entries []Entry) []Entry {
	for i, e := range entries {
		if e.Variants == nil {
			entries[i].Variants = map[string]Variant{}
		}
		entries[i].Variants["foreign-server"] = Variant{
			Title:   strings.Replace(e.Title, "NetSuite", "Authorization server", 1),
			Message: strings.Replace(e.Message, "NetSuite", "the authorization server", 1),
			Meaning: "What the authorization server means by it is in its own documentation and log.",
			Basis:   finding.Official,
			Remedy: &finding.Remedy{
				Summary: "Look into the authorization server's log, and at how it has registered this client and its key.",
				Docs:    []string{rfc6749, rfc7523},
			},
		}
	}
	return entries
}
