//go:build !windows

package prompt

import "io"

// CodePage is nil: only Windows has consoles with code pages.
var CodePage func(w io.Writer) (page uint32, console bool)

// EndKey ends what is typed on a terminal of this system.
const EndKey = "Ctrl-D"
