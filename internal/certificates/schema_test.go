package certificates

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/report"
)

// Each key of a document is described and required, and each described key is there.
func TestSchemaMatchesTypes(t *testing.T) {
	raw, _ := report.Schema(Kind)
	type object struct {
		Required   []string          `json:"required"`
		Properties map[string]any    `json:"properties"`
		Defs       map[string]object `json:"$defs"`
	}
	var schema object
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	for def, doc := range map[string]any{"": Document{}, "profile": Profile{}, "list": ClientList{}, "certificate": Row{}, "file": File{}, "judgement": Judgement{}} {
		o := schema
		if def != "" {
			o = schema.Defs[def]
		}
		want := []string{}
		for f := range keysOf(reflect.TypeOf(doc)) {
			want = append(want, f)
		}
		slices.Sort(want)
		slices.Sort(o.Required)
		if got := slices.Sorted(maps.Keys(o.Properties)); !slices.Equal(got, want) || !slices.Equal(o.Required, want) {
			t.Errorf("%q: the schema has %v and requires %v, the type has %v", def, got, o.Required, want)
		}
	}
}

func keysOf(t reflect.Type) map[string]bool {
	found := map[string]bool{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			maps.Copy(found, keysOf(f.Type))
		case name != "":
			found[name] = true
		}
	}
	return found
}
