package report

import (
	"cmp"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// Reports made by hand, one for each way a run can end. Their words stand in
// for the catalog's, so that a better wording there changes no golden file here.

const (
	exampleClientID      = "1c343a71fbc5a1c5a5b6ea2b2f4f0a9d8e7c6b5a493827161504f3e2d1c050ad"
	exampleCertificateID = "NPMnsaVt5LqkEnyJnXkG0eR5s9uQ2wZb7TfYcHdUk1o"
	otherCertificateID   = "-Kq7dV0nXb3mR9sT1yHcEwJpLz5aGfUo2iN8vBxM4tQ"
)

func ptr[T any](v T) *T { return &v }

// exampleWords are the catalog of these reports.
func exampleWords(code finding.Code) catalog.Entry {
	e := map[finding.Code]catalog.Entry{
		"key.rsa-too-small":       {Title: "RSA key too small"},
		"certificate.expired":     {Title: "certificate expired"},
		"certificate-id.mismatch": {Title: "Certificate ID of another certificate"},
		"token.server-error":      {Title: "assertion refused without a reason"},
		"network.unreachable":     {Title: "host unreachable"},
		"setup.mapping-missing": {Title: "no mapping for this certificate", AuditDetails: []string{"MissingKey"},
			Confirm: "the list shows no row with this Certificate ID", Remedy: finding.Remedy{
				Summary: "Create the mapping with this certificate and take the Certificate ID of its row.",
				UIPath:  ptr("Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup > Create New"),
				UIURL:   ptr("/app/oauth2/clientcredentials/setup.nl"),
			}},
		"setup.integration-disabled": {Title: "integration record not enabled", AuditDetails: []string{"IntegrationBlocked", "MissingKey"},
			Confirm: "Setup > Integration > Manage Integrations shows the State of the record with this Client ID", Remedy: finding.Remedy{
				Summary: "Set the record's State to Enabled.",
				UIPath:  ptr("Setup > Integration > Manage Integrations"),
			}},
		"setup.grant-not-enabled": {Title: "client credentials grant not enabled", Remedy: finding.Remedy{
			Summary: "Tick Client Credentials (Machine to Machine) Grant and save.",
			UIPath:  ptr("Setup > Integration > Manage Integrations"),
		}},
		"setup.features-disabled": {Title: "feature switched off", Remedy: finding.Remedy{
			Summary: "Tick OAUTH 2.0 and REST WEB SERVICES.",
			UIPath:  ptr("Setup > Company > Enable Features > SuiteCloud"),
		}},
	}[code]
	return e
}

// describe adds to a cause what the diagnosis says of its code.
func describe(r *finding.Report, c *finding.Cause) {
	e := exampleWords(c.Code)
	c.Title, c.Remedy, c.Kind = cmp.Or(e.Title, string(c.Code)), e.Remedy, finding.CauseFailure
	if r.Outcome == finding.OutcomeWarn {
		c.Kind = finding.CauseWarning
	}
	for _, check := range r.Checks {
		for _, f := range check.Findings {
			if f.Code == c.Code {
				c.Remedy = f.Remedy
			}
		}
	}
	c.UIPath, c.ReadBy = c.Remedy.UIPath, finding.ReadByNsauth
	if c.Confidence == finding.Possible && c.UIPath != nil {
		c.Page, c.ReadBy, c.Question = c.UIPath, finding.ReadByPerson, ptr("Is "+e.Title+" true?")
	}
	if c.Remedy.UIURL != nil {
		c.UIURL = ptr("https://1234567-sb1.app.netsuite.com" + *c.Remedy.UIURL)
	}
}

func base() *finding.Report {
	return &finding.Report{
		SchemaVersion: SchemaVersion, Kind: KindReport,
		Tool: finding.Tool{Name: "nsauth", Version: "0.1.0"}, Command: "doctor",
		StartedAt: "2026-11-23T15:00:00Z", DurationMS: 412,
		Profile: &finding.Subject{Name: ptr("prod"), Account: ptr("1234567_SB1"),
			ClientID: ptr(exampleClientID), CertificateID: ptr(exampleCertificateID)},
		Checks: []finding.Result{
			{ID: finding.CheckProfile, Step: 0, Title: "Profile", Status: finding.Pass, Selected: true, DurationMS: 1,
				Summary: "account 1234567_SB1, every value there",
				Facts: finding.ProfileFacts{Values: map[string]finding.ProfileValue{
					"account": {Value: "1234567_SB1", Source: "$NSAUTH_ACCOUNT"}, "key": {Value: "keys/1234567-sb1.pem", Source: "config.yaml, profile prod"}}}},
			{ID: finding.CheckKey, Step: 3, Title: "Private key", Status: finding.Pass, Selected: true,
				Summary: "RSA 4096 bits, PKCS#8 PEM",
				Facts:   &finding.KeyFacts{Type: "RSA", Bits: 4096, Encoding: "PKCS#8 PEM", SPKISHA256: strings.Repeat("5f", 32)}},
			{ID: finding.CheckCertificate, Step: 3, Title: "Certificate", Status: finding.Pass, Selected: true,
				Summary: "expires 2027-10-01 (in 312 days), matches the key",
				Facts: finding.CertificateFacts{NotBefore: "2025-10-01T00:00:00Z", NotAfter: "2027-10-01T00:00:00Z",
					ValidityDays: 730, DaysLeft: 312, Serial: "0a", Subject: "CN=nsauth", SHA256: strings.Repeat("a1", 32)}},
			{ID: finding.CheckCertificateID, Step: 3, Title: "Certificate ID", Status: finding.Pass, Selected: true,
				Summary: exampleCertificateID + " matches the certificate",
				Facts:   finding.CertificateIDFacts{Configured: ptr(exampleCertificateID), Computed: ptr(exampleCertificateID)}},
			{ID: finding.CheckAssertion, Step: 4, Title: "Client assertion", Status: finding.Pass, Selected: true,
				Summary: "PS256, all claims in order, signature verified",
				Facts: finding.AssertionFacts{Header: map[string]any{"alg": "PS256", "kid": exampleCertificateID},
					Claims: map[string]any{"iss": exampleClientID, "scope": []any{"restlets", "rest_webservices"}}, Signature: "verified", MadeBy: "nsauth", Kind: "assertion",
					CheckedWith: ptr("the key"), LifetimeSeconds: ptr(int64(300)),
					Times: map[string]finding.ClaimedTime{"exp": {Time: "2026-11-23T15:05:00Z", SecondsFromNow: 300}}}},
			{ID: finding.CheckNetwork, Step: 6, Title: "Network", Status: finding.Pass, Selected: true,
				Summary: "1234567-sb1.suitetalk.api.netsuite.com answers",
				Facts:   finding.NetworkFacts{Host: "1234567-sb1.suitetalk.api.netsuite.com", TLSVersion: ptr("1.3"), DNSMS: ptr(3.5)}},
			{ID: finding.CheckClock, Step: 5, Title: "Clock", Status: finding.Pass, Selected: true,
				Summary: "in sync with NetSuite (within 0.2 s)",
				Facts:   finding.ClockFacts{OffsetSeconds: ptr(0.2), Source: ptr("Date of 1234567-sb1.suitetalk.api.netsuite.com"), UncertaintySeconds: ptr(0.6)}},
			{ID: finding.CheckToken, Step: 6, Title: "Access token", Status: finding.Pass, Selected: true,
				Summary: "issued, expires in 60 minutes", Facts: finding.TokenFacts{Status: ptr(200), ExpiresIn: ptr(int64(3600))}},
			{ID: finding.CheckFeatures, Step: 1, Title: "Features", Status: finding.Pass, Selected: true,
				Summary: "OAUTH 2.0 and REST WEB SERVICES are on", Facts: finding.ProvenBy{By: "api"}},
			{ID: finding.CheckIntegration, Step: 2, Title: "Integration record", Status: finding.Pass, Selected: true,
				Summary: "enabled, grant and scopes proven by the token", Facts: finding.ProvenBy{By: "token"}},
			{ID: finding.CheckRole, Step: 7, Title: "Role and entity", Status: finding.Pass, Selected: true,
				Summary: "role 1042, entity 77, restlets rest_webservices",
				Facts: finding.RoleFacts{RoleID: ptr("1042"), EntityID: ptr("77"), ApplicationID: ptr("1C61CD58-044D-497A-AA29-7A3E9A9BB924"),
					ClientID: ptr(exampleClientID), Account: ptr("1234567_SB1")}},
			{ID: finding.CheckAPI, Step: 7, Title: "API call", Status: finding.Pass, Selected: true,
				Summary: "serverTime 200, SuiteQL 200",
				Facts:   finding.APIFacts{Calls: []finding.APICall{{Method: "GET", Path: "/services/rest/system/v1/serverTime", Status: ptr(200), MS: 81.5}}}},
			{ID: finding.CheckMapping, Step: 7, Title: "Mapping", Status: finding.Pass, Selected: true,
				Summary: "expires 2027-10-01, at least 1 active",
				Facts: finding.MappingFacts{Active: 1, Certificates: []finding.MappedCertificate{{CertificateID: exampleCertificateID,
					Application: "orders", Role: "Integration", Entity: "Ada", ValidFrom: "2025-10-01", ValidUntil: "2027-10-01"}}}},
		},
	}
}

// set changes one check of a report.
func set(r *finding.Report, id finding.CheckID, status finding.Status, summary string, findings ...finding.Finding) {
	for i := range r.Checks {
		if c := &r.Checks[i]; c.ID == id {
			c.Status, c.Summary, c.Findings = status, summary, findings
			if status == finding.Skip || status == finding.Unknown {
				c.Facts = nil
			}
		}
	}
}

func blocked(r *finding.Report, by finding.CheckID, ids ...finding.CheckID) {
	for _, id := range ids {
		set(r, id, finding.Skip, "")
		for i := range r.Checks {
			if r.Checks[i].ID == id {
				r.Checks[i].BlockedBy = []finding.CheckID{by}
			}
		}
	}
}

func skip(r *finding.Report, why finding.Reason, ids ...finding.CheckID) {
	for _, id := range ids {
		set(r, id, finding.Skip, "")
		for i := range r.Checks {
			if r.Checks[i].ID == id {
				r.Checks[i].Reason = ptr(why)
				r.Checks[i].Selected = why != finding.NotSelected
			}
		}
	}
}

// end fills in what follows from the checks.
func end(r *finding.Report, d finding.Demand) *finding.Report {
	if d.Required == nil {
		d.Required = []finding.CheckID{finding.CheckProfile, finding.CheckKey, finding.CheckAssertion,
			finding.CheckNetwork, finding.CheckToken, finding.CheckAPI}
	}
	r.Outcome, r.ExitCode = finding.Judge(r.Checks, d)
	r.Summary = finding.Count(r.Checks)
	if r.Diagnosis == nil {
		return r
	}
	for i := range r.Diagnosis.Causes {
		describe(r, &r.Diagnosis.Causes[i])
	}
	for i := range r.Diagnosis.RuledOut {
		r.Diagnosis.RuledOut[i].Title = exampleWords(r.Diagnosis.RuledOut[i].Code).Title
	}
	if len(r.Diagnosis.Causes) > 0 {
		c := r.Diagnosis.Causes[0]
		r.Diagnosis.Headline = "it is " + c.Title
		r.Diagnosis.Next = &finding.NextStep{Summary: c.Remedy.Summary, UIPath: c.UIPath, UIURL: c.UIURL, Commands: c.Remedy.Commands, Docs: c.Remedy.Docs}
	}
	return r
}

func serverError() finding.Finding {
	return finding.Finding{Code: "token.server-error", Severity: finding.Error, Basis: finding.Observed,
		Message:  "the token endpoint answered 500 server_error, which names no reason",
		Evidence: finding.Evidence{"status": 500, "error": "server_error"},
		Remedy:   finding.Remedy{Summary: "Follow the diagnosis."}}
}

func passing() *finding.Report {
	r := base()
	set(r, finding.CheckProfile, finding.Pass, "account 1234567_SB1, every value there", finding.Finding{
		Code: "profile.value-repaired", Severity: finding.Info, Basis: finding.Official,
		Message: "a line end after the client ID was removed", Evidence: finding.Evidence{"field": "client_id"}})
	return end(r, finding.Demand{})
}

func certain() *finding.Report {
	r := base()
	set(r, finding.CheckProfile, finding.Warn, "account 1234567_SB1, every value there",
		finding.Finding{Code: "profile.mixed-sources", Severity: finding.Warning, Basis: finding.Inferred,
			Message:  "the client ID comes from $NSAUTH_CLIENT_ID and the key from config.yaml, profile prod",
			Evidence: finding.Evidence{"fields": []string{"client_id", "key"}},
			Remedy: finding.Remedy{Summary: "Take the identity from one place.",
				Steps:    []string{"Unset NSAUTH_CLIENT_ID, or name the profile.", "Look at what is used now."},
				Commands: [][]string{{"nsauth", "profile", "show", "--profile", "the prod"}}}})
	set(r, finding.CheckKey, finding.Fail, "RSA 2048 bits, PKCS#8 PEM",
		finding.Finding{Code: "key.rsa-too-small", Severity: finding.Error, Basis: finding.Official,
			Message:  "the RSA key has 2048 bits, and NetSuite takes 3072 or 4096 only",
			Evidence: finding.Evidence{"bits": 2048},
			Remedy: finding.Remedy{Summary: "Make a new key and certificate and upload the certificate.",
				Steps: []string{"Make the pair; the old files stay as they are.",
					"Upload nsauth-cert.pem as a new mapping for the same integration, entity and role.",
					"Put the Certificate ID of the new row in the profile."},
				Commands: [][]string{{"nsauth", "certgen", "--key-type", "rsa-4096", "--out", "/etc/integration/new keys/nsauth"}},
				UIPath:   ptr("Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup > Create New"),
				UIURL:    ptr("/app/oauth2/clientcredentials/setup.nl"),
				Docs:     []string{"https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_162755332391.html"}}},
		finding.Finding{Code: "key.readable-by-others", Severity: finding.Warning, Basis: finding.Official, Accepted: true,
			Message: "other users of this computer can read the key", Evidence: finding.Evidence{"mode": "0644"},
			Remedy: finding.Remedy{Summary: "Nothing to do: it was accepted."}})
	set(r, finding.CheckToken, finding.Fail, "500 server_error", serverError())
	r.Checks[7].Facts = finding.TokenFacts{Status: ptr(500), Error: ptr("server_error")}
	blocked(r, finding.CheckToken, finding.CheckFeatures, finding.CheckIntegration, finding.CheckRole, finding.CheckAPI, finding.CheckMapping)
	r.Diagnosis = &finding.Diagnosis{
		Causes: []finding.Cause{
			{Code: "key.rsa-too-small", Confidence: finding.Certain,
				Because: "the key has 2048 bits; Oracle documents that RSA keys must have 3072 or 4096",
				Confirm: "openssl pkey -in key.pem -noout -text shows the size"},
			{Code: "certificate-id.mismatch", Confidence: finding.Likely,
				Because: "the Certificate ID in use is " + exampleCertificateID + ", and that of the file is " + otherCertificateID,
				Confirm: "compare it with the Certificate ID column of the mapping"},
			{Code: "token.server-error", Confidence: finding.Certain, ConsequenceOf: ptr(finding.Code("key.rsa-too-small")),
				Because: "NetSuite answers server_error to an assertion that it cannot verify"},
		},
		RuledOut: []finding.RuledOut{
			{Code: "clock.skewed", Because: "offset +0.2 s by NetSuite's clock"},
			{Code: "assertion.audience-mismatch", Because: "aud is https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"}},
	}
	return end(r, finding.Demand{})
}

func ambiguous() *finding.Report {
	r := base()
	set(r, finding.CheckToken, finding.Fail, "500 server_error", serverError())
	r.Checks[7].Facts = finding.TokenFacts{Status: ptr(500), Error: ptr("server_error"), At: ptr("2026-11-23T15:00:01Z")}
	blocked(r, finding.CheckToken, finding.CheckFeatures, finding.CheckIntegration, finding.CheckRole, finding.CheckAPI, finding.CheckMapping)
	because := "the key, the certificate, the claims and the clock are in order, and the endpoint gave no reason"
	member := func(code finding.Code, confirm string, details ...string) finding.Cause {
		return finding.Cause{Code: code, Confidence: finding.Possible, Because: because, Confirm: confirm, AuditDetails: details}
	}
	r.Diagnosis = &finding.Diagnosis{
		Causes: []finding.Cause{
			member("setup.mapping-missing", "the list shows no row with this Certificate ID; Detail MissingKey in the Login Audit Trail would confirm it", "MissingKey"),
			member("setup.integration-disabled", "Setup > Integration > Manage Integrations shows the State of the record with this Client ID; "+
				"Detail IntegrationBlocked or MissingKey in the Login Audit Trail would confirm it", "IntegrationBlocked", "MissingKey"),
			member("setup.grant-not-enabled", "the box Client Credentials (Machine to Machine) Grant"),
			member("setup.features-disabled", "the boxes OAUTH 2.0 and REST WEB SERVICES"),
		},
		RuledOut: []finding.RuledOut{{Code: "key.rsa-too-small", Because: "RSA 4096 bits"}, {Code: "clock.skewed", Because: "offset +0.2 s by NetSuite's clock"}},
		Answers:  []finding.Answer{{ID: "sandbox-refreshed", Question: "Was the sandbox refreshed?", Answer: "no"}},
		Worked: &finding.Worked{At: ptr("2026-11-20T17:42:03Z"), By: finding.WorkedByRecord, Same: []string{"key", "client_id"},
			Changed: []string{"certificate_id"}, Was: map[string]string{"certificate_id": otherCertificateID},
			Summary: "Last token: Fri 20 Nov 17:42 UTC; changed since: Certificate ID. Look there first"},
	}
	return end(r, finding.Demand{})
}

func unreachable() *finding.Report {
	r := base()
	set(r, finding.CheckNetwork, finding.Unknown, "connection refused by 203.0.113.7:443",
		finding.Finding{Code: "network.unreachable", Severity: finding.Warning, Basis: finding.Official,
			Message:  "1234567-sb1.suitetalk.api.netsuite.com:443 refused the connection; this says nothing about the credentials",
			Evidence: finding.Evidence{"host": "1234567-sb1.suitetalk.api.netsuite.com"},
			Remedy: finding.Remedy{Summary: "Let this computer reach port 443 of the host, directly or through a proxy.",
				Commands: [][]string{{"curl", "-v", "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/system/v1/serverTime"}}}})
	set(r, finding.CheckClock, finding.Unknown, "not measured: no answer from NetSuite, UDP 123 blocked",
		finding.Finding{Code: "clock.unmeasured", Severity: finding.Warning, Basis: finding.Official, Message: "the clock could not be compared"})
	blocked(r, finding.CheckNetwork, finding.CheckToken)
	blocked(r, finding.CheckToken, finding.CheckFeatures, finding.CheckIntegration, finding.CheckRole, finding.CheckAPI)
	skip(r, finding.NotSelected, finding.CheckMapping)
	r.Checks[2].Selected = false
	r.Diagnosis = &finding.Diagnosis{Causes: []finding.Cause{{Code: "network.unreachable", Confidence: finding.Likely,
		Because: "203.0.113.7 refused the TCP connection within 12 ms", Confirm: "run the command from another network"}}}
	return end(r, finding.Demand{})
}

func usage() *finding.Report {
	r := base()
	r.Command, r.Profile = "doctor", nil
	for i := range r.Checks {
		skip(r, finding.NotRun, r.Checks[i].ID)
	}
	r.Summary = finding.Count(r.Checks)
	r.Outcome, r.ExitCode = finding.OutcomeError, finding.ExitUsage
	r.Error = &finding.ErrorInfo{Code: "usage.flag", Message: "unknown check \"certifcate\" in --only",
		Hints: []string{"did you mean \"certificate\"", "the checks are profile, key, certificate, certificate-id, assertion, network, clock, token, features, integration, role, api, mapping."}}
	return r
}

func interrupted() *finding.Report {
	r := base()
	skip(r, finding.NotRun, finding.CheckClock, finding.CheckToken, finding.CheckFeatures, finding.CheckIntegration,
		finding.CheckRole, finding.CheckAPI, finding.CheckMapping)
	r.Error = &finding.ErrorInfo{Code: "interrupted", Message: "interrupted while network was running"}
	return end(r, finding.Demand{Interrupted: true})
}

func keycheck() *finding.Report {
	r := base()
	r.Command, r.Profile = "keycheck", &finding.Subject{}
	r.Checks = r.Checks[1:4]
	skip(r, finding.NotGiven, finding.CheckKey)
	set(r, finding.CheckCertificate, finding.Warn, "ends 2026-12-11, 18 days left", finding.Finding{
		Code: "certificate.expiring-soon", Severity: finding.Warning, Basis: finding.Official,
		Message: "the certificate expires 2026-12-11 (in 18 days)", Evidence: finding.Evidence{"days_left": 18},
		Remedy: finding.Remedy{Summary: "Make a new pair in time and map it beside the old one."}})
	skip(r, finding.NotConfigured, finding.CheckCertificateID)
	r.Diagnosis = &finding.Diagnosis{Causes: []finding.Cause{{Code: "certificate.expiring-soon", Confidence: finding.Certain,
		Because: "notAfter is 2026-12-11T00:00:00Z"}}}
	return end(r, finding.Demand{Required: []finding.CheckID{}})
}

func unicodeText() *finding.Report {
	r := base()
	r.Profile.Name = ptr("プロダクション環境")
	set(r, finding.CheckRole, finding.Warn, "役割「統合担当者(読み取り専用)」、担当者 山田太郎、会社 株式会社サンプル、スコープは制限されています",
		finding.Finding{Code: "role.scope-not-granted", Severity: finding.Warning, Basis: finding.Observed,
			Message: "Für die Rolle „Schnittstelle Großhandel“ fehlt e\u0301in Recht: 統合担当者には必要な権限がありません。管理者に連絡してください。 " +
				"Ελληνικά и русский текст, " + strings.Repeat("длинноеслово", 9),
			Evidence: finding.Evidence{"role": "統合担当者"},
			Remedy: finding.Remedy{Summary: "Give the role the permission – “REST Web Services”.",
				Commands: [][]string{{"nsauth", "token", "--key", "/Users/山田/鍵.pem"}}}})
	r.Diagnosis = &finding.Diagnosis{Causes: []finding.Cause{{Code: "role.scope-not-granted", Confidence: finding.Possible, Because: "権限"}}}
	return end(r, finding.Demand{})
}

// hostileText tries to move the cursor, to colour, to hide, and to look like a line of ours.
const hostileText = "boom\x1b[2J\x1b[31m red \x07\x08\x7f \u009b31m \u202egnp.exe\u202c zero\u200bwidth \xff\xfe " +
	"first\r\nFAIL     Forged line\n\n\nnsauth: error: forged\trest\u2028sep\u00a0nbsp \x00nul 🙂\ufeff"

func hostile() *finding.Report {
	r := base()
	r.Profile.Name, r.Profile.Account = ptr(hostileText), ptr("x@evil.example/#\x1b]8;;http://evil\x07")
	set(r, finding.CheckToken, finding.Fail, hostileText, finding.Finding{Code: finding.Code("token." + hostileText), Severity: finding.Error, Basis: finding.Observed,
		Message: hostileText, Evidence: finding.Evidence{"body": hostileText},
		Remedy: finding.Remedy{Summary: hostileText, Steps: []string{hostileText}, Commands: [][]string{{"echo", hostileText, "it's", "", "-x=$(id)"}},
			UIPath: ptr(hostileText), UIURL: ptr("/app/" + hostileText), Docs: []string{hostileText}}})
	r.Checks[7].Title = hostileText
	r.Diagnosis = &finding.Diagnosis{
		Causes: []finding.Cause{
			{Code: hostileText, Confidence: finding.Confidence("sure" + hostileText), Because: hostileText, Confirm: hostileText},
			{Code: "b", Confidence: finding.Possible, Because: hostileText, Confirm: hostileText},
			{Code: "c", Confidence: finding.Possible, Because: hostileText + " ", Confirm: hostileText},
			{Code: "d", ConsequenceOf: ptr(finding.Code("elsewhere")), Because: hostileText}},
		RuledOut: []finding.RuledOut{{Code: hostileText, Because: hostileText}},
		Answers:  []finding.Answer{{Question: hostileText, Answer: hostileText}},
		Worked:   &finding.Worked{At: ptr(hostileText), Summary: hostileText, Same: []string{hostileText}, Was: map[string]string{hostileText: hostileText}}}
	return end(r, finding.Demand{})
}

type example struct {
	name    string
	report  *finding.Report
	invalid bool // codes of the hostile one are no codes
}

func examples() []example {
	return []example{
		{"pass", passing(), false},
		{"certain", certain(), false},
		{"ambiguous", ambiguous(), false},
		{"unreachable", unreachable(), false},
		{"usage", usage(), false},
		{"interrupted", interrupted(), false},
		{"keycheck", keycheck(), false},
		{"unicode", unicodeText(), false},
		{"hostile", hostile(), true},
	}
}
