//go:build !windows

package atomicfile

import (
	"io/fs"
	"os"
)

// createExclusive creates a file for writing. It fails if path exists.
func createExclusive(path string, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}
