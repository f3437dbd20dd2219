package scenario

import (
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// tokenScenarios are those that differ in how the token endpoint answers. The
// OAuth errors stand for a server that says more than the bare 500: Oracle
// documents them for the authorization code flow (subsect_158521832417), and
// nobody has shown them for client credentials.
func tokenScenarios() []Scenario {
	says400 := func(code string, basis verdict.Basis) ServerHalf {
		return ServerHalf{Canned: []server.CannedAnswer{server.CannedAt(oauth.TokenPath, exchange.JSON(400, exchange.TypeJSON, basis, oauth.ErrorBody{Error: code}))}}
	}
	answers := func(a server.CannedAnswer) ServerHalf { return ServerHalf{Canned: []server.CannedAnswer{a}} }
	breaks := func(f faults.Fault) ServerHalf {
		f.Paths = []string{oauth.TokenPath}
		return ServerHalf{Faults: []faults.Fault{f}}
	}
	says := func(change Change) ServerHalf {
		return ServerHalf{Changes: []Change{change}, Errors: oauth.ErrorsOAuth}
	}
	set := Expect{Exit: 1, Causes: setupCauses()}
	return []Scenario{
		{
			Name:   "invalid-client",
			Title:  "invalid_client: no such integration record",
			Story:  "A token endpoint that names its error, with status 401. What it means by it only NetSuite knows, so no cause is excluded.",
			Server: says(IntegrationUnknown),
			Expect: set,
		},
		{
			Name:   "invalid-grant",
			Title:  "invalid_grant: the entity is inactive",
			Story:  "A token endpoint that names its error, with status 400. What it means by it only NetSuite knows, so no cause is excluded.",
			Server: says(RoleOrEntityInactive),
			Expect: set,
		},
		{
			Name:   "invalid-scope",
			Title:  "invalid_scope: the scope is not ticked",
			Story:  "A token endpoint that names its error, with status 400. What it means by it only NetSuite knows, so no cause is excluded.",
			Server: says(ScopeNotEnabled),
			Expect: set,
		},
		{
			Name:   "unauthorized-client",
			Title:  "unauthorized_client: the integration record is blocked",
			Story:  "A token endpoint that names its error, with status 400. What it means by it only NetSuite knows, so no cause is excluded.",
			Server: says(IntegrationDisabled),
			Expect: set,
		},
		{
			Name:   "unsupported-grant-type",
			Title:  "unsupported_grant_type: the grant is not ticked",
			Story:  "What one field report says of an integration record without the client credentials grant.",
			Server: says400(verdict.UnsupportedGrant, verdict.Observed),
			Expect: set,
		},
		{
			Name:   "invalid-request",
			Title:  "invalid_request: the form arrives malformed",
			Story:  "Something on the way changes the request, or the endpoint minds a parameter: status 400.",
			Server: says400(verdict.InvalidRequest, verdict.Guess),
			Expect: Expect{Exit: 1, Causes: setupCauses("token.invalid-request")},
		},
		{
			Name:   "token-rate-limited",
			Title:  "the token endpoint asks to slow down",
			Story:  "A program asks for a new token before each call, and is answered with 429.",
			Server: breaks(faults.Fault{Kind: faults.RateLimited, RetryAfter: 30}),
			Expect: Expect{Exit: 3, Finding: "token.rate-limited"},
		},
		{
			Name:   "token-unavailable",
			Title:  "the token endpoint is down",
			Story:  "REST calls are answered; the token endpoint is not, but for a page that says 503.",
			Server: answers(server.CannedAnswer{Path: oauth.TokenPath, Status: 503, ContentType: "text/html", Body: "<html><head><title>503 Service Unavailable</title></head><body></body></html>\n", Basis: verdict.Guess}),
			Expect: Expect{Exit: 3, Finding: "token.unavailable"},
		},
		{
			Name:   "token-web-page",
			Title:  "a web page in place of the token",
			Story:  "REST calls are answered by NetSuite; what is sent to the token endpoint a gateway answers itself, with status 200.",
			Server: breaks(faults.Fault{Kind: faults.HTML}),
			Expect: Expect{Exit: 1, Finding: "token.unexpected-response"},
		},
		{
			Name:   "token-redirected",
			Title:  "the token endpoint redirects",
			Story:  "An assertion is not sent on to where a redirect leads.",
			Server: breaks(faults.Fault{Kind: faults.Redirect, Location: "https://gateway.example/login"}),
			Expect: Expect{Exit: 1, Finding: "network.redirected"},
		},
		{
			Name:   "token-half",
			Title:  "half an answer of the token endpoint",
			Story:  "Status 200, and a body that is whole by its length but ends in the middle of the token.",
			Server: answers(server.CannedAnswer{Path: oauth.TokenPath, Status: 200, ContentType: exchange.TypeJSON, Body: `{"access_token":"eyJ0eXAi`, Basis: verdict.Guess}),
			Expect: Expect{Exit: 1, Finding: "token.unexpected-response"},
		},
		{
			Name:   "token-cut-off",
			Title:  "the connection ends in the answer of the token endpoint",
			Story:  "Status 200, and a body that is shorter than announced.",
			Server: breaks(faults.Fault{Kind: faults.Truncated}),
			Expect: Expect{Exit: 3, Finding: "network.unreachable"},
		},
	}
}
