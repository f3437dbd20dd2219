package strictyaml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/strictyaml"
	"github.com/nsauth/nsauth/internal/text"
)

// people reads a small file of every form.
func people(data string) (got []string, err error) {
	add := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	err = strictyaml.Read("the test file", []byte(data), func(root strictyaml.Node) {
		root.Fields(
			strictyaml.Field{Name: "first", Read: func(n strictyaml.Node) { add("first %s", n.RequiredText()) }},
			strictyaml.Field{Name: "people", Read: func(n strictyaml.Node) {
				n.Pairs("NAME: and what is known of the person", func(key strictyaml.Key, value strictyaml.Node) {
					value.As("person "+text.QuoteName(key.Name)).Fields(
						strictyaml.Field{Name: "name", Read: func(n strictyaml.Node) { add("%s: name %s", key.Name, n.Text()) }},
						strictyaml.Field{Name: "active", Read: func(n strictyaml.Node) { add("%s: active %v", key.Name, n.Bool()) }},
						strictyaml.Field{Name: "tags", Read: func(n strictyaml.Node) {
							for _, item := range n.List() {
								add("%s: tag %s", key.Name, item.Text())
							}
						}},
					)
				})
			}},
		)
	})
	return got, err
}

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"comment", "# nothing\n", nil},
		{"null", "~", nil},
		{"null map", "people:\n", nil},
		{"as written", "people: {a: {name: 007, tags: [1.10, 2026-01-02, ~]}}", []string{"a: name 007", "a: tag 1.10", "a: tag 2026-01-02", "a: tag "}},
		{"order of the fields", "people: {a: {active: true, name: A}}\nfirst: a", []string{"first a", "a: name A", "a: active true"}},
		{"alias", "people: {a: &a {name: A}, b: *a}", []string{"a: name A", "b: name A"}},
		{"null list", "people: {a: {tags: }}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := people(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	const secret = "s3cr3t/value=="
	for _, tt := range []struct{ name, text, want, key, hint string }{
		{"syntax", "people: [" + secret, "line 1: the test file is not valid YAML near this line", "", "a bracket is not closed"},
		{"tab", "people:\n\ta: {}", "line 2: the test file is not valid YAML near this line", "", "indent with spaces, not tabs, and quote a value that starts with @, % or a backquote"},
		{"two documents", "first: a\n---\nfirst: b\n", "line 2: a second YAML document starts here", "", "put everything in one document, without --- lines"},
		{"unknown", "frist: a", `line 1: unknown key "frist"`, "frist", `did you mean "first"?`},
		{"unknown below", "people:\n  a:\n    colour: x", `line 3: person "a": unknown key "colour"`, "colour", "known keys: name, active, tags"},
		{"unknown secret", secret + ": a", "line 1: unknown key (not shown: does not look like a name)", "", "known keys: first, people"},
		{"twice", "first: a\nfirst: b", `line 2: "first" is set twice, first on line 1`, "first", "remove one of the two"},
		{"merge", "people: {a: &a {name: A}, b: {<<: *a}}", `line 1: person "b": merge keys (<<) are not supported`, "", "repeat the values in each place"},
		{"complex key", "people: {[a]: {}}", "line 1: people: a key must be a plain word", "", "remove the question mark or the brackets"},
		{"list for map", "- a", "line 1: the file must be a map, not a list", "", "expected KEY: VALUE, without dashes"},
		{"text for map", "people: " + secret, "line 1: people must be a map, not text", "people", "expected NAME: and what is known of the person"},
		{"text for list", "people: {a: {tags: x}}", `line 1: person "a": tags is not a list`, "", "begin each item with a dash"},
		{"list for text", "first: [a]", "line 1: first must be one value, not a list", "", "remove the brackets or the dash"},
		{"map for text", "first: {a: b}", "line 1: first must be a value, not a map", "", `quote a value that starts with { or contains ": "`},
		{"bool for text", "first: yes", "", "", ""},
		{"true for text", "first: true", "line 1: first must be text, not true or false", "", "put the value in quotes if it is text"},
		{"text for bool", "people: {a: {active: x}}", `line 1: person "a": active must be true or false`, "", "write true or false without quotes"},
		{"tag", "first: !x a", "line 1: first has a YAML tag", "", "remove the tag, and quote a value that starts with !"},
		{"required", "first:", "line 1: first has no value", "", "set a value, or remove the key"},
		{"aliases", "people:\n  a: &a {tags: &t [" + strings.Repeat("x,", 50_000) + "]}\n  b: *a\n  c: *a\n  d: *a\n", "the file has more than 200000 values", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := people(tt.text)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *strictyaml.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff([]string{tt.want, tt.key, tt.hint}, []string{e.Error(), e.Key, e.Hint}); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(fmt.Sprintf("%#v", e), "s3cr3t") {
				t.Errorf("%#v quotes the file", e)
			}
		})
	}
}

// A panic of the caller is the caller's own.
func TestReadPassesPanicsOn(t *testing.T) {
	defer func() {
		if recover() != "mine" {
			t.Error("the panic did not get out")
		}
	}()
	_ = strictyaml.Read("the file", nil, func(strictyaml.Node) { panic("mine") })
}

func TestDecode(t *testing.T) {
	var into struct {
		A string
		B []int
	}
	if err := strictyaml.Decode([]byte("a: x\nb: [1, 2]\n"), &into); err != nil || into.A != "x" || len(into.B) != 2 {
		t.Errorf("got %+v, %v", into, err)
	}
	for _, text := range []string{"c: x", "a: x\na: y", "a: x\n---\na: y", "a: [", "a: x\n--- ["} {
		if err := strictyaml.Decode([]byte(text), &into); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
