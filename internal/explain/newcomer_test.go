package explain

import "testing"

// TestNewcomersWords: what people type who do not know the names. A word that nsauth
// knows does not hide what the sentence says.
func TestNewcomersWords(t *testing.T) {
	for _, s := range []symptom{
		{"JWT expired", "jwt-expired", "for each token request"},
		{"jwt invalid signature", "jwt-signature", "private key"},
		{"expired certificate", "certificate-expired", "Valid until"},
		{"renew certificate", "certificate-rotation", "while the old one is still valid"},
		{"how to renew", "certificate-rotation", "while the old one is still valid"},
		{"private key lost", "lost-key", "new mapping"},
		{"M2M setup page missing", "setup-page-missing", "OAUTH 2.0"},
		{"401 Unauthorized after one hour", "token-lifetime", "60 minutes"},
		{"clock", "clock", "synchronise"},
		{"time zone", "clock", "UTC"},
		{"permission", "permission", "Log in using OAuth 2.0 Access Tokens"},
		{"proxy", "proxy", "HTTPS_PROXY"},
		{"administrator", "administrator", "checklist --message admin"},
		{"Bad Request", "HTTP 400", "The status alone"},
		{"Not Found", "HTTP 404", ""},
		{"which url", "token-url", "suitetalk.api.netsuite.com"},
		{"An unexpected error occurred", "UNEXPECTED_ERROR", "error ID"},
		{"Unexpected token < in JSON at position 0", "html-page", "Log status and body"},
	} {
		s.check(t)
	}
}
