package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/nsauth/nsauth/internal/secret"
)

// Where a file cannot have a second name, as on FAT, all is as it is elsewhere.
func TestWriteFilesWithoutLinks(t *testing.T) {
	dir := t.TempDir()
	files := []NewFile{{filepath.Join(dir, "k.pem"), secret.New("key"), OwnerOnly}, {filepath.Join(dir, "c.pem"), secret.New("certificate"), Readable}}
	write := func(ctx context.Context, replace bool, verify func() error) ([]string, error) {
		w := writing{backups: make([]string, len(files)), link: func(file, name string) error {
			return &os.LinkError{Op: "link", Old: file, New: name, Err: errors.ErrUnsupported}
		}}
		return w.write(ctx, files, replace, verify)
	}
	want := func(contents map[string]string) {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != len(contents) {
			t.Errorf("%v, %v, want %v", entries, err, contents)
		}
		for name, text := range contents {
			if data, err := os.ReadFile(filepath.Join(dir, name)); string(data) != text {
				t.Errorf("%s holds %q (%v), want %q", name, data, err, text)
			}
		}
	}
	refused := errors.New("refused")
	if _, err := write(t.Context(), false, func() error { return refused }); !errors.Is(err, refused) {
		t.Errorf("error is %v", err)
	}
	want(nil)
	if _, err := write(t.Context(), false, nil); err != nil {
		t.Fatal(err)
	}
	want(map[string]string{"k.pem": "key", "c.pem": "certificate"})
	if _, err := write(t.Context(), false, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v", err)
	}
	if err := os.WriteFile(files[0].Path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := write(t.Context(), true, func() error { return refused }); !errors.Is(err, refused) {
		t.Errorf("error is %v", err)
	}
	want(map[string]string{"k.pem": "mine", "c.pem": "certificate"})
	if backups, err := write(t.Context(), true, nil); err != nil || filepath.Base(backups[0]) != "k.bak.pem" {
		t.Errorf("%q, %v", backups, err)
	}
	want(map[string]string{"k.pem": "key", "k.bak.pem": "mine", "c.pem": "certificate", "c.bak.pem": "certificate"})
}
