//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// foreign is a file of another user.
type foreign struct{ fs.FileInfo }

func (foreign) Sys() any { return &syscall.Stat_t{Uid: uint32(os.Geteuid()) + 1} }

func TestReplaceOwnOnUnix(t *testing.T) {
	dir := t.TempDir()
	pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "file")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceOwn(pipe, nil); !errors.Is(err, ErrNotAFile) {
		t.Errorf("a pipe: %v", err)
	}
	if err := os.WriteFile(file, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(file)
	if err != nil || !owned(file, info) || owned(file, foreign{info}) {
		t.Errorf("%v: the owner is not recognized", err)
	}
	if os.Geteuid() == 0 { // who alone can give a file away
		if err := os.Chown(file, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := ReplaceOwn(file, []byte("mine")); !errors.Is(err, ErrOtherOwner) {
			t.Errorf("another user's file: %v", err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil || string(data) != "theirs" {
		t.Errorf("%q, %v", data, err)
	}
}
