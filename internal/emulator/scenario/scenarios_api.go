package scenario

import (
	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// apiScenarios are those in which a token is issued, and a call with it refused.
func apiScenarios() []Scenario {
	calls := func(path string) ClientHalf { return ClientHalf{Overrides: map[string]string{"api_path": path}} }
	restlet := ClientHalf{Overrides: map[string]string{"api_path": restletCall, "scope": "restlets,rest_webservices"}}
	bothScopes := []string{"restlets", "rest_webservices"}
	restletAnswers := func(status int, code, message string) ServerHalf {
		return ServerHalf{Scopes: bothScopes, Canned: []server.CannedAnswer{server.CannedAt(api.RESTletPath, api.RESTletError(api.FormatJSON, status, verdict.Official, code, message))}}
	}
	recordsBreak := func(f faults.Fault) ServerHalf {
		f.Paths = []string{api.RecordPath}
		return ServerHalf{Faults: []faults.Fault{f}}
	}
	return []Scenario{
		{
			Name:   "no-permission",
			Title:  "the role may not see customers",
			Story:  "The token is issued; reading one customer is refused with 403, because the role lacks Lists > Customers.",
			Client: calls(oneCustomer),
			Server: ServerHalf{WithoutPermissions: []string{"Customers"}},
			Expect: Expect{Exit: 1, Finding: "api.permission-missing"},
		},
		{
			Name:   "rest-permission-missing",
			Title:  "the role may not use REST",
			Story:  "The token is issued; every record is refused with 403, because the role lacks Setup > REST Web Services.",
			Client: calls(oneCustomer),
			Server: ServerHalf{WithoutPermissions: []string{account.PermissionREST}},
			Expect: Expect{Exit: 1, Finding: "api.permission-missing"},
		},
		{
			Name:   "rest-feature-off",
			Title:  "the feature REST WEB SERVICES is off",
			Story:  "OAUTH 2.0 is on, so that the token is issued; no REST call works with it.",
			Client: calls(oneCustomer),
			Server: ServerHalf{Changes: []Change{RESTFeatureOff}},
			Expect: Expect{Exit: 1, Finding: "api.permission-missing"},
		},
		{
			Name:   "login-permission-removed",
			Title:  "token yes, calls no: 401 INVALID_LOGIN",
			Story:  "The role lost Log in using OAuth 2.0 Access Tokens after the mapping was made. One answer stands for token, role, entity and feature.",
			Client: calls(oneCustomer),
			Server: ServerHalf{Changes: []Change{LoginPermissionRemoved}},
			Expect: Expect{Exit: 1, Causes: []string{"setup.login-permission-missing", "api.permission-missing", "setup.role-or-entity-inactive", "setup.features-disabled"}},
		},
		{
			Name:   "workbook-missing",
			Title:  "lists are refused as a bad request",
			Story:  "One record by its ID works; a list of the same records is answered with 400 USER_ERROR, because the role lacks Reports > SuiteAnalytics Workbook.",
			Client: calls(allCustomers),
			Server: ServerHalf{WithoutPermissions: []string{account.PermissionWorkbook}},
			Expect: Expect{Exit: 1, Finding: "api.workbook-permission-missing"},
		},
		{
			Name:   "record-missing",
			Title:  "there is no record with this ID",
			Story:  "The ID is one of the production account, or the record was deleted: 404.",
			Client: calls(api.RecordPath + "customer/999999"),
			Expect: Expect{Exit: 1, Finding: "api.not-found"},
		},
		{
			Name:   "bad-request",
			Title:  "the call itself is malformed",
			Story:  "More records at once than NetSuite gives: 400, and no matter of token or role.",
			Client: calls(api.RecordPath + "customer?limit=5000"),
			Expect: Expect{Exit: 1, Finding: "api.invalid-request"},
		},
		{
			Name:  "rate-limited",
			Title: "too many requests at once",
			Story: "The token is issued; other programs use up the account's concurrency limit, and every REST call is answered with 429.",
			Server: ServerHalf{Faults: []faults.Fault{{
				Kind:       faults.RateLimited,
				Paths:      []string{"/services/rest/system/", "/services/rest/query/", api.RecordPath},
				RetryAfter: 5,
			}}},
			Expect: Expect{Exit: 3, Finding: "api.rate-limited"},
		},
		{
			Name:   "restlet-rate-limited",
			Title:  "too many RESTlets at once",
			Story:  "The same limit as rate-limited, in a RESTlet's words: 400 SSS_REQUEST_LIMIT_EXCEEDED.",
			Client: restlet,
			Server: restletAnswers(400, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded"),
			Expect: Expect{Exit: 3, Finding: "api.rate-limited"},
		},
		{
			Name:   "restlet-wrong-script",
			Title:  "there is no such RESTlet",
			Story:  "The script or its deployment has another ID in this account, or is not released.",
			Client: restlet,
			Server: restletAnswers(400, "SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid, disabled, or no longer exists."),
			Expect: Expect{Exit: 1, Finding: "api.restlet-error"},
		},
		{
			Name:   "restlet-login-refused",
			Title:  "a RESTlet refuses the log-in",
			Story:  "REST calls work with the token, so that log-in and role are in order; the RESTlet answers 401 INVALID_LOGIN_ATTEMPT.",
			Client: restlet,
			Server: restletAnswers(401, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt."),
			Expect: Expect{Exit: 1, Finding: "api.invalid-login"},
		},
		{
			Name:   "restlet-redirected",
			Title:  "a RESTlet in another data center",
			Story:  "The call is answered with a redirect, which is not followed with a token.",
			Client: restlet,
			Server: ServerHalf{Scopes: bothScopes, Faults: []faults.Fault{{
				Kind: faults.Redirect, Paths: []string{api.RESTletPath}, Location: "https://rest.na1.netsuite.com" + api.RESTletPath,
			}}},
			Expect: Expect{Exit: 1, Finding: "api.redirected"},
		},
		{
			Name:   "unexpected-error",
			Title:  "NetSuite has an error of its own",
			Story:  "500 UNEXPECTED_ERROR, with an Error ID to give to support.",
			Client: calls(oneCustomer),
			Server: ServerHalf{Canned: []server.CannedAnswer{{Path: api.RecordPath, Status: 500, ContentType: exchange.TypeError, Body: unexpectedErrorBody, Basis: verdict.Official}}},
			Expect: Expect{Exit: 1, Finding: "api.unexpected-response"},
		},
		{
			Name:   "records-unavailable",
			Title:  "records are not available now",
			Story:  "The token is issued and the server's time answered; reading a record is answered with 503.",
			Client: calls(oneCustomer),
			Server: recordsBreak(faults.Fault{Kind: faults.Unavailable, RetryAfter: 120}),
			Expect: Expect{Exit: 3, Finding: "api.unavailable"},
		},
		{
			Name:   "records-web-page",
			Title:  "a web page in place of the record",
			Story:  "A gateway lets the token request pass, and answers the call with a page of its own and status 200.",
			Client: calls(oneCustomer),
			Server: recordsBreak(faults.Fault{Kind: faults.HTML}),
			Expect: Expect{Exit: 1, Finding: "api.unexpected-response"},
		},
	}
}

// unexpectedErrorBody is what Oracle documents (section_156570709583).
const unexpectedErrorBody = `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.6.1","title":"Internal Server Error","status":500,` +
	`"o:errorDetails":[{"detail":"An unexpected error occurred. Error ID: laq1x2y3z4a5b6c7d8e9f","o:errorCode":"UNEXPECTED_ERROR"}]}`
