package inspect

import (
	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/jwtgen"
)

// cutFault returns the fault of a text that looks cut, nil if it looks whole: a terminal
// cuts lines where one ends, or the text ends within its token or within the quotation
// around it. Nothing else of such a text is judged.
func cutFault(text *capture.Paste) *jwtgen.Fault {
	token, end, at := text.Token.Reveal(), text.Ending, 0
	a, _ := jwtgen.Read(token)
	switch {
	case a != nil && a.IsWhole():
	case end.LineLimit > 0 && (a == nil || end.AtLimit):
		at = end.LineLimit
	case end.Cut, end.Open && text.Elsewhere != "variable", end.AtEnd && jwtgen.EndsEarly(token):
		at = end.Bytes
	}
	if at == 0 {
		return nil
	}
	return &jwtgen.Fault{Kind: jwtgen.KindMalformed, Reason: "cut", Evidence: map[string]any{"bytes": at}}
}
