//go:build !windows

package atomicfile

import (
	"io/fs"
	"os"
)

// createExclusive opens a file that does not exist yet for writing.
func createExclusive(path string, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}
