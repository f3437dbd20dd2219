package prompt

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nsauth/nsauth/internal/testkit"
)

// typist is a person at a keyboard that nsauth reads.
type typist struct {
	*testing.T
	keys     *os.File
	terminal *os.File
	before   unix.Termios
	k        *keyboard
	restore  func()
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	keys, terminal := testkit.Terminal(t)
	p := &typist{T: t, keys: keys, terminal: terminal}
	p.before = p.settings()
	r, restore := Keyboard(terminal, true)
	p.k, p.restore = keyboardOf(r), restore
	if p.k == nil || !IsTerminal(r) {
		t.Fatal("the terminal is not a keyboard")
	}
	go func() { _, _ = io.Copy(io.Discard, keys) }() // what the terminal shows
	t.Cleanup(func() { keys.Close(); terminal.Close() })
	return p
}

func (p *typist) settings() unix.Termios {
	p.Helper()
	s, err := unix.IoctlGetTermios(int(p.terminal.Fd()), getTermios)
	if err != nil {
		p.Fatal(err)
	}
	return *s
}

// types writes keys in pieces, as they come from a terminal.
func (p *typist) types(keys string) {
	for len(keys) > 0 {
		n := min(len(keys), 700)
		if _, err := io.WriteString(p.keys, keys[:n]); err != nil {
			p.Error(err)
			return
		}
		keys = keys[n:]
	}
}

// isRestored checks that the terminal is as it was.
func (p *typist) isRestored() {
	p.Helper()
	if p.settings() != p.before {
		p.Error("the terminal is not as it was")
	}
}

// A line that is longer than what a terminal keeps of one arrives whole.
func TestKeyboardReadsLongLines(t *testing.T) {
	long := "curl -d 'client_assertion=" + strings.Repeat("eyJhbGciOi", 480) + "'"
	for _, tt := range []struct{ name, keys, want string }{
		{"typed", long + "\n\x04", long + "\n"},
		{"typed, without a line break", long + "\x04", long},
		{"pasted", pasteBegins + long + "\r" + long + pasteEnds + "\x04", long + "\n" + long},
		{"nothing", "\x04", ""},
		{"corrected", "a\nbx\x7fc\n\x04", "a\nbc\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newTypist(t)
			if err := BeginTyping(p.k); err != nil {
				t.Fatal(err)
			}
			go p.types(tt.keys)
			data, err := io.ReadAll(p.k)
			if string(data) != tt.want || err != nil {
				t.Errorf("%d bytes are read as %d, %v: %.60q", len(tt.want), len(data), err, data)
			}
			p.isRestored()
		})
	}
}

// The questions use the same keys, one line at a time.
func TestDialogueOnAKeyboard(t *testing.T) {
	p := newTypist(t)
	d := NewDialogue(p.k, io.Discard)
	long := strings.Repeat("x", MaxLine+1)
	for _, tt := range []struct {
		keys, want string
		err        error
	}{
		{"first\n", "first", nil},
		{pasteBegins + long[:5000] + "\nthird" + pasteEnds + "\n", long[:5000], nil},
		{"", "third", nil},
		{long + "\n", "", ErrTooLong},
		{"ha\x04lf\n", "half", nil},
		{"\x04", "", io.EOF},
	} {
		if err := BeginTyping(p.k); err != nil {
			t.Fatal(err)
		}
		go p.types(tt.keys)
		if got, err := d.Line(t.Context(), "> "); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%.40q is read as %.40q, %v", tt.keys, got, err)
		}
		p.isRestored()
	}
}

// The terminal is as it was also after a question or a text that was given up.
func TestKeyboardRestoresTheTerminal(t *testing.T) {
	p := newTypist(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { p.types("half of"); cancel() }()
	if _, err := NewDialogue(p.k, io.Discard).Line(ctx, "> "); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	p.isRestored()

	p = newTypist(t)
	if err := BeginTyping(p.k); err != nil {
		t.Fatal(err)
	}
	if p.settings() == p.before {
		t.Error("the terminal was not changed")
	}
	p.restore()
	p.isRestored()
	if err := BeginTyping(p.k); err != nil {
		t.Error(err)
	}
	p.isRestored()
}

// After Ctrl-Z and fg the terminal is as the shell left it.
func TestKeyboardGoesOnAfterAStop(t *testing.T) {
	p := newTypist(t)
	if err := BeginTyping(p.k); err != nil {
		t.Fatal(err)
	}
	own := p.settings()
	if err := unix.IoctlSetTermios(int(p.terminal.Fd()), setTermios, &p.before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(os.Getpid(), unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for p.settings() != own { // only a hang stays here
		runtime.Gosched()
	}
	p.restore()
	p.isRestored()
}

func TestKeyboardOfAFile(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if r, restore := Keyboard(f, true); r != io.Reader(f) {
		t.Error("a file is a keyboard")
	} else {
		restore()
	}
}
