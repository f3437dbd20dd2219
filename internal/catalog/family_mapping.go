package catalog

import "github.com/nsauth/nsauth/internal/finding"

// mappingEntries: NetSuite's own list of certificates. It may be partial.
func mappingEntries() []Entry {
	list := help(pageRotation, pageRotationList)
	return []Entry{
		{
			Code: "mapping.revoked", Severity: finding.Error,
			Title:   "Certificate revoked",
			Message: "NetSuite lists the certificate[ {certificate_id}] as revoked",
			Meaning: "New tokens are refused. Whether tokens already issued stop at once is not documented.",
			Remedy:  newCertificate("Make a new certificate and mapping; a revoked one does not come back."),
			Confirm: menuMapping + " shows the row as revoked", AuditDetails: []string{"MissingKey"},
			Basis: finding.Official, Source: list,
		},
		{
			Code: "mapping.expired", Severity: finding.Error,
			Title:   "Mapping past its end",
			Message: "NetSuite lists the certificate[ {certificate_id}] as valid only until {valid_until|a past date}" + bothClocks,
			Meaning: "NetSuite's own date counts, and it can be earlier than the file's.",
			Remedy:  newCertificate("Make a new certificate and mapping."),
			Confirm: menuMapping + " shows Valid until", AuditDetails: []string{"MissingKey"},
			Basis: finding.Official, Source: list,
		},
		{
			Code: "mapping.expiring-soon", Severity: finding.Warning,
			Title:   "Mapping ends soon",
			Message: "NetSuite ends the certificate[ {certificate_id}] soon[, in {days_left} days][, on {valid_until}]" + bothClocks,
			Meaning: "After that every token request is refused. NetSuite mails Administrators two months, one month and 14 days ahead, and nobody else.",
			Remedy:  newCertificate("Make a new certificate and mapping now; the old one works until its end."),
			Confirm: menuMapping + " shows Valid until",
			Basis:   finding.Official, Source: list + ", " + pageCertificates,
		},
		{
			Code: "mapping.not-listed", Severity: finding.Info,
			Title:   "Certificate not in NetSuite's list",
			Message: "NetSuite's list[ of {listed}] does not have the certificate[ {certificate_id}]",
			Meaning: "The list may be partial: with the permission to manage own certificates only some are shown.",
			Remedy:  copyCertificateID("Compare the Certificate ID with the mapping."),
			Confirm: menuMapping + " shows the Certificate ID",
			Basis:   finding.Inferred, Source: list,
		},
		{
			Code: "mapping.limit-reached", Severity: finding.Warning,
			Title:   "No room for another certificate",
			Message: "at least {active|five} of {limit|five} active certificates are in use: a new one cannot be added",
			Meaning: "An integration record holds at most five active certificates; revoked and ended ones do not count. The next renewal would fail.",
			Remedy: finding.Remedy{
				Summary: "Revoke certificates that are no longer used.",
				UIPath:  new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageMapping),
			},
			Confirm: menuMapping + " lists the certificates of the integration record",
			Basis:   finding.Official, Source: help(pageMapping),
		},
		{
			Code: "mapping.limit-near", Severity: finding.Info,
			Title:   "Room for one more certificate",
			Message: "at least {active|four} of {limit|five} active certificates are in use",
			Meaning: "An integration record holds at most five active certificates. A renewal needs one place for a while.",
			Remedy: finding.Remedy{
				Summary: "Revoke certificates that are no longer used, before the next renewal.",
				UIPath:  new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageMapping),
			},
			Confirm: menuMapping + " lists the certificates of the integration record",
			Basis:   finding.Official, Source: help(pageMapping),
		},
		{
			Code: "mapping.unreadable", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "List of certificates not read",
			Message: "NetSuite's list of certificates could not be read[ (status {status})]",
			Meaning: "The end of the mapping is unknown here. It does not affect the token.",
			Remedy: finding.Remedy{
				Summary: "Look at Valid until in NetSuite. To let nsauth read it, give the role Manage own OAuth 2.0 Client Credentials Certificates.",
				UIPath:  new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageRotation),
			},
			Confirm: menuMapping + " shows Valid until",
			Basis:   finding.Observed, Source: list,
		},
	}
}
