// Package secret has a type for text that must not get into output, logs or files.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Placeholder is the text that every formatter prints instead of a secret.
const Placeholder = "<secret>"

// Secret has text that no formatter, encoder or logger prints: they print Placeholder.
// Only Reveal returns the text.
//
// The field is a pointer because fmt does not call the methods of a value in another
// struct's unexported field. There fmt prints the address: no verb follows a pointer to
// a string.
type Secret struct{ text *string }

// New returns text as a Secret.
func New(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the text is empty.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal compares two secrets in constant time.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(t.Reveal())) == 1
}

// Format implements [fmt.Formatter] for every verb and flag.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, Placeholder) }

// String returns the placeholder.
func (Secret) String() string { return Placeholder }

// GoString returns the placeholder.
func (Secret) GoString() string { return Placeholder }

// MarshalJSON returns the placeholder as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Placeholder + `"`), nil }

// MarshalText returns the placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(Placeholder), nil }

// MarshalYAML returns the placeholder.
func (Secret) MarshalYAML() (any, error) { return Placeholder, nil }

// LogValue returns the placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(Placeholder) }
