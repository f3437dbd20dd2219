package netsuite

import "github.com/nsauth/nsauth/internal/secret"

// Secret is a text that cannot be printed by accident: every formatter, logger
// and encoder gets the placeholder "<secret>". Only its method Reveal returns the
// text. IsZero reports whether it is empty, and Equal compares two in constant time.
type Secret = secret.Secret

// NewSecret makes a secret of a text.
func NewSecret(text string) Secret { return secret.New(text) }
