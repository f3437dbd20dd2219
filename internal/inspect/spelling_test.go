package inspect

import (
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

func TestMisspelt(t *testing.T) {
	c, err := new(keys.Loader).Certificate(t.Context(), keys.Source{Name: "../../testdata/keys/ec-p256-cert.pem"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, hex := c.ID(), c.SHA256()
	// An ID with both letters of its own alphabet.
	dashed, err := new(keys.Loader).Certificate(t.Context(), keys.Source{Name: "../../testdata/keys/rsa-pss-3072-saltlen-cert.pem"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := dashed.ID(); !strings.Contains(d, "-") || Misspelt(strings.NewReplacer("-", "+", "_", "/").Replace(d)+"=", dashed) != "alphabet" {
		t.Errorf("%s: %q", d, Misspelt(strings.NewReplacer("-", "+", "_", "/").Replace(d), dashed))
	}
	for configured, want := range map[string]string{
		id: "", "": "", strings.Repeat("A", 43): "", dashed.ID(): "", id[1:8]: "", hex[:32]: "",
		id + "=": "padded", id + "==": "padded",
		strings.ToLower(id): "case", strings.ToUpper(id): "case",
		id[:40]: "truncated", id[3:]: "truncated",
		hex: "fingerprint", strings.ToUpper(hex): "fingerprint",
		strings.ToUpper(hex[:2] + ":" + hex[2:]): "fingerprint",
	} {
		if got := Misspelt(configured, c); got != want {
			t.Errorf("%s: %q, want %q", configured, got, want)
		}
	}
}
