package profile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/text"
)

// MaxFileBytes bounds a profile file or env file, in bytes. A hundred profiles need a
// hundredth of it, but a wrong path may point to any file.
const MaxFileBytes = 1 << 20

// readText reads a bounded text file without its byte order mark. what names the file
// in messages: "profile file", "env file".
func readText(path, what string, read func(string) ([]byte, error)) (string, error) {
	fail := func(message string, err error, hints ...string) (string, error) {
		return "", &ConfigError{File: path, Message: "the " + what + " " + message, Hints: hints, Err: err}
	}
	if read == nil {
		read = func(path string) ([]byte, error) { return text.ReadFileAtMost(path, MaxFileBytes) }
	}
	data, err := read(path)
	var pathError *fs.PathError
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		return fail("does not exist", err)
	case errors.Is(err, fs.ErrPermission):
		return fail("may not be read", err, "check the permissions of the file and its folders")
	case errors.Is(err, syscall.EISDIR):
		return fail("is a folder", err, "name a file in it")
	case errors.As(err, &pathError):
		return fail("cannot be read: "+pathError.Err.Error(), err)
	default:
		return fail("cannot be read", err)
	}
	if len(data) > MaxFileBytes {
		return fail("is larger than 1 MiB", nil, "check that this is the right file")
	}
	if decoded, ok := text.DecodeUTF16(data); ok { // Windows PowerShell writes it
		data = decoded
	}
	data = text.TrimBOM(data)
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return fail("is not UTF-8 text", nil, "save the file as UTF-8")
	}
	return string(data), nil
}

// resolvePath resolves a path relative to base, and ~/ to the home folder. A single
// dash is standard input and stays.
func resolvePath(path, base string, lookup func(string) (string, bool)) (string, *fault) {
	if rest, ok := cutHome(path); ok {
		home := ""
		for _, name := range []string{"HOME", "USERPROFILE"} {
			if !filepath.IsAbs(home) { // a HOME such as /c/Users/me is no folder to Windows
				home, _ = lookup(name)
			}
		}
		if !filepath.IsAbs(home) {
			return "", &fault{message: "starts with ~/, and the home folder is not known",
				hints: []string{"set $HOME to an absolute path, or write the whole path"}}
		}
		return filepath.Join(home, rest), nil
	}
	// On Windows \keys\key.pem and D:key.pem are no absolute paths, nor below base.
	rooted := path != "" && os.IsPathSeparator(path[0]) || filepath.VolumeName(path) != ""
	if path == "-" || base == "" || rooted || filepath.IsAbs(path) {
		return path, nil
	}
	return filepath.Join(base, path), nil
}

func cutHome(path string) (string, bool) {
	if path == "~" {
		return "", true
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return rest, true
	}
	return strings.CutPrefix(path, "~"+string(filepath.Separator))
}
