//go:build unix

package keys_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// Opening a pipe that nobody writes to would wait for ever.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for object, load := range load {
		wantFault(t, load(path), object, keys.KindUnreadable, "not-a-regular-file")
	}
}
