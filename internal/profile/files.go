package profile

import (
	"strings"
	"sync"
)

// Files are the files that several profiles are resolved from, so that each is read and
// parsed once. It can be used from several goroutines.
type Files struct {
	mu        sync.Mutex
	configs   map[string]*configFile // by path
	variables map[string]map[string]envEntry
}

// NewFiles returns Files in which nothing is read yet.
func NewFiles() *Files {
	return &Files{configs: map[string]*configFile{}, variables: map[string]map[string]envEntry{}}
}

// kept is what of keeps for path, read first if it is not there. A nil f keeps nothing.
func kept[T any](f *Files, path string, of func(*Files) map[string]T, read func() (T, error)) (T, error) {
	if f == nil {
		return read()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := of(f)[path]; ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		of(f)[path] = v
	}
	return v, err
}

// SplitNames are the names in a list such as "prod,sandbox", each once.
func SplitNames(list string) []string {
	var names []string
	seen := map[string]bool{}
	for _, name := range strings.Split(list, ",") {
		if name = strings.TrimSpace(name); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
