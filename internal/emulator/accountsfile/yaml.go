package accountsfile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/text"
)

// yamlReader turns YAML nodes into values. What it cannot take ends with a panic
// of a *FileError, which parseAccounts recovers: a walk over a file has some
// forty places that may fail, and all of them mean the same.
type yamlReader struct {
	file   string
	values int
}

// field is one key that a map may have.
type field struct {
	name string
	read func(*yaml.Node)
}

// fail reports what is wrong at a node, nil for the file as a whole.
func (r *yamlReader) fail(n *yaml.Node, hint, format string, args ...any) {
	e := &Error{File: r.file, Message: fmt.Sprintf(format, args...), Hint: hint}
	if n != nil {
		e.Line = n.Line
	}
	panic(e)
}

// visit follows an alias and counts what is read.
func (r *yamlReader) visit(n *yaml.Node) *yaml.Node {
	if r.values++; r.values > maxAccountsValues {
		r.fail(n, "", "the accounts file has more than %d values", maxAccountsValues)
	}
	for range 8 { // an alias to an alias cannot be written; the bound is for certainty
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// fields reads a map whose keys are all known, in the order of known and not of
// the file: a mapping may stand above the role that it names.
func (r *yamlReader) fields(n *yaml.Node, where string, known []field) {
	n = r.visit(n)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "expected KEY: VALUE", "%s is not a map", where)
	}
	found := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := r.visit(n.Content[i])
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			r.fail(key, "write the values out", "%s: merge keys (<<) are not read", where)
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "", "%s: a key that is not a plain word", where)
		case found[key.Value] != nil:
			r.fail(key, "remove one of the two", "%s: %s is set twice", where, text.QuoteName(key.Value))
		}
		var names []string
		for _, f := range known {
			names = append(names, f.name)
			if f.name == key.Value {
				found[key.Value] = n.Content[i+1]
			}
		}
		if found[key.Value] == nil {
			r.fail(key, nearestOf(key.Value, names), "%s: unknown key %s", where, text.QuoteName(key.Value))
		}
	}
	for _, f := range known {
		if value := found[f.name]; value != nil {
			f.read(value)
		}
	}
}

// list reads a list; null is an empty one.
func (r *yamlReader) list(n *yaml.Node, where string, item func(*yaml.Node)) {
	n = r.visit(n)
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "begin each item with a dash", "%s is not a list", where)
	}
	for _, i := range n.Content {
		item(r.visit(i))
	}
}

// text reads a text as it was written: an account of digits stays one.
func (r *yamlReader) text(n *yaml.Node, where string) string {
	n = r.visit(n)
	switch {
	case n.Kind == yaml.SequenceNode:
		r.fail(n, "leave out the brackets or the dash", "%s takes one value and has a list", where)
	case n.Kind == yaml.MappingNode:
		r.fail(n, `quote a value that starts with { or holds ": "`, "%s takes a value and has a map", where)
	case isNull(n) || n.Value == "":
		r.fail(n, "write a value, or leave the key out", "%s has no value", where)
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp":
		return n.Value
	case "!!bool":
		r.fail(n, "put the value in quotes if it is meant", "%s takes text and has true or false", where)
	}
	r.fail(n, "leave the tag out", "%s has a YAML tag", where)
	return ""
}

func (r *yamlReader) number(n *yaml.Node, where string) int {
	i, err := strconv.Atoi(r.text(n, where))
	if err != nil || i <= 0 || i > 1<<31-1 {
		r.fail(n, "NetSuite's internal ID, such as 1012", "%s is not a positive whole number", where)
	}
	return i
}

func (r *yamlReader) boolean(where string, into *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		n = r.visit(n)
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
			r.fail(n, "without quotes", "%s is neither true nor false", where)
		}
		*into = strings.EqualFold(n.Value, "true")
	}
}

func (r *yamlReader) when(where string, into *time.Time) func(*yaml.Node) {
	return func(n *yaml.Node) {
		text := r.text(n, where)
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(layout, text); err == nil {
				*into = at
				return
			}
		}
		r.fail(n, "such as 2026-11-23 or 2026-11-23T15:00:00Z", "%s is not a date", where)
	}
}

var yamlLine = text.Regexp(`^yaml: line ([0-9]+):`)

// syntax words an error of the YAML library without repeating its text.
func (r *yamlReader) syntax(err error) {
	e := &Error{File: r.file, Message: "the accounts file is not valid YAML", Hint: "check the indentation, the quotes and the brackets"}
	if m := yamlLine().FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Message += " near this line"
	}
	panic(e)
}

// nearestOf is the hint after an unknown name.
func nearestOf(name string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	return text.DidYouMean(name, known, "known: "+strings.Join(known[:min(len(known), 20)], ", "))[0]
}
