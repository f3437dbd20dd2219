package text

import (
	"errors"
	"io/fs"
	"os"
)

// WithoutPath returns an operating system's error without the path of the file, for a
// message that already has it.
func WithoutPath(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return link.Err
	}
	return err
}
