package text

import (
	"bytes"
	"errors"
	"fmt"
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

// pipeLimit is how long a pipe may take where the caller does not say it. A person may
// have to unlock what writes it.
const pipeLimit = 2 * time.Minute

var (
	errNotWritten = errors.New("nothing was written to this pipe")
	errNoContent  = errors.New("it is not a file with a content of its own")
)

// openFile opens a file for reading, and never waits for the other end of a pipe. Reading
// from a pipe or a device ends after wait. For a folder the error is EISDIR on every system.
func openFile(path string, wait time.Duration) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		_ = f.SetReadDeadline(time.Now().Add(wait))
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
// system. For a folder it is EISDIR. A pipe that no program writes to is an error, and so
// is a file of the kernel that waits.
func ReadFileAtMost(path string, limit int) (data []byte, err error) {
	return ReadFileWithin(path, limit, 0)
}

// ReadFileWithin is [ReadFileAtMost] with the time that a pipe may take; 0 is two minutes.
func ReadFileWithin(path string, limit int, wait time.Duration) (data []byte, err error) {
	if wait <= 0 {
		wait = pipeLimit
	}
	f, err := openFile(path, wait)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, statErr := f.Stat()
	size := 0
	if statErr == nil {
		size = int(min(info.Size(), int64(limit)))
	}
	buffer := bytes.NewBuffer(make([]byte, 0, size+1+bytes.MinRead)) // grown in steps it would be copied, and cleared, four times
	_, err = buffer.ReadFrom(io.LimitReader(f, int64(limit)+1))
	data = buffer.Bytes()
	ended := errors.Is(err, os.ErrDeadlineExceeded)
	switch {
	case statErr != nil:
	case info.Mode().IsRegular() && (ended || errors.Is(err, syscall.EAGAIN)):
		err = errNoContent
	case ended && len(data) > 0:
		err = fmt.Errorf("what writes to it did not end within %v", wait)
	case ended:
		err = fmt.Errorf("nothing was written to it within %v", wait)
	case info.Mode()&fs.ModeNamedPipe != 0 && len(data) == 0 && err == nil:
		err = errNotWritten
	default:
		return data, err
	}
	return nil, &fs.PathError{Op: "read", Path: path, Err: err}
}
