package profile

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// acceptedFiles say nothing wrong, however little they say.
var acceptedFiles = map[string]string{
	"empty":            "",
	"comments":         "# nothing\n",
	"null":             "~\n",
	"start marker":     "---\nprofiles: {p: {account: 1234567}}\n",
	"no profiles":      "profiles:\n",
	"empty profile":    "default_profile: p\nprofiles:\n  p:\n",
	"null value":       "default_profile: p\nprofiles: {p: {client_id: , key: ~, scope: null}}\n",
	"blank value":      "default_profile: p\nprofiles: {p: {client_id: '  ', scope: []}}\n",
	"mark and CRLF":    "\ufeffdefault_profile: p\r\nprofiles:\r\n  p:\r\n    client_id: abc\r\n",
	"alias":            "default_profile: p\nprofiles:\n  o: {client_id: &id abc}\n  p: {client_id: *id}\n",
	"alias of profile": "default_profile: p\nprofiles:\n  o: &o {client_id: abc}\n  p: *o\n",
	"block":            "default_profile: p\nprofiles:\n  p:\n    client_id: |\n      abc\n",
	"blanks in a name": "default_profile: My prod\nprofiles: {My prod: {client_id: abc}}\n",
}

func TestAcceptedFiles(t *testing.T) {
	for name, text := range acceptedFiles {
		t.Run(name, func(t *testing.T) {
			p, err := Resolve(Input{ConfigPath: "c", ReadFile: files(map[string]string{"c": text})})
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if strings.Contains(text, "abc") {
				want = "abc"
			}
			if got := p.Text(FieldClientID); got != want {
				t.Errorf("client ID %q, want %q", got, want)
			}
		})
	}
}

// A hostile file of the largest size ends soon, in one error.
func TestLargeFiles(t *testing.T) {
	size := MaxFileBytes
	if testing.Short() {
		size /= 8
	}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, text := range map[string]string{
		"brackets":     fill("["),
		"maps":         fill("{a: "),
		"dashes":       fill("- "),
		"long name":    "default_profile: prod\nprofiles: {" + fill("p")[:size/2] + ": {}}",
		"long key":     "profiles: {p: {" + fill("k")[:1000] + ": 1}}",
		"many names":   "default_profile: prod\nprofiles:\n" + fill("  p: {}\n")[:size/2],
		"quotes":       fill("\""),
		"aliases":      "profiles:\n  a: &a {account: 1}\n  b: {scope: [" + fill("*a,")[:size/2] + "]}\n",
		"alias itself": "profiles: &a\n  p: *a\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Resolve(Input{ConfigPath: "c", ReadFile: files(map[string]string{"c": text})})
			var e *ConfigError
			if !errors.As(err, &e) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if len(err.Error()) > 500 {
				t.Errorf("message of %d bytes", len(err.Error()))
			}
		})
	}
}
