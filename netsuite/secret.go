package netsuite

import (
	"fmt"
	"io"
	"log/slog"
)

// placeholder stands where a secret would be.
const placeholder = "<secret>"

// Secret is a text that cannot be printed by accident: every formatter, logger
// and encoder gets a placeholder. [Secret.Reveal] is the one way to the text.
type Secret struct {
	// A pointer, because fmt calls no method on the unexported fields of an
	// enclosing struct; this way it finds only an address there.
	text *string
}

// NewSecret hides s.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{&s}
}

// Reveal is the hidden text, to be used and not to be shown.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// String is the placeholder.
func (Secret) String() string { return placeholder }

// GoString is the placeholder.
func (Secret) GoString() string { return placeholder }

// Format prints the placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, placeholder) }

// MarshalText gives the placeholder, for JSON, YAML and other encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }

// LogValue gives the placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(placeholder) }
