package inspect

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/nsauth/nsauth/internal/keys"
)

// minPart is how much of a Certificate ID has to be there to be called a part of
// it: a few letters fit many.
const minPart = 8

// Misspelt says in which way id is the Certificate ID of c after all: in other
// case, with padding, with the other alphabet of base64, as a part, or as the
// fingerprint that openssl and browsers show. It returns "" if it is not, or if
// id is the ID itself.
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

// plainHex is a digest in hexadecimal, in small letters and without what tools write
// between its bytes.
func plainHex(s string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
}

// isThumbprint reports whether id is a digest in one of the ways that
// nsid.CertificateIDShape knows.
func isThumbprint(id string, digest []byte) bool {
	return plainHex(id) == hex.EncodeToString(digest) ||
		urlAlphabet(strings.TrimRight(id, "=")) == base64.RawURLEncoding.EncodeToString(digest)
}
