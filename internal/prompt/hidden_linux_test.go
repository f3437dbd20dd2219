package prompt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// pty opens a terminal: what is written to keyboard is typed at it.
func pty(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	open := func(name string) *os.File {
		f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	keyboard = open("/dev/ptmx")
	fd := int(keyboard.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return keyboard, open(fmt.Sprintf("/dev/pts/%d", number))
}

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
		keyboard, terminal := pty(t)
		before, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(keyboard, tt.typed); err != nil {
			t.Fatal(err)
		}
		line, err := readHidden(terminal)
		if string(line) != tt.want || !errors.Is(err, tt.err) || err == nil && tt.err != nil {
			t.Errorf("%q is read as %q, %v", tt.typed, line, err)
		}
		after, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
		if err != nil || *after != *before {
			t.Errorf("%q: the terminal is not as it was, %v", tt.typed, err)
		}
	}
}
