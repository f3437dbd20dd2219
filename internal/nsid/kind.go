package nsid

import (
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

var (
	accountShape  = text.Regexp(`^(?i:[0-9]{5,}[_-](SB|RP)[0-9]*|TSTDRV[0-9]+|TD[0-9]{5,})$`)
	accountIn     = text.Regexp(`(?i)[0-9]{5,}(?:[_-](?:SB|RP)[0-9]*)?|TSTDRV[0-9]+|TD[0-9]{5,}`)
	uuidShape     = text.Regexp(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	hostOfAccount = text.Regexp(`^(?i:\.(suitetalk\.api|restlets\.api|connect\.api|app|extforms|shop)\.netsuite\.com)`)
)

// KindOf returns the kind of an ID by the shape of token and by what follows it; or "".
func KindOf(token, after string) string {
	switch {
	case token == "":
		return ""
	case IsCertificateID(token):
		return "certificate-id"
	case IsFingerprint(token):
		return "fingerprint"
	case uuidShape().MatchString(token):
		return "uuid"
	case accountShape().MatchString(token):
		return "account"
	case text.Alphanumeric(token[0]) && hostOfAccount().MatchString(after) && !strings.EqualFold(token, "system"):
		return "account"
	}
	return ""
}

// IsFingerprint reports whether a token looks like a SHA-256 in hexadecimal digits.
func IsFingerprint(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// IsCertificateID reports whether a token looks like the unpadded base64url of a
// SHA-256: 43 characters with digits and letters of both cases.
func IsCertificateID(s string) bool {
	return len(s) == 43 && strings.ToLower(s) != s && strings.ToUpper(s) != s && strings.ContainsAny(s, "0123456789")
}

// AccountsIn finds what may be account IDs in a name, such as prod-7654321_SB1.
func AccountsIn(name string) []string { return accountIn().FindAllString(name, -1) }
