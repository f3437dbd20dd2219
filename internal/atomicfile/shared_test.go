package atomicfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/nsauth/nsauth/internal/atomicfile"
)

func writes(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestReplaceShared(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.xml")
	for _, content := range []string{"first, longer than the second", "second", ""} {
		if err := atomicfile.ReplaceShared(path, writes(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := atomicfile.ReplaceShared(filepath.Join(dir, "no", "such"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder was created: %v", err)
	}
	if err := atomicfile.ReplaceShared(dir, nil); err == nil {
		t.Error("a folder was replaced")
	}
	broken := errors.New("cannot be rendered")
	err := atomicfile.ReplaceShared(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of it")
		return errors.Join(err, broken)
	})
	if got, _ := os.ReadFile(path); !errors.Is(err, broken) || len(got) > 0 {
		t.Errorf("%q, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("report.xml", link); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.ReplaceShared(link, writes("by link")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is gone: %v", err)
	}
	got, err := os.ReadFile(path)
	if info, _ := os.Stat(path); err != nil || string(got) != "by link" || info.Mode().Perm() != 0o640 {
		t.Errorf("%q, %v, %v", got, info.Mode(), err)
	}
	if err := atomicfile.ReplaceShared(os.DevNull, writes("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("a device was replaced by a file")
	}
}

// Growing discards what the file had, keeps its mode, and has each piece at once.
func TestGrowing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := atomicfile.NewGrowing(path).Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("old and long"), 0o640); err != nil {
		t.Fatal(err)
	}
	g := atomicfile.NewGrowing(path)
	want := ""
	for _, piece := range []string{"one\n", "two\n"} {
		want += piece
		if n, err := g.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || g.Close() != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Error(info.Mode(), err)
	}
	if _, err := atomicfile.NewGrowing(filepath.Dir(path)).Write([]byte("x")); err == nil {
		t.Error("a folder was written to")
	}
}
