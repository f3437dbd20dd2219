package explain

import (
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// restErrors: the o:errorCode values of REST web services (Oracle NetSuite Help,
// section_156570709583) and those of SuiteQL that several public connectors show.
func restErrors() []entry {
	workbook := []finding.Code{"api.workbook-permission-missing", "setup.login-permission-missing"}
	list := []entry{
		{
			name: "INVALID_LOGIN", title: "Invalid login attempt",
			words:   []string{"invalid-login-attempt"}, // as its text says; RESTlets have a code of that name
			meaning: "Status 401. One answer for a token that has ended or was revoked, a wrong role, entity or scope, and a Cookie beside the token.",
			causes:  []finding.Code{"api.invalid-login", "setup.role-or-entity-inactive", "setup.login-permission-missing", "role.scope-not-granted", "request.cookie", "api.is-assertion"},
			phrases: [][]string{says("invalid login attempt")},
			readings: []finding.Reading{
				{Where: rest, Meaning: "It stands in o:errorCode. The token endpoint had issued the token: key, certificate and mapping were right then.", Basis: finding.Official},
				{Where: tba, Meaning: "SOAP and TBA say the same words: there it is signature, nonce, token or realm. The account is in capitals with an underscore (1234567_SB1).", Basis: finding.Observed},
			},
		},
		{
			name: "USER_ERROR", title: "A bad request that is often a missing permission",
			meaning: "Status 400. With the text \"Your current role does not have permission\" it is about the role, not about the request.",
			causes:  []finding.Code{"api.workbook-permission-missing", "setup.login-permission-missing", "api.invalid-request"},
			phrases: [][]string{says("your current role does not have permission to perform this action")},
		},
		{
			name: "INSUFFICIENT_PERMISSION", title: "The role lacks a permission",
			meaning: "Status 403. The token is fine. NetSuite's text names the permission, or says that the record is in beta only.",
			causes:  []finding.Code{"api.permission-missing"},
			phrases: [][]string{says("permission violation"), says("you need the", "permission to access this page"), says("you need a higher level of", "permission")},
		},
		{
			name: "NONEXISTENT_ID", title: "No such record",
			meaning: "Status 404. The record or its ID does not exist in this account, or the role cannot see it.",
			causes:  []finding.Code{"api.not-found", "api.permission-missing"},
		},
		{
			name: "CONCURRENCY_LIMIT_EXCEEDED", title: "Too many requests at once",
			meaning: "Status 429, though its title still says Bad Request. The limit is the account's, for all integrations together.",
			causes:  []finding.Code{"api.rate-limited"},
			phrases: [][]string{says("concurrent request limit exceeded")},
		},
		{
			name: "UNEXPECTED_ERROR", title: "An error inside NetSuite",
			meaning: "Status 500 with an error ID. That ID is what NetSuite's support asks for.",
			causes:  []finding.Code{"api.unexpected-response"},
			phrases: [][]string{says("an unexpected error occurred", "error id")},
		},
		{
			name: "INVALID_CONTENT", title: "The body is malformed",
			meaning: "Status 400. The body is not what this record or method takes. The token was accepted.",
			causes:  []finding.Code{"api.invalid-request"},
		},
		{
			name: "INVALID_REQUEST", title: "The request is malformed",
			meaning:  "Status 400. Method, path or headers are not as this endpoint wants them.",
			causes:   []finding.Code{"api.invalid-request"},
			readings: invalidRequest(),
		},
		{
			name: "INVALID_PARAMETER", title: "A parameter or a query was refused",
			meaning: "Status 400. Of SuiteQL, \"Record ... was not found\" is about the role, \"Unknown identifier\", REMOVED and NOT_EXPOSED about the query.",
			causes:  []finding.Code{"api.query-invalid", "api.record-not-visible", "api.invalid-request"},
		},
		// What the text beside a code says is more than the code.
		{
			name: "role-lacks-permission", title: "\"Your current role does not have permission to perform this action\"", first: true,
			meaning: "A permission problem that comes as a bad request. Single records work, lists and SuiteQL do not: then SuiteAnalytics Workbook is missing.",
			causes:  workbook, phrases: [][]string{says("user_error", "does not have permission to perform this action")},
		},
		{
			name: "record-not-found-in-query", title: "\"Record ... was not found\" in a query", first: true,
			meaning: "The role cannot see that record type. For transactions the permission is Transactions > Find Transaction.",
			causes:  []finding.Code{"api.record-not-visible"}, phrases: [][]string{says("invalid search query", "record", "was not found")},
		},
		{
			name: "query-refused", title: "A name in the query is unknown, removed or not exposed", first: true,
			meaning: "The query is at fault. Token and role are not the matter.",
			causes:  []finding.Code{"api.query-invalid"},
			phrases: [][]string{says("invalid search query", "unknown identifier"), says("not_exposed"), says("reason: removed"), says("invalid or unsupported search")},
		},
	}
	for i := range list {
		list[i].family = FamilyREST
	}
	return list
}

func invalidRequest() []finding.Reading {
	return []finding.Reading{
		{Where: rest, Meaning: "It stands in o:errorCode.", Basis: finding.Official},
		{Where: restlet, Meaning: "It stands in error.code, and means the syntax of the Authorization header.", Basis: finding.Official},
	}
}

// restletErrors: the codes of RESTlets (Oracle NetSuite Help, section_4634920277).
func restletErrors() []entry {
	list := []entry{
		{
			name: "INVALID_LOGIN_ATTEMPT", title: "The OAuth header of a RESTlet call was refused",
			meaning: "Status 401. The script did not run. Of the token it says no more than INVALID_LOGIN does.",
			readings: []finding.Reading{
				{Where: m2m, Meaning: "The header is Authorization: Bearer. The token has ended, lacks the scope restlets, or role or entity do not allow it; a Cookie beside it breaks the call too.", Basis: finding.Official},
				{Where: tba, Meaning: "The header is Authorization: OAuth. Signature, nonce, timestamp, token or realm is wrong; the realm is in capitals with an underscore (1234567_SB1).", Basis: finding.Official},
			},
			causes: []finding.Code{"api.invalid-login", "role.scope-not-granted", "setup.role-or-entity-inactive", "request.cookie"},
			source: catalog.HelpSource(pageRESTlet),
		},
		{
			name: "INVALID_LOGIN_CREDENTIALS", title: "The NLAuth header of a RESTlet call was refused",
			meaning: "The call carries user name and password (NLAuth), or its role is a Web Services Only role. It is not about OAuth 2.0.",
			do: do("Call with an access token: Authorization: Bearer.", []string{
				"NLAuth stops with 2027.1.",
				"A Web Services Only role does not work with RESTlets: take the box off, or use another role.",
			}, pageRESTlet, pageWebOnly),
			confirm: "whether the program sends Authorization: NLAuth, and whether the role is a Web Services Only role",
			basis:   finding.Official, source: catalog.HelpSource(pageRESTlet, pageWebOnly),
		},
		{
			name: "INVALID_REQUEST", title: "The syntax of the OAuth header is wrong",
			meaning:  "A RESTlet could not read the Authorization header.",
			readings: invalidRequest(),
			causes:   []finding.Code{"api.invalid-request"},
			do:       do("Send exactly one header, Authorization: Bearer and the token, without quotes or line ends.", nil, pageRESTlet),
			confirm:  "the request as it was sent, the token left out",
			basis:    finding.Official, source: catalog.HelpSource(pageRESTlet),
		},
		{
			name: "SSS_INVALID_SCRIPTLET_ID", title: "Script or deployment ID is wrong",
			meaning: "The token was accepted. Script or deployment does not exist, is not released, or its audience leaves the role out.",
			causes:  []finding.Code{"api.restlet-error"},
			phrases: [][]string{says("that suitelet is invalid, disabled, or no longer exists")},
		},
		{
			name: "SSS_REQUEST_LIMIT_EXCEEDED", title: "Too many requests at once",
			meaning: "Status 400, though it is a limit and not a fault of the request. RESTlets say so with this code where REST says 429.",
			causes:  []finding.Code{"api.rate-limited"},
		},
		{
			name: "TWO_FA_REQD", title: "The role wants two-factor authentication",
			meaning: "The call logs in with user name and password, and the role requires a second factor. OAuth 2.0 tokens work with such a role.",
			do:      do("Call with an access token (client credentials) in place of user name and password.", nil, pageTwoFactor, pageTwoFactorMore),
			confirm: "whether the program sends Authorization: NLAuth",
			basis:   finding.Official, source: catalog.HelpSource(pageRESTlet, pageTwoFactor),
		},
	}
	for i := range list {
		list[i].family = FamilyRESTlet
	}
	return list
}

// statuses: what an HTTP status says where no better word came with it. The
// readings of RESTlets are Oracle's (section_4634920277).
func statuses() []entry {
	at := func(where, meaning string, basis finding.Basis) finding.Reading {
		return finding.Reading{Where: where, Meaning: meaning, Basis: basis}
	}
	list := []entry{
		{
			name: "HTTP 302", words: []string{"302", "301", "303", "307", "308"}, title: "Redirected",
			meaning: "The host is not the account's own, or something on the way wants a log-in.",
			readings: []finding.Reading{
				at(restlet, "Oracle: the wrong data center.", finding.Official),
				at(token, "A token endpoint does not redirect. A log-in portal or a proxy does.", finding.Inferred),
			},
			causes: []finding.Code{"network.redirected", "api.redirected"},
		},
		{
			name: "HTTP 400", words: []string{"400"}, title: "Bad request",
			meaning: "The status alone says little. The body's error, or the o:errorCode, says which it is: explain that.",
			readings: []finding.Reading{
				at(token, "Documented with invalid_request, invalid_grant, invalid_scope and unsupported_grant_type, for the authorization code flow.", finding.Official),
				at(rest, "USER_ERROR is often a missing permission; others are about the request.", finding.Observed),
				at(restlet, "A user error of the script, or a GET with a body; SSS_REQUEST_LIMIT_EXCEEDED is a limit.", finding.Official),
			},
			causes: []finding.Code{"token.invalid-request", "request.parameter-missing", "request.content-type", "api.invalid-request", "api.workbook-permission-missing"},
		},
		{
			name: "HTTP 401", words: []string{"401"}, title: "Not logged in",
			meaning: "Whether it came from the token endpoint or from a call decides what it means.",
			readings: []finding.Reading{
				at(token, "invalid_client. Documented for the authorization code flow; for client credentials it is inferred.", finding.Inferred),
				at(rest, "The access token is refused: INVALID_LOGIN, one answer for many causes.", finding.Official),
				at(restlet, "No valid log-in. The script did not run.", finding.Official),
			},
			causes: []finding.Code{"api.invalid-login", "token.invalid-client", "setup.role-or-entity-inactive", "request.cookie"},
		},
		{
			name: "HTTP 403", words: []string{"403"}, title: "Forbidden",
			meaning: "From NetSuite's REST it is a missing permission, from a RESTlet the wrong host. A proxy that blocks says 403 too: then the body is a page, not JSON.",
			readings: []finding.Reading{
				at(rest, "INSUFFICIENT_PERMISSION: the role may not do this.", finding.Observed),
				at(restlet, "Sent to an invalid domain: use the account's own host.", finding.Official),
				at(token, "Not documented. A page from a proxy or firewall is likelier.", finding.Inferred),
			},
			causes: []finding.Code{"api.permission-missing", "network.not-netsuite"},
		},
		{
			name: "HTTP 404", words: []string{"404"}, title: "Not found",
			meaning: "The path or the record does not exist at this host.",
			readings: []finding.Reading{
				at(token, "The path is /services/rest/auth/oauth2/v1/token, on the account's suitetalk host.", finding.Inferred),
				at(rest, "NONEXISTENT_ID, or a slip in the path.", finding.Official),
				at(restlet, "The URL is wrong.", finding.Official),
			},
			causes: []finding.Code{"api.not-found"},
		},
		{
			name: "HTTP 405", words: []string{"405"}, title: "Method not allowed",
			meaning: "The token endpoint takes POST only; a RESTlet only the methods that its script has.",
			causes:  []finding.Code{"request.wrong-method", "api.invalid-request"},
		},
		{
			name: "HTTP 415", words: []string{"415"}, title: "Content-Type not taken",
			meaning: "The token endpoint takes application/x-www-form-urlencoded; REST and RESTlets mostly application/json.",
			causes:  []finding.Code{"request.content-type", "api.invalid-request"},
		},
		{
			name: "HTTP 429", words: []string{"429"}, title: "Too many requests",
			meaning: "A limit, not a fault. It says nothing about credentials.",
			causes:  []finding.Code{"api.rate-limited", "token.rate-limited"},
		},
		{
			name: "HTTP 500", words: []string{"500"}, title: "Internal server error",
			meaning: "At the token endpoint it is how NetSuite refuses an assertion. Of a call it is an error inside NetSuite or the script.",
			readings: []finding.Reading{
				at(token, "With {\"error\":\"server_error\"} it is a refusal: nsauth explain server_error.", finding.Observed),
				at(rest, "UNEXPECTED_ERROR with an error ID for NetSuite's support.", finding.Official),
				at(restlet, "A system error, or an error in the script.", finding.Official),
			},
			causes: []finding.Code{"token.server-error", "api.unexpected-response", "api.restlet-error"},
		},
		{
			name: "HTTP 502", words: []string{"502"}, title: "Bad gateway",
			meaning: "A gateway on the way, yours or NetSuite's, got no usable answer. It says nothing about credentials.",
			causes:  []finding.Code{"network.unreachable", "api.unavailable", "token.unavailable"},
			phrases: [][]string{says("502 bad gateway")},
		},
		{
			name: "HTTP 503", words: []string{"503"}, title: "Service unavailable",
			meaning: "Maintenance, an overload, or a gateway on the way. It says nothing about credentials.",
			readings: []finding.Reading{
				at(restlet, "Oracle: the database is offline.", finding.Official),
				at(token, "Not documented; taken as not available.", finding.Inferred),
			},
			causes:  []finding.Code{"token.unavailable", "api.unavailable", "network.unreachable"},
			phrases: [][]string{says("503 service unavailable"), says("503 service temporarily unavailable")},
		},
		{
			name: "HTTP 504", words: []string{"504"}, title: "Gateway timeout",
			meaning: "A gateway on the way waited in vain. It says nothing about credentials.",
			causes:  []finding.Code{"network.timeout", "token.unavailable", "api.unavailable"},
			phrases: [][]string{says("504 gateway")},
		},
	}
	for i := range list {
		list[i].family, list[i].generic = FamilyHTTP, list[i].phrases == nil
	}
	return list
}
