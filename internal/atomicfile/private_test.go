package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Private files are created by this package alone, with mode 0600 or an access list.
func TestD7CreatePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := CreatePrivate(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("abc"), 0); err != nil {
		t.Error(err)
	}
	f.Close()
	if _, err := CreatePrivate(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want fs.ErrExist", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != OwnerOnly {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
