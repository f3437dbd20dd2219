package prompt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/term"
)

// ErrNoTerminal says that there is no terminal to ask on.
var ErrNoTerminal = errors.New("no terminal to ask on")

// terminals are the process's own terminal, for reading and for writing, whatever
// its standard streams are.
var terminals = map[bool][2]string{false: {"/dev/tty", "/dev/tty"}, true: {"CONIN$", "CONOUT$"}}

// Secret asks for a line on the process's terminal without showing what is
// typed. The error is io.EOF after Ctrl-D, ErrNoTerminal, that of ctx, or the
// terminal's own. When ctx ends the terminal is as it was before.
func Secret(ctx context.Context, question string) (string, error) {
	names := terminals[runtime.GOOS == "windows"]
	in, err := os.OpenFile(names[0], os.O_RDWR, 0)
	if err != nil {
		return "", ErrNoTerminal
	}
	out, err := os.OpenFile(names[1], os.O_WRONLY, 0)
	if err != nil {
		in.Close()
		return "", ErrNoTerminal
	}
	fd := int(in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		in.Close()
		out.Close()
		return "", ErrNoTerminal
	}
	type answer struct {
		line []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		line, err := readHidden(in, func() { fmt.Fprint(out, question) })
		answered <- answer{line, err}
	}()
	defer out.Close()
	defer fmt.Fprintln(out) // the line break that was typed is not shown either
	select {
	case a := <-answered:
		in.Close()
		return string(a.line), a.err
	case <-ctx.Done():
		_ = term.Restore(fd, before) // in stays open: something still reads from it
		return "", ctx.Err()
	}
}
