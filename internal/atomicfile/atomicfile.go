// Package atomicfile writes files whole or not at all: Replace one that only its
// owner may read, such as a cache; WriteFiles several that belong together. A Lock
// and Change keep other processes from writing at the same time.
package atomicfile

import (
	"os"
	"path/filepath"
)

// Replace makes data the content of the file path, with mode 0600, and makes its
// folder with mode 0700 if there is none. The new content is written beside the
// file and renamed, so that a reader at that moment sees the old content or
// the new one, whole, and a full disk leaves the old one. The error is that of the
// operating system.
func Replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is not there any more once it is renamed
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
