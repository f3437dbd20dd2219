package catalog

import "github.com/nsauth/nsauth/internal/finding"

// profileEntries: faults of the values themselves, before any file is opened.
func profileEntries() []Entry {
	set := func(summary string) *finding.Remedy {
		return &finding.Remedy{
			Summary: summary,
			Steps: []string{"[Set it by the flag {flag}, by ${env}, or as {name} in the profile.]", "nsauth profile show lists every value and where it comes from.",
				"nsauth profile init asks for all values, says where each is found, and saves them."},
			Commands: [][]string{{"nsauth", "profile", "init"}},
			Docs:     oracle(pageAssertion),
		}
	}
	const misnamed = "[ (the environment has {found}, which nsauth does not read; the name is {nearest})]"
	return []Entry{
		{
			Code: "profile.missing-value", Severity: finding.Error, Refused: true,
			Title:   "Value missing",
			Message: "{name|a required value} is not set" + misnamed,
			Meaning: "Without it no client assertion can be made, so nothing can be sent. The other checks run as far as they can.",
			Remedy:  *set("Set {name|the value}."),
			Confirm: "nsauth profile show lists every value and its source",
			Variants: map[string]Variant{
				"account": {
					Message: "the account ID is not set" + misnamed,
					Remedy:  set("Set the account ID, such as 1234567 or 1234567_SB1. Setup > Company > Company Information shows it."),
				},
				"client-id": {
					Message: "the Client ID is not set" + misnamed,
					Remedy:  set("Set the Client ID that NetSuite showed once when the integration record was saved."),
				},
				"certificate-id": {
					Message: "the Certificate ID is not set" + misnamed,
					Remedy:  set("Set the Certificate ID of the mapping: " + menuMapping + "."),
				},
				"key": {
					Message: "no private key file is set" + misnamed,
					Remedy:  set("Set the path of the private key whose certificate was uploaded to NetSuite."),
				},
			},
			Basis: finding.Official, Source: help(pageAssertion, pageTokenRequest),
		},
		{
			Code: "profile.account-id-unfamiliar", Severity: finding.Warning,
			Title:   "Unfamiliar account ID",
			Message: "account ID[ {value}] has none of the known forms (1234567, 1234567_SB1, 1234567_RP, TSTDRV1234567, TD1234567)",
			Meaning: "NetSuite account IDs seen so far are digits, with _SB1 and so on for a sandbox, or begin with TSTDRV or TD. This one is tried as it is; a wrong one has no host.",
			Remedy: finding.Remedy{
				Summary: "Compare the account ID with the one that NetSuite shows.",
				UIPath:  new(menuCompanyURLs),
				Docs:    oracle(pageHosts, pageSandboxID),
			},
			Confirm: menuCompanyURLs + " shows the account's own host names",
			Basis:   finding.Inferred, Source: help(pageSandboxID, pageHosts) + "; forms seen in public reports",
		},
		{
			Code: "profile.client-id-is-application-id", Severity: finding.Error, Refused: true,
			Title:        "Application ID instead of Client ID",
			Message:      "the Client ID[ {value}] is an Application ID (a UUID)",
			Meaning:      "The issuer (iss) of the assertion is the Client ID, also called consumer key. The Application ID on the same integration record is another value.",
			Remedy:       copyClientID(),
			Confirm:      menuIntegration + " > the record shows this value as Application ID",
			AuditDetails: []string{"InvalidIssuer", "UnknownIntegration"},
			Basis:        finding.Official, Source: help(pageAssertion, pageRotationList),
		},
		{
			Code: "profile.client-id-malformed", Severity: finding.Warning,
			Title:   "Client ID has an unusual form",
			Message: "the Client ID does not look like one: all known ones are 64 characters, 0-9 and a-f",
			Meaning: "Every Client ID in Oracle's samples has 64 lower-case hexadecimal characters. No page states this as a rule, so the value is used as it is.",
			Remedy:  copyClientID(),
			Confirm: "compare it, character by character, with the value stored when the integration record was saved",
			Variants: map[string]Variant{
				"blank":             {Message: "the Client ID is blank"},
				"surrounding-space": {Message: "the Client ID has a space or line break before or after it"},
				"upper-case":        {Message: "the Client ID has upper-case letters; all known ones are lower-case"},
				"length":            {Message: "the Client ID has {length|another number of} characters; all known ones have 64"},
				"characters":        {Message: "the Client ID has characters other than 0-9 and a-f"},
			},
			AuditDetails: []string{"InvalidIssuer", "UnknownIntegration"},
			Basis:        finding.Inferred, Source: "samples in " + help(pageTokenRequest, pageRotationList),
		},
		{
			Code: "profile.certificate-id-malformed", Severity: finding.Warning,
			Title:   "Certificate ID has an unusual form",
			Message: "the Certificate ID does not look like one: all known ones are 43 characters of A-Z a-z 0-9 - _",
			Meaning: "Every known Certificate ID has 43 characters of base64url without padding. No page states this as a rule, so the value is used as it is.",
			Remedy:  copyCertificateID("Copy the Certificate ID from the mapping."),
			Confirm: menuMapping + " shows the Certificate ID",
			Variants: map[string]Variant{
				"blank":                {Message: "the Certificate ID is blank"},
				"surrounding-space":    {Message: "the Certificate ID has a space or line break before or after it"},
				"padded":               {Message: "the Certificate ID ends in =; NetSuite's have no padding"},
				"not-canonical":        {Message: "the Certificate ID ends in a character that none can end in: it was damaged on the way"},
				"length":               {Message: "the Certificate ID has {length|another number of} characters; all known ones have 43"},
				"characters":           {Message: "the Certificate ID has characters other than A-Z a-z 0-9 - _"},
				"thumbprint":           {Message: "the Certificate ID is a SHA-1 thumbprint; NetSuite's has 43 characters"},
				"hex-fingerprint":      {Message: "the Certificate ID is a SHA-256 fingerprint in hexadecimal; NetSuite's has 43 characters"},
				"netsuite-signing-key": {Message: "the Certificate ID is the name of one of NetSuite's own signing keys, never of a mapping"},
			},
			AuditDetails: []string{"MissingKey"},
			Basis:        finding.Inferred, Source: "samples in " + help(pageRotationID, pageAssertion),
		},
		{
			Code: "profile.scope-not-for-m2m", Severity: finding.Error, Refused: true,
			Title:   "Scope not for client credentials",
			Message: "scope {scope|mcp} cannot be used with client credentials",
			Meaning: "Oracle allows the AI Connector scope only alone and only in the authorization code flow.",
			Remedy: finding.Remedy{
				Summary: "Use rest_webservices, restlets or suite_analytics.",
				Docs:    oracle(pageAssertion, pageAuthCode, pageIntegration),
			},
			Confirm:      "nsauth profile show lists the scopes and where they come from",
			AuditDetails: []string{"InvalidScope", "ScopeMismatched"},
			Basis:        finding.Official, Source: help(pageAuthCode, pageIntegration),
		},
		{
			Code: "profile.scope-unknown", Severity: finding.Warning,
			Title:   "Unknown scope",
			Message: "scope[ {scope}] is not one that Oracle documents: rest_webservices, restlets, suite_analytics[ (nearest: {nearest})]",
			Meaning: "Oracle lists three scopes for client credentials. Another one is sent as it is.",
			Remedy: finding.Remedy{
				Summary: "Use rest_webservices, restlets or suite_analytics, in a list if there are several.",
				Docs:    oracle(pageAssertion),
			},
			Confirm:      "nsauth profile show lists the scopes and where they come from",
			AuditDetails: []string{"InvalidScope", "ScopeMismatched"},
			Basis:        finding.Inferred, Source: help(pageAssertion),
		},
		{
			Code: "profile.algorithm-unknown", Severity: finding.Error, Refused: true,
			Title:   "Unknown signing algorithm",
			Message: "algorithm[ {value}] is none of PS256, PS384, PS512, ES256, ES384, ES512[ (nearest: {nearest})]",
			Meaning: "nsauth cannot sign with it. Without a setting it chooses the algorithm that fits the key.",
			Remedy: finding.Remedy{
				Summary: "Remove the setting, or choose PS256 for an RSA key, or ES256, ES384, ES512 for P-256, P-384, P-521.",
				Docs:    oracle(pageAssertion),
			},
			Confirm: "nsauth profile show lists the algorithm and where it comes from",
			Basis:   finding.Official, Source: help(pageAssertion),
		},
		{
			Code: "profile.insecure-url", Severity: finding.Error, Refused: true,
			Title:   "URL without TLS",
			Message: "{name|the URL}[ {value}] is not https; only a loopback address may be plain http",
			Meaning: "An assertion sent without TLS can be read and used by others. nsauth sends nothing to such a URL.",
			Remedy:  finding.Remedy{Summary: "Use an https URL."},
			Variants: map[string]Variant{
				"loopback": {
					Severity: finding.Info,
					Message:  "{name|the URL} is plain http to this machine itself[: {value}]",
					Meaning:  "What stays on this machine cannot be read on the way. Never use such a URL for a real account.",
				},
			},
			Confirm: "nsauth profile show lists the URLs and where they come from",
			Basis:   finding.Official, Source: "RFC 6749, section 3.2",
		},
		{
			Code: "profile.mixed-sources", Severity: finding.Warning,
			Title:   "Values from different places",
			Message: "account, Client ID, Certificate ID, key and certificate come from different places[ - {sources}]",
			Meaning: "The five belong together. A value left in the environment from another account or mapping is a common reason for a refusal.",
			Remedy: finding.Remedy{
				Summary:  "Keep the five values in one profile, and name it with --profile.",
				Commands: [][]string{{"nsauth", "profile", "show"}},
			},
			Confirm: "nsauth profile show lists every value and its source",
			Basis:   finding.Inferred, Source: "nsauth's own rule: the values of one mapping belong together",
		},
		{
			Code: "profile.value-repaired", Severity: finding.Info,
			Title:   "Value cleaned up",
			Message: "{name|a value} was cleaned up before use",
			Meaning: "The value in the profile is not exactly what was used. Other programs that read it may not be so lenient.",
			Remedy: finding.Remedy{
				Summary:  "Store the value as nsauth used it.",
				Commands: [][]string{{"nsauth", "profile", "show"}},
			},
			Variants: map[string]Variant{
				"invisible":         {Message: "{name|a value} had invisible characters around it; they were left out"},
				"surrounding-space": {Message: "{name|a value} had spaces or line breaks around it; they were left out"},
				"quotes":            {Message: "{name|a value} had quotation marks around it; they were left out"},
				"url":               {Message: "the account was given as a URL; {used|its account ID} was used"},
				"host":              {Message: "the account was given as a host name; {used|its account ID} was used"},
			},
			Confirm: "nsauth profile show lists every value and its source",
			Basis:   finding.Inferred, Source: "nsauth's own rule",
		},
	}
}
