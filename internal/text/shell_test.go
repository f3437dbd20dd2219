package text

import (
	"os/exec"
	"strings"
	"testing"
	"unicode"
)

var shellSeeds = []string{
	"", " ", "one", "Setup > Integration > New", strings.Repeat("x", 200), "役割「統合担当者」", "e\u0301e\u0301", "> > >", "\xff\xfe", "\x1b[2J\u202e\u0085\x7f", "*?[a]{b,c}~#!&|;<>()",
}

// What is shown for pasting means to a shell what it meant to us.
func TestShellQuote(t *testing.T) {
	shown := func(r rune) bool { return unicode.IsPrint(r) }
	for in, want := range map[string]string{
		"--key-type": "--key-type", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(id)": "'$(id)'", "a;b": "'a;b'", "~": "'~'", "鍵": "'鍵'",
		"a\nb": `$'a\x0ab'`, "'\x1b\\": `$'\'\x1b\\'`, "\xff": `$'\xff'`, "!x": "'!x'",
	} {
		if got := ShellQuote(in, shown); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		return // the table above stands by itself
	}
	for _, s := range append([]string{"it's", "a b", "$(id) `id` \\", "a\nb\tc\x01", "\\'"}, shellSeeds...) {
		for _, shown := range []func(rune) bool{shown, func(r rune) bool { return r < 0x7f && unicode.IsPrint(r) }} {
			if strings.Contains(s, "\x00") {
				continue // no argument can hold it
			}
			out, err := exec.Command(bash, "-c", "printf %s "+ShellQuote(s, shown)).Output()
			if err != nil || string(out) != s {
				t.Errorf("%q came back as %q, %v", s, out, err)
			}
		}
	}
}
