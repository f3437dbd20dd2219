//go:build unix

package keys_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
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

// A pipe in a folder, and a link to one, are neither opened nor forgotten.
func TestD12PipeInFolder(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "a-pipe"), filepath.Join(dir, "link")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink(pipe, link)); err != nil {
		t.Fatal(err)
	}
	f := readFolder(t, dir, keys.FullScan())
	if want := []keys.Skipped{{Path: pipe, Why: "pipe"}, {Path: link, Why: "pipe"}}; !slices.Equal(f.Skipped, want) || !f.Unjudged() {
		t.Errorf("skipped %q, want %q; unjudged %t", f.Skipped, want, f.Unjudged())
	}
}

// The kernel's folders are not searched, by whatever name.
func TestD12KernelFolder(t *testing.T) {
	link := filepath.Join(t.TempDir(), "root")
	if err := os.Symlink("/", link); err != nil {
		t.Fatal(err)
	}
	f := readFolder(t, link, keys.Limits{Files: 1 << 20, Bytes: 1 << 20})
	if _, err := os.Stat("/dev"); err == nil && !slices.Contains(f.Skipped, keys.Skipped{Path: filepath.Join(link, "dev"), Why: "kernel"}) {
		t.Errorf("skipped %q", f.Skipped)
	}
	if _, err := os.Stat("/proc/self"); err != nil {
		return // a system without it
	}
	f = readFolder(t, "/proc/self", keys.FullScan())
	if want := []keys.Skipped{{Path: "/proc/self", Why: "kernel"}}; !slices.Equal(f.Skipped, want) || f.Files != 0 {
		t.Errorf("skipped %q, %d files", f.Skipped, f.Files)
	}
}
