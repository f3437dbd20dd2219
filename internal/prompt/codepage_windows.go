package prompt

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// CodePage is the output code page of the console that w is; false if w is none.
var CodePage = func(w io.Writer) (page uint32, console bool) {
	f, ok := w.(*os.File)
	if !ok || !IsTerminal(f) {
		return 0, false
	}
	page, err := windows.GetConsoleOutputCP()
	return page, err == nil
}

// EndKey ends what is typed on a terminal of this system.
const EndKey = "Ctrl-Z and Enter"
