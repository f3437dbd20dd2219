// Package secret keeps text out of output, logs and files.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Placeholder is what every formatter shows in place of a secret.
const Placeholder = "<secret>"

// Secret holds text that no formatter, encoder or logger prints: each of them
// gives "<secret>". Reveal is the one way to the text.
//
// The text sits behind a pointer, because fmt does not call the methods of a
// value in another struct's unexported field. There it prints the address: no
// verb follows a pointer to a string.
type Secret struct{ text *string }

// New keeps text as a secret.
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

// IsZero reports whether there is no text.
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

// MarshalJSON gives the placeholder as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Placeholder + `"`), nil }

// MarshalText gives the placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(Placeholder), nil }

// MarshalYAML gives the placeholder.
func (Secret) MarshalYAML() (any, error) { return Placeholder, nil }

// LogValue gives the placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(Placeholder) }
