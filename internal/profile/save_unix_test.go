//go:build unix

package profile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, "config.yaml")
	if err := Save(path, Change{Profile: "a", Set: newValues, Default: true}); err != nil {
		t.Fatal(err)
	}
	mode := func(name string) os.FileMode {
		info, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	if mode(path).Perm() != 0o600 || mode(dir).Perm() != 0o700 {
		t.Errorf("file %v, folder %v", mode(path), mode(dir))
	}
	p, err := Resolve(Input{ConfigPath: path})
	if err != nil || p.Name != "a" || p.Text(FieldKey) != "/keys/my key.pem" || p.Text(FieldScope) != "rest_webservices restlets" {
		t.Errorf("%v: %+v", err, p)
	}

	// Readable by others: put right. A link stays a link.
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.yaml")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := Save(link, Change{Profile: "a", Default: true}); err != nil {
		t.Fatal(err)
	}
	if mode(path).Perm() != 0o600 || mode(link)&os.ModeSymlink == 0 {
		t.Errorf("file %v, link %v", mode(path), mode(link))
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 || mode(schemaPath(path)).Perm() != 0o600 || mode(undoPath(path)).Perm() != 0o600 {
		t.Errorf("%v: %v", err, left)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	var config *ConfigError
	if err := Save(pipe, Change{Profile: "a"}); !errors.As(err, &config) || mode(pipe)&os.ModeNamedPipe == 0 {
		t.Errorf("a pipe: %v, and it is now %v", err, mode(pipe))
	}
	if err := Save(filepath.Join(path, "below", "a-file"), Change{Profile: "a"}); err == nil {
		t.Error("saved below a file")
	}
}
