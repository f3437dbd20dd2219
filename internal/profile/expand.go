package profile

import (
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

var variableName = text.Regexp(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// expand replaces ${VAR} by the variable and $$ by a dollar sign. Other dollar signs
// stay. The value of a variable is not expanded again.
func expand(s string, lookup func(string) (string, bool)) (string, *fault) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "$")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), nil
		case strings.HasPrefix(after, "$"):
			b.WriteByte('$')
			s = after[1:]
			continue
		case !strings.HasPrefix(after, "{"):
			b.WriteByte('$')
			s = after
			continue
		}
		name, rest, closed := strings.Cut(after[1:], "}")
		if !closed {
			return "", &fault{message: "has ${ without the closing }",
				hints: []string{"write $${ for the plain text ${"}}
		}
		if !variableName().MatchString(name) {
			return "", &fault{message: "has ${...} with something other than the name of a variable in it",
				hints: []string{"only ${NAME} is known, without defaults or operators; write $${ for the plain text ${"}}
		}
		value, ok := lookup(name)
		if !ok || strings.TrimSpace(value) == "" {
			state := "not set"
			if ok {
				state = "set, but empty"
			}
			return "", &fault{message: "uses ${" + name + "}, and that variable is " + state,
				hints: []string{"set $" + name + ", or write $${" + name + "} for the plain text"}}
		}
		b.WriteString(value)
		s = rest
	}
}
