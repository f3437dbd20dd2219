package netsuite

import "github.com/nsauth/nsauth/internal/secret"

// Secret is a text that cannot be printed by accident: every formatter, logger
// and encoder gets the placeholder "<secret>". Its method Reveal is the one way to
// the text; IsZero reports whether there is none, and Equal compares two in
// constant time.
type Secret = secret.Secret

// NewSecret hides text.
func NewSecret(text string) Secret { return secret.New(text) }
