package finding

// families lists the parts of the catalogue, in the order in which faults are
// best mended.
func families() []family {
	return []family{
		{"profile", CheckProfile, profileEntries},
		{"key", CheckKey, keyEntries},
		{"certificate", CheckCertificate, certificateEntries},
		{"certificate-id", CheckCertificateID, certificateIDEntries},
		{"assertion", CheckAssertion, assertionEntries},
		{"request", CheckAssertion, requestEntries},
		{"network", CheckNetwork, networkEntries},
		{"clock", CheckClock, clockEntries},
		{"token", CheckToken, tokenEntries},
		{"setup", CheckIntegration, setupEntries},
		{"role", CheckRole, roleEntries},
		{"api", CheckAPI, apiEntries},
		{"mapping", CheckMapping, mappingEntries},
		{"internal", "", internalEntries},
	}
}
