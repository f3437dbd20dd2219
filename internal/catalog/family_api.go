package catalog

import "github.com/nsauth/nsauth/internal/finding"

// apiEntries: what an API call answered after a token was issued. A refusal of
// nsauth's own probe (reason "probe") is information: not every integration makes
// such calls.
func apiEntries() []Entry {
	probe := map[string]Variant{"probe": {Severity: finding.Info}}
	role := func(summary string, steps ...string) finding.Remedy {
		return finding.Remedy{
			Summary: summary,
			Steps:   append(steps, "In the role, click Add, then Save: without Add the permission is not kept."),
			UIPath:  new(menuRoleDiff),
			Docs:    oracle(pageRoles, pageRESTErrors),
		}
	}
	const at = "[, at {path}][, status {status}][ {error_code}]"
	const says = "[; the token is of role {role_id}, entity {entity_id}, scope {token_scope}]"
	const atPage = "[, page {page}][, at {path}]"
	rest := help(pageRESTErrors)
	return []Entry{
		{
			Code: "api.invalid-login", Severity: finding.Error,
			Title:   "Invalid login attempt",
			Message: "NetSuite refuses the access token: invalid login attempt" + at + says,
			Meaning: "A token was issued, so this is a matter of permissions and not of credentials. One answer for several causes: the token is expired or revoked, or role, entity, scope or feature do not allow it. One field report also blames a Cookie header beside the token.",
			Variants: map[string]Variant{
				"expired": {
					Message: "the access token expired[ at {expired_at}]" + at + says,
					Meaning: "NetSuite's access tokens last 60 minutes. It calls every token that it does not take an invalid login attempt.",
					Remedy:  &finding.Remedy{Summary: "Get a new access token; nsauth token prints one.", Docs: oracle(pageTokenRequest, pageResourceErrors)},
					Confirm: "nsauth jwt inspect shows when an access token ends",
				},
				"not-a-jwt": {
					Message: "what was sent is no access token of NetSuite's, which are JWTs" + at,
					Meaning: "A part of a token, quotes around it, or a token of something else. NetSuite calls every token that it does not take an invalid login attempt.",
					Remedy:  &finding.Remedy{Summary: "Give the whole access token, as the token endpoint's answer has it in access_token.", Docs: oracle(pageTokenRequest, pageAccessToken)},
					Confirm: "nsauth jwt inspect reads an access token",
				},
				"scope": {
					Message: "the access token lacks the scope[ {missing}], which this call needs" + at + says,
					Meaning: "The scopes of a token are those of the assertion that it was issued for: restlets for RESTlets, rest_webservices for REST calls.",
					Remedy: &finding.Remedy{Summary: "Ask for the scope[ {missing}] too: --scope, the key scope of the profile, or the claim scope of your program's assertion.",
						Steps:  []string{"The scope has to be ticked on the integration record as well."},
						UIPath: new(menuIntegration), Docs: oracle(pageAssertion, pageIntegration)},
					Confirm: "nsauth jwt inspect shows the scopes of an access token",
				},
			},
			Remedy: role("Check the role's permissions and the entity, then the Login Audit Trail.",
				"The role needs Log in using OAuth 2.0 Access Tokens, and REST Web Services for REST calls (Permissions > Setup).",
				menuAudit+": tick Use Advanced Search and add Detail on Results."),
			Confirm: menuRoleDiff + " shows the role's permissions",
			AuditDetails: []string{"AccessTokenExpired", "InvalidSignature", "TokenRejected", "TokenBlocked", "InvalidTokenType",
				"EntityOrRoleDisabled"},
			Basis: finding.Official, Source: help(pageRESTErrors, pageResourceErrors),
		},
		{
			Code: "api.permission-missing", Severity: finding.Error,
			Title:   "Permission missing",
			Message: "the role lacks a permission[: {detail}]" + at,
			Meaning: "The token is fine, and so are key, certificate and IDs; the role may not do this. NetSuite's text usually names the permission.",
			Remedy:  role("Add the permission {permission|that the call needs, such as REST Web Services,} to the role.", "REST calls need REST Web Services (Permissions > Setup), and each record type its own permission."),
			Confirm: menuRoleDiff + " shows the role's permissions",
			Variants: map[string]Variant{
				"probe": {Severity: finding.Info},
				"one-record": {
					Message: "the role may not do this, and SuiteAnalytics Workbook is not why: one record was asked for[, at {by_id_path}]" + at,
					Meaning: "NetSuite calls it a bad request. Lists and SuiteQL need SuiteAnalytics Workbook, a record by its ID does not. Another report blames a missing log-in permission.",
					Remedy: new(role("Check Log in using OAuth 2.0 Access Tokens and REST Web Services (Permissions > Setup) of the role.",
						"Check the permission of the record type.")),
				},
				"restlet": {
					Message: "the role may not call this RESTlet[: {detail}]" + at,
					Meaning: "The token was accepted. The deployment's audience leaves the role out, or the script does what the role may not do.",
					Remedy: new(role("On the script's deployment, Audience tab, add the role[; NetSuite names the permission {permission}].",
						"The role also needs the permissions for what the script reads and writes, unless the deployment executes as another role.")),
				},
				"beta": {
					Message: "NetSuite does not offer this record type here: it is in beta[: {detail}]" + at,
					Meaning: "The token is fine, and no permission of the role would help.",
					Remedy:  &finding.Remedy{Summary: "Ask NetSuite's support whether the account can take part; a RESTlet may do meanwhile.", Docs: oracle(pageRESTErrors)},
				},
			},
			Basis: finding.Observed, Source: rest + "; field reports of INSUFFICIENT_PERMISSION",
		},
		{
			Code: "api.workbook-permission-missing", Severity: finding.Error,
			Title:   "SuiteAnalytics Workbook permission missing",
			Message: "the role may not do this, often for lack of SuiteAnalytics Workbook" + at,
			Meaning: "Lists and SuiteQL need it, single records do not; NetSuite calls it a bad request. Another report blames a missing log-in permission. Check both.",
			Remedy: role("Add SuiteAnalytics Workbook (Permissions > Reports) to the role.",
				"Check Log in using OAuth 2.0 Access Tokens (Permissions > Setup) as well."),
			Confirm: menuRoleDiff + " shows whether the role has SuiteAnalytics Workbook, and the log-in permission",
			Variants: map[string]Variant{
				"probe": {Severity: finding.Info, Message: "the role may not run SuiteQL (nsauth's own test query); that matters only if the integration lists records or queries"},
				"by-id-works": {
					Message: "the role lacks SuiteAnalytics Workbook: a record by its ID is answered[ ({by_id_path}, status {by_id_status})], the list or query is not" + at,
					Meaning: "Lists and SuiteQL need it, single records do not; NetSuite calls it a bad request. That a record by its ID is answered shows that the role may log in.",
					Remedy:  new(role("Add SuiteAnalytics Workbook (Permissions > Reports) to the role.")),
				},
			},
			Basis: finding.Observed, Source: "a field report of a live sandbox build, 2026; a public connector's documentation names the log-in permission",
		},
		{
			Code: "api.record-not-visible", Severity: finding.Error,
			Title:    "Record type not visible to the role",
			Message:  "NetSuite finds no record type {record|of this query} for this role[: {detail}]" + at,
			Meaning:  "NetSuite says \"was not found\" of a record type that the role may not see, as of a name that is misspelt.",
			Remedy:   role("Give the role the permission of the record type[ {record}], if its name is right.", "For transactions: Transactions > Find Transaction."),
			Confirm:  "the same query with a role that has the permission",
			Variants: probe,
			Basis:    finding.Observed, Source: "several public connectors",
		},
		{
			Code: "api.query-invalid", Severity: finding.Error,
			Title:   "Query refused",
			Message: "NetSuite refuses the query[: {detail}]" + at,
			Meaning: "A name in it is unknown, removed or not exposed to queries. The token and the role are not the matter.",
			Remedy:  finding.Remedy{Summary: "Correct the query. SuiteQL also needs the header Prefer: transient.", Docs: oracle(pageRESTErrors)},
			Confirm: "the same query in SuiteAnalytics Workbook",
			Variants: map[string]Variant{
				"probe": {Severity: finding.Info},
				"field": {
					Message: "the query asks for a field that there is not, or that queries may not see[: {detail}]" + at,
					Remedy:  &finding.Remedy{Summary: "Correct or leave out the field that NetSuite names; NetSuite's Records Catalog lists those of each record type.", Docs: oracle(pageRESTErrors)},
				},
				"prefer": {
					Message: "the query lacks the header Prefer: transient[: {detail}]" + at,
					Meaning: "The query was not looked at. nsauth call suiteql sends the header; a program has to send it too.",
					Remedy:  &finding.Remedy{Summary: "Send the header Prefer: transient.", Docs: oracle(pageRESTErrors)},
				},
			},
			Basis: finding.Observed, Source: "several public connectors",
		},
		{
			Code: "api.invalid-request", Severity: finding.Error,
			Title:   "Request refused",
			Message: "NetSuite refuses the request as malformed[: {detail}]" + at,
			Meaning: "Method, path, headers or body are not as this endpoint wants them. A token was accepted or not looked at.",
			Remedy:  finding.Remedy{Summary: "Compare path, method, headers and body with Oracle's page for this call.", Docs: oracle(pageRESTErrors, pageRESTletErrors)},
			Confirm: "NetSuite's own text in the answer",
			Variants: map[string]Variant{
				"probe": {Severity: finding.Info},
				"method": {
					Message: "NetSuite does not take the method[ {method}] there[: {detail}]" + at,
					Meaning: "The path exists, for other methods. A token was accepted or not looked at.",
					Remedy:  &finding.Remedy{Summary: "Use the method that Oracle's page for this call names; of a RESTlet, one that its script has a function for.", Docs: oracle(pageRESTErrors, pageRESTletErrors)},
				},
				"content-type": {
					Message: "NetSuite does not take the body's Content-Type there[: {detail}]" + at,
					Meaning: "The body was not looked at. A token was accepted or not looked at.",
					Remedy:  &finding.Remedy{Summary: "Send the Content-Type that Oracle's page for this call names, mostly application/json.", Docs: oracle(pageRESTErrors, pageRESTletErrors)},
				},
			},
			Basis: finding.Official, Source: help(pageRESTErrors, pageRESTletErrors),
		},
		{
			Code: "api.not-found", Severity: finding.Error,
			Title:    "Not found",
			Message:  "NetSuite finds no such record or path[: {detail}]" + at,
			Meaning:  "The record, its ID or the path does not exist in this account.",
			Remedy:   finding.Remedy{Summary: "Check the path and the ID, and that this is the right account.", Docs: oracle(pageRESTErrors)},
			Confirm:  "the record in NetSuite's own pages, in the same account",
			Variants: probe,
			Basis:    finding.Official, Source: rest,
		},
		{
			Code: "api.is-assertion", Severity: finding.Error,
			Title:   "Assertion used as token",
			Message: "a client assertion was sent where an access token belongs",
			Meaning: "The assertion goes to the token endpoint; its answer holds the access token for calls.",
			Remedy:  finding.Remedy{Summary: "Exchange the assertion first, and send the access token as Bearer.", Docs: oracle(pageTokenRequest)},
			Confirm: "nsauth jwt inspect tells the two apart", AuditDetails: []string{"InvalidTokenType"},
			Basis: finding.Official, Source: help(pageTokenRequest),
		},
		{
			Code: "api.redirected", Severity: finding.Error,
			Title:   "Call redirected",
			Message: "NetSuite redirects the call[ to {location_host}]; nsauth does not follow with a token" + at,
			Meaning: "For RESTlets Oracle names the wrong data center as the reason: the host is not the account's own.",
			Remedy:  finding.Remedy{Summary: "Use the account's own host.", UIPath: new(menuCompanyURLs), Docs: oracle(pageRESTletErrors, pageHosts)},
			Confirm: menuCompanyURLs + " shows the account's own host names",
			Basis:   finding.Official, Source: help(pageRESTletErrors) + " (302)",
		},
		{
			Code: "api.restlet-error", Severity: finding.Error,
			Title:   "RESTlet refused or failed",
			Message: "the RESTlet answered with an error[: {detail}]" + at,
			Meaning: "Script or deployment is wrong, not released, or the script itself failed. The token was accepted.",
			Remedy: finding.Remedy{
				Summary: "Check script ID and deployment ID, that the deployment is released, and that its audience includes the role.",
				Steps:   []string{"A GET must not have a body."},
				Docs:    oracle(pageRESTletErrors),
			},
			Variants: map[string]Variant{
				"deployment": {
					Message: "there is no RESTlet with this script and deployment here[: {detail}]" + at,
					Meaning: "The IDs are of another account, or the deployment is not released. The token was accepted.",
				},
			},
			Confirm: "the script's deployment record, and its execution log",
			Basis:   finding.Official, Source: help(pageRESTletErrors),
		},
		{
			Code: "api.rate-limited", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "Too many requests at once",
			Message: "NetSuite's concurrency limit is reached[, status {status}][ {error_code}][; retry after {retry_after}]",
			Meaning: "The account's limit counts all integrations together. It says nothing about token or role.",
			Remedy:  finding.Remedy{Summary: "Try again, with fewer calls at the same time.", Docs: oracle(pageRESTErrors, pageConcurrency)},
			Confirm: "the same call some minutes later",
			Basis:   finding.Official, Source: help(pageRESTErrors, pageConcurrency),
		},
		{
			Code: "api.unavailable", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "API not available",
			Message: "the API is not available now[ (status {status})][; retry after {retry_after}]",
			Meaning: "Maintenance, an overload, or a gateway on the way. It says nothing about token or role.",
			Remedy:  finding.Remedy{Summary: "Look at https://status.netsuite.com, then try again.", Docs: append([]string{"https://status.netsuite.com"}, oracle(pageRESTletErrors)...)},
			Confirm: "https://status.netsuite.com, and the same call some minutes later",
			Basis:   finding.Official, Source: help(pageRESTletErrors) + " (503)",
		},
		{
			Code: "api.pages-broken", Severity: finding.Error,
			Title:   "The pages of a list do not add up",
			Message: "the pages of the list cannot be followed" + atPage,
			Meaning: "What was printed until then is what NetSuite sent; the rest of the list is missing.",
			Remedy:  finding.Remedy{Summary: "Call the page by itself and look at its links, hasMore and offset.", Docs: oracle(pageCollections)},
			Variants: map[string]Variant{
				"not-a-list":   {Message: "the answer is no list: it has no items" + atPage, Remedy: &finding.Remedy{Summary: "Leave --paginate out: this call gives one answer.", Docs: oracle(pageCollections)}},
				"too-large":    {Message: "one record of the page is larger than 16 MiB" + atPage},
				"malformed":    {Message: "the page is no JSON that can be read" + atPage},
				"loop":         {Message: "the next page is one that was read already" + atPage},
				"foreign-host": {Message: "the next page is on another host[, {next_host}], and was not asked for" + atPage, Meaning: "The access token is sent to the account's own hosts only."},
				"next":         {Message: "the address of the next page cannot be used" + atPage},
				"no-progress":  {Message: "the page is empty, and says that there is more" + atPage},
			},
			Confirm: "the same page by itself, without --paginate",
			Basis:   finding.Official, Source: help(pageCollections),
		},
		{
			Code: "api.unexpected-response", Severity: finding.Error,
			Title:   "Unexpected answer",
			Message: "the answer is none that NetSuite documents for this call[; error ID {error_id}]" + at,
			Meaning: "NetSuite had an error of its own, or something else answered.",
			Remedy:  finding.Remedy{Summary: "Try again. If it stays, give[ error ID {error_id},] time and path to NetSuite's support.", Docs: oracle(pageRESTErrors)},
			Variants: map[string]Variant{
				"html": {
					Message: "a web page[ (\"{title}\")] answers in place of the API" + at,
					Meaning: "A proxy or portal on the way answers with pages, and so does NetSuite itself at times. It says nothing about token or role.",
					Remedy:  &finding.Remedy{Summary: "Look at the page. If it is not NetSuite's, look at the proxy or the log-in portal of this network; else try again.", Docs: oracle(pageRESTErrors)},
					Confirm: "the same call from another network",
				},
				"not-json": {
					Message: "the answer says that it is JSON and cannot be read as such: it was cut off, or changed on the way" + at,
					Confirm: "the same call from another network",
				},
				"packed": {
					Message: "the answer is compressed[ ({encoding})], which was not asked for, and was not unpacked" + at,
					Meaning: "A proxy on the way may do so.",
					Confirm: "the same call from another network",
				},
				"too-long": {
					Severity: finding.Warning,
					Message:  "the answer is longer than nsauth reads here, 1 MiB: whether it is whole is not known" + at,
					Meaning:  "Token, role and path are in order as far as the answer was read. nsauth call hands over an answer of any length.",
					Remedy:   &finding.Remedy{Summary: "Ask for less, as with limit=1: the examination needs the answer's beginning only.", Docs: oracle(pageRESTErrors)},
				},
				"probe": {Message: "the answer to nsauth's own test query[, status {status}][ {error_code},] is none that NetSuite documents"},
			},
			Confirm: "the same call some minutes later",
			Basis:   finding.Official, Source: rest + " (UNEXPECTED_ERROR)",
		},
	}
}
