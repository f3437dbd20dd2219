package scenario

import "time"

// keyScenarios are those in which the key or the certificate is at fault. Of a
// key that NetSuite does not take there is no mapping: the upload was refused.
func keyScenarios() []Scenario {
	notUploaded := ServerHalf{Changes: []Change{MappingMissing}}
	return []Scenario{
		{
			Name:   "key-mismatch",
			Title:  "the private key is not the certificate's",
			Story:  "The key was made anew, the certificate that NetSuite has was not.",
			Client: ClientHalf{UseOtherKey: true},
			Expect: Expect{Exit: 1, Finding: "certificate.key-mismatch"},
		},
		{
			Name:   "small-key",
			Title:  "an RSA key of 2048 bits",
			Story:  "A key of the size that most guides show. NetSuite refused the upload of its certificate, so there is no mapping either.",
			Client: ClientHalf{KeyType: "rsa-2048"},
			Server: notUploaded,
			Expect: Expect{Exit: 1, Finding: "key.rsa-too-small"},
		},
		{
			Name:   "odd-key-size",
			Title:  "an RSA key of 3584 bits",
			Story:  "More than enough, but NetSuite takes 3072 and 4096 bits and nothing else.",
			Client: ClientHalf{KeyType: "rsa-3584"},
			Server: notUploaded,
			Expect: Expect{Exit: 1, Finding: "key.rsa-size-unsupported"},
		},
		{
			Name:   "wrong-curve",
			Title:  "an elliptic key of another curve",
			Story:  "A key of the curve P-224. NetSuite takes P-256, P-384 and P-521, and no algorithm goes with this one.",
			Client: ClientHalf{KeyType: "p-224"},
			Server: notUploaded,
			Expect: Expect{Exit: 1, Finding: "key.curve-unsupported"},
		},
		{
			Name:   "ed25519-key",
			Title:  "an Ed25519 key",
			Story:  "The modern kind, as for SSH. NetSuite has no algorithm for it.",
			Client: ClientHalf{KeyType: "ed25519"},
			Server: notUploaded,
			Expect: Expect{Exit: 1, Finding: "key.type-unsupported"},
		},
		{
			Name:   "key-is-certificate",
			Title:  "the key file holds the certificate",
			Story:  "Two files with the same ending, and the wrong one in the profile.",
			Client: ClientHalf{KeyFile: KeyFileCertificate},
			Expect: Expect{Exit: 1, Finding: "key.not-a-private-key"},
		},
		{
			Name:   "key-encrypted",
			Title:  "the key is encrypted",
			Story:  "openssl asks for a passphrase unless it is told not to, and the program has none to give.",
			Client: ClientHalf{KeyFile: KeyFileEncrypted},
			Expect: Expect{Exit: 1, Finding: "key.encrypted"},
		},
		{
			Name:   "key-in-one-line",
			Title:  "the key file has \\n in place of line ends",
			Story:  "The key went through an environment variable or a JSON file on its way. nsauth reads it all the same, and says so; most programs do not.",
			Client: ClientHalf{KeyFile: KeyFileEscaped},
			Expect: Expect{Exit: 0, Finding: "key.repaired"},
		},
		{
			Name:   "key-utf16",
			Title:  "the key file was written by PowerShell",
			Story:  "Two bytes for each character, as > writes them there. nsauth reads it all the same, and says so; most programs do not.",
			Client: ClientHalf{KeyFile: KeyFileUTF16},
			Expect: Expect{Exit: 0, Finding: "key.repaired"},
		},
		{
			Name:   "expired-certificate",
			Title:  "the certificate has expired",
			Story:  "A certificate for one year, five weeks over.",
			Client: ClientHalf{CertificateAge: 400 * day, CertificateDays: 365},
			Expect: Expect{Exit: 1, Finding: "certificate.expired"},
		},
		{
			Name:   "certificate-not-yet-valid",
			Title:  "the certificate begins in two days",
			Story:  "It was made for a change-over that has not come yet, and the profile is already the new one.",
			Client: ClientHalf{CertificateAge: -2 * day},
			Expect: Expect{Exit: 1, Finding: "certificate.not-yet-valid"},
		},
		{
			Name:  "five-years-over",
			Title: "a certificate for five years, two of them over",
			Story: "By its file it is good for three years more. NetSuite shortened it to two years when it was uploaded, and those ended ten days ago.",
			// Away from a whole number of days, which seconds would change.
			Client: ClientHalf{CertificateAge: 740*day - 12*time.Hour, CertificateDays: 1826},
			Expect: Expect{Exit: 1, Causes: setupCauses()},
		},
		{
			Name:   "certificate-not-uploaded",
			Title:  "a new certificate of the same key was not uploaded",
			Story:  "Key, certificate and its ID agree; NetSuite has the certificate before this one, whose ID is another.",
			Client: ClientHalf{Reissued: true},
			Expect: Expect{Exit: 1, Causes: setupCauses()},
		},
	}
}
