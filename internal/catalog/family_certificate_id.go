package catalog

import "github.com/nsauth/nsauth/internal/finding"

// certificateIDEntries: the configured Certificate ID against the one computed from
// the file. The computation was found from a certificate and ID that Oracle prints;
// no page states it, so a difference is a warning.
func certificateIDEntries() []Entry {
	computed := "a certificate and its ID printed in " + help(pageRotationID) + ": base64url of SHA-256 over the DER"
	return []Entry{
		{
			Code: "certificate-id.mismatch", Severity: finding.Warning,
			Title:   "Certificate ID of another certificate",
			Message: "the Certificate ID[ {configured}] is not the one computed from the certificate[: {computed}]",
			Meaning: "NetSuite looks up the certificate by this ID (kid). In Oracle's example the ID is the SHA-256 of the certificate, as base64url. No page states it as a rule. A certificate renewed from the same key has another ID.",
			Remedy: finding.Remedy{
				Summary: "Copy the Certificate ID of the mapping that holds this certificate, in this account.",
				Steps: []string{
					"If no row has the computed ID, this certificate is not in this account: upload it, or use the file that was uploaded.",
					"Production, sandbox and Release Preview have mappings of their own.",
				},
				Commands: [][]string{{"nsauth", "keycheck", "--cert", "{certificate}"}},
				UIPath:   new(menuMapping),
				UIURL:    new(urlMapping),
				Docs:     oracle(pageRotationID, pageMapping),
			},
			Variants: map[string]Variant{
				"case":        spelling("differs from the computed one only in upper and lower case[: {computed}]"),
				"truncated":   spelling("is only a part of the computed one[: {computed}]"),
				"alphabet":    spelling("is the computed one with + and / for - and _[: {computed}]"),
				"fingerprint": spelling("is the certificate's fingerprint; as NetSuite writes it, it is {computed|the base64url of the same bytes}"),
				"padded":      spelling("is the computed one with padding added[: {computed}]"),
				"malformed": {
					Title:   "Certificate ID of another form",
					Message: "the Certificate ID[ {configured}] cannot be one of NetSuite's, which have 43 letters, digits, - and _[; this certificate's is {computed}]",
				},
				"none-in-folder": {
					Message: "no certificate[ of the {certificates}] in {folder|the folder} has the Certificate ID[ {configured}]",
					Remedy: &finding.Remedy{
						Summary: "Look for the certificate that was uploaded, or copy the ID of the mapping again.",
						Steps:   []string{"[Not all of the folder was looked at: there is too much in it ({incomplete}).]"},
						UIPath:  new(menuMapping), UIURL: new(urlMapping), Docs: oracle(pageRotationID, pageMapping),
					}},
				"accepted": {
					Title:   "Certificate file is not the one in NetSuite",
					Message: "NetSuite accepted the Certificate ID[ {configured}] today, and it is not the one computed from the certificate file[: {computed}]",
					Meaning: "The ID is right, so the file is not the certificate that was uploaded: often one that was made anew from the same key. Or NetSuite computes this ID in another way than in Oracle's example.",
					Remedy: &finding.Remedy{
						Summary: "Give the certificate that was uploaded. Until then the end that is shown for the file is not the mapping's.",
						UIPath:  new(menuMapping), UIURL: new(urlMapping), Docs: oracle(pageRotationID, pageMapping),
					}},
			},
			Confirm:      menuMapping + " shows the Certificate ID of the mapping[; {computed} is this file's]",
			AuditDetails: []string{"MissingKey", "SignatureValidation"},
			Basis:        finding.Inferred, Source: computed,
		},
		{
			Code: "certificate-id.belongs-to-other-file", Severity: finding.Warning,
			Title:   "Certificate ID of another file",
			Message: "the Certificate ID[ {configured}] is that of {other|another certificate in the same folder}[, not of {certificate}]",
			Meaning: "One certificate is configured, and the ID of another one. Key, certificate and ID have to be those of one mapping.",
			Remedy: finding.Remedy{
				Summary:  "Use the key and certificate that belong to this Certificate ID, or the ID of this certificate.",
				Steps:    []string{"[This certificate's ID is {computed}.]"},
				Commands: [][]string{{"nsauth", "keycheck", "--cert", "{other}"}},
				UIPath:   new(menuMapping),
				UIURL:    new(urlMapping),
				Docs:     oracle(pageRotationID, pageMapping),
			},
			Variants: map[string]Variant{
				"same-key": {
					Message: "the Certificate ID[ {configured}] is that of {other|another certificate}, which was made for the same key[ as {certificate}]",
					Meaning: "Each certificate of a key has an ID of its own, so a renewal changes it. The ID has to be that of a certificate which is mapped and has not ended.",
				},
			},
			Confirm:      menuMapping + " shows the Certificate ID of the mapping",
			AuditDetails: []string{"MissingKey", "SignatureValidation"},
			Basis:        finding.Inferred, Source: computed,
		},
	}
}

// spelling is for the certificate's own ID, damaged on its way into the profile.
func spelling(how string) Variant {
	return Variant{
		Title:   "Certificate ID written in another way",
		Message: "the Certificate ID[ {configured}] " + how,
		Remedy: &finding.Remedy{
			Summary:  "Write it as NetSuite shows it[, which should be {computed}].",
			Steps:    []string{"Copy it whole from the mapping: 43 characters, upper and lower case as shown. It may begin with a hyphen."},
			Commands: [][]string{{"nsauth", "keycheck", "--cert", "{certificate}"}},
			UIPath:   new(menuMapping), UIURL: new(urlMapping), Docs: oracle(pageRotationID, pageMapping),
		},
	}
}
