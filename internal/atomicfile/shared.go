package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// ReplaceShared replaces the file path by what write writes, as Replace does, but for readers
// other than the owner: a file that exists keeps its mode, and a new one is Readable. It creates
// no folder. It writes through a link, and straight into what is not a file, such as a pipe.
func ReplaceShared(path string, write func(io.Writer) error) error {
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
		return writeAndClose(f, write)
	}
	begin := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+own())
	f, err := createExclusive(begin+strconv.FormatUint(uint64(rand.Uint32()), 10), perm)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file is renamed
	sweepReplaced(path)
	if err := writeAndClose(f, write); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Growing is a file that grows with each Write. The first Write opens the file path and
// discards what it had; a file that does not exist is created with mode Readable.
type Growing struct {
	path string
	file *os.File
}

// NewGrowing returns a Growing that opens nothing yet.
func NewGrowing(path string) *Growing { return &Growing{path: path} }

func (g *Growing) Write(data []byte) (n int, err error) {
	if g.file == nil {
		if g.file, err = os.OpenFile(g.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, Readable); err != nil {
			return 0, err
		}
	}
	return g.file.Write(data)
}

// Close closes the file if it is open.
func (g *Growing) Close() error {
	if g.file == nil {
		return nil
	}
	return g.file.Close()
}

func writeAndClose(f *os.File, write func(io.Writer) error) error {
	err := write(f)
	return errors.Join(err, f.Close())
}
