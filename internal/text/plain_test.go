package text

import (
	"strings"
	"testing"
)

// What a command writes in parts is shown in lines with their prefix, and cannot act on a
// terminal.
func TestPlain(t *testing.T) {
	for _, tt := range []struct {
		limit  int
		writes []string
		want   string
	}{
		{0, []string{"a", "b\r", "\n\x1b[31mred", "\n\n", "end"}, "> ab\n> \\x1b[31mred\n> \n> end\n"},
		{0, []string{"caf\xc3", "\xa9\tx", "\r"}, "> café    x\\r\n"},
		{0, []string{strings.Repeat("x", 1<<20)}, "> " + strings.Repeat("x", 1<<20) + "\n"},
		{4, []string{"abc", "defg", "h"}, "> abcd\n"},
		{0, nil, ""},
	} {
		var shown strings.Builder
		p := &Plain{To: &shown, Prefix: "> ", Limit: tt.limit}
		for _, w := range tt.writes {
			if n, err := p.Write([]byte(w)); n != len(w) || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		if p.End(); shown.String() != tt.want {
			t.Errorf("%.40q: %.80q, want %.80q", tt.writes, shown.String(), tt.want)
		}
	}
	var question strings.Builder
	if _, _ = (&Plain{To: &question}).Write([]byte("PIN: ")); question.String() != "PIN: " {
		t.Errorf("%q", question.String())
	}
	silent := &Plain{}
	if n, err := silent.Write([]byte("x")); n != 1 || err != nil {
		t.Error(n, err)
	}
	silent.End()
}
