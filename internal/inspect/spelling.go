package inspect

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/nsauth/nsauth/internal/keys"
)

// minPart is how many characters make a part of a Certificate ID: fewer fit many.
const minPart = 8

// Misspelt returns how id misspells the Certificate ID of c: in other case, with
// padding, in the other base64 alphabet, truncated, or as the fingerprint that openssl
// and browsers show. It returns "" if id is another ID, or correct.
func Misspelt(id string, c *keys.Certificate) string {
	computed := c.ID()
	switch bare := strings.TrimRight(id, "="); {
	case id == computed || id == "":
		return ""
	case bare == computed:
		return "padded"
	case urlAlphabet(bare) == computed:
		return "alphabet"
	case strings.EqualFold(id, computed):
		return "case"
	case plainHex(id) == c.SHA256():
		return "fingerprint"
	case len(id) >= minPart && strings.Contains(computed, id):
		return "truncated"
	}
	return ""
}

// urlAlphabet is base64 in the alphabet of base64url.
func urlAlphabet(s string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(s) }

// plainHex is a hexadecimal digest in lower case, without separators.
func plainHex(s string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
}

// isThumbprint reports whether id is digest in one of the forms that
// nsid.CertificateIDShape knows.
func isThumbprint(id string, digest []byte) bool {
	return plainHex(id) == hex.EncodeToString(digest) ||
		urlAlphabet(strings.TrimRight(id, "=")) == base64.RawURLEncoding.EncodeToString(digest)
}
