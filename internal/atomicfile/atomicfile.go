// Package atomicfile writes a file completely or not at all. Replace writes one that
// only its owner can read, such as a cache. Set writes several that belong
// together. Lock and Change prevent writes by other processes at the same time.
package atomicfile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// Replace writes data to the file path as CreatePrivate does, and creates its folder with
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
	f, err := createTemporary(filepath.Join(dir, "."+filepath.Base(path)+"."+own()))
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

// CreatePrivate creates a file that only its owner can read: with mode 0600, or on
// Windows with an access list. The error is fs.ErrExist if path exists, also as a link.
func CreatePrivate(path string) (*os.File, error) { return createExclusive(path, OwnerOnly) }

// createTemporary creates a private file whose name begins with begin.
func createTemporary(begin string) (f *os.File, err error) {
	for range 100 {
		f, err = CreatePrivate(begin + strconv.FormatUint(uint64(rand.Uint32()), 10))
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, err
}
