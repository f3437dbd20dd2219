package profile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRemoveAndRename(t *testing.T) {
	const two = "# mine\ndefault_profile: a # usual\n\nprofiles: # all\n  # of A\n  a: # one\n    account: '1'\n    scope:\n    - restlets\n    # end of a\n\n  # of B\n  b:\n    account: '2'\n    production: true\n\n# end\n"
	remove, rename := Change{Profile: "a", Remove: true}, Change{Profile: "a", NewName: "c"}
	for _, tt := range []struct {
		name, before string
		change       Change
		after        string
	}{
		{"the default", two, remove, "# mine\n\nprofiles: # all\n    # end of a\n\n  # of B\n  b:\n    account: '2'\n    production: true\n\n# end\n"},
		{"another one", two, Change{Profile: "b", Remove: true}, strings.Replace(two, "  # of B\n  b:\n    account: '2'\n    production: true\n", "", 1)},
		{"the only one", "profiles:\n  a:\n    key: k\n", remove, "profiles:\n"},
		{"an empty one", "profiles:\n  a:\n  b: {}\n", remove, "profiles:\n  b: {}\n"},
		{"a name that nsauth does not write", "profiles:\n  \"my profile\":\n    key: k\n  b:\n", Change{Profile: "my profile", Remove: true}, "profiles:\n  b:\n"},
		{"rename the default", two, rename, strings.NewReplacer("default_profile: a #", "default_profile: c #", "  a: # one", "  c: # one").Replace(two)},
		{"rename another one", two, Change{Profile: "b", NewName: "c"}, strings.Replace(two, "  b:\n", "  c:\n", 1)},
		{"rename a quoted one", "profiles:\r\n  'a' : {key: k}\r\n", rename, "profiles:\r\n  c : {key: k}\r\n"},
		{"to a name that YAML would read otherwise", "profiles:\n  a:\n    key: k\n", Change{Profile: "a", NewName: "true"}, "profiles:\n  \"true\":\n    key: k\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.change.apply("config.yaml", tt.before)
			if err != nil || got != tt.after {
				t.Errorf("%v\n%s\nwant\n%s", err, got, tt.after)
			}
		})
	}
	for name, tt := range map[string]struct {
		before string
		change Change
		want   string
	}{
		"no such profile":  {"profiles: {prod: {}}\n", Change{Profile: "prd", Remove: true}, `there is no profile "prd"`},
		"a taken name":     {"profiles:\n  a:\n  b:\n", Change{Profile: "a", NewName: "b"}, ErrExists.Error()},
		"an invalid name":  {"profiles:\n  a:\n", Change{Profile: "a", NewName: "a b"}, "not valid"},
		"braces":           {"profiles: {a: {}, b: {}}\n", Change{Profile: "a", Remove: true}, "cannot be changed line by line"},
		"rename in braces": {"profiles: {a: {}, b: {}}\ndefault_profile: a\n", Change{Profile: "b", NewName: "c", Remove: false}, ""},
	} {
		_, err := tt.change.apply("config.yaml", tt.before)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// Every change can be taken back, and taking it back can be taken back too.
func TestUndo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	content := func() string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if _, err := Last(path); !errors.Is(err, ErrNoChange) {
		t.Fatal(err)
	}
	const before = "profiles:\n  a: # mine\n    account: '1'\n    production: yes\n  b:\n    account: '2'\n"
	before2 := strings.Replace(before, "yes", "true", 1)
	if err := os.WriteFile(path, []byte(before2), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Save(path, Change{Profile: "a", Set: map[Field][]string{FieldAccount: {"3"}}}); err != nil {
		t.Fatal(err)
	}
	after := content()
	last := func(edited bool, profiles, production []string) *LastChange {
		t.Helper()
		l, err := Last(path)
		if err != nil || l.Edited != edited || !slices.Equal(l.Profiles, profiles) || !slices.Equal(l.Production, production) {
			t.Fatalf("%v, %+v", err, l)
		}
		return l
	}
	a := []string{"a"}
	if err := Undo(path, last(false, a, a)); err != nil || content() != before2 {
		t.Fatalf("%v\n%s", err, content())
	}
	if err := Undo(path, last(false, a, a)); err != nil || content() != after {
		t.Fatalf("a second time: %v\n%s", err, content())
	}
	// What was saved without a difference keeps the last change.
	if err := Save(path, Change{Profile: "b", Set: map[Field][]string{FieldAccount: {"2"}}}); err != nil {
		t.Fatal(err)
	}
	l := last(false, a, a)
	if err := os.WriteFile(path, []byte(after+"  c:\n    account: '5'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var config *ConfigError
	if err := Undo(path, l); !errors.As(err, &config) {
		t.Errorf("a file that changed meanwhile: %v", err)
	}
	last(true, []string{"a", "c"}, a)
}
