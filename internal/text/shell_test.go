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
func TestPOSIXQuote(t *testing.T) {
	shown := func(r rune) bool { return unicode.IsPrint(r) }
	for in, want := range map[string]string{
		"--key-type": "--key-type", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(id)": "'$(id)'", "a;b": "'a;b'", "~": "'~'", "鍵": "'鍵'",
		"a\nb": `$'a\x0ab'`, "'\x1b\\": `$'\'\x1b\\'`, "\xff": `$'\xff'`, "!x": "'!x'",
	} {
		if got := POSIXQuote(in, shown); got != want {
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
			out, err := exec.Command(bash, "-c", "printf %s "+POSIXQuote(s, shown)).Output()
			if err != nil || string(out) != s {
				t.Errorf("%q came back as %q, %v", s, out, err)
			}
		}
	}
}

// cmd.exe and PowerShell read what is shown for pasting as one argument, where one form
// suits both; a backslash at the end does not escape the quotation mark.
func TestWindowsQuote(t *testing.T) {
	shown := func(r rune) bool { return unicode.IsPrint(r) }
	for in, want := range map[string]string{
		`C:\keys\key.pem`: `C:\keys\key.pem`, "--key-type": "--key-type", "": `""`, `C:\My Keys\key.pem`: `"C:\My Keys\key.pem"`, `C:\Müller`: `"C:\Müller"`,
		`C:\My Keys\`: `"C:\My Keys\\"`, "it's": `"it's"`, "a,b": `"a,b"`, "@file": `"@file"`, "*S-1-3-4:F": `"*S-1-3-4:F"`, "a;b": `"a;b"`, "a&b": `"a&b"`,
		"$env:X": "'$env:X'", "%PATH%": "'%PATH%'", "a`b": "'a`b'", `{"a": 1}`: `'{"a": 1}'`, "“it’s”": "'“it’’s”'",
		"a\nb$": "\"a$([char]0x000a)b`$\"", "\U0001f511\n": "\"\U0001f511$([char]0x000a)\"",
	} {
		if got := WindowsQuote(in, shown); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	ascii := func(r rune) bool { return r < 0x7f && unicode.IsPrint(r) }
	if got, want := WindowsQuote("Müller \U0001f511", ascii), `"M$([char]0x00fc)ller $([char]0xd83d)$([char]0xdd11)"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
