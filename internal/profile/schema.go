package profile

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/catalog"
)

// Schema returns the JSON Schema of the profile file, for editors and CI. It is draft-07,
// which every editor knows. It may reject a value that Resolve repairs,
// such as one with spaces around it.
func Schema() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(schemaOfFile()); err != nil {
		panic(err) // texts and maps only
	}
	return b.Bytes()
}

type object = map[string]any

func schemaOfFile() object {
	settings, needAuth := object{}, object{}
	for _, info := range Fields() {
		settings[string(info.Name)] = info.schema()
		if isTBAOnly(info.Name) {
			needAuth[string(info.Name)] = []Field{FieldAuth}
		}
	}
	previous := object{}
	for _, f := range pairFields {
		info, _ := Lookup(f)
		previous[string(f)] = info.schema()
	}
	settings[previousKey] = object{
		"type":                 []string{"object", "null"},
		"description":          "The pair before the last rotation of the certificate, which nsauth cert rotate keeps.",
		"additionalProperties": false,
		"properties":           previous,
	}
	return object{
		"$schema":              "http://json-schema.org/draft-07/schema#",
		"$id":                  "urn:nsauth:schema:1:config",
		"title":                "nsauth profile file",
		"description":          "Settings of nsauth: one profile for each account. Keys, passphrases and secrets stand in files of their own.",
		"type":                 []string{"object", "null"},
		"additionalProperties": false,
		"properties": object{
			"default_profile": object{"type": textTypes, "description": "The profile that commands use without --profile."},
			"profiles": object{
				"type":                 []string{"object", "null"},
				"description":          "The profiles, by name.",
				"propertyNames":        object{"pattern": "^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"},
				"additionalProperties": object{"$ref": "#/definitions/profile"},
			},
		},
		"definitions": object{"profile": object{
			"type":                 []string{"object", "null"},
			"additionalProperties": false,
			"properties":           settings,
			"dependencies":         needAuth,
		}},
	}
}

// textTypes are what the reader accepts as text: a number keeps its digits.
var textTypes = []string{"string", "number", "null"}

// schema is the schema of one setting.
func (f FieldInfo) schema() object {
	one := object{"type": textTypes}
	switch f.Name {
	case FieldProduction:
		one["type"] = []string{"boolean", "string", "null"}
	case FieldWarn, FieldFail:
		one["minimum"], one["maximum"] = 0, maxDays
	case FieldAuth, FieldConnectTo, FieldTokenURL, FieldAPIURL:
		one["type"] = []string{"string", "null"}
	case FieldAccept:
		one["type"], f.pattern = []string{"string", "null"}, codesPattern()
	}
	if f.pattern != "" { // or a variable, whose value the schema does not know
		one["pattern"] = `(` + f.pattern + `)|^$|\$\{`
	}
	if f.Path {
		one["not"] = object{"type": "string", "pattern": "-----BEGIN"}
	}
	if len(f.examples) > 0 {
		one["examples"] = f.examples
	}
	schema := one
	if f.List {
		schema = object{"anyOf": []object{one, {"type": "array", "items": one}}}
	}
	schema["description"] = strings.ReplaceAll(f.Usage, "`", "")
	if f.Default != "" {
		schema["default"] = f.Default
	}
	return schema
}

// codesPattern accepts finding codes, or one CODE=FILE.
func codesPattern() string {
	var codes []string
	for _, e := range catalog.All() {
		codes = append(codes, strings.ReplaceAll(string(e.Code), ".", `\.`))
	}
	code := `(` + strings.Join(codes, "|") + `)`
	return `^` + code + `([, ]+` + code + `)*$|^` + code + `=.`
}

// schemaPath is the file beside the profile file that has its schema.
func schemaPath(path string) string { return path + ".schema.json" }

// schemaLine is the comment by which editors find the schema, relative to the file. It
// names no address: to open the file connects to no server.
func schemaLine(path string) string {
	return "# yaml-language-server: $schema=" + filepath.Base(schemaPath(path)) + "\n"
}

// writeSchema writes the schema beside a profile file that names it, so that it is that
// of the program that writes the file.
func writeSchema(path, content string) error {
	if !strings.Contains(content, strings.TrimSuffix(schemaLine(path), "\n")) {
		return nil
	}
	return atomicfile.Replace(schemaPath(path), Schema())
}
