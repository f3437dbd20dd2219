package text

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// ReadAtMost reads at most limit+1 bytes of r. If len(data) > limit, there were more
// than limit bytes.
func ReadAtMost(r io.Reader, limit int) (data []byte, err error) {
	return io.ReadAll(io.LimitReader(r, int64(limit)+1))
}

// pipeLimit is how long a pipe may take. A person may have to unlock what writes it.
const pipeLimit = 2 * time.Minute

var (
	errNotWritten = errors.New("nothing was written to this pipe")
	errNoContent  = errors.New("it is not a file with a content of its own")
)

// OpenFile opens a file for reading, and never waits for the other end of a pipe. For a
// folder the error is EISDIR on every system.
func OpenFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	case info.Mode()&fs.ModeNamedPipe != 0:
		_ = f.SetReadDeadline(time.Now().Add(pipeLimit))
	case info.Mode().IsRegular() && info.Size() == 0:
		_ = f.SetReadDeadline(time.Now()) // a file of the kernel, such as /proc/kmsg, would wait for its next message
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadFileAtMost reads a file as [ReadAtMost] does. The error comes from the operating
// system, or is that of [OpenFile]. A pipe that no program writes to is an error, and so
// is a file of the kernel that waits.
func ReadFileAtMost(path string, limit int) (data []byte, err error) {
	f, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err = ReadAtMost(f, limit)
	info, statErr := f.Stat()
	switch {
	case statErr != nil:
	case info.Mode()&fs.ModeNamedPipe != 0 && len(data) == 0 && (err == nil || errors.Is(err, os.ErrDeadlineExceeded)):
		err = &fs.PathError{Op: "read", Path: path, Err: errNotWritten}
	case info.Mode().IsRegular() && (errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.EAGAIN)):
		err = &fs.PathError{Op: "read", Path: path, Err: errNoContent}
	}
	return data, err
}
