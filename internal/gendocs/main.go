// Command gendocs writes what is made from the tree of commands, and the licenses:
//
//	go run ./internal/gendocs commands DIR      Markdown pages, a file per command (docs/commands)
//	go run ./internal/gendocs man DIR           man pages, section 1, gzipped
//	go run ./internal/gendocs recording DIR     a run of nsauth as an animated SVG (docs/pictures)
//	go run ./internal/gendocs completions DIR   completion scripts for bash, zsh, fish and PowerShell
//	go run ./internal/gendocs licenses DIR      the licenses of what is linked into nsauth
//
// It is a program of its own, so that none of it is in nsauth. The same tree
// gives the same bytes: no date, no version, nothing of this machine. It does
// without github.com/spf13/cobra/doc, whose man pages carry a date, print
// --account="" where the help says --account ID, and read the help texts as
// Markdown, which they are not.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/cmd"
)

// files are file names and their contents.
type files map[string][]byte

// kinds are what can be made.
var kinds = map[string]func(root *cobra.Command) (files, error){
	"commands":    commandPages,
	"man":         manPages,
	"completions": completions,
	"recording":   recording,
	"licenses":    licenses,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 || kinds[args[0]] == nil {
		return fmt.Errorf("usage: gendocs commands|man|recording|completions|licenses DIR")
	}
	made, err := kinds[args[0]](cmd.Root())
	if err != nil {
		return err
	}
	return made.write(args[1])
}

// write makes dir hold the files. Others that it holds already stay.
func (f files) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, data := range f {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// completions are the scripts that nsauth completion prints, under the names
// that the shells expect or, for bash, that tells it from the others.
func completions(root *cobra.Command) (files, error) {
	var bash, zsh, fish, powershell bytes.Buffer
	for _, err := range []error{
		root.GenBashCompletionV2(&bash, true),
		root.GenZshCompletion(&zsh),
		root.GenFishCompletion(&fish, true),
		root.GenPowerShellCompletionWithDesc(&powershell),
	} {
		if err != nil {
			return nil, err
		}
	}
	return files{
		"nsauth.bash": bash.Bytes(),
		"_nsauth":     zsh.Bytes(),
		"nsauth.fish": fish.Bytes(),
		"nsauth.ps1":  powershell.Bytes(),
	}, nil
}
