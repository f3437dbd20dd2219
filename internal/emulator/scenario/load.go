package scenario

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// data has a file for each topic, in the order of All, and the cause sets.
//
//go:embed data/*.yaml
var data embed.FS

// builtIn is parsed when it is first needed.
var builtIn = sync.OnceValue(func() []Scenario {
	all, err := parse(data)
	if err != nil {
		panic(err) // a mistake in this package, which a test finds
	}
	return all
})

func parse(files fs.FS) ([]Scenario, error) {
	sets := map[string][]string{}
	if err := decode(files, "data/cause-sets.yaml", &sets); err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "data/[0-9]*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Scenario
	for _, name := range names {
		var file struct {
			Topic     Topic
			Scenarios []Scenario
		}
		if err := decode(files, name, &file); err != nil {
			return nil, err
		}
		for _, s := range file.Scenarios {
			s.Topic = file.Topic
			if set := s.Expect.CauseSet; set != "" {
				if sets[set] == nil {
					return nil, fmt.Errorf("%s: scenario %s: unknown cause set %q", name, s.Name, set)
				}
				s.Expect.Causes = slices.Concat(sets[set], s.Expect.Causes)
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func decode(files fs.FS, name string, into any) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	if err := strictyaml.Decode(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// All returns every scenario, by topic, within a topic the plainest first. Callers must
// not change what a scenario refers to.
func All() []Scenario { return builtIn() }

// Lookup finds a scenario by its name, as All has it.
func Lookup(name string) (Scenario, bool) {
	for _, s := range builtIn() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}
