//go:build !windows

package prompt

import "io"

// CodePage is nil: only Windows has consoles with code pages.
var CodePage func(w io.Writer) (page uint32, console bool)
