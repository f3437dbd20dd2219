package text

import (
	"fmt"
	"runtime"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SingleQuote quotes any argument for a POSIX shell.
func SingleQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// powerShellQuotes doubles every character that ends a single-quoted text of PowerShell.
var powerShellQuotes = strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛")

// PowerShellQuote quotes any text for PowerShell (about_Quoting_Rules).
func PowerShellQuote(s string) string { return "'" + powerShellQuotes.Replace(s) + "'" }

// ShellQuote quotes an argument, if it needs quotes, for the shells of this system. What
// shown rejects is written as an escape.
func ShellQuote(arg string, shown func(rune) bool) string {
	if runtime.GOOS == "windows" {
		return WindowsQuote(arg, shown)
	}
	return POSIXQuote(arg, shown)
}

// advised matches a command line of nsauth: one that names its profile or profile file,
// doctor with a flag, and explain with a code.
var advised = Regexp(`\bnsauth(?:(?: [a-z][\w/-]*){1,3}?(?: --(?:config|profile) (?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+)+| doctor --[a-z-]+| explain [a-z-]+\.[a-z-]+)(?: --[a-z-]+| [A-Z]{3,}\b)*`)

// Advised finds such command lines in a text: where each begins and ends.
func Advised(s string) [][]int {
	if !strings.Contains(s, "nsauth ") {
		return nil
	}
	return advised().FindAllStringIndex(s, -1)
}

// needsNone reports whether an argument has only letters, digits and the marks.
func needsNone(arg, marks string) bool {
	return arg != "" && strings.IndexFunc(arg, func(r rune) bool {
		return (r >= utf8.RuneSelf || !Alphanumeric(byte(r))) && !strings.ContainsRune(marks, r)
	}) < 0
}

func allShown(arg string, shown func(rune) bool) bool {
	return utf8.ValidString(arg) && strings.IndexFunc(arg, func(r rune) bool { return !shown(r) }) < 0
}

// WindowsQuote quotes an argument for cmd.exe and PowerShell alike. Where they differ, as
// after $ or a quotation mark, it quotes for PowerShell.
func WindowsQuote(arg string, shown func(rune) bool) string {
	switch {
	case needsNone(arg, `-_./\:=+`):
		return arg
	case !allShown(arg, shown):
		var b strings.Builder
		b.WriteByte('"')
		for _, r := range arg {
			switch {
			case shown(r) && !strings.ContainsRune("`$\"“”„", r):
				b.WriteRune(r)
			case shown(r):
				b.WriteString("`" + string(r))
			default:
				for _, unit := range utf16.Encode([]rune{r}) {
					fmt.Fprintf(&b, "$([char]0x%04x)", unit)
				}
			}
		}
		return b.String() + `"`
	case strings.ContainsAny(arg, "`$%\"“”„"):
		return PowerShellQuote(arg)
	}
	// A program takes \" as a quotation mark, and \\" as the end.
	name := strings.TrimRight(arg, `\`)
	return `"` + arg + arg[len(name):] + `"`
}

// POSIXQuote quotes an argument for a POSIX shell if it needs quotes. An argument with
// characters that shown rejects gets the $'...' form of bash and zsh.
func POSIXQuote(arg string, shown func(rune) bool) string {
	switch {
	case needsNone(arg, "-_./:=,@%+"):
		return arg
	case allShown(arg, shown):
		return SingleQuote(arg)
	}
	var b strings.Builder
	b.WriteString("$'")
	for i := 0; i < len(arg); {
		r, n := utf8.DecodeRuneInString(arg[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, arg[i])
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case shown(r):
			b.WriteRune(r)
		default:
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		i += n
	}
	b.WriteString("'")
	return b.String()
}
