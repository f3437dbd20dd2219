//go:build unix

package keys

import (
	"os"
	"strconv"
	"syscall"

	"github.com/nsauth/nsauth/internal/text"
)

// readDescriptor reads an inherited file descriptor. It reads a duplicate, so that a
// wrong number does not close a descriptor of the Go runtime, and only files, pipes,
// sockets and character devices.
func readDescriptor(number string) ([]byte, error) {
	n, err := strconv.ParseUint(number, 10, 15)
	if err != nil || n == 1 || n == 2 {
		return nil, syscall.EBADF
	}
	var info syscall.Stat_t
	if err := syscall.Fstat(int(n), &info); err != nil {
		return nil, err
	}
	switch info.Mode & syscall.S_IFMT {
	case syscall.S_IFREG, syscall.S_IFIFO, syscall.S_IFSOCK, syscall.S_IFCHR:
	default:
		return nil, syscall.EBADF
	}
	fd, err := syscall.Dup(int(n))
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), "fd")
	defer f.Close()
	return text.ReadAtMost(f, MaxFileBytes)
}
