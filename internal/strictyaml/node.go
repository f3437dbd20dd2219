package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/text"
)

// Node is a value in a file. If the value has another type than a method returns, the
// method stops reading with an Error; see Read.
type Node struct {
	Line  int // from 1; 0 for an empty file
	where string
	yaml  *yaml.Node
	doc   *document
}

// node returns n as a Node. It follows an alias, and counts values up to maxValues.
func (d *document) node(n *yaml.Node, where string) Node {
	line := n.Line
	if d.values++; d.values > maxValues {
		panic(stop{&Error{Message: fmt.Sprintf("the file has more than %d values", maxValues)}})
	}
	for range 8 { // YAML has no alias to an alias; the limit is a precaution
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return Node{Line: line, where: where, yaml: n, doc: d}
}

// As returns the same value with another name for messages, such as `profile "prod"`.
func (n Node) As(name string) Node {
	n.where = name
	return n
}

// Name returns the name of the value in messages.
func (n Node) Name() string { return cmp.Or(n.where, "the file") }

// inside returns "NAME: text", for a message about something in the value.
func (n Node) inside(text string) string {
	if n.where == "" {
		return text
	}
	return n.where + ": " + text
}

// Fail stops reading with an Error. hint may be "". The message must not have a value
// that does not look like a name: it may be a secret.
func (n Node) Fail(hint, format string, args ...any) {
	panic(stop{&Error{Line: n.Line, Message: fmt.Sprintf(format, args...), Hint: hint}})
}

// fail is Fail with a key. The Error has the key only if it looks like a name.
func (n Node) fail(key, hint, message string) {
	if !text.NameLike(key) {
		key = ""
	}
	panic(stop{&Error{Line: n.Line, Key: key, Message: message, Hint: hint}})
}

// IsNull reports whether the value is null or missing.
func (n Node) IsNull() bool { return n.yaml.Kind == yaml.ScalarNode && n.yaml.ShortTag() == "!!null" }

// IsList reports whether the value is a list.
func (n Node) IsList() bool { return n.yaml.Kind == yaml.SequenceNode }

// IsMap reports whether the value is a map.
func (n Node) IsMap() bool { return n.yaml.Kind == yaml.MappingNode }

// IsBool reports whether the value is true or false, without quotes.
func (n Node) IsBool() bool { return n.yaml.Kind == yaml.ScalarNode && n.yaml.ShortTag() == "!!bool" }

// Key is a key of a map.
type Key struct {
	Name string
	key  Node // with the name of the map
}

// Fail stops reading with an Error at the key.
func (k Key) Fail(hint, format string, args ...any) {
	k.key.fail(k.Name, hint, fmt.Sprintf(format, args...))
}

// Unknown stops reading with an Error: the key is not in known. hint replaces the
// default hint, which suggests the nearest known key.
func (k Key) Unknown(known []string, hint string) {
	if hint == "" {
		hint = text.DidYouMean(k.Name, known, "known keys: "+strings.Join(known, ", "))[0]
	}
	k.key.fail(k.Name, hint, k.key.inside("unknown key "+text.QuoteName(k.Name)))
}

// Pairs calls do for each key and value of a map, in the order of the file. Null is an
// empty map. For a value that is not a map, the hint says "expected" and expected.
func (n Node) Pairs(expected string, do func(key Key, value Node)) {
	switch {
	case n.IsNull():
		return
	case n.IsList():
		n.fail(n.where, "expected "+expected+", without dashes", n.Name()+" must be a map, not a list")
	case !n.IsMap():
		n.fail(n.where, "expected "+expected, n.Name()+" must be a map, not text")
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		k := n.doc.node(n.yaml.Content[i], n.where)
		name := k.yaml.Value
		switch {
		case k.yaml.Kind == yaml.ScalarNode && k.yaml.ShortTag() == "!!merge":
			k.Fail("repeat the values in each place", "%s", n.inside("merge keys (<<) are not supported"))
		case k.yaml.Kind != yaml.ScalarNode:
			k.Fail("remove the question mark or the brackets", "%s", n.inside("a key must be a plain word"))
		case lines[name] != 0:
			k.fail(name, "remove one of the two", n.inside(fmt.Sprintf("%s is set twice, first on line %d", text.QuoteName(name), lines[name])))
		}
		lines[name] = k.Line
		where := name
		if !text.NameLike(name) {
			where = "a key"
		}
		do(Key{Name: name, key: k}, n.doc.node(n.yaml.Content[i+1], n.inside(where)))
	}
}

// Field is a known key of a map, with the function that reads its value.
type Field struct {
	Name string
	Read func(Node)
}

// Fields reads a map that has only known keys. It reads them in the order of known, so
// that a value can refer to a later line of the file.
func (n Node) Fields(known ...Field) {
	values := map[string]Node{}
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.Name
	}
	n.Pairs("KEY: VALUE", func(key Key, value Node) {
		if !slices.Contains(names, key.Name) {
			key.Unknown(names, "")
		}
		values[key.Name] = value
	})
	for _, f := range known {
		if value, set := values[f.Name]; set {
			f.Read(value)
		}
	}
}

// List returns the items of a list. Null is an empty list.
func (n Node) List() []Node {
	if n.IsNull() {
		return nil
	}
	if !n.IsList() {
		n.fail("", "begin each item with a dash", n.Name()+" is not a list")
	}
	items := make([]Node, len(n.yaml.Content))
	for i, item := range n.yaml.Content {
		items[i] = n.doc.node(item, n.where)
	}
	return items
}

// Text returns a text as it is in the file: a number keeps its digits. Null is "".
func (n Node) Text() string {
	switch n.yaml.Kind {
	case yaml.SequenceNode:
		n.fail("", "remove the brackets or the dash", n.Name()+" must be one value, not a list")
	case yaml.MappingNode:
		n.fail("", `quote a value that starts with { or contains ": "`, n.Name()+" must be a value, not a map")
	}
	switch n.yaml.ShortTag() {
	case "!!null":
		return ""
	case "!!str", "!!int", "!!float", "!!timestamp":
		return n.yaml.Value
	case "!!bool":
		n.fail("", "put the value in quotes if it is text", n.Name()+" must be text, not true or false")
	}
	n.fail("", "remove the tag, and quote a value that starts with !", n.Name()+" has a YAML tag")
	return ""
}

// RequiredText is Text, and fails if the value is empty.
func (n Node) RequiredText() string {
	text := n.Text()
	if text == "" {
		n.fail("", "set a value, or remove the key", n.Name()+" has no value")
	}
	return text
}

// Bool returns a value that is true or false without quotes.
func (n Node) Bool() bool {
	if !n.IsBool() {
		n.fail("", "write true or false without quotes", n.Name()+" must be true or false")
	}
	return strings.EqualFold(n.yaml.Value, "true")
}
