package atomicfile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/secret"
)

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	// The umask may take bits away, never add some.
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got&^want != 0 {
		t.Errorf("%s has mode %v, want %v", path, got, want)
	}
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if len(got) != len(want) {
		t.Errorf("files are %q, want %q", got, want)
	}
}

// wantContents compares all that is in dir.
func wantContents(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if got := string(content(t, filepath.Join(dir, e.Name()))); want[e.Name()] != got {
			t.Errorf("%s holds %q, want %q", e.Name(), got, want[e.Name()])
		}
	}
	if len(entries) != len(want) {
		t.Errorf("%d files, want %v", len(entries), want)
	}
}

func TestWriteNew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	if err := atomicfile.WriteNew(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o600)
	if err := atomicfile.WriteNew(path, []byte("two"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrExist)
	}
	if got := string(content(t, path)); got != "one" {
		t.Errorf("the file holds %q", got)
	}
	if err := atomicfile.WriteNew(filepath.Join(dir, "nosuch", "key.pem"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrNotExist)
	}
	if err := atomicfile.WriteNew(dir, nil, 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrExist)
	}
	wantFiles(t, dir, "key.pem")
}

// A link that leads nowhere is something of that name too: nothing is written
// through it.
func TestWriteNewThroughLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "key.pem")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), link); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.WriteNew(link, []byte("one"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrExist)
	}
	wantFiles(t, dir, "key.pem")
}

// files are two to be written into dir.
func files(dir string) []atomicfile.NewFile {
	return []atomicfile.NewFile{
		{Path: filepath.Join(dir, "a-key.pem"), Data: secret.New("new key"), Perm: atomicfile.OwnerOnly},
		{Path: filepath.Join(dir, "a-cert.pem"), Data: secret.New("new certificate"), Perm: atomicfile.Readable},
	}
}

func TestWriteFiles(t *testing.T) {
	dir := t.TempDir()
	backups, err := atomicfile.WriteFiles(t.Context(), files(dir), false, nil)
	if err != nil || !slices.Equal(backups, []string{"", ""}) {
		t.Fatal(backups, err)
	}
	wantContents(t, dir, map[string]string{"a-key.pem": "new key", "a-cert.pem": "new certificate"})
	wantMode(t, filepath.Join(dir, "a-key.pem"), 0o600)
	wantMode(t, filepath.Join(dir, "a-cert.pem"), 0o644)
}

// Where one file cannot be written, none is there afterwards, and what was
// there before still is.
func TestWriteFilesAllOrNone(t *testing.T) {
	tests := []struct {
		name   string
		before map[string]string
		change func([]atomicfile.NewFile)
		is     error
	}{
		{"the key exists", map[string]string{"a-key.pem": "mine"}, nil, fs.ErrExist},
		{"the certificate exists", map[string]string{"a-cert.pem": "mine"}, nil, fs.ErrExist},
		{"no folder for the certificate", nil, func(f []atomicfile.NewFile) {
			f[1].Path = filepath.Join(filepath.Dir(f[1].Path), "nosuch", "cert.pem")
		}, fs.ErrNotExist},
		{"one path for both", nil, func(f []atomicfile.NewFile) {
			f[1].Path = filepath.Dir(f[1].Path) + "/./a-key.pem"
		}, fs.ErrExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.before {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f := files(dir)
			if tt.change != nil {
				tt.change(f)
			}
			_, err := atomicfile.WriteFiles(t.Context(), f, false, nil)
			if !errors.Is(err, tt.is) {
				t.Errorf("error is %v, want %v", err, tt.is)
			}
			var path *fs.PathError
			if !errors.As(err, &path) || path.Path != f[0].Path && path.Path != f[1].Path {
				t.Errorf("the error %v names no file that was to be written", err)
			}
			wantContents(t, dir, tt.before)
		})
	}
}

// With replace nothing is lost: what was there is beside the new file, both
// halves of the old pair under the same suffix, and a backup is never replaced.
func TestWriteFilesKeepsBackups(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a-key.pem": "key 1", "a-cert.pem": "certificate 1", "a-cert.bak.pem": "mine"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	backups, err := atomicfile.WriteFiles(t.Context(), files(dir), true, nil)
	want := []string{filepath.Join(dir, "a-key.bak2.pem"), filepath.Join(dir, "a-cert.bak2.pem")}
	if err != nil || !slices.Equal(backups, want) {
		t.Fatalf("%q, %v, want %q", backups, err, want)
	}
	wantContents(t, dir, map[string]string{"a-key.pem": "new key", "a-cert.pem": "new certificate",
		"a-key.bak2.pem": "key 1", "a-cert.bak2.pem": "certificate 1", "a-cert.bak.pem": "mine"})
	wantMode(t, filepath.Join(dir, "a-key.pem"), 0o600)
	wantMode(t, want[0], 0o600)
}

// A link is kept as a link, and what it leads to is left alone; a folder is
// never replaced.
func TestWriteFilesReplacesNoTarget(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}
	dir, away := t.TempDir(), t.TempDir()
	target := filepath.Join(away, "precious")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(dir, "a-key.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := atomicfile.WriteFiles(t.Context(), files(dir), true, nil); err != nil {
		t.Fatal(err)
	}
	if got := string(content(t, target)); got != "precious" {
		t.Errorf("the link's target holds %q", got)
	}
	if got, err := os.Readlink(filepath.Join(dir, "a-key.bak.pem")); err != nil || got != target {
		t.Errorf("the backup leads to %q, %v", got, err)
	}
	wantContents(t, away, map[string]string{"precious": "precious"})

	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a-cert.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := atomicfile.WriteFiles(t.Context(), files(dir), true, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrExist)
	}
	wantFiles(t, dir, "a-cert.pem")
}

// What does not pass is taken back, and what it replaced is there again.
func TestWriteFilesVerifies(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a-key.pem"), []byte("key 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	_, err := atomicfile.WriteFiles(t.Context(), files(dir), true, func() error {
		wantContents(t, dir, map[string]string{"a-key.pem": "new key", "a-cert.pem": "new certificate", "a-key.bak.pem": "key 1"})
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("error is %v, want %v", err, refused)
	}
	wantContents(t, dir, map[string]string{"a-key.pem": "key 1"})
}

// untilAsked is a context that ends when it has been asked so many times.
type untilAsked struct {
	context.Context
	left int
}

func (c *untilAsked) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// Whenever the context ends, also between the two files, there is nothing of
// what was begun, and what was there before is there again.
func TestWriteFilesStops(t *testing.T) {
	for _, replace := range []bool{false, true} {
		before := map[string]string{}
		if replace {
			before = map[string]string{"a-key.pem": "key 1", "a-cert.pem": "certificate 1"}
		}
		done := false
		for left := 0; !done; left++ {
			dir := t.TempDir()
			for name, text := range before {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := atomicfile.WriteFiles(&untilAsked{t.Context(), left}, files(dir), replace, nil)
			switch {
			case err == nil && left < 5:
				t.Fatalf("the context was asked only %d times", left)
			case err == nil:
				done = true
			case !errors.Is(err, context.Canceled):
				t.Fatalf("after %d: %v", left, err)
			default:
				wantContents(t, dir, before)
			}
		}
	}
}

func content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
