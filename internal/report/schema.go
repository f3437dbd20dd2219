package report

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed schema/*.json
var schemas embed.FS

// Schema returns the JSON Schema (draft 2020-12) of a kind of document, such as
// "report" or "nsauth.report". It is false for an unknown kind.
func Schema(kind string) ([]byte, bool) {
	name := strings.TrimPrefix(kind, "nsauth.")
	if !slices.Contains(Schemas(), name) {
		return nil, false
	}
	schema, err := schemas.ReadFile("schema/" + name + ".json")
	return schema, err == nil
}

// Schemas lists the kinds that Schema knows, without prefix, in order.
func Schemas() []string {
	entries, err := schemas.ReadDir("schema")
	if err != nil {
		panic(err) // the folder is in the program
	}
	kinds := make([]string, len(entries))
	for i, e := range entries {
		kinds[i] = strings.TrimSuffix(path.Base(e.Name()), ".json")
	}
	return kinds
}
