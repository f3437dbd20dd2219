package call

import (
	"io"
	"strings"
	"testing"
)

func TestTerminalWriter(t *testing.T) {
	text := "ü\u009b€\x1b[0m\xff🙂\n\xf0\x9f"
	var want string
	for cut := range len(text) {
		var b strings.Builder
		w := &terminalWriter{w: &b}
		for _, part := range []string{text[:cut], text[cut:]} {
			if n, err := io.WriteString(w, part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if cut == 0 {
			want = b.String()
		} else if b.String() != want {
			t.Errorf("cut at %d: %q, want %q", cut, b.String(), want)
		}
	}
	if want != "ü\uFFFD€\uFFFD[0m\uFFFD🙂\n" {
		t.Errorf("%q", want)
	}
}
