//go:build unix

package tokencache

import (
	"io/fs"
	"syscall"
)

// noFollow opens no symbolic link, and waits for no pipe.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// owned reports whether a file belongs to a user.
func owned(info fs.FileInfo, uid int) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == uid
}

// exposed reports whether others than the user may do anything with a file.
func exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
