package text

import (
	"regexp"
	"sync"
)

// Regexp returns a regular expression that is compiled when it is first used.
// Compiled at start, those of the program together would cost every command a
// millisecond before it does anything.
func Regexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
