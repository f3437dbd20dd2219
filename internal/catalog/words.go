package catalog

import (
	"embed"
	"sync"
	"sync/atomic"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// words holds every text of the catalog; words/README.md says how to correct one.
//
//go:embed words/*.yaml words/findings/*.yaml words/names/*.yaml words/libraries
var words embed.FS

var parsed atomic.Int64

// Parsed counts the files of words that this process has parsed. A command that
// shows no text of the catalog parses none.
func Parsed() int64 { return parsed.Load() }

// file parses a file of words when it is first asked for, into a read-only value
// that all share. A file that cannot be parsed is a mistake in the
// program: the schema test reads every one.
func file[T any](name string) func() T {
	return sync.OnceValue(func() T {
		parsed.Add(1)
		var v T
		data, err := words.ReadFile("words/" + name)
		if err == nil {
			err = strictyaml.Decode(data, &v)
		}
		if err != nil {
			panic("catalog: " + name + ": " + err.Error())
		}
		return v
	})
}

// entryOf is the entry of a map that a file of words refers to by name.
func entryOf[V any](name, file string, in map[string]V) V {
	v, ok := in[name]
	if !ok {
		panic("catalog: " + file + " has no " + name)
	}
	return v
}

var (
	repairs  = file[map[string]string]("repairs.yaml")
	requests = file[map[string][]string]("requests.yaml")
)

// Requests are what to ask for when more has to be known about an error, by what
// the error is about: token, call, network, another-flow.
func Requests() map[string][]string { return requests() }
