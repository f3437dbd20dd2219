package nsid

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// These shapes come from Oracle's samples and public ones; Oracle's help does not
// document them. A value of another shape may be valid, except for an Application ID
// as Client ID.

// rule is a known mistake in a value.
type rule struct {
	reason string
	match  func(string) bool
}

func re(expr string) func(string) bool {
	compiled := text.Regexp(`^(?:` + expr + `)$`)
	return func(s string) bool { return compiled().MatchString(s) }
}

// shape is the reason of the first rule that matches, "" if none does.
func shape(s string, rules []rule) string {
	for _, r := range rules {
		if r.match(s) {
			return r.reason
		}
	}
	return ""
}

func blank(s string) bool            { return strings.TrimSpace(s) == "" }
func surroundingSpace(s string) bool { return s != strings.TrimSpace(s) }

// The first rule that matches counts: known mistakes come before alphabet and length.
var clientIDRules = []rule{
	{"blank", blank},
	{"surrounding-space", surroundingSpace},
	{"application-id", re(`\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?`)},
	{"characters", re(`(?s:.*[^0-9A-Fa-f].*)`)},
	{"length", func(s string) bool { return len(s) != 64 }},
	{"upper-case", func(s string) bool { return s != strings.ToLower(s) }},
}

// ClientIDShape is "" if s looks like the Client ID of an integration record
// (64 lower-case hexadecimal digits), else what is wrong with it:
//
//	blank              empty, or white space only
//	surrounding-space  white space before or after
//	application-id     a UUID, as the record's Application ID is
//	characters         not hexadecimal
//	length             not 64 digits
//	upper-case         capital letters among the digits
func ClientIDShape(s string) string {
	if len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" {
		return "" // without compiling the rules
	}
	return shape(s, clientIDRules)
}

var certificateIDRules = []rule{
	{"blank", blank},
	{"script-id", re(`(?is)[\s"']*_*custcertificate.*`)}, // spaces are not what is wrong with it
	{"surrounding-space", surroundingSpace},
	{"netsuite-signing-key", re(`[sc]\.[A-Za-z0-9_-]+\.[0-9][0-9_-]*`)},
	{"hex-fingerprint", hexDigest(32)},
	{"thumbprint", func(s string) bool { return hexDigest(20)(s) || base64Digest20(s) }},
	{"padded", re(`[A-Za-z0-9_+/-]{43}=+`)},
	{"characters", re(`(?s:.*[^A-Za-z0-9_-].*)`)},
	{"length", func(s string) bool { return len(s) != 43 }},
	{"not-canonical", func(s string) bool {
		_, err := base64.RawURLEncoding.Strict().DecodeString(s)
		return err != nil
	}},
}

// CertificateIDShape is "" if s looks like the Certificate ID of a client
// credentials mapping (43 characters of unpadded base64url, which are 32
// bytes), else what is wrong with it:
//
//	blank                 empty, or white space only
//	script-id             of a certificate in Setup > Company > Certificates
//	surrounding-space     white space before or after
//	netsuite-signing-key  the name of a key that NetSuite signs its own tokens with
//	hex-fingerprint       a SHA-256 digest, written as hexadecimal digits
//	thumbprint            a SHA-1 digest, written as hexadecimal digits or base64
//	padded                = at the end
//	characters            not in the base64url alphabet
//	length                not 43 characters
//	not-canonical         damaged: 32 bytes never have this last character
//
// A leading - is valid.
func CertificateIDShape(s string) string {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil && len(b) == 32 && len(s) == 43 && !strings.Contains(strings.ToLower(s[:8]), "cust") {
		return "" // without compiling the rules
	}
	return shape(s, certificateIDRules)
}

var fingerprintPrefix = text.Regexp(`(?i)^sha-?(1|256)\s*(fingerprint)?\s*[=:]\s*`)

// hexDigest matches a digest of n bytes as tools print it: 0a1b..., 0A:1B:...,
// or after openssl's "SHA256 Fingerprint=".
func hexDigest(n int) func(string) bool {
	digits := text.Regexp(`^[0-9A-Fa-f]+$`)
	return func(s string) bool {
		s = strings.NewReplacer(":", "", " ", "").Replace(fingerprintPrefix().ReplaceAllString(s, ""))
		return len(s) == 2*n && digits().MatchString(s)
	}
}

func base64Digest20(s string) bool {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 20
}

// DefaultScope is the scope of REST web services, which most integrations call.
const DefaultScope = "rest_webservices"

// Scopes are the scopes that NetSuite accepts in a client assertion.
// Source: Oracle NetSuite Help, page section_162755359851.
func Scopes() []string { return []string{"restlets", DefaultScope, "suite_analytics"} }

// ScopeShape is "" for a scope of the client credentials flow, "not-for-m2m" for the
// AI Connector's, which this flow cannot use, and "unknown" for any other text.
func ScopeShape(s string) string {
	switch {
	case slices.Contains(Scopes(), s):
		return ""
	case s == "mcp":
		return "not-for-m2m"
	}
	return "unknown"
}

var internalIDShape = text.Regexp(`^-?[0-9]{1,18}$`)

// IsInternalID reports whether s can be the internal ID of a record, such as a role.
func IsInternalID(s string) bool { return internalIDShape().MatchString(s) }
