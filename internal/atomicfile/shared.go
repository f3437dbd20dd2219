package atomicfile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// ReplaceShared writes data to the file path as Replace does, but for readers other than the
// owner: a file that exists keeps its mode, and a new one is Readable. It creates no folder. It
// writes through a link, and straight into what is not a file, such as a pipe.
func ReplaceShared(path string, data []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	perm := Readable
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Mode().IsRegular():
		perm = info.Mode().Perm()
	case info.IsDir():
		return errors.New("is a directory")
	default:
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return writeAndClose(f, data)
	}
	begin := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+own())
	f, err := createExclusive(begin+strconv.FormatUint(uint64(rand.Uint32()), 10), perm)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file is renamed
	sweepReplaced(path)
	if err := writeAndClose(f, data); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writeAndClose(f *os.File, data []byte) error {
	_, err := f.Write(data)
	return errors.Join(err, f.Close())
}
