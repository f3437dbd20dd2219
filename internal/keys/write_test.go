package keys_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
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

func TestWriteNew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	if err := keys.WriteNew(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o600)
	if err := keys.WriteNew(path, []byte("two"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrExist)
	}
	if got := string(content(t, path)); got != "one" {
		t.Errorf("the file holds %q", got)
	}
	if err := keys.WriteNew(filepath.Join(dir, "nosuch", "key.pem"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrNotExist)
	}
	if err := keys.WriteNew(dir, nil, 0o600); !errors.Is(err, fs.ErrExist) {
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
	if err := keys.WriteNew(link, []byte("one"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrExist)
	}
	wantFiles(t, dir, "key.pem")
}

func TestWritePair(t *testing.T) {
	key, cert := loadKey(t, "ec-p256.pem"), loadCertificate(t, "ec-p256-cert.pem")
	dir := t.TempDir()
	keyPath, certPath := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	if err := keys.WritePair(keyPath, key, certPath, cert); err != nil {
		t.Fatal(err)
	}
	wantMode(t, keyPath, 0o600)
	wantMode(t, certPath, 0o644)
	readKey, err := keys.LoadKey(keyPath)
	if err != nil {
		t.Fatal(err)
	}
	readCert, err := keys.LoadCertificate(certPath)
	if err != nil {
		t.Fatal(err)
	}
	if !readCert.BelongsTo(readKey) || readCert.ID() != cert.ID() || len(readKey.Judge()) != 0 {
		t.Errorf("read back: %v, %v, %v", readKey, readCert.ID(), readKey.Judge())
	}
}

// Where one file cannot be written, neither is there afterwards, and what was
// there before still is.
func TestWritePairBothOrNone(t *testing.T) {
	key, cert := loadKey(t, "ec-p256.pem"), loadCertificate(t, "ec-p256-cert.pem")
	tests := []struct {
		name      string
		existing  string // a file that is there
		key, cert string
		certOf    string
		is        error
		left      []string
	}{
		{"the key exists", "key.pem", "key.pem", "cert.pem", "ec-p256", fs.ErrExist, []string{"key.pem"}},
		{"the certificate exists", "cert.pem", "key.pem", "cert.pem", "ec-p256", fs.ErrExist, []string{"cert.pem"}},
		{"no folder for the certificate", "", "key.pem", "nosuch/cert.pem", "ec-p256", fs.ErrNotExist, nil},
		{"one path for both", "", "pair.pem", "./pair.pem", "ec-p256", fs.ErrExist, nil},
		{"not a pair", "", "key.pem", "cert.pem", "ec-p256-other", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.existing != "" {
				if err := os.WriteFile(filepath.Join(dir, tt.existing), []byte("mine"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			other := cert
			if tt.certOf != "ec-p256" {
				other = loadCertificate(t, tt.certOf+"-cert.pem")
			}
			err := keys.WritePair(filepath.Join(dir, tt.key), key, dir+"/"+tt.cert, other)
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error is %v, want %v", err, tt.is)
			}
			wantFiles(t, dir, tt.left...)
			if tt.existing != "" {
				if got := string(content(t, filepath.Join(dir, tt.existing))); got != "mine" {
					t.Errorf("%s was overwritten: %q", tt.existing, got)
				}
			}
		})
	}
}
