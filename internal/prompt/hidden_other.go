//go:build !linux && !darwin

package prompt

import (
	"os"

	"golang.org/x/term"
)

// readHidden asks, and reads a line of a terminal without showing it.
func readHidden(terminal *os.File, ask func()) ([]byte, error) {
	ask()
	return term.ReadPassword(int(terminal.Fd()))
}
