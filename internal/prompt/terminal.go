// Package prompt is what nsauth knows of a person's terminal.
package prompt

import (
	"io"
	"os"

	"golang.org/x/term"
)

// defaultWidth is taken for a terminal that does not tell.
const defaultWidth = 80

// Width is the width in columns of the terminal behind w; false when w is none.
func Width(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return defaultWidth, true
	}
	return width, true
}
