package report

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed schema/*.json
var schemas embed.FS

// UnknownKindError says that there is no such kind of document.
type UnknownKindError struct {
	Kind    string
	Nearest string // the most similar kind; empty when none is similar
}

// Error is one line; whatever was asked for is quoted.
func (e *UnknownKindError) Error() string {
	kind := e.Kind
	if r := []rune(kind); len(r) > 40 {
		kind = string(r[:40]) + "..."
	}
	if e.Nearest != "" {
		return fmt.Sprintf("no schema for kind %q, did you mean %q", kind, e.Nearest)
	}
	return fmt.Sprintf("no schema for kind %q", kind)
}

// Schema returns the JSON Schema (draft 2020-12) of a kind of document, such as
// "report". The prefix "nsauth." may be there. The error is an *UnknownKindError.
func Schema(kind string) ([]byte, error) {
	name := strings.TrimPrefix(kind, "nsauth.")
	if !slices.Contains(Schemas(), name) {
		return nil, &UnknownKindError{Kind: kind, Nearest: nearest(name, Schemas())}
	}
	return schemas.ReadFile("schema/" + name + ".json")
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

// nearest is the candidate within a distance of a third of its length, or "".
func nearest(s string, candidates []string) string {
	if len(s) > 40 {
		return ""
	}
	best, bestDistance := "", 0
	for _, c := range candidates {
		d := distance(strings.ToLower(s), c)
		if d <= max(len(c)/3, 1) && (best == "" || d < bestDistance) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two short ASCII words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
