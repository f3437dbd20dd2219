package cli

import (
	"errors"
	"io/fs"
	"os"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// SaveProfile saves a change of the profile file, and words what the operating system has against it.
func SaveProfile(path string, change profile.Change) error {
	return Saved(path, profile.Save(path, change))
}

// Saved words the error of a change of the profile file at path.
func Saved(path string, err error) error {
	if errors.Is(err, atomicfile.ErrLocked) {
		return Fail(finding.IOWrite, path+" was not changed: "+err.Error(), "try again")
	}
	var system *fs.PathError
	var link *os.LinkError
	if errors.As(err, &system) || errors.As(err, &link) {
		var config *profile.ConfigError
		if !errors.As(err, &config) {
			return Fail(finding.IOWrite, path+" cannot be written: "+text.WithoutPath(err).Error())
		}
	}
	return err
}
