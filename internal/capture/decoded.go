package capture

import (
	"encoding/json"
	"slices"
	"strings"
)

// Decoded is the header and the claims of an assertion as JSON objects; "" for one that
// the text does not have.
type Decoded struct{ Header, Claims string }

// decoded reads a text that has an assertion only in decoded form, as jwt.io and logs
// show it. It is nil for other text, also for a program that makes the claims.
func (r *reader) decoded(text string) *Paste {
	d := Decoded{}
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
	known := true
	var b strings.Builder
	v.writeJSON(&b, &known, 0)
	if !known || !json.Valid([]byte(b.String())) {
		return ""
	}
	return b.String()
}

func (v *value) writeJSON(b *strings.Builder, known *bool, depth int) {
	quoted := func(s string) {
		data, err := json.Marshal(s)
		*known = *known && err == nil
		b.Write(data)
	}
	switch {
	case v.kind == unknownValue && slices.Contains([]string{"$null", "$None", "$nil", "$undefined", ""}, v.text):
		b.WriteString("null")
	case v.kind == unknownValue || depth > maxNesting:
		*known = false
	case v.literal:
		b.WriteString(v.text)
	case v.kind == textValue:
		quoted(v.text)
	default:
		marks := "[]"
		if len(v.items) > 0 && v.items[0].name != "" {
			marks = "{}"
		}
		b.WriteByte(marks[0])
		for i, x := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			if marks == "{}" {
				quoted(x.name)
				b.WriteByte(':')
			}
			x.value.writeJSON(b, known, depth+1)
		}
		b.WriteByte(marks[1])
	}
}
