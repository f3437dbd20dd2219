package atomicfile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Lock is a held lock. It excludes other processes and other goroutines.
type Lock struct{ file *flock.Flock }

// TryLock acquires the lock of the file path, and creates the file with mode 0600 if it
// does not exist. It returns nil while another process holds the lock. The error comes
// from the operating system, or is ErrNotAFile: what has the name is not followed, and
// not waited for.
func TryLock(path string) (*Lock, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "lock", Path: path, Err: ErrNotAFile}
	}
	l := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(lockFlags))
	held, err := l.TryLock()
	if runtime.GOOS == "windows" && errors.Is(err, sharingViolation) { // another process is removing the file
		return nil, nil
	}
	if err != nil || !held {
		return nil, err
	}
	if info, err := l.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(&fs.PathError{Op: "lock", Path: path, Err: ErrNotAFile}, l.Unlock())
	}
	if !current(l) { // another process removed the file, so the next one locks a new file
		return nil, l.Unlock()
	}
	return &Lock{l}, nil
}

// sharingViolation is Windows' error for a file that another process has open for itself.
const sharingViolation = syscall.Errno(32)

// Unlock releases the lock and keeps its file.
func (l *Lock) Unlock() { _ = l.file.Unlock() }

// Remove releases the lock and removes its file. A file that remains is harmless.
func (l *Lock) Remove() {
	removed := os.Remove(l.file.Path())
	l.Unlock()
	if removed != nil && runtime.GOOS == "windows" { // cannot remove an open file, so the next holder's file is safe
		_ = os.Remove(l.file.Path())
	}
}

// current reports whether the path of a locked file still leads to that file.
func current(l *flock.Flock) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(l.Path())
	return err == nil && os.SameFile(held, named)
}

// ErrNotAFile means that a link, a pipe or a device has the name of a lock.
var ErrNotAFile = errors.New("it is not a regular file")

// ErrLocked means that another process was still changing the file after 10 seconds.
var ErrLocked = errors.New("another process is changing it")

const (
	// patience is how long Change waits for another process. The files have a few
	// kilobytes, so a change is short.
	patience = 10 * time.Second
	// pause is the average time between two tries.
	pause = 10 * time.Millisecond
)

// Change calls change while it holds the lock of the file path. If change reads the file
// and writes it with Replace, no change of another process is lost. Change creates the
// file's folder with mode 0700 if it does not exist. The error comes from change or the
// operating system, or is ErrLocked.
func Change(path string, change func() error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(dir, "."+filepath.Base(path)+".lock")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(pause/2 + rand.N(pause)) {
		l, err := TryLock(name)
		switch {
		case errors.Is(err, errors.ErrUnsupported): // a file system without locks
			return change()
		case err != nil:
			return err
		case l != nil:
			defer l.Remove()
			return change()
		}
	}
	return ErrLocked
}
