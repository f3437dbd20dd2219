package profile

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/nsauth/nsauth/internal/text"
)

// layer has the values from one place: field name to raw.
type layer = map[string]any

// configPath is the path of the profile file, "" if there is none. named says that the
// user named it, so it must exist.
func (r *resolver) configPath() (path string, named bool, err error) {
	switch {
	case r.ConfigPath != "":
		path, f := resolvePath(r.ConfigPath, r.Dir, r.LookupEnv)
		if f != nil {
			return "", true, &ConfigError{Key: "--config", Message: "--config " + f.message, Hints: f.hints}
		}
		return path, true, nil
	case r.ConfigDir != "":
		return filepath.Join(r.ConfigDir, "nsauth", "config.yaml"), false, nil
	}
	return "", false, nil
}

// readConfig reads the named profile file, or the default one if it exists.
func (r *resolver) readConfig() (*configFile, error) {
	path, mustExist, err := r.configPath()
	if err != nil || path == "" {
		return &configFile{}, err
	}
	return kept(r.Files, path, func(f *Files) map[string]*configFile { return f.configs }, func() (*configFile, error) {
		return r.readConfigAt(path, mustExist)
	})
}

func (r *resolver) readConfigAt(path string, mustExist bool) (*configFile, error) {
	text, err := readText(path, "profile file", r.ReadFile)
	if errors.Is(err, fs.ErrNotExist) {
		if !mustExist {
			return &configFile{}, nil
		}
		var e *ConfigError
		if errors.As(err, &e) {
			e.Hints = []string{"check --config; without it nsauth reads config.yaml in its own folder, if there is one"}
		}
	}
	if err != nil {
		return nil, err
	}
	return parseFile(path, text)
}

// choose finds the profile to use. The result is true if the user named it.
func (r *resolver) choose(file *configFile) (section, bool, error) {
	name, key := r.ProfileName, "--profile"
	if name == "" {
		value, _ := r.LookupEnv(profileVariable)
		name, _ = repair(value)
		key = "$" + profileVariable
	}
	if name == "" {
		s, found := file.find(file.defaultName)
		if !found && len(file.sections) == 1 {
			s = file.sections[0] // the only one needs no default_profile
		}
		return s, false, nil
	}
	s, ok := file.find(name)
	if ok {
		return s, true, nil
	}
	e := &ConfigError{File: file.path, Key: key, Message: "there is no profile " + text.QuoteName(name), Hints: profileHints(name, file.names())}
	several, given := len(SplitNames(name)) > 1, name == r.ProfileName
	switch {
	case several && given:
		e.Message, e.Hints = "--profile names several profiles", []string{"only nsauth doctor examines several; give one name here"}
	case several:
		e.Message, e.Hints = key+" names several profiles", []string{"give one name there; nsauth doctor examines several with --profile"}
	case !given:
		e.Message += ", which " + key + " names"
	}
	if file.path == "" {
		e.Message += ": there is no profile file"
		e.Hints = []string{"name the file with --config, make one with nsauth profile init, or give the values as flags and no profile"}
	}
	return section{}, false, e
}

func (r *resolver) answers() layer {
	l := layer{}
	for field, text := range r.Answers {
		if info, ok := Lookup(field); ok && len(info.split([]string{text})) > 0 {
			l[string(field)] = raw{texts: []string{text}, source: Source{Kind: SourceAnswer}, base: r.Dir}
		}
	}
	return l
}

func (r *resolver) flags() (layer, error) {
	l := layer{}
	for _, info := range Fields() {
		texts := r.Flags[info.Flag]
		if info.Flag == "" || texts == nil {
			continue
		}
		if !info.List && len(texts) > 1 {
			texts = texts[len(texts)-1:]
		}
		name := "--" + info.Flag
		if len(info.split(texts)) == 0 {
			return nil, &ConfigError{Key: name, Message: name + " is empty",
				Hints: []string{"leave the flag out, or check that its shell variable is set"}}
		}
		l[string(info.Name)] = raw{texts: texts, source: Source{Kind: SourceFlag, Name: name}, base: r.Dir}
	}
	return l, nil
}

// environment has the settings in environment variables. An empty one counts as unset.
func (r *resolver) environment() layer {
	l := layer{}
	for _, info := range Fields() {
		for _, name := range []string{info.LegacyEnv, info.Env} { // the stronger last
			if name == "" {
				continue
			}
			text, set := r.LookupEnv(name)
			v := raw{texts: []string{text}, source: Source{Kind: SourceEnvironment, Name: name}, base: r.Dir}
			if len(info.split(v.texts)) > 0 {
				l[string(info.Name)] = v
			} else if set {
				r.isEmpty(info.Name, v.source)
			}
		}
	}
	return l
}

func (r *resolver) envFile() (layer, error) {
	if r.EnvFile == "" {
		return layer{}, nil
	}
	path, f := resolvePath(r.EnvFile, r.Dir, r.LookupEnv)
	if f != nil {
		return nil, &ConfigError{Key: "--env-file", Message: "--env-file " + f.message, Hints: f.hints}
	}
	entries, err := kept(r.Files, path, func(f *Files) map[string]map[string]envEntry { return f.variables }, func() (map[string]envEntry, error) {
		text, err := readText(path, "env file", r.ReadFile)
		if err != nil {
			return nil, err
		}
		return parseEnvFile(path, text, variables())
	})
	if err != nil {
		return nil, err
	}
	r.variables = entries
	return r.fromEnvFile(entries, func(name string, texts []string, e envEntry) raw {
		return raw{texts: texts, base: filepath.Dir(path), expand: e.expand,
			source: Source{Kind: SourceEnvFile, Name: name, File: path, Line: e.line}}
	}), nil
}

func sectionLayer(file *configFile, s section, kind SourceKind) layer {
	l := layer{}
	for field, e := range s.values {
		if info, ok := Lookup(field); ok && len(info.split(e.texts)) > 0 {
			l[string(field)] = raw{texts: e.texts, base: filepath.Dir(file.path), expand: true,
				source: Source{Kind: kind, Name: s.name, File: file.path, Line: e.line}}
		}
	}
	return l
}

// exceptOnlyFlags removes settings that only flags and a named profile may set.
func (r *resolver) exceptOnlyFlags(l layer) layer {
	for _, f := range r.OnlyFlags {
		delete(l, string(f))
	}
	return l
}
