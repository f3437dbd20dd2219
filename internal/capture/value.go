package capture

import (
	"slices"
	"strings"
)

// valueKind is what is known of a value.
type valueKind int

const (
	unknownValue valueKind = iota
	textValue
	tableValue
)

// encoding is what a program makes of a table before it is sent.
type encoding int

const (
	plainTable  encoding = iota // left to the library
	encodedForm                 // an object that is sent as a form, with its Content-Type
	encodedText                 // a form as text, which has no Content-Type of its own
	encodedJSON
	encodedMultipart
)

// value is what is known of a value in a program, a document or a dump.
type value struct {
	kind  valueKind
	text  string // of a text; of an unknown value its name, as a placeholder
	items []item // of a table
	as    encoding
	// open says that a table has items which the text does not show.
	open bool
	// library made a request of it.
	by      *library
	seen    bool // it is in the list of candidates
	literal bool // a number, true or false: its text has no quotation marks
}

// item is an item of a table, with a name or without.
type item struct {
	name  string
	value *value
}

func textOf(s string) *value { return &value{kind: textValue, text: s} }

func unknown(name string) *value {
	if name != "" && name[0] != '$' {
		name = "$" + name
	}
	return &value{text: name}
}

// member returns the value of the first item with one of the names, in normal form; nil
// without one.
func (v *value) member(names ...string) *value {
	if v == nil {
		return nil
	}
	for _, x := range v.items {
		if x.name != "" && slices.Contains(names, normal(x.name)) {
			return x.value
		}
	}
	return nil
}

// set adds an item, or replaces the one with that name.
func (v *value) set(name string, to *value) {
	if name == "" {
		return
	}
	for i, x := range v.items {
		if x.name == name {
			v.items[i].value = to
			return
		}
	}
	v.add(name, to)
}

func (v *value) add(name string, to *value) {
	if v.kind = tableValue; len(v.items) >= maxItems {
		v.open = true
		return
	}
	v.items = append(v.items, item{name, to})
}

// maxItems bounds a table of a program.
const maxItems = 1000

// normal is a name without what spelling varies: case, _ - : and spaces.
func normal(name string) string { return spelling.Replace(strings.ToLower(name)) }

var spelling = strings.NewReplacer("_", "", "-", "", " ", "", ":", "")

// word is the text of a value that may be the list of one text, as in Go's url.Values.
func (v *value) word() string {
	if v.kind == tableValue && len(v.items) == 1 && v.items[0].name == "" && v.items[0].value.kind != tableValue {
		return v.items[0].value.text
	}
	if v.kind == tableValue {
		return "$"
	}
	return v.text
}

// pairs returns the names and values of a table: its named items, and its items that
// are themselves a name and a value, such as ("a", "b") or {"name": "a", "value": "b"}.
func (v *value) pairs() (list []pair, open bool) {
	open = v.open
	for _, x := range v.items {
		inner := x.value
		name, content := inner.member("name", "key"), inner.member("value")
		switch {
		case x.name != "":
			list = append(list, pair{x.name, inner.word()})
		case inner.kind != tableValue:
			name, content, ok := strings.Cut(inner.text, ":") // a line of a header
			if open = open || !ok; ok {
				list = append(list, pair{strings.TrimSpace(name), strings.TrimSpace(content)})
			}
		case isOff(inner):
		case name != nil:
			if content == nil {
				content = inner.member("src", "text")
			}
			if content == nil {
				content = textOf("")
			}
			list = append(list, pair{name.word(), content.word()})
		case len(inner.items) == 2 && inner.items[0].name == "" && inner.items[0].value.kind == textValue:
			list = append(list, pair{inner.items[0].value.text, inner.items[1].value.word()})
		default:
			more, moreOpen := inner.pairs()
			list, open = append(list, more...), open || moreOpen
		}
	}
	return list, open
}

// isOff reports whether an item of a collection is switched off.
func isOff(v *value) bool {
	off, on := v.member("disabled"), v.member("enabled", "active")
	return off != nil && off.text == "true" || on != nil && on.text == "false"
}
