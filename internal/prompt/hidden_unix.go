//go:build linux || darwin

package prompt

import (
	"bufio"
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

// readHidden asks, and reads a line of a terminal without showing it, not even what is
// typed as soon as the question is there. The error is io.EOF
// after Ctrl-D at its beginning, which term.ReadPassword ignores: it reads on
// where nothing was read.
func readHidden(terminal *os.File, ask func()) (line []byte, err error) {
	fd := int(terminal.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(fd, setTermios, &hidden); err != nil {
		return nil, err
	}
	defer unix.IoctlSetTermios(fd, setTermios, before)
	ask()
	line, err = bufio.NewReaderSize(terminal, MaxLine).ReadBytes('\n')
	if len(line) > 0 {
		err = nil // Ctrl-D twice behind something ends the line
	}
	return bytes.TrimRight(line, "\r\n"), err
}
