package prompt

import (
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nsauth/nsauth/internal/testkit"
)

// A terminal edits the line itself, and Ctrl-D at its beginning ends the question.
func TestReadHidden(t *testing.T) {
	for _, tt := range []struct {
		typed, want string
		err         error
	}{
		{"throwaway\n", "throwaway", nil},
		{"throwaway\r", "throwaway", nil},
		{" blanks count \n", " blanks count ", nil},
		{"throwx\x7faway\n", "throwaway", nil},
		{"wrong\x15right\n", "right", nil},
		{"\n", "", nil},
		{"\x04", "", io.EOF},
		{"half\x04\x04", "half", nil},
	} {
		keyboard, terminal := testkit.Terminal(t)
		t.Cleanup(func() { keyboard.Close(); terminal.Close() })
		before, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(keyboard, tt.typed); err != nil {
			t.Fatal(err)
		}
		shown := true
		line, err := readHidden(terminal, func() {
			now, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
			shown = err != nil || now.Lflag&unix.ECHO != 0
		})
		if shown {
			t.Errorf("%q: what is typed is shown while the question is asked", tt.typed)
		}
		if string(line) != tt.want || !errors.Is(err, tt.err) || err == nil && tt.err != nil {
			t.Errorf("%q is read as %q, %v", tt.typed, line, err)
		}
		after, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
		if err != nil || *after != *before {
			t.Errorf("%q: the terminal is not as it was, %v", tt.typed, err)
		}
	}
}
