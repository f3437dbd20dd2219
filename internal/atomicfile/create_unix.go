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

// owned reports whether a file belongs to this user.
func owned(_ string, info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// rename gives a file the name of another one, which it replaces.
func rename(from, to string) error { return os.Rename(from, to) }
