package text

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"client_id", "certificate_id", "key", "cert", "scope"}
	for in, want := range map[string]string{
		"clientid": "client_id", "client-id": "client_id", "CLIENT_ID": "client_id", "cleint_id": "client_id",
		"certificat_id": "certificate_id", "kye": "key", "crt": "cert", "scopes": "scope",
		"cer": "cert", "cert": "", "": "", "x": "", "zzz": "", "colour": "", strings.Repeat("k", 1000): "",
	} {
		if got := Nearest(in, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	for name, want := range map[string]string{"scopes": `did you mean "scope"?|other`, "zzz": "other"} {
		if got := strings.Join(DidYouMean(name, []string{"key", "scope"}, "other"), "|"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestQuoteName(t *testing.T) {
	const hidden = "(not shown: does not look like a name)"
	for in, want := range map[string]string{
		"client_id": `"client_id"`, "a b.c@d": `"a b.c@d"`, "": hidden, ".a": hidden, "a\nb": hidden, strings.Repeat("a", 41): hidden,
	} {
		if got := QuoteName(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
