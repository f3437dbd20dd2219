package report

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/nsauth/nsauth/internal/finding"
)

// KindAssertion is the kind of an AssertionDocument.
const KindAssertion = "nsauth.assertion"

// AssertionDocument is an assertion that jwt build made. It holds the assertion,
// a secret until it expires, in plain text because that is its purpose; a formatter
// prints none of it.
type AssertionDocument struct {
	Head
	Header          map[string]any                 `json:"header"`
	Claims          map[string]any                 `json:"claims"`
	Times           map[string]finding.ClaimedTime `json:"times"` // iat, exp and nbf, where they are times
	LifetimeSeconds *int64                         `json:"lifetime_seconds"`
	SigningInput    string                         `json:"signing_input"`
	Assertion       *string                        `json:"assertion"`      // null in a dry run
	SHA256          *string                        `json:"sha256"`         // hex, of the assertion: a name for logs
	AlgorithmFrom   string                         `json:"algorithm_from"` // setting, certificate, key, assumed
	// Changed names the options that make it differ from what token and doctor send.
	Changed  []string `json:"changed"`
	TokenURL *string  `json:"token_url"`
}

// Format prints a placeholder for every verb, so that no log line can hold the assertion.
func (AssertionDocument) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "<secret>") }

// LogValue keeps the assertion out of structured logs.
func (AssertionDocument) LogValue() slog.Value { return slog.StringValue("<secret>") }
