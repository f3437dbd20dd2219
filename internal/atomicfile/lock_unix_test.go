//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe, a link or a folder in the place of a lock is neither waited for nor followed.
func TestD8LockIsNoFile(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	for name, make := range map[string]func(string) error{
		"pipe":   func(p string) error { return syscall.Mkfifo(p, 0o600) },
		"link":   func(p string) error { return os.Symlink(target, p) },
		"folder": func(p string) error { return os.Mkdir(p, 0o700) },
	} {
		path := filepath.Join(dir, name)
		if err := make(filepath.Join(dir, "."+name+".lock")); err != nil {
			t.Fatal(err)
		}
		if l, err := TryLock(filepath.Join(dir, "."+name+".lock")); l != nil || !errors.Is(err, ErrNotAFile) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
		err := Change(path, func() error { t.Errorf("%s: changed without a lock", name); return nil })
		if !errors.Is(err, ErrNotAFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Lstat(target); err == nil {
		t.Error("the link was followed")
	}
}
