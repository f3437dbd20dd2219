package profile

import (
	"slices"
	"strings"
)

// withoutOrRenamed is the content of the file after a removal or a renaming.
func (c Change) withoutOrRenamed(f *configFile) *configFile {
	after := &configFile{path: f.path, defaultName: f.defaultName}
	for _, s := range f.sections {
		if s.name == c.Profile {
			if c.Remove {
				continue
			}
			s.name = c.NewName
		}
		after.sections = append(after.sections, s)
	}
	if f.defaultName == c.Profile {
		after.defaultName = c.NewName // none after a removal
	}
	return after
}

// editSection removes or renames a profile in its lines, and default_profile with it.
func (c Change) editSection(e *editor) error {
	profiles := e.child(e.root, "profiles")
	if profiles == nil {
		return errForm
	}
	own := e.child(profiles.value, c.Profile)
	if own == nil {
		return errForm
	}
	byDefault := e.child(e.root, "default_profile")
	if byDefault != nil && byDefault.value.Value != c.Profile {
		byDefault = nil
	}
	if c.Remove {
		e.edit(e.firstComment(own), e.last(own))
		if byDefault != nil {
			e.edit(byDefault.key.Line-1, e.last(byDefault))
		}
		return nil
	}
	line := e.lines[own.key.Line-1]
	rest := line[own.key.Column-1:]
	i := slices.IndexFunc([]string{c.Profile, `"` + c.Profile + `"`, "'" + c.Profile + "'"}, func(written string) bool {
		after, ok := strings.CutPrefix(rest, written)
		if ok = ok && strings.HasPrefix(strings.TrimLeft(after, " "), ":"); ok {
			rest = after
		}
		return ok
	})
	if i < 0 {
		return errForm
	}
	e.edit(own.key.Line-1, own.key.Line, line[:own.key.Column-1]+scalar(c.NewName)+rest)
	if byDefault != nil {
		e.replace(byDefault, "default_profile: "+scalar(c.NewName))
	}
	return nil
}

// firstComment is the index of the first of the comment lines directly above a key, which
// are about it; or of the key itself.
func (e *editor) firstComment(p *pair) int {
	first := p.key.Line - 1
	pad := strings.Repeat(" ", p.key.Column-1) + "#"
	for first > 0 && strings.HasPrefix(e.lines[first-1], pad) {
		first--
	}
	return first
}
