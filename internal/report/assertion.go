package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
)

// assertion shows every header parameter and claim, times for people beside the
// numbers. The signature is not among them.
func (t *text) assertion(facts finding.AssertionFacts) {
	for _, part := range []struct {
		name    string
		members map[string]any
	}{{"header", facts.Header}, {"claims", facts.Claims}} {
		label := part.name
		for _, name := range slices.Sorted(maps.Keys(part.members)) {
			room := block{statusColumns, 8}
			t.row(room.indent, room.label(label), room.hang(), span{name + " ", strong}, span{member(name, part.members[name]), plain})
			label = ""
		}
	}
	if facts.Signature == "not-checked" {
		t.row(statusColumns, nil, statusColumns,
			span{"The signature is not checked: give the certificate with --cert, or the key with --key.", faint})
	}
}

// member is a value as JSON, and a time also as a date.
func member(name string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	number, ok := value.(json.Number)
	if !ok || name != "iat" && name != "exp" && name != "nbf" {
		return string(text)
	}
	seconds, err := number.Int64()
	if err != nil || seconds < 0 || seconds > 1<<38 {
		return string(text)
	}
	return fmt.Sprintf("%s  %s", text, time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04:05 UTC"))
}
