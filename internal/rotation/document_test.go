package rotation

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// The schema and the Go types say the same: each key is required and described.
func TestSchemaMatchesTypes(t *testing.T) {
	raw, known := report.Schema(Kind)
	if !known {
		t.Fatal("unknown kind")
	}
	type object struct {
		Required   []string          `json:"required"`
		Properties map[string]any    `json:"properties"`
		Defs       map[string]object `json:"$defs"`
	}
	var s object
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	for def, doc := range map[string]any{"": Document{}, "rotation": Entry{}, "pair": FilePair{}, "step": StepDone{}, "request": RequestShown{}, "error": finding.ErrorInfo{}} {
		o := s
		if def != "" {
			o = s.Defs[def]
		}
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(data, &keys); err != nil {
			t.Fatal(err)
		}
		if len(keys) != len(o.Properties) || len(keys) != len(o.Required) {
			t.Errorf("%s: %d keys of %s, %d described, %d required", def, len(keys), reflect.TypeOf(doc), len(o.Properties), len(o.Required))
		}
		for key := range keys {
			if o.Properties[key] == nil || !slices.Contains(o.Required, key) {
				t.Errorf("%s: %s is not described", def, key)
			}
		}
	}
}

func TestDurations(t *testing.T) {
	for in, want := range map[string]string{"30d": "720h0m0s", "1d": "24h0m0s", "36h": "36h0m0s", "90m": "1h30m0s",
		"": "", "0d": "", "-1d": "", "1.5d": "", "d": "", "4000d": "", "soon": "", "0s": "", "1 d": "", "01d": "", "+1d": "", "30d ": ""} {
		d, err := ParseDays(in)
		if (err == nil) != (want != "") || err == nil && d.String() != want {
			t.Errorf("%q: %s, %v", in, d, err)
		}
	}
	for in, ok := range map[string]bool{"": true, "never": true, "now": true, "7d": true, "Now": false, "0d": false, "later": false} {
		if _, _, err := ParseRevokeOld(in); (err == nil) != ok {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// Names of new files, and of journals on file systems that ignore case.
func TestNames(t *testing.T) {
	for path, want := range map[string]string{"/k/erp-key.pem": "erp", "/k/erp-2026-11-30-key.pem": "erp", "/k/erp-2026-11-30-2-key.pem": "erp", "/k/key.pem": "", "/k/private.pem": "",
		"/k/my.erp.pem": "my.erp", "/k/erp_key.der": "erp", "/k/a-2026-11-30.pem": "a", "/k/.pem": "", "/k/key-2026-11-30-key.pem": ""} {
		if got := stemOf(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	seen := map[string]string{}
	for _, name := range []string{"prod", "Prod", "PROD", "prod-0", "_x", "a.b"} {
		file := strings.ToLower(fileName(name))
		if seen[file] != "" {
			t.Errorf("%s and %s have the journal %s", name, seen[file], file)
		}
		seen[file] = name
	}
}
