package profile

import (
	"errors"
	"io/fs"
	"slices"
)

// File lists the profiles of a profile file, without checking their values.
type File struct {
	Path     string   // where it is or would be; "" if the platform has no place for one
	Exists   bool     // whether it is there
	Default  string   // default_profile, "" if there is none
	Profiles []string // their names, in the order of the file
	// Production are those that are, or may be, for production.
	Production []string
	// TBA are those with auth: tba, and Auditors the names that others have as auditor.
	TBA, Auditors []string
}

// List reads the profile file that Resolve would read. A missing file is not an error,
// even if the user named it. The error is a *ConfigError.
func List(in Input) (*File, error) {
	r := newResolver(in)
	path, _, err := r.configPath()
	if err != nil {
		return nil, err
	}
	f := &File{Path: path, Profiles: []string{}}
	if path == "" {
		return f, nil
	}
	c, err := kept(r.Files, path, func(f *Files) map[string]*configFile { return f.configs }, func() (*configFile, error) {
		text, err := readText(path, "profile file", r.ReadFile)
		if err != nil {
			return nil, err
		}
		return parseFile(path, text)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	} else if err != nil {
		return nil, err
	}
	for _, s := range c.sections {
		if s.production() {
			f.Production = append(f.Production, s.name)
		}
		if slices.Equal(s.values[FieldAuth].texts, []string{AuthTBA}) {
			f.TBA = append(f.TBA, s.name)
		}
		f.Auditors = append(f.Auditors, s.values[FieldAuditor].texts...)
	}
	f.Exists, f.Default, f.Profiles = true, c.defaultName, c.names()
	return f, nil
}
