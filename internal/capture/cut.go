package capture

import (
	"slices"
	"strings"
)

// lineLimits are the bytes that terminals keep of a line that is typed or pasted:
// 4,095 on Linux, 1,024 on macOS, of which one may be the line break.
var lineLimits = []int{4095, 1024, 1023}

// LineLimit returns the length of the longest line of a text if a terminal cuts lines
// there, else 0.
func LineLimit(text string) int {
	n := len(longestLine(text))
	if !slices.Contains(lineLimits, n) {
		return 0
	}
	return n
}

func longestLine(text string) string {
	longest := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); len(line) > len(longest) {
			longest = line
		}
	}
	return longest
}

// Ending is how a text ends, which shows whether it was cut.
type Ending struct {
	Bytes int // of the whole text
	// LineLimit is LineLimit of the text, and AtLimit says that the token is the
	// last of that line.
	LineLimit int
	AtLimit   bool
	// AtEnd says that the token is the last of the text.
	AtEnd bool
	// Open says that a quotation of a curl command does not end.
	Open bool
	// Cut says that the text has the size of what it shows, and shows less.
	Cut bool
}

// tail is how many characters show where the last of a token is.
const tail = 24

// endingOf says how the text ends in which p was found.
func endingOf(text string, p *Paste) Ending {
	text = strings.TrimSpace(text)
	e := Ending{Bytes: len(text), LineLimit: LineLimit(text), Open: p.Form == Curl && !slices.Contains(p.Stripped, Around) && opensQuotation(text)}
	token := p.Token.Reveal()
	if token = token[max(0, len(token)-tail):]; token != "" {
		e.AtEnd = strings.HasSuffix(text, token)
		e.AtLimit = e.LineLimit > 0 && strings.HasSuffix(longestLine(text), token)
	}
	return e
}

// opensQuotation reports whether the last quotation of a command has no end. Of
// commands for cmd.exe it cannot say.
func opensQuotation(text string) bool {
	if strings.Contains(text, `^"`) {
		return false
	}
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote != 0
}
