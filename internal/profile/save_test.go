package profile

import (
	"errors"
	"strings"
	"testing"
)

var newValues = map[Field][]string{
	FieldAccount: {"7654321_SB2"}, FieldClientID: {strings.Repeat("ab", 32)}, FieldCertificateID: {"-QjavAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFgk"},
	FieldKey: {"/keys/my key.pem"}, FieldScope: {"rest_webservices", "restlets"},
}

const newLines = `account: 7654321_SB2
client_id: ` + "abababababababababababababababababababababababababababababababab" + `
certificate_id: "-QjavAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFgk"
key: "/keys/my key.pem"
scope: [rest_webservices, restlets]
`

// indented puts blanks before each line.
func indented(n int, s string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+pad) + "\n"
}

func TestChange(t *testing.T) {
	for _, tt := range []struct {
		name, before string
		change       Change
		after        string
	}{
		{"no file", "", Change{Profile: "prod", Set: newValues, Default: true},
			schemaLine("config.yaml") + "default_profile: prod\nprofiles:\n  prod:\n" + indented(4, newLines)},
		{"comments alone", "# mine\n\n", Change{Profile: "prod", Set: newValues},
			"# mine\n\nprofiles:\n  prod:\n" + indented(4, newLines)},
		{"another profile, with comments", "# mine\ndefault_profile: a # the usual\n\nprofiles: # all\n    # of A\n    a:\n        account: 1 # one\n        # end of a\n\n# end\n",
			Change{Profile: "b", Set: newValues},
			"# mine\ndefault_profile: a # the usual\n\nprofiles: # all\n    # of A\n    a:\n        account: 1 # one\n    b:\n" + indented(8, newLines) + "        # end of a\n\n# end\n"},
		{"values of a profile", "profiles:\n  a:\n    account: '1'   # one\n    # between\n    scope:\n      - restlets # old\n      # within\n      - suite_analytics\n\n    api_path: x # stays\n  b:\n    account: 2\n",
			Change{Profile: "a", Set: map[Field][]string{FieldAccount: {"3"}, FieldScope: {"restlets"}, FieldKey: {"k.pem"}}},
			"profiles:\n  a:\n    account: \"3\"   # one\n    # between\n    scope: [restlets]\n      # within\n\n    api_path: x # stays\n    key: k.pem\n  b:\n    account: 2\n"},
		{"a list at the indentation of its key", "profiles:\n  a:\n    scope:\n    - restlets\n    - suite_analytics\n    key: k\n", Change{Profile: "a", Set: map[Field][]string{FieldScope: {"restlets"}}},
			"profiles:\n  a:\n    scope: [restlets]\n    key: k\n"},
		{"a text of several lines", "profiles:\n  a:\n    key: >-\n      some\n      file\n    cert: c\n", Change{Profile: "a", Set: map[Field][]string{FieldKey: {"k"}}},
			"profiles:\n  a:\n    key: k\n    cert: c\n"},
		{"an empty profile", "profiles:\n  a:   # nothing yet\n\n  b:\n", Change{Profile: "a", Set: map[Field][]string{FieldKey: {"k"}}},
			"profiles:\n  a:   # nothing yet\n    key: k\n\n  b:\n"},
		{"no profiles yet", "profiles:\n# later\n", Change{Profile: "a", Set: map[Field][]string{FieldKey: {"k"}}, Default: true},
			"default_profile: a\nprofiles:\n  a:\n    key: k\n# later\n"},
		{"the default alone", "default_profile: 'a'  # say which\nprofiles:\n  a:\n  b:\n", Change{Profile: "b", Default: true},
			"default_profile: b  # say which\nprofiles:\n  a:\n  b:\n"},
		{"the default stands last", "profiles:\n  a:\n    key: old\n  b:\ndefault_profile: b\n", Change{Profile: "a", Set: map[Field][]string{FieldKey: {"k"}, FieldCert: {"c"}}, Default: true},
			"profiles:\n  a:\n    key: k\n    cert: c\n  b:\ndefault_profile: a\n"},
		{"nothing to do", "default_profile:  b\nprofiles: {a: {}, b: {key: k}}", Change{Profile: "b", Set: map[Field][]string{FieldKey: {"k"}}, Default: true},
			"default_profile:  b\nprofiles: {a: {}, b: {key: k}}"},
		{"Windows' line ends", "profiles:\r\n  a:\r\n    key: old # c\r\n", Change{Profile: "a", Set: map[Field][]string{FieldKey: {"k"}, FieldCert: {"c"}}},
			"profiles:\r\n  a:\r\n    key: k # c\r\n    cert: c\r\n"},
		{"no line end at the end", "profiles:\n  a:\n    key: old", Change{Profile: "a", Set: map[Field][]string{FieldCert: {"c"}}},
			"profiles:\n  a:\n    key: old\n    cert: c\n"},
		{"the end of the document", "---\nprofiles:\n  a:\n    key: old\n...\n", Change{Profile: "a", Set: map[Field][]string{FieldCert: {"c"}}},
			"---\nprofiles:\n  a:\n    key: old\n    cert: c\n...\n"},
		{"what YAML would read otherwise", "", Change{Profile: "a", Set: map[Field][]string{FieldAccount: {"012"}, FieldKey: {"${HOME}/k$"}, FieldCert: {"a: b # c"}, FieldAPIPath: {"~"}, FieldWarn: {"true"}}},
			schemaLine("config.yaml") + "profiles:\n  a:\n    account: \"012\"\n    key: \"$${HOME}/k$$\"\n    cert: \"a: b # c\"\n    api_path: \"~\"\n    warn: \"true\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.change.apply("config.yaml", tt.before)
			if err != nil || got != tt.after {
				t.Fatalf("%v\n%s\nwant\n%s", err, got, tt.after)
			}
			if again, err := tt.change.apply("config.yaml", got); err != nil || again != got {
				t.Errorf("a second time: %v\n%s", err, again)
			}
		})
	}
}

// A file in another form is left alone, and the person told.
func TestChangeRefuses(t *testing.T) {
	set := map[Field][]string{FieldKey: {"k"}}
	for _, tt := range []struct{ name, before, want string }{
		{"braces", "profiles: {a: {key: old}}\n", "cannot be changed line by line"},
		{"a profile in braces", "profiles:\n  a: {cert: c}\n", "cannot be changed line by line"},
		{"an alias", "profiles:\n  b: &b\n    key: old\n  a: *b\n", "cannot be changed line by line"},
		{"an anchor that is used", "profiles:\n  a:\n    key: &k old\n  b:\n    key: *k\n", "cannot be changed line by line"},
		{"no YAML", "profiles: [", "not valid YAML"},
		{"a secret in the wrong place", "profiles:\n  a:\n    client_secret: " + hidden + "\n", "unknown key"},
	} {
		got, err := Change{Profile: "a", Set: set}.apply("config.yaml", tt.before)
		var config *ConfigError
		if got != "" || !errors.As(err, &config) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
	for _, name := range []string{"", "a b", "a:", "-a", "x\ny", strings.Repeat("x", 41), "../up"} {
		if got, err := (Change{Profile: name, Set: set}).apply("config.yaml", ""); err == nil || got != "" {
			t.Errorf("the name %q is taken: %q", name, got)
		}
	}
}

// Whatever the file is: either it is refused, or it then says what was meant, all
// else says what it said, and no comment is lost.
func FuzzChange(f *testing.F) {
	for _, text := range seedFiles(f, "testdata/*/*.yaml") {
		f.Add(text, "prod", "k.pem", true)
	}
	f.Add("# c\nprofiles: # d\n  a: # e\n    key: k # f\n    # g\n    scope: # h\n    - x # i\n# j\n", "a", "# x", false)
	f.Add("profiles:\n  a:\n    key: k\n", "a", "${X}\u2028\x00 'y'", true)
	f.Fuzz(func(t *testing.T, text, name, value string, byDefault bool) {
		before, err := parseFile("config.yaml", text)
		if err != nil {
			return
		}
		c := Change{Profile: name, Set: map[Field][]string{FieldKey: {value}, FieldScope: {"restlets"}}, Default: byDefault}
		after, err := c.apply("config.yaml", text)
		if err != nil {
			return
		}
		got, err := parseFile("config.yaml", after)
		if err != nil {
			t.Fatalf("it cannot be read any more: %v\n%s", err, after)
		}
		if byDefault && got.defaultName != name || !byDefault && got.defaultName != before.defaultName {
			t.Fatalf("the default is %q", got.defaultName)
		}
		for _, s := range before.sections {
			if now, ok := got.find(s.name); s.name != name && (!ok || !sameConfig(&configFile{sections: []section{s}}, &configFile{sections: []section{now}})) {
				t.Fatalf("profile %q changed:\n%s", s.name, after)
			}
		}
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimRight(line, "\r"); strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.Contains(after, line) {
				t.Fatalf("the line %q is lost:\n%s", line, after)
			}
		}
	})
}
