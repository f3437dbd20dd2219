//go:build linux || darwin

package prompt

import (
	"strings"
	"testing"
)

// edit types keys and returns the text up to Ctrl-D, or to the last key, and what is shown.
func edit(keys string) (text, shown string) {
	var e editor
	var b strings.Builder
	for i := range len(keys) {
		switch e.key(keys[i]) {
		case entered:
			b.WriteString(e.take() + "\n")
		case ended:
			return b.String() + e.take(), string(e.shown)
		}
	}
	return b.String() + e.take(), string(e.shown)
}

func TestEditor(t *testing.T) {
	for _, tt := range []struct{ name, keys, want string }{
		{"lines", "a\nb\r", "a\nb\n"},
		{"Ctrl-D ends", "ab\x04c", "ab"},
		{"Ctrl-D that was typed before", "ab\x00c", "ab"},
		{"Backspace", "ab\x7f\x08\x08c", "c"},
		{"Backspace takes a whole character", "aé\x7f", "a"},
		{"Backspace stays in its line", "a\n\x7fb", "a\nb"},
		{"Ctrl-U", "wrong\x15right", "right"},
		{"Ctrl-W", "one two \x17three", "one three"},
		{"Ctrl-W on the only word", "one\x17\x17two", "two"},
		{"arrows and function keys", "a\x1b[D\x1bOP\x1b[15~\x1b[1;5Cb", "ab"},
		{"Escape alone", "\x1b\x1bquit", "quit"},
		{"Escape before Ctrl-D", "a\x1b[\x04", "a"},
		{"a marked paste", "\x1b[200~one\ntwo\x1b[201~\n", "one\ntwo\n"},
		{"what edits is text in a paste", "\x1b[200~a\x04\x7f\x15\x17\x00b\x1b[201~", "a\x04\x7f\x15\x17\x00b"},
		{"colours are text in a paste", "\x1b[200~\x1b[1mbold\x1b[0m\x1b\x1b[201~", "\x1b[1mbold\x1b[0m\x1b"},
		{"a mark within a mark", "\x1b[200~a\x1b[200~b\x1b[20\x1b[201~\x7f", "ab\x1b[2"},
		{"an end without a beginning", "a\x1b[201~b", "ab"},
		{"a paste after a paste", "\x1b[200~a\x1b[201~\x1b[200~b\x1b[201~", "ab"},
	} {
		if got, _ := edit(tt.keys); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if _, shown := edit("a\tb\x01\x7f\x7fé\n"); shown != "a b^A\b \b\b \b\b \bé\n" {
		t.Errorf("shown is %q", shown)
	}
}

// Bytes outside of control sequences arrive unchanged, wherever the sequences are, and
// the bytes of a marked paste are never edited. Nothing that is shown is a sequence.
func FuzzEditor(f *testing.F) {
	f.Add("curl -d 'client_assertion=eyJ'", uint8(5), uint8(1))
	f.Add("\x1b[20\x7f\x04\xff", uint8(2), uint8(0))
	f.Add("\u00e9\n\t\x1b[201", uint8(0), uint8(3))
	sequences := []string{"\x1b[200~\x1b[201~", "\x1b[D", "\x1b[1;5C", "\x1bOP", "\x1b[201~"}
	f.Fuzz(func(t *testing.T, text string, at, which uint8) {
		if _, shown := edit(text); strings.ContainsAny(shown, "\x1b\x00\x04\r") {
			t.Fatalf("%q is shown as %q", text, shown)
		}
		text = strings.ReplaceAll(text, "\r", "\n")
		if !strings.Contains(text, pasteBegins) && !strings.Contains(text, pasteEnds) {
			if got, _ := edit(pasteBegins + text + pasteEnds); got != text {
				t.Fatalf("pasted %q arrives as %q", text, got)
			}
		}
		typed := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == keyDelete {
				return -1
			}
			return r
		}, text)
		i := min(int(at), len(typed))
		if got, _ := edit(typed[:i] + sequences[int(which)%len(sequences)] + typed[i:]); got != typed {
			t.Fatalf("typed %q arrives as %q", typed, got)
		}
	})
}
