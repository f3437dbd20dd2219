// Package cli is a run of the command line: the world around it, what is read and
// written, and the errors that end it. It knows no command and no flag library.
package cli

import (
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/lastgood"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// App is one run of nsauth: its world and the flags that every command has.
type App struct {
	World
	Tool    finding.Tool // who writes documents
	Started time.Time

	Format  string // text, json, or another of package formats
	Color   string // auto, always or never
	Verbose bool
	ASCII   bool // --ascii
	Quiet   bool
	NoInput bool
	MaskIDs bool
	ShowIDs bool   // --no-mask-ids: where they are masked by default
	Message string // --message: the reader that a report is written for
	NoState bool

	// Files are the files of --report. OnGitHub says that GitHub Actions is told, if this
	// runs there.
	Files    []formats.File
	OnGitHub bool

	// streams are those of Follow, by the path of their file; "" is standard output.
	streams map[string]*formats.Stream

	// Bundle writes the file of --bundle with a run; nil without one.
	Bundle func(run formats.Run) error

	ConfigPath  string // --config
	ProfileName string // --profile
	EnvFile     string // --env-file

	// PipeWait is how long a pipe in place of a file may take: --timeout if it was given;
	// 0 is two minutes.
	PipeWait time.Duration

	// Keys reads keys and certificates, each source once.
	Keys *keys.Loader
	// Omit reports whether a command is not printed; nil prints all.
	Omit func(argv []string) bool

	// Completing is true if a shell asks for completions.
	Completing bool

	live *live // nil shows none
}

// New begins a run with args in the world w.
func New(w World, tool finding.Tool, args []string) *App {
	a := &App{World: w, Tool: tool, Started: w.Now(), Format: FormatOf(args), OnGitHub: true}
	a.Files = slices.DeleteFunc(formats.FilesIn(args), func(f formats.File) bool { return a.reads(args, f) })
	a.live = &live{app: a}
	a.Stdout, a.Stderr = a.sink(w.Stdout), a.sink(w.Stderr)
	a.Keys = a.loader()
	return a
}

func (a *App) sink(w io.Writer) *sink {
	_, tty := a.Width(w)
	return &sink{Writer: w, tty: tty, live: a.live}
}

// Apart is a copy of a with keys of its own, for one of several profiles. It asks no person
// and reads no standard input, which belong to all of them.
func (a *App) Apart() *App {
	own := *a
	own.NoInput, own.Stdin = true, nil
	own.Keys = own.loader()
	return &own
}

// Host is the part of the world that packages below the command line take.
func (a *App) Host() host.World { return a.World.World }

// Input is what a profile is resolved from; flags are the value flags that were
// given, by name.
func (a *App) Input(flags map[string][]string) profile.Input {
	return profile.Input{
		Flags: flags, LookupEnv: a.LookupEnv, EnvNames: a.EnvNames,
		ConfigPath: a.ConfigPath, ConfigDir: a.ConfigDir, ProfileName: a.ProfileName, EnvFile: a.EnvFile, Dir: a.Dir,
		Remember: a.Keys.Remember,
		ReadFile: func(path string) ([]byte, error) {
			return text.ReadFileWithin(path, profile.MaxFileBytes, a.PipeWait)
		},
	}
}

// Typed is what values that a person typed are resolved from, as flags or as answers
// to questions. Of the environment it takes what ~/ in a path means, and nothing else.
func (a *App) Typed(flags map[string][]string, answers map[profile.Field]string) profile.Input {
	return profile.Input{Flags: flags, Answers: answers, Dir: a.Dir, LookupEnv: func(name string) (string, bool) {
		if name == "HOME" || name == "USERPROFILE" {
			return a.LookupEnv(name)
		}
		return "", false
	}}
}

// FollowUp is a command line of nsauth that goes on after this run: with its --config, and
// with the profile of this name unless that is "".
func (a *App) FollowUp(command, name string, rest ...string) string {
	return report.CommandLine(profile.Target{Config: a.ConfigPath, Profile: name}.Argv(command, rest...)...)
}

// LastGood is where the records of the last good runs lie. That there is no place for them matters
// only to metrics.
func (a *App) LastGood() lastgood.Store {
	switch {
	case a.NoState:
		return lastgood.Store{}
	case a.StateDir == "":
		return lastgood.Store{Missing: a.metrics()}
	}
	return lastgood.Store{Dir: filepath.Join(a.StateDir, "nsauth")}
}
