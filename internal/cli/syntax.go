package cli

import "github.com/nsauth/nsauth/internal/text"

// Syntax is how a shell assigns, quotes and goes on in the next line.
type Syntax struct {
	Assign   string // a format for name and quoted value
	Quote    func(string) string
	Variable string // a format for the name of a variable in double quotes
	Continue string // the end of a line that goes on
	Curl     string // the name of curl's program: in Windows PowerShell, curl is another command
}

var (
	// POSIX is the syntax of sh, bash and zsh.
	POSIX = Syntax{"export %s=%s\n", text.SingleQuote, "$%s", ` \`, "curl"}
	// PowerShell is the syntax of PowerShell on every platform.
	PowerShell = Syntax{"$env:%s = %s\n", text.PowerShellQuote, "$env:%s", " `", "curl.exe"}
)

// SyntaxOf is the syntax of the shell that a system's users paste into.
func SyntaxOf(goos string) Syntax {
	if goos == "windows" {
		return PowerShell
	}
	return POSIX
}
