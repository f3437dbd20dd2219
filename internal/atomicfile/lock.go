package atomicfile

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// Lock is a lock between processes, and between goroutines, that is held.
type Lock struct{ file *flock.Flock }

// TryLock takes the lock that the file path stands for, and makes the file with
// mode 0600 if there is none. It is nil while another process holds it. The error is
// that of the operating system.
func TryLock(path string) (*Lock, error) {
	l := flock.New(path, flock.SetPermissions(0o600))
	held, err := l.TryLock()
	if err != nil || !held {
		return nil, err
	}
	if !current(l) { // it was removed meanwhile: the next process locks another file
		return nil, l.Unlock()
	}
	return &Lock{l}, nil
}

// Unlock releases the lock and leaves its file.
func (l *Lock) Unlock() { _ = l.file.Unlock() }

// Remove releases the lock and removes its file. One that stays does no harm.
func (l *Lock) Remove() {
	removed := os.Remove(l.file.Path())
	l.Unlock()
	if removed != nil && runtime.GOOS == "windows" { // which keeps a file that is open, also that of the next holder
		_ = os.Remove(l.file.Path())
	}
}

// current reports whether a locked file is still the one of its name.
func current(l *flock.Flock) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(l.Path())
	return err == nil && os.SameFile(held, named)
}

// ErrLocked says that another process changes the file, and did not finish.
var ErrLocked = errors.New("another process is changing it")

const (
	// patience is how long a change by another process is waited for: it is a file of
	// some kilobytes, read and written.
	patience = 10 * time.Second
	// pause is about how often is tried.
	pause = 10 * time.Millisecond
)

// Change calls change while no other process changes the file path in this way, so that
// what is read, altered and put back with Replace loses nothing of theirs. It makes
// the file's folder with mode 0700 if there is none. The error is change's, that of
// the operating system, or ErrLocked.
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
