package profile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/secretscan"
	"github.com/nsauth/nsauth/internal/text"
)

// The repairs, by the names that evidence uses.
const (
	repairSpace     = "surrounding-space" // spaces and line ends
	repairInvisible = "invisible"
	repairQuotes    = "quotes"
	repairURL       = "url"  // an account taken from a URL
	repairHost      = "host" // an account taken from a host name
)

// repair removes what copying adds at the ends of a value, and says what it removed. It
// never changes the inside of a value.
func repair(s string) (string, []string) {
	var done []string
	note := func(what string) {
		if !slices.Contains(done, what) {
			done = append(done, what)
		}
	}
	trim := func() {
		s = strings.TrimFunc(s, func(r rune) bool {
			switch {
			case unicode.IsSpace(r):
				note(repairSpace)
			case text.IsInvisible(r):
				note(repairInvisible)
			default:
				return false
			}
			return true
		})
	}
	trim()
	for _, q := range [][2]string{{`"`, `"`}, {`'`, `'`}, {"\u201c", "\u201d"}, {"\u2018", "\u2019"}} { // of a shell, an env file, a document
		inner, ok := strings.CutPrefix(s, q[0])
		if !ok {
			continue
		}
		if inner, ok = strings.CutSuffix(inner, q[1]); ok {
			s = inner
			note(repairQuotes)
			trim()
			break
		}
	}
	return s, done
}

// repair of a command removes only spaces: its quotes belong to the shell.
func (info FieldInfo) repair(s string) (string, []string) {
	if info.Command {
		return strings.TrimSpace(s), nil
	}
	return repair(s)
}

// secretIn says what secret stands in place of a value, "" for none. A command may name
// the private key that it prints.
func (info FieldInfo) secretIn(s string) string {
	if info.Command {
		return secretscan.Opens(s)
	}
	return secretscan.Value(s)
}
