package capture

import (
	"regexp"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

// namedLine is a name and a value in a line, as consoles, editors and dumps show them:
// name: value, name=value, "name" => "value", [name] => value, ["name"]=> string(5) "value".
var namedLine = regexp.MustCompile(`^[\s"'\[({&,|*-]*([A-Za-z][\w.-]*)["'\])]*\s*(?:=>|=|:|\t)\s*(?:string\(\d+\)\s*)?(.*)$`)

// namedLines returns the parameters of a token request that stand in lines. whole says
// that nothing else is there.
func namedLines(text string) (params []pair, whole bool) {
	whole, known, open := true, false, false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		match := namedLine.FindStringSubmatch(trimmed)
		last := len(params) - 1
		switch {
		case trimmed == "" || strings.Trim(trimmed, "{}[]()'\"`,;") == "":
		case open && last >= 0 && params[last].value == "": // as var_dump shows it
			_, value, _ := strings.Cut(trimmed, ") ")
			params[last].value = bareValue(value)
		case match != nil && (strings.Contains(match[2], "&") && strings.Contains(match[2], "=") || strings.ContainsAny(bareValue(match[2]), "\"'`")):
			return nil, false // a form in one line, or a table
		case match != nil && !(open && secret.IsTokenText(trimmed)):
			value := bareValue(match[2])
			params = append(params, pair{match[1], value})
			known = known || isParameter(match[1])
			open = value == "" || secret.LooksLikeJWT(value+".") || strings.HasPrefix(value, "ey")
			slot := slots[normal(match[1])] // a part of the request besides its body
			whole = whole && !strings.Contains(match[1], ".") && (slot == 0 || slot == slotQuery || isParameter(match[1]))
		case open && last >= 0 && strings.Trim(trimmed, `"'`) != "" && strings.IndexFunc(strings.Trim(trimmed, `"'`), func(c rune) bool { return !secret.IsTokenRune(c) }) < 0:
			params[last].value += strings.Trim(trimmed, `"'`)
		default:
			whole, open = false, false
		}
	}
	if !known {
		return nil, false
	}
	return params, whole
}

// bareValue removes what ends a line of a dump, and the quotation marks.
func bareValue(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), ",;&)} ")
	for _, quote := range []string{`"`, "'", "`"} {
		if inner, ok := strings.CutPrefix(s, quote); ok {
			return strings.TrimSuffix(inner, quote)
		}
	}
	return s
}

// named reads parameters in lines: a form as Postman shows it, or a dump of one. It is
// nil for other text.
func (r *reader) named(text string) *Paste {
	params, whole := namedLines(text)
	if len(params) == 0 {
		return nil
	}
	if !whole { // names of something else are no parameters
		var known []pair
		for _, x := range params {
			if isParameter(x.name) {
				known = append(known, x)
			}
		}
		params = known
	}
	q := &request{hasBody: true, params: params, incomplete: !whole}
	if !q.asksForToken() {
		return nil
	}
	p := r.fromRequest(URLForm, q)
	p.ReadAs = "parameters in lines"
	return p
}
