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
	return replace(path, data)
}

// ReplaceOwn is Replace for a file that a person names. It creates no folder, and refuses
// what CheckOwn refuses.
func ReplaceOwn(path string, data []byte) error {
	if _, err := CheckOwn(path); err != nil {
		return err
	}
	return replace(path, data)
}

// The reasons why ReplaceOwn does not replace what has the name.
var (
	ErrLink       = errors.New("it is a link")
	ErrFolder     = errors.New("it is a folder")
	ErrOtherOwner = errors.New("it belongs to another user")
)

// CheckOwn reports whether path exists. The error is ErrLink, ErrFolder, ErrNotAFile or
// ErrOtherOwner if it is not a regular file of this user.
func CheckOwn(path string) (exists bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && path != "" && os.IsPathSeparator(path[len(path)-1]):
		return false, ErrFolder
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0:
		return true, ErrLink
	case info.IsDir():
		return true, ErrFolder
	case !info.Mode().IsRegular():
		return true, ErrNotAFile
	case !owned(path, info):
		return true, ErrOtherOwner
	}
	return true, nil
}

// Writable creates a file in the folder of path and removes it, so that Replace can be
// expected to succeed. The error comes from the operating system.
func Writable(path string) error {
	f, err := createTemporary(temporaryOf(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// temporaryOf is the beginning of the names of Replace's temporary files for path.
func temporaryOf(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+own())
}

func replace(path string, data []byte) error {
	sweepReplaced(path)
	f, err := createTemporary(temporaryOf(path))
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
	return rename(f.Name(), path)
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
