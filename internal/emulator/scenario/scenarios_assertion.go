package scenario

import (
	"time"

	"github.com/nsauth/nsauth/internal/emulator/oauth"
)

// assertionScenarios are those in which the assertion says something that NetSuite
// does not take, by the profile or because another program made it so.
func assertionScenarios() []Scenario {
	const otherProgram = "Another program makes the assertion. "
	return []Scenario{
		{
			Name:   "rs256",
			Title:  "signed with RS256",
			Story:  "It worked for years. An older program signs with RS256, which NetSuite no longer takes; PS256 works with the same key.",
			Client: ClientHalf{KeyType: "rsa-3072", Overrides: map[string]string{"algorithm": "RS256"}},
			Expect: Expect{Exit: 1, Finding: "assertion.alg-deprecated"},
		},
		{
			Name:   "algorithm-of-other-key",
			Title:  "the algorithm does not go with the key",
			Story:  "PS256, as every guide says, with an elliptic key: that one signs with ES256.",
			Client: ClientHalf{Overrides: map[string]string{"algorithm": "PS256"}},
			Expect: Expect{Exit: 1, Finding: "assertion.alg-key-mismatch"},
		},
		{
			Name:   "wrong-audience",
			Title:  "the audience is the production account's",
			Story:  "A profile copied for the sandbox: the account was changed, the audience was not.",
			Client: ClientHalf{Overrides: map[string]string{"audience": productionHost + oauth.TokenPath}},
			Server: ServerHalf{Account: sandboxAccount},
			Expect: Expect{Exit: 1, Finding: "assertion.audience-mismatch"},
		},
		{
			Name:   "audience-of-restlets",
			Title:  "the audience is on the restlets host",
			Story:  "One of Oracle's samples has it; its text says the token endpoint.",
			Client: ClientHalf{Overrides: map[string]string{"audience": restletsHost + oauth.TokenPath}},
			Expect: Expect{Exit: 1, Finding: "assertion.audience-mismatch"},
		},
		{
			Name:   "audience-without-path",
			Title:  "the audience is the host alone",
			Story:  "Newer OAuth libraries put the server's name there. NetSuite asks for the token endpoint's whole URL.",
			Client: ClientHalf{Overrides: map[string]string{"audience": productionHost}},
			Expect: Expect{Exit: 1, Finding: "assertion.audience-is-issuer"},
		},
		{
			Name:   "scope-unknown",
			Title:  "a scope that NetSuite does not know",
			Story:  "A letter is missing: rest_webservice.",
			Client: ClientHalf{Overrides: map[string]string{"scope": "rest_webservice"}},
			Expect: Expect{Exit: 1, Finding: "profile.scope-unknown"},
		},
		{
			Name:   "scope-mcp",
			Title:  "the scope of the AI connector",
			Story:  "mcp is for a person who consents; client credentials do not have it.",
			Client: ClientHalf{Overrides: map[string]string{"scope": "mcp"}},
			Expect: Expect{Exit: 1, Finding: "profile.scope-not-for-m2m"},
		},
		{
			Name:   "scope-space",
			Title:  "two scopes in one string, a space between them",
			Story:  otherProgram + "OAuth has spaces there; Oracle's text says comma, its samples have an array.",
			Client: ClientHalf{Program: &Program{Claims: map[string]any{"scope": "restlets rest_webservices"}}},
			Server: ServerHalf{Scopes: []string{"restlets", "rest_webservices"}},
			Expect: Expect{Exit: 1, Finding: "assertion.scope-separator"},
		},
		{
			Name:   "scope-empty",
			Title:  "no scope",
			Story:  otherProgram + "The claim is there, and empty.",
			Client: ClientHalf{Program: &Program{Claims: map[string]any{"scope": ""}}},
			Expect: Expect{Exit: 1, Finding: "assertion.scope-missing"},
		},
		{
			Name:   "no-kid",
			Title:  "no kid in the header",
			Story:  otherProgram + "Its library leaves the header to itself, and NetSuite cannot know which certificate to verify with.",
			Client: ClientHalf{Program: &Program{Header: map[string]any{"kid": nil}}},
			Expect: Expect{Exit: 1, Finding: "assertion.kid-missing"},
		},
		{
			Name:   "lifetime-too-long",
			Title:  "an assertion for two hours",
			Story:  otherProgram + "It makes one that lasts; less than an hour is allowed.",
			Client: ClientHalf{Program: &Program{Lifetime: 2 * time.Hour}},
			Expect: Expect{Exit: 1, Finding: "assertion.lifetime-too-long"},
		},
		{
			Name:   "assertion-expired",
			Title:  "the assertion of an hour ago",
			Story:  otherProgram + "It was made once, good for five minutes, and is sent again and again.",
			Client: ClientHalf{Program: &Program{Age: time.Hour, Lifetime: 5 * time.Minute}},
			Expect: Expect{Exit: 1, Finding: "assertion.expired"},
		},
		{
			Name:   "signature-der",
			Title:  "an ECDSA signature in DER",
			Story:  otherProgram + "The signature verifies in the form that crypto libraries give; a JWT has r and s one after the other.",
			Client: ClientHalf{Program: &Program{DER: true}},
			Expect: Expect{Exit: 1, Finding: "assertion.signature-encoding-der"},
		},
	}
}

// clockScenarios are those in which the client's clock is at fault.
func clockScenarios() []Scenario {
	skewed := Expect{Exit: 1, Finding: "clock.skewed"}
	return []Scenario{
		{
			Name:   "clock-behind",
			Title:  "the local clock is twenty minutes behind",
			Story:  "The assertion is valid for five minutes from a time that is twenty minutes ago by NetSuite's clock.",
			Client: ClientHalf{ClockOffset: -20 * time.Minute},
			Expect: skewed,
		},
		{
			Name:   "clock-ahead",
			Title:  "the local clock is ten minutes ahead",
			Story:  "The assertion is issued in NetSuite's future.",
			Client: ClientHalf{ClockOffset: 10 * time.Minute},
			Expect: skewed,
		},
		{
			Name:   "clock-three-minutes-ahead",
			Title:  "the local clock is three minutes ahead",
			Story:  "It failed now and then while the clock drifted away, and fails for good today. How far off NetSuite lets it be is not documented.",
			Client: ClientHalf{ClockOffset: 3 * time.Minute},
			Expect: skewed,
		},
	}
}
