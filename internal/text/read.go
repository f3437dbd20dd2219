package text

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ReadAtMost reads r to its end, but no more than limit bytes and one: where
// len(data) > limit, there was more than the limit.
func ReadAtMost(r io.Reader, limit int) (data []byte, err error) {
	return io.ReadAll(io.LimitReader(r, int64(limit)+1))
}

// ReadFileAtMost reads a file as [ReadAtMost] does. The error is that of the
// operating system, EISDIR for a folder also where that is not an error.
func ReadFileAtMost(path string, limit int) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	return ReadAtMost(f, limit)
}
