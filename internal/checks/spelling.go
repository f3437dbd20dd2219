package checks

import (
	"strings"

	"github.com/nsauth/nsauth/internal/keys"
)

// minPart is how much of a Certificate ID has to be there to be called a part of
// it: a few letters fit many.
const minPart = 8

// misspelt says in which way id is the Certificate ID of c after all: in other
// case, with padding, with the other alphabet of base64, as a part, or as the
// fingerprint that openssl and browsers show. It returns "" if it is not, or if
// id is the ID itself.
func misspelt(id string, c *keys.Certificate) string {
	computed := c.ID()
	switch bare := strings.TrimRight(id, "="); {
	case id == computed || id == "":
		return ""
	case bare == computed:
		return "padded"
	case strings.NewReplacer("+", "-", "/", "_").Replace(bare) == computed:
		return "alphabet"
	case strings.EqualFold(id, computed):
		return "case"
	case strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(id)) == c.SHA256():
		return "fingerprint"
	case len(id) >= minPart && strings.Contains(computed, id):
		return "truncated"
	}
	return ""
}
