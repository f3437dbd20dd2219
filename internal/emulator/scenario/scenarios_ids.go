package scenario

// idScenarios are those in which an ID in the profile is another thing.
func idScenarios() []Scenario {
	certificateID := func(value string) ClientHalf {
		return ClientHalf{Overrides: map[string]string{"certificate_id": value}}
	}
	return []Scenario{
		{
			Name:   "wrong-kid",
			Title:  "the Certificate ID is another certificate's",
			Story:  "The certificate was renewed: key and certificate are the new ones, the Certificate ID in the profile is still the old one's.",
			Client: certificateID("{other_certificate_id}"),
			Expect: Expect{Exit: 1, Finding: "certificate-id.mismatch"},
		},
		{
			Name:   "kid-lower-case",
			Title:  "the Certificate ID lost its capital letters",
			Story:  "A form or a spreadsheet on the way wrote it in lower case; it is told apart by case.",
			Client: certificateID("{certificate_id_lower_case}"),
			Expect: Expect{Exit: 1, Finding: "certificate-id.mismatch"},
		},
		{
			Name:   "kid-cut-off",
			Title:  "the Certificate ID lacks its end",
			Story:  "Copied from a table that shows only as much as fits.",
			Client: certificateID("{certificate_id_cut_off}"),
			Expect: Expect{Exit: 1, Finding: "profile.certificate-id-malformed"},
		},
		{
			Name:   "kid-padded",
			Title:  "the Certificate ID ends in =",
			Story:  "Computed from the certificate with a tool that pads base64; NetSuite's have no padding.",
			Client: certificateID("{certificate_id}="),
			Expect: Expect{Exit: 1, Finding: "profile.certificate-id-malformed"},
		},
		{
			Name:   "kid-thumbprint",
			Title:  "a SHA-1 thumbprint in place of the Certificate ID",
			Story:  "x5t of the certificate, which other services take as kid. NetSuite's ID is made with SHA-256.",
			Client: certificateID("{certificate_sha1}"),
			Expect: Expect{Exit: 1, Finding: "profile.certificate-id-malformed"},
		},
		{
			Name:   "kid-fingerprint",
			Title:  "a fingerprint in hex in place of the Certificate ID",
			Story:  "The right digest of the right certificate, in the form in which openssl prints it.",
			Client: certificateID("{certificate_fingerprint}"),
			Expect: Expect{Exit: 1, Finding: "profile.certificate-id-malformed"},
		},
		{
			Name:   "kid-of-netsuite",
			Title:  "the kid of NetSuite's own key",
			Story:  "Taken from NetSuite's page of public keys, as a guide says. That key signs NetSuite's tokens, not assertions.",
			Client: certificateID("s.SYSTEM.2020_1"),
			Expect: Expect{Exit: 1, Finding: "profile.certificate-id-malformed"},
		},
		{
			Name:   "application-id",
			Title:  "the Application ID where the Client ID should be",
			Story:  "The integration record shows its Application ID for ever, the Client ID only once, when it is saved.",
			Client: ClientHalf{Overrides: map[string]string{"client_id": "{application_id}"}},
			Expect: Expect{Exit: 1, Finding: "profile.client-id-is-application-id"},
		},
		{
			Name:   "client-id-truncated",
			Title:  "the Client ID lacks its end",
			Story:  "It is shown once, and the last characters were not selected when it was copied.",
			Client: ClientHalf{Overrides: map[string]string{"client_id": "6794a308b1e5c27d90f3a846bd15e7020c9f48"}},
			Expect: Expect{Exit: 1, Finding: "profile.client-id-malformed"},
		},
	}
}
