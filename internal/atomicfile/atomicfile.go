// Package atomicfile writes a file completely or not at all. Replace writes one that
// only its owner can read, such as a cache. Set writes several that belong
// together. Lock and Change prevent writes by other processes at the same time.
package atomicfile

import (
	"os"
	"path/filepath"
)

// Replace writes data to the file path with mode 0600, and creates its folder with
// mode 0700 if it does not exist. It writes a temporary file in the same folder and
// renames it. So a reader sees the complete old or new content, and a full disk leaves
// the old one. It removes the temporary files of runs that were killed. The error comes
// from the operating system.
func Replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	sweepReplaced(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"."+own()+"*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file is renamed
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
