package login

import "strings"

// OutsideBearer reports whether r cannot be in a token that is sent as Bearer (RFC
// 6750, section 2.1). A token of RFC 6749 may have it.
func OutsideBearer(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && !strings.ContainsRune("-._~+/=", r)
}
