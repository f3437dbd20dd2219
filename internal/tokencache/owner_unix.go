//go:build unix

package tokencache

import (
	"io/fs"
	"syscall"
)

// noFollow neither opens a symbolic link nor waits for a pipe.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// owned reports whether a file belongs to a user.
func owned(info fs.FileInfo, uid int) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == uid
}

// exposed reports whether other users have any access to a file.
func exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
