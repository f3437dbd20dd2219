package profile

import "github.com/nsauth/nsauth/netsuite"

// Shape is "" if text looks like what NetSuite hands out for a setting, else what
// is the matter with it, in the words of package netsuite: for client_id and
// certificate_id those of its ClientIDShape and CertificateIDShape. Of other
// settings nothing is known.
func Shape(f Field, text string) string {
	switch f {
	case FieldClientID:
		return netsuite.ClientIDShape(text)
	case FieldCertificateID:
		return netsuite.CertificateIDShape(text)
	}
	return ""
}
