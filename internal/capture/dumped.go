package capture

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A name of the header or the claims in a dump without quotation marks, such as
// [alg] => PS256, {alg=PS256, kid=...}, map[alg:PS256 kid:...] and alg: PS256; the next
// name in the same line; and an item of a list in lines of its own.
var (
	dumpedName = regexp.MustCompile(`(?:^|[\s\[{(,;"'])(alg|kid|typ|kty|iss|scope|aud|iat|exp|nbf|sub|jti)(?:["'\]]*\s*(?:[-=]>|[:=])|[ \t]{2})[ \t]*`)
	nextName   = regexp.MustCompile(`[,;\s]+["'\[]*[A-Za-z][\w.-]*["'\]]*\s*(?:[-=]>|[:=])`)
	dumpedItem = regexp.MustCompile(`^(?:\s*Array)?[\s(]*(?:-|\[\d+\] =>) *(\S+)`)
)

// dumped reads decoded header and claims as programs print their tables: print_r, Go's
// and Java's maps, lines of names and values. Claims without a time may be settings, and
// a time in words is not read: then there is nothing.
func dumped(text string) (d Decoded) {
	header, claims := map[string]any{}, map[string]any{}
	for _, m := range dumpedName.FindAllStringSubmatchIndex(text, maxNames) {
		name, into, v := text[m[2]:m[3]], claims, dumpedValue(text[m[1]:])
		if slices.Contains([]string{"alg", "kid", "typ", "kty"}, name) {
			into = header
		}
		if s, isText := v.(string); isText && name != "scope" {
			s, _, _ = strings.Cut(s, " ")
			quoted := strings.Trim(s, `"'`)
			switch v = quoted; {
			case quoted != s || !slices.Contains([]string{"iat", "exp", "nbf"}, name):
			default:
				seconds, err := strconv.ParseFloat(s, 64) // Go prints 1.795446e+09
				if err != nil {
					return Decoded{}
				}
				v = seconds
			}
		}
		if _, again := into[name]; !again {
			into[name] = v
		}
	}
	if header["alg"] != nil && header["kty"] == nil {
		d.Header = toJSON(header)
	}
	if claims["iss"] != nil && claims["aud"] != nil && (claims["exp"] != nil || claims["iat"] != nil) {
		d.Claims = toJSON(claims)
	}
	return d
}

// dumpedValue is the value at the beginning of a text: a list, or a word, or for a scope
// words.
func dumpedValue(text string) any {
	if inner, isList := strings.CutPrefix(text, "["); isList {
		inner, _, _ = strings.Cut(inner, "]")
		return strings.FieldsFunc(inner, func(c rune) bool { return strings.ContainsRune(" \t\n,\"'", c) })
	}
	var list []string
	for m := dumpedItem.FindStringSubmatch(text); m != nil; m = dumpedItem.FindStringSubmatch(text) {
		list, text = append(list, strings.Trim(m[1], `"',;`)), text[len(m[0]):]
	}
	if list != nil {
		return list
	}
	text = line(text)
	if next := nextName.FindStringIndex(text); next != nil {
		text = text[:next[0]]
	}
	if end := strings.IndexAny(text, "]})"); end >= 0 {
		text = text[:end]
	}
	return strings.TrimRight(strings.TrimSpace(text), ",;")
}
