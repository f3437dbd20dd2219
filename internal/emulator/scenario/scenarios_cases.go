package scenario

import (
	"time"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// caseScenarios are seven cases from the field, told again: what people had, and
// saw, before they found out why.
func caseScenarios() []Scenario {
	return []Scenario{
		{
			Name:   "case-retired-signature",
			Title:  "server_error after years of working",
			Story:  "A program signs with RS256 and an RSA key of 2048 bits, as guides of its day said. From one day on every token request is answered with server_error.",
			Client: ClientHalf{KeyType: "rsa-2048", Overrides: map[string]string{"algorithm": "RS256"}},
			Server: ServerHalf{Changes: []Change{MappingMissing}}, // NetSuite no longer takes such a certificate
			Expect: Expect{Exit: 1, Finding: "key.rsa-too-small"},
		},
		{
			Name:   "case-application-id",
			Title:  "refused although everything is set up",
			Story:  "All is as the guide says, but iss has the Application ID, which the integration record shows, and not the Client ID, which it showed only once.",
			Client: ClientHalf{Overrides: map[string]string{"client_id": "{application_id}"}},
			Expect: Expect{Exit: 1, Finding: "profile.client-id-is-application-id"},
		},
		{
			Name:   "case-audit-trail",
			Title:  "no reason until somebody adds the column Detail",
			Story:  "Only the Login Audit Trail said that no certificate goes with the kid. The kid was another certificate's.",
			Client: ClientHalf{Overrides: map[string]string{"certificate_id": "{other_certificate_id}"}},
			Expect: Expect{Exit: 1, Finding: "certificate-id.mismatch"},
		},
		{
			Name:   "case-clock",
			Title:  "invalid_grant now and then",
			Story:  "The client's clock is three minutes ahead. Nobody looked at it, because it worked most of the time.",
			Client: ClientHalf{ClockOffset: 3 * time.Minute},
			Server: ServerHalf{Canned: []server.CannedAnswer{server.CannedAt(oauth.TokenPath, exchange.JSON(400, exchange.TypeJSON, verdict.Guess, oauth.ErrorBody{Error: verdict.InvalidGrant}))}},
			Expect: Expect{Exit: 1, Finding: "clock.skewed"},
		},
		{
			Name:   "case-role",
			Title:  "a token, and 401 for every call",
			Story:  "The role has Log in using Access Tokens, which is for token-based authentication, and lacks Log in using OAuth 2.0 Access Tokens.",
			Client: ClientHalf{Overrides: map[string]string{"api_path": oneCustomer}},
			Server: ServerHalf{Changes: []Change{LoginPermissionRemoved}},
			Expect: Expect{Exit: 1, Causes: []string{"setup.login-permission-missing", "api.permission-missing", "setup.role-or-entity-inactive", "setup.features-disabled"}},
		},
		{
			Name:   "case-five-years",
			Title:  "the upload of a certificate for five years came to nothing",
			Story:  "No error was shown at the upload, and no row in the table. Oracle says that a validity of more than two years is shortened; this account has no mapping with the certificate.",
			Client: ClientHalf{CertificateDays: 1826},
			Server: ServerHalf{Changes: []Change{MappingMissing}},
			Expect: Expect{Exit: 1, Causes: setupCauses()},
		},
		{
			Name:   "case-sandbox",
			Title:  "nothing works since the sandbox was refreshed",
			Story:  "Production works. The sandbox was refreshed at the weekend, and nobody thought of the integrations.",
			Server: ServerHalf{Account: sandboxAccount, Changes: []Change{SandboxRefreshed}},
			Expect: Expect{Exit: 1, Causes: setupCauses("setup.sandbox-refreshed")},
		},
	}
}
