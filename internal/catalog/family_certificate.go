package catalog

import "github.com/nsauth/nsauth/internal/finding"

// certificateEntries: faults of the certificate file. It is needed locally only to
// check the pair and the Certificate ID; NetSuite holds its own copy.
func certificateEntries() []Entry {
	another := func() finding.Remedy {
		return finding.Remedy{
			Summary: "Give the certificate that was uploaded to NetSuite, as PEM or DER.",
			Steps:   []string{"Without --cert the rest is still checked, but not the pair, the dates and the Certificate ID."},
		}
	}
	return []Entry{
		{
			Code: "certificate.unreadable", Severity: finding.Error,
			Title:    "Certificate file cannot be read",
			Message:  "the certificate file[ {path}][ ({source})] cannot be read",
			Meaning:  "Without it the pair, the dates and the Certificate ID cannot be checked. The token request does not need it.",
			Remedy:   another(),
			Confirm:  "nsauth profile show tells where the path comes from",
			Variants: unreadable("certificate", "--cert"),
			Basis:    finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "certificate.not-a-certificate", Severity: finding.Error,
			Title:   "Not a certificate",
			Message: "the file[ {path}][ ({source})] holds no certificate",
			Meaning: "NetSuite takes an X.509 certificate (.cer, .pem or .crt). The pair, the dates and the Certificate ID cannot be checked without it.",
			Remedy:  another(),
			Confirm: "the first line of the file says what it holds",
			Variants: map[string]Variant{
				"private-key": {Message: "the certificate file[ {path}][ ({source})] holds a private key, not a certificate", Remedy: &finding.Remedy{
					Summary: "Give this file with --key, and its certificate with --cert. Never upload a private key to NetSuite.",
				}},
				"public-key": {Message: "the certificate file[ {path}][ ({source})] holds a bare public key, not a certificate", Remedy: &finding.Remedy{
					Summary: "Give the certificate that was uploaded to NetSuite. A bare public key cannot be uploaded.",
				}},
				"certificate-revocation-list": {Message: "the certificate file[ {path}][ ({source})] holds a revocation list, not a certificate"},
				"openssh-public-key":          {Message: "the certificate file[ {path}][ ({source})] holds an SSH public key, not a certificate"},
				"parameters":                  {Message: "the certificate file[ {path}][ ({source})] holds only parameters, not a certificate"},
				"jwk":                         {Message: "the certificate file[ {path}][ ({source})] is a JSON Web Key without a certificate (x5c)"},
				"html": {Message: "the certificate file[ {path}][ ({source})] is a web page, not a certificate", Remedy: &finding.Remedy{
					Summary: "Download the file itself. A log-in page may have been saved in its place.",
				}},
				"word-document": {Message: "the certificate file[ {path}][ ({source})] is a Word document, not a certificate"},
				"rich-text":     {Message: "the certificate file[ {path}][ ({source})] is a rich text document (.rtf), not a certificate"},
				"pdf":           {Message: "the certificate file[ {path}][ ({source})] is a PDF document, not a certificate"},
				"zip":           {Message: "the certificate file[ {path}][ ({source})] is a ZIP archive, not a certificate"},
				"certificate-request": {Message: "the certificate file[ {path}][ ({source})] holds a certificate request, not a certificate", Remedy: &finding.Remedy{
					Summary: "Give the certificate that was made from the request. A self-signed one is enough for NetSuite.",
				}},
			},
			Basis: finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "certificate.unparsable", Severity: finding.Error,
			Title:   "Certificate file damaged, or of another format",
			Message: "the certificate file[ {path}][ ({source})] cannot be parsed",
			Meaning: "It holds no complete X.509 certificate in PEM or DER. A program that uploads it would fail as well.",
			Remedy: finding.Remedy{
				Summary:  "Fetch the certificate again from where it was made.",
				Commands: [][]string{showCertificate("path")},
			},
			Confirm: "openssl x509 -noout -subject reads the file, or says why not",
			Variants: merged(damaged("certificate"), map[string]Variant{
				"trusted-certificate": {
					Title:   "OpenSSL's own format",
					Message: "the certificate file[ {path}][ ({source})] is in a format of OpenSSL's own (TRUSTED CERTIFICATE), which may have trust settings behind the certificate",
					Remedy: &finding.Remedy{Summary: "Write it as a plain certificate, and give that file.",
						Commands: [][]string{{"openssl", "x509", "-in", "{path}", "-out", "cert.pem"}}},
					Confirm: "the file's first line says TRUSTED CERTIFICATE",
				},
			}),
			Basis: finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "certificate.key-unsupported", Severity: finding.Error, Refused: true,
			Title:   "Certificate key that NetSuite does not take",
			Message: "the key of the certificate[ {path}][ ({source})] is {type|of another kind}[ {bits}][ on {curve}]; NetSuite takes RSA 3072 or 4096, EC P-256, P-384 or P-521",
			Meaning: "Oracle documents exactly these sizes. One report quotes the refusal at upload: \"Provided x509 certificate has an invalid bit length\".",
			Remedy:  newCertificate("Make a new key and certificate of a documented size, and upload the certificate."),
			Variants: map[string]Variant{
				"explicit-parameters": {Message: "the certificate[ {path}][ ({source})] carries its curve as explicit parameters instead of a name"},
			},
			Confirm: "nsauth keycheck shows type and size",
			Basis:   finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "certificate.key-mismatch", Severity: finding.Error, Refused: true,
			Title:   "Certificate belongs to another key",
			Message: "the certificate[ {certificate}] does not belong to the private key[ {key}]",
			Meaning: "NetSuite verifies the signature with the certificate that was uploaded. With another key's certificate there, the signature never fits.",
			Remedy: finding.Remedy{
				Summary: "Use the private key that this certificate was made from, or upload a certificate made from this key.",
				Steps: []string{
					"[In the same folder, {belonging} belongs to this key.]",
					"Look for the pair: nsauth keycheck with the folder of your keys and certificates says which belong together.",
					"If the key is lost, make a new pair and a new mapping.",
				},
				Commands: [][]string{keycheck(), newPair()},
				UIPath:   new(menuMapping),
				UIURL:    new(urlMapping),
				Docs:     oracle(pageCertificates, pageMapping),
			},
			Variants: map[string]Variant{
				"none-in-folder": {
					Severity: finding.Warning,
					Message:  "no certificate[ of the {certificates}] in {folder|the folder} belongs to the key[ {key}]",
					Remedy: &finding.Remedy{
						Summary:  "Look for the certificate elsewhere, or make a new one for this key and map it.",
						Commands: [][]string{{"nsauth", "certgen", "--for-key", "{key|key.pem}"}},
						UIPath:   new(menuMapping), UIURL: new(urlMapping), Docs: oracle(pageCertificates, pageMapping),
					}},
			},
			Confirm:      "nsauth keycheck compares the two public keys",
			AuditDetails: []string{"SignatureValidation"},
			Basis:        finding.Official, Source: help(pageCertificates, pageAuditDetails) + " (SignatureValidation)",
		},
		{
			Code: "certificate.expired", Severity: finding.Error, Refused: true,
			Title:        "Certificate expired",
			Message:      "the certificate[ {path}][ ({source})] expired[ on {not_after}]" + bothClocks,
			Meaning:      "NetSuite takes no assertion for a certificate past its end, and an expired one cannot be extended: a new mapping is needed.",
			Remedy:       newCertificate("Make a new key and certificate, and create a new mapping with it."),
			Confirm:      menuMapping + " shows Valid until for the mapping",
			AuditDetails: []string{"MissingKey"},
			Basis:        finding.Official, Source: help(pageMapping, pageCertificates, pageAuditDetails) + " (MissingKey: no valid certificate)",
		},
		{
			Code: "certificate.not-yet-valid", Severity: finding.Error,
			Title:   "Certificate not valid yet",
			Message: "the certificate[ {path}][ ({source})] is not valid before {not_before|a later time}" + bothClocks,
			Meaning: "Its start lies in the future by this machine's clock. The clock may be slow, or the certificate was made with a later start.",
			Remedy: finding.Remedy{
				Summary:  "Check this machine's date and time first. If they are right, wait, or make a certificate that starts now.",
				Commands: [][]string{{"date", "-u"}, showCertificate("path")},
				UIPath:   new(menuMapping),
				UIURL:    new(urlMapping),
				Docs:     oracle(pageCertificates),
			},
			Confirm:      menuMapping + " shows Valid from for the mapping",
			AuditDetails: []string{"MissingKey"},
			Basis:        finding.Inferred, Source: help(pageAuditDetails) + " (MissingKey: no valid certificate)",
		},
		{
			Code: "certificate.expiring-soon", Severity: finding.Warning,
			Title:   "Certificate ends soon",
			Message: "the certificate[ {path}][ ({source})] ends soon[, in {days_left} days][, on {not_after}]" + bothClocks,
			Meaning: "After its end every token request is refused. NetSuite may end it earlier than the file says, at most two years in all. It mails Administrators two months, one month and 14 days ahead, and nobody else.",
			Remedy:  newCertificate("Make a new certificate and mapping now; the old one works until its end."),
			Confirm: menuMapping + " shows Valid until for the mapping",
			Basis:   finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "certificate.validity-too-long", Severity: finding.Warning,
			Title:   "Certificate valid for more than two years",
			Message: "the certificate[ {path}][ ({source})] is valid for {validity_days|more than 730} days; NetSuite shortens that to two years[, to about {shortened_to}]",
			Meaning: "It is accepted, but it ends earlier than the file says. NetSuite's own Valid until counts. The exact rule is not published: neither whether two years are 730 or 731 days, nor whether they begin with the certificate or with its upload.",
			Remedy: finding.Remedy{
				Summary: "Note the end that NetSuite shows, and renew by that date. Next time make the certificate for 730 days.",
				UIPath:  new(menuMapping),
				UIURL:   new(urlMapping),
				Docs:    oracle(pageCertificates),
			},
			Confirm: menuMapping + " shows Valid until for the mapping",
			Basis:   finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "certificate.sha1-signature", Severity: finding.Info,
			Title:   "Certificate signed with SHA-1",
			Message: "the certificate[ {path}][ ({source})] is signed with SHA-1[ ({signature_algorithm})]",
			Meaning: "This is the signature on the certificate itself, not on the assertion. Whether NetSuite minds is not known.",
			Remedy: finding.Remedy{
				Summary: "Make the next certificate with SHA-256, which openssl and nsauth certgen use by default.",
				Docs:    oracle(pageCertificates),
			},
			Confirm: "openssl x509 -noout -text shows the signature algorithm",
			Basis:   finding.Inferred, Source: "not documented; common practice",
		},
		{
			Code: "certificate.repaired", Severity: finding.Info,
			Title:    "Certificate file repaired in memory",
			Message:  "the certificate file[ {path}][ ({source})] was put right in memory[ ({repairs})]",
			Meaning:  "nsauth could read it, and the file is as it was; an upload or another program may not.",
			Remedy:   finding.Remedy{Summary: "Store the certificate again as an ordinary PEM file.", Commands: [][]string{showCertificate("path")}},
			Variants: repairedVariants("certificate"),
			Confirm:  "openssl x509 -noout -subject reads the file, or says why not",
			Basis:    finding.Inferred, Source: "nsauth's own rule",
		},
	}
}
