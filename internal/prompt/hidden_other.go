//go:build !linux && !darwin

package prompt

import (
	"os"

	"golang.org/x/term"
)

// readHidden reads a line of a terminal without showing it.
func readHidden(terminal *os.File) ([]byte, error) { return term.ReadPassword(int(terminal.Fd())) }
