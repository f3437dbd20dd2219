package capture

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Decoded is the header and the claims of an assertion as JSON objects; "" for one that
// the text does not have.
type Decoded struct{ Header, Claims string }

// typed are the types that PHP's var_dump writes around values.
var typed = regexp.MustCompile(`\bstring\(\d+\) (")|\bint\((\d+)\)`)

// decoded reads a text that has an assertion only in decoded form, as jwt.io and logs
// show it. It is nil for other text, also for a program that makes the claims.
func (r *reader) decoded(text string) *Paste {
	d, text := Decoded{}, typed.ReplaceAllString(text, "$1$2")
	for _, v := range newProgram(text).tables {
		has := func(name string) bool { return v.named(name) != nil }
		switch {
		case v.open || len(v.items) == 0:
		case d.Header == "" && has("alg") && !has("iss"):
			d.Header = v.json()
		case d.Claims == "" && !has("kty") && (has("iss") && (has("aud") || has("exp") || has("scope")) || has("aud") && has("exp")):
			d.Claims = v.json()
		}
	}
	if d.Claims == "" && d.Header == "" {
		d = dumped(text)
	}
	if d.Claims == "" && d.Header == "" || d.Claims == "" && !strings.Contains(d.Header, `"kid"`) {
		return nil
	}
	r.note(Around)
	r.note(Signature)
	return &Paste{Form: Text, ReadAs: "decoded header and claims", Decoded: &d}
}

// named returns the value with exactly this name.
func (v *value) named(name string) *value {
	i := slices.IndexFunc(v.items, func(x item) bool { return x.name == name })
	if i < 0 {
		return nil
	}
	return v.items[i].value
}

// json returns a table as JSON; "" if a value in it is not known.
func (v *value) json() string {
	plain, known := v.plain(0)
	if !known {
		return ""
	}
	return toJSON(plain)
}

func toJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}

// plain returns a value as package json writes it, and whether all of it is known.
func (v *value) plain(depth int) (any, bool) {
	switch {
	case v.kind == unknownValue && slices.Contains([]string{"$null", "$None", "$nil", "$undefined", ""}, v.text):
		return nil, true
	case v.kind == unknownValue || depth > maxNesting:
		return nil, false
	case v.literal:
		return json.RawMessage(v.text), true
	case v.kind == textValue:
		return v.text, true
	}
	list, named, known := []any{}, map[string]any{}, true
	for _, x := range v.items {
		inner, ok := x.value.plain(depth + 1)
		list, named[x.name], known = append(list, inner), inner, known && ok
	}
	if len(v.items) > 0 && v.items[0].name != "" {
		return named, known
	}
	return list, known
}
