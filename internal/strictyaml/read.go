// Package strictyaml reads YAML files that people write by hand: one document,
// known keys, no key twice, no merge keys, a bounded number of values. Errors have
// a line and a hint, and never repeat text that does not look like a name: it may
// be a secret that slipped out of its place.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Error says what is wrong in a file.
type Error struct {
	Line    int    // from 1; 0 for the file as a whole
	Key     string // the key in question; "" for none, or one that does not look like a name
	Message string // one clause, lower case, no full stop
	Hint    string // "" for none
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// maxValues bounds what is read from a file: aliases could multiply it without end.
const maxValues = 200_000

// document is what the nodes of a file share.
type document struct{ values int }

// stop carries an Error out of Read: a walk over a file has some forty places that
// may fail, and all of them mean the same.
type stop struct{ err *Error }

// Read parses data and calls read with its root, which is null for an empty file.
// A method of a Node that cannot do its work stops the reading, and Read returns
// the *Error. what names the file in messages, such as "the profile file".
func Read(what string, data []byte, read func(root Node)) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case stop:
			err = p.err
		default:
			panic(p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	root := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	if err := decoder.Decode(root); err != nil && !errors.Is(err, io.EOF) {
		return syntax(what, err)
	}
	if root.Kind == yaml.DocumentNode {
		root = root.Content[0]
		var second yaml.Node
		switch err := decoder.Decode(&second); {
		case err == nil:
			return &Error{Line: second.Line, Message: "a second YAML document starts here",
				Hint: "put everything in one document, without --- lines"}
		case !errors.Is(err, io.EOF):
			return syntax(what, err)
		}
	}
	read((&document{}).node(root, ""))
	return nil
}

// Decode parses data into a struct. Unknown keys and a second document are errors
// of the YAML library, which quote the text: it is for files of our own.
func Decode(data []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("a second YAML document, or text after the first")
	}
	return nil
}

// Embedded returns a function that decodes data of the program when it is first
// called. Data that cannot be decoded is a mistake of ours, which a test finds. All
// callers share the value: they must not change it.
func Embedded[T any](data []byte) func() T {
	return sync.OnceValue(func() (v T) {
		if err := Decode(data, &v); err != nil {
			panic(err)
		}
		return v
	})
}

// syntax words an error of the YAML library without its text.
func syntax(what string, err error) *Error {
	e := &Error{Message: what + " is not valid YAML"}
	text := err.Error()
	if n, _ := fmt.Sscanf(text, "yaml: line %d:", &e.Line); n == 1 {
		e.Message += " near this line"
	}
	for _, known := range syntaxHints {
		if strings.Contains(text, known[0]) {
			e.Hint = known[1]
			break
		}
	}
	return e
}

// syntaxHints pairs a constant part of a message of the YAML library with its
// usual cause.
var syntaxHints = [...][2]string{
	{"found character that cannot start any token", "indent with spaces, not tabs, and quote a value that starts with @, % or a backquote"},
	{"found a tab character", "indent with spaces, not tabs"},
	{"mapping values are not allowed", `quote a value that contains ": ", and indent a setting below the name that it belongs to`},
	{"could not find expected ':'", "every line is KEY: VALUE"},
	{"did not find expected key", "check the indentation and the quotes"},
	{"did not find expected '-' indicator", "check the indentation"},
	{"did not find expected ',' or", "a bracket is not closed"},
	{"found unexpected end of stream", "a quote or bracket is not closed"},
	{"unknown anchor", "quote a value that starts with *"},
	{"control characters are not allowed", "the file contains control characters"},
}
