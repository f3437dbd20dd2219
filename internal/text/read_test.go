package text

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadAtMost(t *testing.T) {
	for _, n := range []int{0, 7, 8, 9, 100} {
		want := min(n, 9)
		data, err := ReadAtMost(strings.NewReader(strings.Repeat("x", n)), 8)
		if err != nil || len(data) != want {
			t.Errorf("of %d bytes %d, %v; want %d", n, len(data), err, want)
		}
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(strings.Repeat("x", n)), 0o600); err != nil {
			t.Fatal(err)
		}
		if data, err := ReadFileAtMost(path, 8); err != nil || len(data) != want {
			t.Errorf("of a file of %d bytes %d, %v; want %d", n, len(data), err, want)
		}
	}
	if _, err := ReadFileAtMost(t.TempDir(), 8); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a folder: %v", err)
	}
	_, err := ReadFileAtMost(filepath.Join(t.TempDir(), "none"), 8)
	if plain := WithoutPath(err); !errors.Is(plain, os.ErrNotExist) || strings.Contains(plain.Error(), "none") {
		t.Errorf("no file: %v", plain)
	}
}
