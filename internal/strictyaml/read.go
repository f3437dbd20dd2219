// Package strictyaml reads YAML files that people write. It accepts one document with
// known keys, no duplicate keys, no merge keys, and a limited number of values. An error
// has a line and a hint. It never repeats text that does not look like a name: it may be
// a secret in the wrong place.
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

// Error says what is invalid in a file.
type Error struct {
	Line    int    // from 1; 0 for the file as a whole
	Key     string // "" for none, or for one that does not look like a name
	Message string // one clause, lower case, no full stop
	Hint    string // "" for none
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// maxValues is the maximum number of values in a file. Aliases can multiply them.
const maxValues = 200_000

// document is the state that all nodes of a file share.
type document struct{ values int }

// stop is the panic value with which a Node returns an Error to Read. Readers of a file
// need no error checks.
type stop struct{ err *Error }

// Read parses data and calls read with its root, which is null for an empty file. If a
// method of a Node fails, it stops read, and Read returns the *Error. what is the name
// of the file in messages, such as "the profile file".
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

// Decode parses data into a struct. An unknown key and a second document are errors. The
// errors may quote the text, so Decode is only for files of the program.
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

// Embedded returns a function that decodes data at its first call. It panics if the data
// is invalid, which is a bug that a test finds. All callers share the value, and must
// not change it.
func Embedded[T any](data []byte) func() T {
	return sync.OnceValue(func() (v T) {
		if err := Decode(data, &v); err != nil {
			panic(err)
		}
		return v
	})
}

// syntax converts an error of the YAML library to an Error without text of the file.
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

// syntaxHints has a hint for constant parts of the YAML library's messages.
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
