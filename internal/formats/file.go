package formats

import (
	"path/filepath"
	"slices"
	"strings"
)

// File is a file that a report is written to.
type File struct{ Format, Path string }

// BadFile is why a FORMAT=FILE cannot be used. Format is empty for a text without "=".
type BadFile struct{ Reason, Format, Path string }

// The reasons of a BadFile.
const (
	BadSyntax = "syntax" // no FORMAT=FILE
	BadFormat = "format" // no such format
	BadStdout = "stdout" // the file is -
	BadTwice  = "twice"  // two reports to one file
)

// Files reads values of the form FORMAT=FILE. It returns those that can be used, and the first
// that cannot.
func Files(values []string) (files []File, bad *BadFile) {
	seen := map[string]bool{}
	for _, v := range values {
		format, path, found := strings.Cut(v, "=")
		b := &BadFile{Format: format, Path: path}
		switch {
		case !found, path == "":
			b.Reason = BadSyntax
		case !Known(format):
			b.Reason = BadFormat
		case path == "-":
			b.Reason = BadStdout
		case seen[filepath.Clean(path)]:
			b.Reason = BadTwice
		default:
			seen[filepath.Clean(path)] = true
			files = append(files, File{format, path})
			continue
		}
		if bad == nil {
			bad = b
		}
	}
	return files, bad
}

// FilesIn finds the files of --report before flags are parsed, so that an error in them is
// reported there too.
func FilesIn(args []string) []File {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	var values []string
	for i, arg := range args {
		if v, found := strings.CutPrefix(arg, "--report="); found {
			values = append(values, v)
		} else if arg == "--report" && i+1 < len(args) {
			values = append(values, args[i+1])
		}
	}
	files, _ := Files(values)
	return files
}
