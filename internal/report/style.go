package report

import "github.com/fatih/color"

// An ink is what a piece of text means, not how it looks.
type ink int

const (
	plain  ink = iota
	strong     // what to read first
	faint      // there for completeness
	good
	caution
	bad
	unsure
	command // to paste
)

// style turns ink into the colours of a terminal.
type style map[ink]*color.Color

// newStyle makes colours that do not depend on the library's global switch: the caller
// decides.
func newStyle(on bool) style {
	s := style{
		strong:  color.New(color.Bold),
		faint:   color.New(color.Faint),
		good:    color.New(color.FgGreen),
		caution: color.New(color.FgYellow),
		bad:     color.New(color.FgRed, color.Bold),
		unsure:  color.New(color.FgMagenta),
		command: color.New(color.FgCyan),
	}
	for _, c := range s {
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return s
}

func (s style) paint(i ink, text string) string {
	if c, ok := s[i]; ok && text != "" {
		return c.Sprint(text)
	}
	return text
}
