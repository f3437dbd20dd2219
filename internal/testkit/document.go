// Package testkit holds what the tests of several packages need. Only tests
// import it.
package testkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nsauth/nsauth/internal/report"
)

// Document checks that data is exactly one JSON document of nsauth's and that it
// is valid by the schema of its kind, and returns it.
func Document(data []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	kind, _ := doc["kind"].(string)
	schema, err := schemaOf(kind)
	if err != nil {
		return nil, err
	}
	return doc, schema.Validate(doc)
}

// compiled has the schemas by kind: to compile one takes longer than most runs of
// nsauth that a test checks the output of.
var compiled sync.Map

func schemaOf(kind string) (*jsonschema.Schema, error) {
	if schema, ok := compiled.Load(kind); ok {
		return schema.(*jsonschema.Schema), nil
	}
	text, known := report.Schema(kind)
	if !known {
		return nil, fmt.Errorf("unknown kind %q", kind)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(kind, parsed); err != nil {
		return nil, err
	}
	schema, err := c.Compile(kind)
	if err != nil {
		return nil, err
	}
	compiled.Store(kind, schema)
	return schema, nil
}
