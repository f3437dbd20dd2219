package cli

import (
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// Syntax is how a shell assigns and quotes.
type Syntax struct {
	Assign string // a format for name and quoted value
	Quote  func(string) string
}

var (
	// POSIX is the syntax of sh, bash and zsh.
	POSIX = Syntax{"export %s=%s\n", text.SingleQuote}
	// PowerShell is the syntax of PowerShell on every platform.
	PowerShell = Syntax{"$env:%s = %s\n", func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }}
)
