package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/atomicfile"
)

// LastChange is what Undo would take back.
type LastChange struct {
	// Profiles are the names of the profiles that differ, and Production those of them
	// that are for production before or after.
	Profiles, Production []string
	// Restored are those of Profiles that exist again after an undo, and Dropped those
	// that then no longer exist.
	Restored, Dropped []string
	// Edited says that the file was changed by hand after the last change by nsauth.
	Edited bool

	now, before string
}

// ErrNoChange says that there is no change to take back.
var ErrNoChange = errors.New("no change to undo")

// undoPath is the file beside the profile file that has its content before the last
// change, after a line with the digest of the content after it.
func undoPath(path string) string { return path + ".undo" }

const undoMark = "# nsauth profile undo "

func undoText(before, after string) []byte {
	sum := sha256.Sum256([]byte(after))
	return []byte(undoMark + hex.EncodeToString(sum[:]) + "\n" + before)
}

// replaceKeeping writes the profile file, and keeps the old content for Undo.
func replaceKeeping(path, before, after string) error {
	if before != after {
		if err := atomicfile.Replace(undoPath(path), undoText(before, after)); err != nil {
			return err
		}
	}
	if err := writeSchema(path, after); err != nil {
		return err
	}
	return atomicfile.Replace(path, []byte(after))
}

// Last reads the last change of the profile file at path. The error is ErrNoChange, a
// *ConfigError, or the operating system's.
func Last(path string) (*LastChange, error) {
	path = realPath(path)
	kept, err := readText(undoPath(path), "file for undo", nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoChange
	} else if err != nil {
		return nil, err
	}
	head, before, _ := strings.Cut(kept, "\n")
	digest, ok := strings.CutPrefix(head, undoMark)
	if !ok {
		return nil, &ConfigError{File: undoPath(path), Message: "it was not written by nsauth"}
	}
	now, err := readText(path, "profile file", nil)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	sum := sha256.Sum256([]byte(now))
	l := &LastChange{Edited: hex.EncodeToString(sum[:]) != digest, now: now, before: before}
	old, err := parseFile(undoPath(path), before)
	if err != nil {
		return nil, err
	}
	current, err := parseFile(path, now)
	if err != nil {
		l.Edited = true // what cannot be read was not written by nsauth
		current = &configFile{}
	}
	for _, name := range append(old.names(), current.names()...) {
		a, was := old.find(name)
		b, is := current.find(name)
		if slices.Contains(l.Profiles, name) || was == is && sameSection(a, b) {
			continue
		}
		l.Profiles = append(l.Profiles, name)
		switch {
		case was && !is:
			l.Restored = append(l.Restored, name)
		case is && !was:
			l.Dropped = append(l.Dropped, name)
		}
		if a.production() || b.production() {
			l.Production = append(l.Production, name)
		}
	}
	return l, nil
}

// Undo takes back the last change of the profile file at path. What it replaces is kept
// in turn, so that a second Undo restores it. The error is a *ConfigError if the file
// has changed since [Last], or as for Save.
func Undo(path string, l *LastChange) error {
	path = realPath(path)
	return atomicfile.Change(path, func() error {
		now, err := readText(path, "profile file", nil)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if now != l.now {
			return &ConfigError{File: path, Message: "another process changed the file meanwhile", Hints: []string{"try again"}}
		}
		return replaceKeeping(path, now, l.before)
	})
}

// realPath is path without symbolic links, so that a link stays one.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// production reports whether a profile is, or may be, for production: a variable could
// say so.
func (s section) production() bool {
	e, ok := s.values[FieldProduction]
	return ok && !strings.EqualFold(strings.Join(e.texts, ""), "false")
}
