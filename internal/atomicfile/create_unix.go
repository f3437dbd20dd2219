//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// lockFlags open a lock without following a link or waiting for a pipe.
const lockFlags = os.O_CREATE | os.O_RDONLY | syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// createExclusive creates a file for reading and writing. It fails if path exists.
func createExclusive(path string, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
}

// running reports whether a process runs.
func running(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
