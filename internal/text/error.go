package text

import (
	"errors"
	"io/fs"
	"os"
)

// WithoutPath is an operating system's error about a file without the file's path,
// which the caller names.
func WithoutPath(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return link.Err
	}
	return err
}
