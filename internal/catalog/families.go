package catalog

import "github.com/nsauth/nsauth/internal/finding"

// families lists the parts of the catalogue, in the order in which faults are
// best mended.
func families() []family {
	return []family{
		{"profile", finding.CheckProfile, profileEntries},
		{"key", finding.CheckKey, keyEntries},
		{"certificate", finding.CheckCertificate, certificateEntries},
		{"certificate-id", finding.CheckCertificateID, certificateIDEntries},
		{"assertion", finding.CheckAssertion, assertionEntries},
		{"request", finding.CheckAssertion, requestEntries},
		{"network", finding.CheckNetwork, networkEntries},
		{"clock", finding.CheckClock, clockEntries},
		{"token", finding.CheckToken, tokenEntries},
		{"setup", finding.CheckIntegration, setupEntries},
		{"role", finding.CheckRole, roleEntries},
		{"api", finding.CheckAPI, apiEntries},
		{"mapping", finding.CheckMapping, mappingEntries},
		{"internal", "", internalEntries},
	}
}
