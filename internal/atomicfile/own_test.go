package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// ReplaceOwn replaces a regular file of this user, and nothing else; it creates no folder.
func TestReplaceOwn(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(at("readable"), []byte("old"), 0o644))
	must(os.Mkdir(at("folder"), 0o700))
	if runtime.GOOS != "windows" { // which needs a right for links
		must(os.Symlink(at("readable"), at("link")))
		must(os.Symlink(at("nowhere"), at("dangling")))
	}
	for _, name := range []string{"new", "readable"} {
		must(Writable(at(name)))
		must(ReplaceOwn(at(name), []byte("new")))
		data, err := os.ReadFile(at(name))
		info, _ := os.Stat(at(name))
		if string(data) != "new" || err != nil || runtime.GOOS != "windows" && info.Mode() != OwnerOnly {
			t.Errorf("%s: %q, %v, mode %v", name, data, err, info.Mode())
		}
	}
	refused := map[string]error{"folder": ErrFolder, "missing/": ErrFolder, "missing/file": os.ErrNotExist, os.DevNull: ErrNotAFile}
	if runtime.GOOS != "windows" {
		refused["link"], refused["dangling"] = ErrLink, ErrLink
	}
	for name, want := range refused {
		path := dir + string(filepath.Separator) + filepath.FromSlash(name)
		if name == os.DevNull {
			path = name
		}
		if err := ReplaceOwn(path, []byte("newer")); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if err := Writable(at("missing/file")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if data, _ := os.ReadFile(at("readable")); string(data) != "new" {
		t.Errorf("the target of a link is %q", data)
	}
	if left, _ := filepath.Glob(at(".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A file that Replace left is removed once its process is gone, and after a while also if
// another process has its number, as in a container.
func TestReplaceSweeps(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	write := func(pid int, age time.Duration) string {
		name := filepath.Join(dir, ".file."+strconv.Itoa(pid)+"-1")
		if err := os.WriteFile(name, []byte("half of"), 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(name, then, then); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const gone = 1 << 30 // above the largest number of a process
	fresh, old, dead := write(os.Getpid(), 0), write(os.Getppid(), 2*longestWrite), write(gone, 0)
	if err := Replace(path, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{fresh: true, old: false, dead: false} {
		if _, err := os.Lstat(name); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
}
