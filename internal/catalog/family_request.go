package catalog

import "github.com/nsauth/nsauth/internal/finding"

// requestEntries: faults of the token request's form, seen in another program's
// request. nsauth's own requests have none of them.
func requestEntries() []Entry {
	form := func(summary string) finding.Remedy {
		return finding.Remedy{
			Summary: summary,
			Steps: []string{
				"POST to the token URL with Content-Type application/x-www-form-urlencoded and exactly three parameters:",
				"grant_type=client_credentials",
				"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
				"client_assertion= the signed JWT",
			},
			Docs: oracle(pageTokenRequest),
		}
	}
	settle := "compare the request, as it is sent, with Oracle's page on the token request"
	return []Entry{
		{
			Code: "request.wrong-method", Severity: finding.Error, Refused: true,
			Title:   "Wrong HTTP method",
			Message: "the token request is {method|not a POST}; the token endpoint takes POST",
			Meaning: "The token endpoint takes POST only.",
			Remedy:  form("Send a POST."), Confirm: settle,
			Basis: finding.Official, Source: help(pageTokenRequest),
		},
		{
			Code: "request.content-type", Severity: finding.Error, Refused: true,
			Title:   "Wrong Content-Type",
			Message: "the token request's Content-Type is {content_type|missing}, not application/x-www-form-urlencoded",
			Meaning: "The parameters are read from a url-encoded form. JSON or multipart is not read.",
			Remedy:  form("Send the parameters as a url-encoded form."), Confirm: settle,
			Variants: map[string]Variant{
				"missing":   {Message: "the token request has no Content-Type; it has to be application/x-www-form-urlencoded"},
				"json-body": {Message: "the token request's body is JSON, not a url-encoded form[, although its Content-Type is {content_type}]"},
			},
			Basis: finding.Official, Source: help(pageTokenRequest),
		},
		{
			Code: "request.parameter-missing", Severity: finding.Error, Refused: true,
			Title:   "Parameter missing",
			Message: "the token request has no {parameter|required parameter}",
			Meaning: "Three parameters are needed. A known slip is to name the JWT's parameter assertion instead of client_assertion.",
			Remedy:  form("Send all three parameters under their exact names."), Confirm: settle,
			Variants: map[string]Variant{
				"wrong-name":  {Message: "the token request has {given|another name} where {parameter|the parameter} is needed"},
				"wrong-value": {Message: "the token request's {parameter|parameter} has another value than Oracle documents[: {actual}][, not {expected}]"},
				"in-query":    {Message: "the token request has {parameter|a parameter} in its URL; it belongs into the body"},
			},
			Basis: finding.Official, Source: help(pageTokenRequest),
		},
		{
			Code: "request.parameter-repeated", Severity: finding.Error,
			Title:   "Parameter repeated",
			Message: "the token request has {parameter|a parameter} more than once",
			Meaning: "OAuth 2.0 forbids repeated parameters. Servers differ in which one they read.",
			Remedy:  form("Send every parameter once."), Confirm: settle,
			Basis: finding.Inferred, Source: "RFC 6749, section 3.2",
		},
		{
			Code: "request.client-authentication", Severity: finding.Warning,
			Title:   "Second client authentication",
			Message: "the token request also carries {what|an Authorization header or a client secret}",
			Meaning: "In this flow the assertion is the authentication; Oracle documents no header and no secret. OAuth 2.0 allows one method per request.",
			Remedy:  form("Leave out the Authorization header, client_id and client_secret."), Confirm: settle,
			Basis: finding.Inferred, Source: help(pageTokenRequest) + "; RFC 6749, section 2.3",
		},
		{
			Code: "request.cookie", Severity: finding.Warning,
			Title:   "Cookie sent",
			Message: "the request carries a Cookie header",
			Meaning: "For RESTlets Oracle allows the Authorization header or cookies, not both. A field report says the same of REST calls.",
			Remedy: finding.Remedy{
				Summary: "Switch the cookie jar of the HTTP client off.",
				Docs:    oracle(pageRESTletAuth),
			},
			Confirm: "send the same request without the Cookie header",
			Basis:   finding.Observed, Source: help(pageRESTletAuth) + "; one public field report for REST",
		},
	}
}
