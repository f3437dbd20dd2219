package text

import (
	"regexp"
	"sync"
)

// Regexp returns a function that compiles expr at its first call. To compile all regular
// expressions at the start would add a millisecond to every command.
func Regexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
