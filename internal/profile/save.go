package profile

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/text"
)

// Change is a change of a profile file. Everything else stays unchanged, to the byte:
// other profiles, other settings, comments, empty lines.
type Change struct {
	// Profile is the profile to change or add.
	Profile string
	// Set holds the new values, several for a list. ${VAR} in them is plain text.
	Set map[Field][]string
	// Default makes it the default profile.
	Default bool
	// New says that the profile must not exist yet.
	New bool
	// Remove removes the profile, and default_profile if it names it.
	Remove bool
	// NewName renames the profile; "" keeps its name.
	NewName string
	// Pairs replaces the pairs of profiles, by name and all at once. Nothing else of a
	// Change counts with it.
	Pairs map[string]Pairs
}

// ErrExists says that a new profile, or one of the new name, already exists. Nothing was
// changed.
var ErrExists = errors.New("the profile already exists")

// Save changes or creates the profile file at path, with mode 0600 in a folder with
// 0700. It writes a temporary file and renames it, and keeps a symbolic link.
// Concurrent saves see each other's changes, and [Undo] takes
// back the last one. The error is a *ConfigError, ErrExists,
// atomicfile.ErrLocked, or the operating system's.
func Save(path string, c Change) error {
	path = realPath(path)
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() { // a rename would replace it
		return &ConfigError{File: path, Message: "the profile file is a device or pipe", Hints: []string{"name another one with --config"}}
	}
	return atomicfile.Change(path, func() error { return c.save(path) })
}

func (c Change) save(path string) error {
	text, err := readText(path, "profile file", nil)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	after, err := c.apply(path, text)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && after == text && info.Mode().Perm() == 0o600 {
		return nil
	}
	return replaceKeeping(path, text, after)
}

// apply returns the changed text. It edits lines, because writing the YAML nodes again
// would lose empty lines and move comments. It then parses the result to check it.
func (c Change) apply(path, content string) (string, error) {
	before, err := parseFile(path, content)
	if err != nil {
		return "", err
	}
	if err := c.check(path, before); err != nil {
		return "", err
	}
	want := c.applyTo(before)
	if sameConfig(before, want) {
		return content, nil
	}
	if content == "" {
		content = schemaLine(path)
	}
	e, err := newEditor(content)
	if err == nil {
		err = c.edit(e)
	}
	if err == nil {
		after := e.text()
		got, parseErr := parseFile(path, after)
		if parseErr == nil && sameConfig(got, want) {
			return after, nil
		}
	}
	return "", &ConfigError{File: path, Key: quotableName(c.name()),
		Message: "the profile file is written in a form that cannot be changed line by line",
		Hints:   []string{"write profiles: and each profile as indented lines of KEY: VALUE, without braces, anchors and tags, and try again"}}
}

// name is a profile that the change is of.
func (c Change) name() string {
	for name := range c.Pairs {
		return name
	}
	return c.Profile
}

// check rejects a change that does not fit the file.
func (c Change) check(path string, before *configFile) error {
	if c.Pairs != nil {
		return c.checkPairs(path, before)
	}
	if err := c.checkName(path); err != nil {
		return err
	}
	_, there := before.find(c.Profile)
	_, taken := before.find(c.NewName)
	switch {
	case there && c.New || taken && c.NewName != "":
		return ErrExists
	case !there && (c.Remove || c.NewName != ""):
		return &ConfigError{File: path, Key: "profile", Message: "there is no profile " + text.QuoteName(c.Profile), Hints: profileHints(c.Profile, before.names())}
	}
	return nil
}

// checkName rejects a name that would make the file unreadable.
func (c Change) checkName(path string) error {
	name := c.Profile
	if c.NewName != "" {
		name = c.NewName
	}
	if c.Remove || ProfileName(name) {
		return nil
	}
	return &ConfigError{File: path, Key: "profile", Message: "the name of the profile is not valid",
		Hints: []string{"use letters, digits, dots, dashes and underscores, as in prod or prod-eu"}}
}

// ProfileName reports whether name is one that a profile can be saved under.
func ProfileName(name string) bool { return plainName().MatchString(name) }

var plainName = text.Regexp(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}$`)

// applyTo is the content of the file after the change.
func (c Change) applyTo(f *configFile) *configFile {
	switch {
	case c.Pairs != nil:
		return c.withPairs(f)
	case c.Remove || c.NewName != "":
		return c.withoutOrRenamed(f)
	}
	after := &configFile{path: f.path, defaultName: f.defaultName}
	found := false
	for _, s := range f.sections {
		if s.name == c.Profile {
			found = true
			s.values = c.values(s.values)
		}
		after.sections = append(after.sections, s)
	}
	if !found {
		after.sections = append(after.sections, section{name: c.Profile, values: c.values(nil)})
	}
	if c.Default {
		after.defaultName = c.Profile
	}
	return after
}

func (c Change) values(old map[Field]entry) map[Field]entry {
	values := maps.Clone(old)
	if values == nil {
		values = map[Field]entry{}
	}
	for field, texts := range c.Set {
		escaped := make([]string, len(texts))
		for i, t := range texts {
			escaped[i] = escapeDollars(t)
		}
		values[field] = entry{texts: escaped}
	}
	return values
}

// escapeDollars makes ${ plain text.
func escapeDollars(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// sameConfig compares the contents of two files without their lines.
func sameConfig(a, b *configFile) bool {
	if a.defaultName != b.defaultName || len(a.sections) != len(b.sections) {
		return false
	}
	for i, s := range a.sections {
		t := b.sections[i]
		if s.name != t.name || !sameSection(s, t) {
			return false
		}
	}
	return true
}

func sameSection(a, b section) bool {
	same := func(x, y entry) bool { return slices.Equal(x.texts, y.texts) }
	return maps.EqualFunc(a.values, b.values, same) && maps.EqualFunc(a.previous, b.previous, same)
}

// edit adds the edits of the lines.
func (c Change) edit(e *editor) error {
	switch {
	case c.Pairs != nil:
		return c.editPairs(e)
	case c.Remove || c.NewName != "":
		return c.editSection(e)
	}
	profiles := e.child(e.root, "profiles")
	switch {
	case e.root == nil || profiles == nil:
		e.insert(len(e.lines), c.lines("profiles:", "", "  "))
	default:
		if err := c.editProfiles(e, profiles); err != nil {
			return err
		}
	}
	if !c.Default {
		return nil
	}
	line := "default_profile: " + scalar(c.Profile)
	if old := e.child(e.root, "default_profile"); old != nil {
		e.replace(old, line)
		return nil
	}
	at := len(e.lines) // before what is added there, since edits at one place are made in turn
	if profiles != nil {
		at = profiles.key.Line - 1
	}
	e.insert(at, []string{line})
	return nil
}

func (c Change) editProfiles(e *editor, profiles *pair) error {
	own := e.child(profiles.value, c.Profile)
	if own == nil {
		indent, step := "  ", "  "
		if first := e.first(profiles.value); first != nil {
			indent = strings.Repeat(" ", first.key.Column-1)
			if inner := e.first(first.value); inner != nil {
				step = strings.Repeat(" ", max(1, inner.key.Column-first.key.Column))
			}
		}
		lines := c.lines("", indent, step)
		return e.insertBelow(profiles, lines)
	}
	indent := strings.Repeat(" ", own.key.Column+1)
	if first := e.first(own.value); first != nil {
		indent = strings.Repeat(" ", first.key.Column-1)
	}
	var added []string
	var replaced []*pair
	for _, info := range Fields() {
		texts, ok := c.Set[info.Name]
		if !ok {
			continue
		}
		if old := e.child(own.value, string(info.Name)); old != nil {
			replaced = append(replaced, old)
		} else {
			added = append(added, indent+setting(info, texts))
		}
	}
	if len(added) > 0 {
		if err := e.insertBelow(own, added); err != nil {
			return err
		}
	}
	for _, old := range replaced {
		info, _ := Lookup(Field(old.key.Value))
		e.replace(old, strings.Repeat(" ", old.key.Column-1)+setting(info, c.Set[info.Name]))
	}
	return nil
}

// lines are a complete new profile, below an optional heading.
func (c Change) lines(heading, indent, step string) []string {
	var lines []string
	if heading != "" {
		lines, indent = append(lines, heading), step
	}
	lines = append(lines, indent+scalar(c.Profile)+":")
	for _, info := range Fields() {
		if texts, ok := c.Set[info.Name]; ok {
			lines = append(lines, indent+step+setting(info, texts))
		}
	}
	return lines
}

func setting(info FieldInfo, texts []string) string {
	values := make([]string, len(texts))
	for i, t := range texts {
		values[i] = scalar(escapeDollars(t))
	}
	if info.List {
		return string(info.Name) + ": [" + strings.Join(values, ", ") + "]"
	}
	return string(info.Name) + ": " + strings.Join(values, " ")
}

var safeScalar = text.Regexp(`^[A-Za-z0-9_./~][A-Za-z0-9_./@+-]*$`)

// scalar writes a text in YAML: plain if every reader reads it as text, else in double
// quotes with the escapes of JSON.
func scalar(s string) string {
	var n yaml.Node
	if safeScalar().MatchString(s) && yaml.Unmarshal([]byte(s), &n) == nil && len(n.Content) == 1 && n.Content[0].ShortTag() == "!!str" {
		return s
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string
	return strings.TrimSuffix(b.String(), "\n")
}
