package profile

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/strictyaml"
	"github.com/nsauth/nsauth/internal/text"
)

// Pair is what a profile signs with, as its file has it: ${VAR} is a variable. A setting
// that the file does not have is "".
type Pair struct {
	CertificateID string `json:"certificate_id,omitempty"`
	Key           string `json:"key,omitempty"`
	Cert          string `json:"cert,omitempty"`
}

// Pairs are the pair of a profile and the one that it had before, as previous:. Previous
// is nil where there is none.
type Pairs struct {
	Pair
	Previous *Pair `json:"previous,omitempty"`
}

// previousKey is the key of a profile's previous pair.
const previousKey = "previous"

// pairFields are the settings of a Pair, in the order in which they are written.
var pairFields = []Field{FieldCertificateID, FieldKey, FieldCert}

// text is one setting of the pair.
func (p *Pair) text(f Field) *string {
	switch f {
	case FieldKey:
		return &p.Key
	case FieldCert:
		return &p.Cert
	}
	return &p.CertificateID
}

func pairOf(values map[Field]entry) Pair {
	var p Pair
	for _, f := range pairFields {
		*p.text(f) = strings.Join(values[f].texts, "")
	}
	return p
}

func (p Pair) entries() map[Field]entry {
	values := map[Field]entry{}
	for _, f := range pairFields {
		if t := *p.text(f); t != "" {
			values[f] = entry{texts: []string{t}}
		}
	}
	return values
}

// readPrevious reads the previous pair of a profile.
func readPrevious(value strictyaml.Node) map[Field]entry {
	values := map[Field]entry{}
	value.As(previousKey).Pairs("certificate_id, key and cert below it", func(key strictyaml.Key, value strictyaml.Node) {
		if !slices.Contains(pairFields, Field(key.Name)) {
			key.Unknown([]string{"certificate_id", "key", "cert"}, "")
		}
		info, _ := Lookup(Field(key.Name))
		if texts := readTexts(value, info); len(texts) > 0 {
			values[info.Name] = entry{texts: texts, line: value.Line}
		}
	})
	return values
}

// Plain is a text whose ${ is no variable in a profile file.
func Plain(text string) string { return escapeDollars(text) }

// Written reads the pairs of the profiles of the file at path, by name. The error is a
// *ConfigError.
func Written(path string) (map[string]Pairs, error) {
	path = realPath(path)
	content, err := readText(path, "profile file", nil)
	if err != nil {
		return nil, err
	}
	file, err := parseFile(path, content)
	if err != nil {
		return nil, err
	}
	all := map[string]Pairs{}
	for _, s := range file.sections {
		pairs := Pairs{Pair: pairOf(s.values)}
		if len(s.previous) > 0 {
			previous := pairOf(s.previous)
			pairs.Previous = &previous
		}
		all[s.name] = pairs
	}
	return all, nil
}

// CheckSwitch reports whether Save can make a Change of Pairs, without making it.
func CheckSwitch(path string, to map[string]Pairs) error {
	path = realPath(path)
	content, err := readText(path, "profile file", nil)
	if err != nil {
		return err
	}
	_, err = Change{Pairs: to}.apply(path, content)
	return err
}

// withPairs is the content of the file after a change of Pairs.
func (c Change) withPairs(f *configFile) *configFile {
	after := &configFile{path: f.path, defaultName: f.defaultName}
	for _, s := range f.sections {
		if to, changes := c.Pairs[s.name]; changes {
			s.values = maps.Clone(s.values)
			for _, field := range pairFields {
				delete(s.values, field)
			}
			maps.Copy(s.values, to.entries())
			s.previous = nil
			if to.Previous != nil {
				s.previous = to.Previous.entries()
			}
		}
		after.sections = append(after.sections, s)
	}
	return after
}

// editPairs adds the edits of a change of Pairs.
func (c Change) editPairs(e *editor) error {
	profiles := e.child(e.root, "profiles")
	if profiles == nil {
		return errForm
	}
	for _, name := range slices.Sorted(maps.Keys(c.Pairs)) {
		own := e.child(profiles.value, name)
		if own == nil {
			return errForm
		}
		first := e.first(own.value)
		if first == nil {
			return errForm
		}
		if err := editPair(e, own, strings.Repeat(" ", first.key.Column-1), c.Pairs[name]); err != nil {
			return err
		}
	}
	return nil
}

func editPair(e *editor, own *pair, indent string, to Pairs) error {
	var added []string
	line := func(key, value, text string) {
		switch old := e.child(own.value, key); {
		case old != nil && value != "":
			if old.value.Kind == yaml.ScalarNode {
				value = quotedAs(old.value.Style, value, text)
			}
			e.replace(old, indent+key+": "+value)
		case old != nil:
			e.edit(old.key.Line-1, e.last(old))
		case value != "":
			added = append(added, indent+key+": "+value)
		}
	}
	for _, f := range pairFields {
		line(string(f), writtenAs(*to.text(f)), *to.text(f))
	}
	previous := ""
	if to.Previous != nil {
		var members []string
		for _, f := range pairFields {
			if t := *to.Previous.text(f); t != "" {
				members = append(members, string(f)+": "+writtenAs(t))
			}
		}
		previous = "{" + strings.Join(members, ", ") + "}"
	}
	line(previousKey, previous, "")
	if len(added) == 0 {
		return nil
	}
	return e.insertBelow(own, added)
}

// quotedAs is a value with the quotes that its predecessor had, so that the way back gives
// the same line.
func quotedAs(style yaml.Style, value, text string) string {
	switch {
	case strings.HasPrefix(value, `"`) && !strings.ContainsAny(text, `'"\`) && style&yaml.SingleQuotedStyle != 0,
		!strings.HasPrefix(value, `"`) && style&yaml.SingleQuotedStyle != 0:
		return "'" + text + "'"
	case !strings.HasPrefix(value, `"`) && style&yaml.DoubleQuotedStyle != 0:
		return `"` + value + `"`
	}
	return value
}

func writtenAs(text string) string {
	if text == "" {
		return ""
	}
	return scalar(text)
}

// showPrevious lists the values of previous: as they are written.
func (r *resolver) showPrevious(file *configFile, s section) ([]Shown, error) {
	var shown []Shown
	source := Source{Kind: SourceProfile, Name: s.name, File: file.path}
	for _, f := range pairFields {
		e, ok := s.previous[f]
		if !ok {
			continue
		}
		info, _ := Lookup(f)
		source.Line = e.line
		for _, t := range e.texts {
			if what := info.secretIn(t); what != "" {
				return nil, misplaced(what, info, source).at(f, source)
			}
		}
		shown = append(shown, Shown{previousKey + "." + string(f), strings.Join(e.texts, " "), source.String()})
	}
	return shown, nil
}

// Previous lists the values of the pair that the profile had before its certificate was
// rotated, as they are written.
func (p *Profile) Previous() []Shown { return slices.Clone(p.previous) }

// checkPairs rejects a change of profiles that do not exist.
func (c Change) checkPairs(path string, before *configFile) error {
	if len(c.Pairs) == 0 {
		return errors.New("no pairs")
	}
	for name := range c.Pairs {
		if _, there := before.find(name); !there {
			return &ConfigError{File: path, Key: "profile", Message: "there is no profile " + text.QuoteName(name), Hints: profileHints(name, before.names())}
		}
	}
	return nil
}
