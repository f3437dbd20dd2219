package scenario

import (
	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// worksScenarios are those in which the integration works today, though not
// always without something to say.
func worksScenarios() []Scenario {
	return []Scenario{
		{
			Name:   "healthy",
			Title:  "everything works",
			Story:  "An RSA-3072 key, its certificate mapped in the account, a role with the permissions it needs.",
			Client: ClientHalf{KeyType: "rsa-3072"},
		},
		{
			Name:   "administrator-role",
			Title:  "the mapping uses the Administrator role",
			Story:  "It works, with far more power than an integration needs.",
			Server: ServerHalf{Role: &account.Role{ID: account.AdministratorRole, Name: "Administrator"}},
			Expect: Expect{Finding: "role.administrator"},
		},
		{
			Name:   "expiring-soon",
			Title:  "the certificate ends in ten days",
			Story:  "It works today. NetSuite's reminders went to the administrators' mailboxes.",
			Client: ClientHalf{CertificateAge: 720 * day},
			Expect: Expect{Finding: "certificate.expiring-soon"},
		},
		{
			Name:   "validity-too-long",
			Title:  "a certificate for five years",
			Story:  "It works; NetSuite took the upload and shortened it to two years, so it ends three years before the date in the file.",
			Client: ClientHalf{CertificateDays: 1826},
			Expect: Expect{Finding: "certificate.validity-too-long"},
		},
		{
			Name:   "mapping-ends-sooner",
			Title:  "NetSuite's end is earlier than the file's",
			Story:  "It works for ten days more: by the list in NetSuite the certificate ends then, by its own file much later.",
			Server: ServerHalf{Changes: []Change{MappingExpiringSoon}},
			Expect: Expect{Finding: "mapping.expiring-soon"},
		},
		{
			Name:   "mapping-not-listed",
			Title:  "NetSuite's list lacks the certificate",
			Story:  "It works, yet the list of certificates that the role may see is empty: only those that it uploaded itself may be in it.",
			Server: ServerHalf{Canned: []server.CannedAnswer{{Path: api.ClientsPath, Status: 200, ContentType: exchange.TypeJSON, Body: `[]`, Basis: verdict.Guess}}},
			Expect: Expect{Finding: "mapping.not-listed"},
		},
		{
			Name:   "five-certificates",
			Title:  "five active certificates",
			Story:  "It works; five is all that NetSuite allows for one integration record, so that the next renewal fails at the upload.",
			Server: ServerHalf{Active: account.MaxActive},
			Expect: Expect{Finding: "mapping.limit-reached"},
		},
		{
			Name:   "certificate-file-reissued",
			Title:  "the certificate file was made anew from the same key",
			Story:  "It works: NetSuite has the first certificate of the key, and its ID is in the profile. Whoever computes the ID from the new file gets another one.",
			Client: ClientHalf{Reissued: true, Overrides: map[string]string{"certificate_id": "{mapped_certificate_id}"}},
			Expect: Expect{Finding: "certificate-id.mismatch"},
		},
		{
			Name:   "expires-in-text",
			Title:  "expires_in is a string",
			Story:  "It works, unless a program insists on a number: Oracle's sample has one, and a client of 2022 reads a string.",
			Server: ServerHalf{ExpiresIn: oauth.ExpiresInString},
		},
		{
			Name:   "older-access-token",
			Title:  "an access token in the shape of 2021",
			Story:  "It works, unless a program looks for role and entity where today's tokens have them.",
			Server: ServerHalf{TokenShape: oauth.Shape2021},
		},
		{
			Name:   "scope-comma",
			Title:  "two scopes in one string, a comma between them",
			Story:  "It works: Oracle's text says so, its samples have an array.",
			Client: ClientHalf{Program: &Program{Claims: map[string]any{"scope": "restlets,rest_webservices"}}},
			Server: ServerHalf{Scopes: []string{"restlets", "rest_webservices"}},
			Expect: Expect{Finding: "assertion.scope-separator"},
		},
		{
			Name:   "tls-inspected",
			Title:  "a proxy opens TLS",
			Story:  "It works. The company's gateway shows a certificate of its own for NetSuite's hosts, from a CA that this machine trusts, and reads along.",
			Client: ClientHalf{Inspector: "Example Corp"},
			Expect: Expect{Finding: "network.tls-inspected"},
		},
	}
}
