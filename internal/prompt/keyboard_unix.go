//go:build linux || darwin

package prompt

import (
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// keyboard reads a terminal without the terminal's own line editing, which loses what
// a line has after 4,095 bytes (Linux) or 1,024 (macOS). Ctrl-C and Ctrl-Z work as
// before. The terminal is changed only while something is read from it.
type keyboard struct {
	terminal *os.File
	marks    bool // the terminal understands a request to mark what is pasted
	editor   editor
	typed    []byte // keys that were not edited yet
	lines    []byte // of a text, for Read
	ended    bool

	mu      sync.Mutex
	before  *unix.Termios // nil unless the terminal is changed
	own     unix.Termios
	closed  bool
	unwatch func()
}

// Keyboard returns a reader of a stream that is a terminal, and what puts the terminal
// back as it was, for good. Other streams are returned as they are. marks says that
// the terminal may be asked to mark what is pasted.
func Keyboard(stream *os.File, marks bool) (r io.Reader, restore func()) {
	if !term.IsTerminal(int(stream.Fd())) {
		return stream, func() {}
	}
	k := &keyboard{terminal: stream, marks: marks}
	return k, k.close
}

// keyboardOf returns the keyboard that a stream is, or nil.
func keyboardOf(stream any) *keyboard {
	k, _ := stream.(*keyboard)
	return k
}

// Read returns lines up to Ctrl-D, which ends the text wherever it is typed.
func (k *keyboard) Read(p []byte) (int, error) {
	for len(k.lines) == 0 {
		if k.ended {
			k.ended = false // a terminal can be read again
			k.leave()
			return 0, io.EOF
		}
		if err := k.enter(); err != nil {
			return 0, err
		}
		what, err := k.next()
		if err != nil {
			k.leave()
			return 0, err
		}
		k.lines = []byte(k.editor.take())
		if k.ended = what == ended; !k.ended {
			k.lines = append(k.lines, '\n')
		} else if len(k.lines) > 0 {
			k.show([]byte("\n")) // what is written next begins a line
		}
	}
	n := copy(p, k.lines)
	k.lines = k.lines[n:]
	return n, nil
}

// line returns one line, and leaves the terminal as it was. Ctrl-D ends the questions
// only at the beginning of a line.
func (k *keyboard) line() typed {
	defer k.leave()
	for {
		what, err := k.next()
		switch {
		case err != nil:
			return typed{err: err}
		case what == ended && len(k.editor.line) > 0:
		case what == ended:
			return typed{err: io.EOF}
		case len(k.editor.line) > MaxLine:
			k.editor.take()
			return typed{err: ErrTooLong}
		default:
			return typed{line: k.editor.take()}
		}
	}
}

// next edits the line until it is entered or ended.
func (k *keyboard) next() (event, error) {
	buffer := make([]byte, 4096)
	for {
		for i, c := range k.typed {
			if what := k.editor.key(c); what != edited {
				k.typed = k.typed[i+1:]
				k.echo()
				return what, nil
			}
		}
		k.typed = nil
		k.echo()
		n, err := k.terminal.Read(buffer)
		if n == 0 && err != nil {
			return edited, err
		}
		k.typed = buffer[:n]
	}
}

func (k *keyboard) echo() {
	k.show(k.editor.shown)
	k.editor.shown = k.editor.shown[:0]
}

// show writes to the terminal, also if it was opened for reading only.
func (k *keyboard) show(what []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.before != nil {
		k.write(what)
	}
}

func (k *keyboard) write(what []byte) {
	if _, err := k.terminal.Write(what); err == nil {
		return
	}
	if tty, err := os.OpenFile(terminals[false][1], os.O_WRONLY, 0); err == nil {
		_, _ = tty.Write(what)
		tty.Close()
	}
}

// enter changes the terminal, before anything tells a person to type. Without a
// keyboard it does nothing.
func (k *keyboard) enter() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.before != nil || k.closed {
		return nil
	}
	before, err := unix.IoctlGetTermios(int(k.terminal.Fd()), getTermios)
	if err != nil {
		return err
	}
	k.own = *before
	k.own.Lflag &^= unix.ICANON | unix.ECHO | unix.IEXTEN
	k.own.Lflag |= unix.ISIG
	k.own.Iflag &^= unix.INLCR | unix.IGNCR
	k.own.Iflag |= unix.ICRNL
	k.own.Cc[unix.VMIN], k.own.Cc[unix.VTIME] = 1, 0
	k.before, k.unwatch = before, k.watch() // first, so that no signal finds a changed terminal
	if err := k.set(); err != nil {
		k.before = nil
		k.unwatch()
		return err
	}
	return nil
}

// set and restore are called with mu locked.
func (k *keyboard) set() error {
	err := unix.IoctlSetTermios(int(k.terminal.Fd()), setTermios, &k.own)
	if err == nil && k.marks {
		k.write([]byte(marksOn))
	}
	return err
}

// leave puts the terminal back as it was.
func (k *keyboard) leave() {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.restore()
}

// close is leave for good: what still reads changes the terminal no more.
func (k *keyboard) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	k.restore()
}

func (k *keyboard) restore() {
	if k.before == nil {
		return
	}
	if k.marks {
		k.write([]byte(marksOff))
	}
	_ = unix.IoctlSetTermios(int(k.terminal.Fd()), setTermios, k.before)
	k.before = nil
	k.unwatch()
}

// watch puts the terminal back before a signal ends the process out of order, and
// changes it again after Ctrl-Z and fg: meanwhile it is the shell's.
func (k *keyboard) watch() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGCONT, unix.SIGQUIT, unix.SIGHUP)
	go func() {
		for s := range signals {
			k.mu.Lock()
			switch {
			case s != unix.SIGCONT:
				k.restore()
				_ = unix.Kill(unix.Getpid(), s.(syscall.Signal)) // does what it does by default
			case k.before != nil:
				_ = k.set()
			}
			k.mu.Unlock()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}
