package checks

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
)

// keyAt writes a key to path and reads it from name.
func keyAt(t *testing.T, path, name string, perm os.FileMode) *keys.Key {
	t.Helper()
	data, err := os.ReadFile("../../testdata/keys/ec-p256.pem")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, perm); err != nil { // whatever the umask
		t.Fatal(err)
	}
	if name != path {
		if err := os.Symlink(path, name); err != nil {
			t.Fatal(err)
		}
	}
	k, err := new(keys.Loader).Key(t.Context(), keys.Source{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func repository(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".git", "HEAD"), []byte("ref: refs/heads/main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Without a git in the world nothing is said of repositories.
func TestExposureWithoutGit(t *testing.T) {
	dir := repository(t, t.TempDir())
	k := keyAt(t, filepath.Join(dir, "k.pem"), filepath.Join(dir, "k.pem"), 0o600)
	found := withExposure(t.Context(), host.World{}, k, nil)
	if slices.ContainsFunc(found, func(f finding.Finding) bool { return f.Code == "key.in-git-work-tree" }) {
		t.Errorf("%+v", found)
	}
}
