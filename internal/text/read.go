package text

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ReadAtMost reads at most limit+1 bytes of r. If len(data) > limit, there were more
// than limit bytes.
func ReadAtMost(r io.Reader, limit int) (data []byte, err error) {
	return io.ReadAll(io.LimitReader(r, int64(limit)+1))
}

// ReadFileAtMost reads a file as [ReadAtMost] does. The error comes from the operating
// system. For a folder it is EISDIR on every system.
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
