package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/text"
)

// Node is a value in a file. Its methods stop the reading with an Error where the
// value is not what they return; see Read.
type Node struct {
	Line  int // from 1; 0 for an empty file
	where string
	yaml  *yaml.Node
	doc   *document
}

// node follows an alias and counts what is read.
func (d *document) node(n *yaml.Node, where string) Node {
	line := n.Line
	if d.values++; d.values > maxValues {
		panic(stop{&Error{Message: fmt.Sprintf("the file has more than %d values", maxValues)}})
	}
	for range 8 { // an alias to an alias cannot be written; the bound is for certainty
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return Node{Line: line, where: where, yaml: n, doc: d}
}

// As is the same value under another name in messages, such as `profile "prod"`.
func (n Node) As(name string) Node {
	n.where = name
	return n
}

// Name is how messages call the value.
func (n Node) Name() string { return cmp.Or(n.where, "the file") }

// inside names something in the value: "NAME: text".
func (n Node) inside(text string) string {
	if n.where == "" {
		return text
	}
	return n.where + ": " + text
}

// Fail stops the reading. hint may be empty; the message is for people, and never
// holds a value that does not look like a name.
func (n Node) Fail(hint, format string, args ...any) {
	panic(stop{&Error{Line: n.Line, Message: fmt.Sprintf(format, args...), Hint: hint}})
}

// fail is Fail about a key or a value of it.
func (n Node) fail(key, hint, message string) {
	if !text.NameLike(key) {
		key = ""
	}
	panic(stop{&Error{Line: n.Line, Key: key, Message: message, Hint: hint}})
}

// IsNull reports whether nothing was written, or null.
func (n Node) IsNull() bool { return n.yaml.Kind == yaml.ScalarNode && n.yaml.ShortTag() == "!!null" }

// IsList reports whether the value is a list.
func (n Node) IsList() bool { return n.yaml.Kind == yaml.SequenceNode }

// IsBool reports whether the value is true or false, without quotes.
func (n Node) IsBool() bool { return n.yaml.Kind == yaml.ScalarNode && n.yaml.ShortTag() == "!!bool" }

// Key is a key of a map.
type Key struct {
	Name string
	key  Node // called as the map is
}

// Fail stops the reading at the key.
func (k Key) Fail(hint, format string, args ...any) {
	k.key.fail(k.Name, hint, fmt.Sprintf(format, args...))
}

// Unknown stops the reading because the key is not one of known. A hint replaces
// the one that names the nearest of them.
func (k Key) Unknown(known []string, hint string) {
	if hint == "" {
		hint = text.DidYouMean(k.Name, known, "known keys: "+strings.Join(known, ", "))[0]
	}
	k.key.fail(k.Name, hint, k.key.inside("unknown key "+text.QuoteName(k.Name)))
}

// Pairs calls do for each key and value of a map, in the order of the file. Null
// is an empty map. expected completes the hint "expected ..." for a value that is not a map.
func (n Node) Pairs(expected string, do func(key Key, value Node)) {
	switch {
	case n.IsNull():
		return
	case n.IsList():
		n.fail(n.where, "expected "+expected+", without dashes", n.Name()+" must be a map, not a list")
	case n.yaml.Kind != yaml.MappingNode:
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

// Field is a key that a map may have, and what reads its value.
type Field struct {
	Name string
	Read func(Node)
}

// Fields reads a map whose keys are all known. It reads in the order of known, not
// of the file: a value may name what stands below it.
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

// List is the items of a list; null is an empty one.
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

// Text is a text as it was written: a number keeps its digits. Null is "".
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

// RequiredText is Text for a value that must not be empty.
func (n Node) RequiredText() string {
	text := n.Text()
	if text == "" {
		n.fail("", "set a value, or remove the key", n.Name()+" has no value")
	}
	return text
}

// Bool is true or false.
func (n Node) Bool() bool {
	if !n.IsBool() {
		n.fail("", "write true or false without quotes", n.Name()+" must be true or false")
	}
	return strings.EqualFold(n.yaml.Value, "true")
}
