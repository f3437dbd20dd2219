package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// configFile is the profile file, decoded and not yet expanded.
type configFile struct {
	path        string
	defaultName string
	defaultLine int
	sections    []section
}

// section is one profile.
type section struct {
	name   string
	values map[Field]entry
}

// entry is one value as it stands in the file.
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

func (c *configFile) names() []string {
	names := make([]string, 0, len(c.sections))
	for _, s := range c.sections {
		names = append(names, s.name)
	}
	return names
}

// parseFile decodes a profile file. It walks the YAML nodes itself, so that
// values stay as they were written (an account of digits, a client ID that could
// be a number), names keep their case, and no message of the YAML library, which
// may quote a value, gets out.
func parseFile(path, text string) (*configFile, error) {
	d := decoder{path: path}
	c := &configFile{path: path}
	yamlDecoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	var document, second yaml.Node
	switch err := yamlDecoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return c, nil
	case err != nil:
		return nil, d.syntax(err)
	}
	switch err := yamlDecoder.Decode(&second); {
	case err == nil:
		return nil, d.fail(&second, "", "a second YAML document starts here", "keep all profiles in one document, without --- between them")
	case !errors.Is(err, io.EOF):
		return nil, d.syntax(err)
	}
	if len(document.Content) == 0 {
		return c, nil
	}
	root := document.Content[0]
	err := d.pairs(root, "", "the file", "default_profile: NAME and profiles:", func(key, value *yaml.Node) error {
		switch key.Value {
		case "default_profile":
			name, err := d.scalar(value, "default_profile")
			c.defaultName, c.defaultLine = name, key.Line
			return err
		case "profiles":
			return d.pairs(value, "profiles", "profiles", "NAME: and the settings of that profile below it", func(key, value *yaml.Node) error {
				s, err := d.section(key, value)
				c.sections = append(c.sections, s)
				return err
			})
		}
		if _, isField := Lookup(Field(key.Value)); isField {
			return d.fail(key, key.Value, quoteName(key.Value)+" stands outside a profile",
				"settings belong below profiles:, then the name of a profile")
		}
		return d.unknown(key, "", []string{"default_profile", "profiles"})
	})
	if err != nil {
		return nil, err
	}
	if c.defaultName != "" {
		if _, ok := c.find(c.defaultName); !ok {
			return nil, &ConfigError{File: path, Line: c.defaultLine, Key: "default_profile",
				Message: "default_profile names " + quoteName(c.defaultName) + ", and there is no such profile",
				Hints:   profileHints(c.defaultName, c.names())}
		}
	}
	return c, nil
}

// profileHints helps with the name of a profile that does not exist.
func profileHints(name string, known []string) []string {
	if hints := didYouMean(name, known); hints != nil {
		return hints
	}
	if len(known) == 0 {
		return []string{"the file has no profiles"}
	}
	const most = 10 // enough to recognise one's own file
	quoted := make([]string, 0, most)
	for _, k := range known[:min(most, len(known))] {
		quoted = append(quoted, quoteName(k))
	}
	return []string{"its profiles are " + strings.Join(quoted, ", ")}
}

// decoder turns nodes into values, and everything unexpected into a ConfigError.
type decoder struct{ path string }

func (d decoder) fail(n *yaml.Node, key, message string, hints ...string) error {
	return &ConfigError{File: d.path, Line: n.Line, Key: quotableName(key), Message: message, Hints: hints}
}

func (d decoder) unknown(key *yaml.Node, where string, known []string) error {
	return d.fail(key, key.Value, where+"unknown key "+quoteName(key.Value), unknownHints(key.Value, known)...)
}

// section decodes one profile.
func (d decoder) section(key, value *yaml.Node) (section, error) {
	s := section{name: key.Value, values: map[Field]entry{}}
	where := "profile " + quoteName(s.name)
	if strings.TrimSpace(s.name) == "" {
		return s, d.fail(key, "", "a profile has an empty name", "give it a name, as in prod:")
	}
	if strings.ContainsFunc(s.name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s, d.fail(key, "", "the name of a profile has characters that cannot be printed", "use letters, digits, dots and dashes")
	}
	known := make([]string, 0, 32)
	for _, info := range Fields() {
		known = append(known, string(info.Name))
	}
	err := d.pairs(value, where, where, "settings, such as account: 1234567", func(key, value *yaml.Node) error {
		info, ok := Lookup(Field(key.Value))
		if !ok {
			return d.unknown(key, where+": ", known)
		}
		texts, err := d.texts(value, where+": "+key.Value, info)
		if err == nil && len(texts) > 0 {
			s.values[info.Name] = entry{texts: texts, line: value.Line}
		}
		return err
	})
	return s, err
}

// texts reads the value of one setting; null is none.
func (d decoder) texts(n *yaml.Node, where string, info FieldInfo) ([]string, error) {
	n = target(n)
	if n.Kind == yaml.SequenceNode && info.List {
		var texts []string
		for _, item := range n.Content {
			if target(item).Kind == yaml.SequenceNode {
				return nil, d.fail(item, "", where+" has a list inside its list", "write one value per item")
			}
			text, err := d.scalar(item, where)
			if err != nil {
				return nil, err
			}
			texts = append(texts, text)
		}
		return texts, nil
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" && info.Name == FieldProduction {
		return []string{n.Value}, nil
	}
	text, err := d.scalar(n, where)
	if err != nil || text == "" {
		return nil, err
	}
	return []string{text}, nil
}

// scalar reads one text as it was written; null is the empty text.
func (d decoder) scalar(n *yaml.Node, where string) (string, error) {
	n = target(n)
	switch n.Kind {
	case yaml.SequenceNode:
		return "", d.fail(n, "", where+" takes one value and has a list", "leave out the brackets or the dash")
	case yaml.MappingNode:
		return "", d.fail(n, "", where+" takes a value and has a map",
			`quote a value that starts with { or holds ": "`)
	}
	switch n.ShortTag() {
	case "!!null":
		return "", nil
	case "!!str", "!!int", "!!float", "!!timestamp":
		return n.Value, nil
	case "!!bool":
		return "", d.fail(n, "", where+" takes text and has true or false", "put the value in quotes if it is meant")
	}
	return "", d.fail(n, "", where+" has a YAML tag", "leave the tag out, and quote a value that starts with !")
}

// pairs calls do for each key and value of a map. Null is an empty map.
func (d decoder) pairs(n *yaml.Node, key, where, expected string, do func(key, value *yaml.Node) error) error {
	n = target(n)
	switch {
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		return nil
	case n.Kind == yaml.SequenceNode:
		return d.fail(n, key, where+" holds a list instead of a map", "expected "+expected+", without dashes")
	case n.Kind != yaml.MappingNode:
		return d.fail(n, key, where+" holds text instead of a map", "expected "+expected)
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge":
			return d.fail(k, "", where+": merge keys (<<) are not read", "write the values out in each profile")
		case k.Kind != yaml.ScalarNode:
			return d.fail(k, "", where+": a key must be a plain word", "remove the question mark or the brackets")
		}
		if first, twice := lines[k.Value]; twice {
			return d.fail(k, k.Value, fmt.Sprintf("%s: %s is set twice, first on line %d", where, quoteName(k.Value), first),
				"remove one of the two")
		}
		lines[k.Value] = k.Line
		if err := do(k, v); err != nil {
			return err
		}
	}
	return nil
}

// target follows an alias (*name) to the node that it stands for.
func target(n *yaml.Node) *yaml.Node {
	for range 8 { // an alias to an alias cannot be written; the bound is for certainty
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return n
}

var yamlLine = lazily(`^yaml: line ([0-9]+):`)

// syntax words an error of the YAML library without repeating its text.
func (d decoder) syntax(err error) error {
	e := &ConfigError{File: d.path, Message: "the profile file is not valid YAML"}
	text := err.Error()
	if m := yamlLine().FindStringSubmatch(text); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Message += " near this line"
	}
	for _, known := range syntaxHints() {
		if strings.Contains(text, known[0]) {
			e.Hints = []string{known[1]}
			break
		}
	}
	return e
}

// syntaxHints pairs a constant part of a message of the YAML library with what
// usually lies behind it.
func syntaxHints() [][2]string {
	return [][2]string{
		{"found character that cannot start any token", "indent with blanks, not tabs, and quote a value that starts with @, % or a backquote"},
		{"found a tab character", "indent with blanks, not tabs"},
		{"mapping values are not allowed", `quote a value that holds ": ", and indent the settings of a profile below its name`},
		{"could not find expected ':'", "every line is KEY: VALUE"},
		{"did not find expected key", "check the indentation and the quotes"},
		{"did not find expected '-' indicator", "check the indentation"},
		{"found unexpected end of stream", "a quote or bracket is not closed"},
		{"unknown anchor", "quote a value that starts with *"},
		{"control characters are not allowed", "the file holds control characters"},
	}
}

// unknownHints says what an unknown key was probably meant to be.
func unknownHints(key string, known []string) []string {
	for _, m := range meant() {
		if strings.EqualFold(strings.ReplaceAll(key, "-", "_"), m[0]) {
			return []string{m[1]}
		}
	}
	if hints := didYouMean(key, known); hints != nil {
		return hints
	}
	return []string{"known keys: " + strings.Join(known, ", ")}
}

// meant lists the names that other programs give to our settings.
func meant() [][2]string {
	use := func(f Field) string { return `did you mean "` + string(f) + `"?` }
	return [][2]string{
		{"account_id", use(FieldAccount)},
		{"realm", use(FieldAccount)},
		{"consumer_key", use(FieldClientID)},
		{"kid", use(FieldCertificateID)},
		{"key_id", use(FieldCertificateID)},
		{"private_key", `did you mean "key"? It takes the path of the key file`},
		{"private_key_path", use(FieldKey)},
		{"key_file", use(FieldKey)},
		{"key_path", use(FieldKey)},
		{"certificate", use(FieldCert)},
		{"certificate_path", use(FieldCert)},
		{"scopes", use(FieldScope)},
		{"alg", use(FieldAlgorithm)},
		{"aud", use(FieldAudience)},
		{"client_secret", "client credentials with a certificate use no client secret: remove it"},
		{"consumer_secret", "client credentials with a certificate use no secret: remove it"},
		{"passphrase", `did you mean "passphrase_file"? It takes the path of a file`},
		{"password", `did you mean "passphrase_file"? It takes the path of a file`},
	}
}
