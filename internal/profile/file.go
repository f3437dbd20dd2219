package profile

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/nsauth/nsauth/internal/strictyaml"
	"github.com/nsauth/nsauth/internal/text"
)

// configFile is the decoded profile file, before variables are expanded.
type configFile struct {
	path        string
	defaultName string
	defaultLine int
	sections    []section

	once sync.Once
	list []string
}

// section is one profile.
type section struct {
	name     string
	values   map[Field]entry
	previous map[Field]entry // of the pair before, see Pairs
}

// entry is one value as written in the file.
type entry struct {
	texts []string
	line  int
}

func (c *configFile) find(name string) (section, bool) {
	for _, s := range c.sections {
		if s.name == name {
			return s, true
		}
	}
	return section{}, false
}

// names are those of its profiles. All that ask share one list.
func (c *configFile) names() []string {
	c.once.Do(func() {
		c.list = make([]string, 0, len(c.sections))
		for _, s := range c.sections {
			c.list = append(c.list, s.name)
		}
	})
	return slices.Clip(c.list)
}

// parseFile decodes a profile file. Values stay as written, also an account of digits
// or a Client ID that could be a number.
func parseFile(path, content string) (*configFile, error) {
	c := &configFile{path: path}
	err := strictyaml.Read("the profile file", []byte(content), func(root strictyaml.Node) {
		root.Pairs("default_profile: NAME and profiles:", func(key strictyaml.Key, value strictyaml.Node) {
			switch key.Name {
			case "default_profile":
				c.defaultName, c.defaultLine = value.Text(), value.Line
			case "profiles":
				value.Pairs("NAME: and the settings of that profile below it", func(key strictyaml.Key, value strictyaml.Node) {
					c.sections = append(c.sections, readSection(key, value))
				})
			default:
				if _, isField := Lookup(Field(key.Name)); isField {
					key.Fail("settings belong below profiles:, then the name of a profile", "%s stands outside a profile", text.QuoteName(key.Name))
				}
				key.Unknown([]string{"default_profile", "profiles"}, otherNameHint(key.Name))
			}
		})
	})
	var e *strictyaml.Error
	if errors.As(err, &e) {
		config := &ConfigError{File: path, Line: e.Line, Key: e.Key, Message: e.Message}
		if e.Hint != "" {
			config.Hints = []string{e.Hint}
		}
		return nil, config
	}
	if c.defaultName != "" {
		if _, ok := c.find(c.defaultName); !ok {
			return nil, &ConfigError{File: path, Line: c.defaultLine, Key: "default_profile",
				Message: "default_profile names " + text.QuoteName(c.defaultName) + ", and there is no such profile",
				Hints:   profileHints(c.defaultName, c.names())}
		}
	}
	return c, nil
}

// profileHints are hints for an unknown profile name.
func profileHints(name string, known []string) []string {
	if hints := text.DidYouMean(name, known); hints != nil {
		return hints
	}
	if len(known) == 0 {
		return []string{"the file has no profiles"}
	}
	const most = 10 // enough to recognise the file
	quoted := make([]string, 0, most)
	for _, k := range known[:min(most, len(known))] {
		quoted = append(quoted, text.QuoteName(k))
	}
	return []string{"its profiles are " + strings.Join(quoted, ", ")}
}

// readSection reads one profile.
func readSection(key strictyaml.Key, value strictyaml.Node) section {
	s := section{name: key.Name, values: map[Field]entry{}}
	if strings.TrimSpace(s.name) == "" {
		key.Fail("give it a name, as in prod:", "a profile has an empty name")
	}
	if strings.ContainsFunc(s.name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		key.Fail("use letters, digits, dots and dashes", "the name of a profile has characters that cannot be printed")
	}
	known := make([]string, 0, 32)
	for _, info := range Fields() {
		known = append(known, string(info.Name))
	}
	known = append(known, previousKey)
	value.As("profile "+text.QuoteName(s.name)).Pairs("settings, such as account: 1234567", func(key strictyaml.Key, value strictyaml.Node) {
		if key.Name == previousKey {
			s.previous = readPrevious(value)
			return
		}
		info, ok := Lookup(Field(key.Name))
		if !ok {
			key.Unknown(known, otherNameHint(key.Name))
		}
		if texts := readTexts(value, info); len(texts) > 0 {
			s.values[info.Name] = entry{texts: texts, line: value.Line}
		}
	})
	return s
}

// readTexts reads the value of one setting; null is none.
func readTexts(n strictyaml.Node, info FieldInfo) []string {
	switch {
	case n.IsList() && info.List:
		var texts []string
		for _, item := range n.List() {
			if item.IsList() {
				item.Fail("write one value per item", "%s has a list inside its list", item.Name())
			}
			texts = append(texts, item.Text())
		}
		return texts
	case n.IsBool() && info.Name == FieldProduction:
		return []string{strconv.FormatBool(n.Bool())}
	}
	if text := n.Text(); text != "" {
		return []string{text}
	}
	return nil
}

// otherNameHint is the hint for a key that is another program's name for a setting, or
// "".
func otherNameHint(key string) string {
	return otherNames[strings.ToLower(strings.ReplaceAll(key, "-", "_"))]
}

// otherNames has a hint for each name that other programs use for a setting.
var otherNames = map[string]string{
	"account_id":       `did you mean "account"?`,
	"realm":            `did you mean "account"?`,
	"kid":              `did you mean "certificate_id"?`,
	"key_id":           `did you mean "certificate_id"?`,
	"private_key":      `did you mean "key"? It takes the path of the key file`,
	"private_key_path": `did you mean "key"?`,
	"key_file":         `did you mean "key"?`,
	"key_path":         `did you mean "key"?`,
	"certificate":      `did you mean "cert"?`,
	"certificate_path": `did you mean "cert"?`,
	"scopes":           `did you mean "scope"?`,
	"alg":              `did you mean "algorithm"?`,
	"aud":              `did you mean "audience"?`,
	"client_secret":    "client credentials with a certificate use no client secret: remove it",
	"token_key":        `did you mean "token_id"?`,
	"tokenid":          `did you mean "token_id"?`,
	"consumerkey":      `did you mean "consumer_key"?`,
	"passphrase":       `did you mean "passphrase_file"? It takes the path of a file`,
	"password":         `did you mean "passphrase_file"? It takes the path of a file`,
}
