package netsuite

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first used: together they would cost
// every command a millisecond before it does anything.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
