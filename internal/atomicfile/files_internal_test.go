package atomicfile

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/nsauth/nsauth/internal/secret"
)

// Where a file cannot have a second name, as on FAT, all is as it is elsewhere.
func TestWriteFilesWithoutLinks(t *testing.T) {
	dir := t.TempDir()
	files := []NewFile{{filepath.Join(dir, "k.pem"), secret.New("key"), OwnerOnly}, {filepath.Join(dir, "c.pem"), secret.New("certificate"), Readable}}
	write := func(ctx context.Context, replace bool, verify func() error) ([]string, error) {
		w := writing{Set: Set{Files: files, Replace: replace, Verify: verify}, backups: make([]string, len(files)), link: func(file, name string) error {
			return &os.LinkError{Op: "link", Old: file, New: name, Err: errors.ErrUnsupported}
		}}
		return w.write(ctx)
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

// The backups of all files are complete before the first is replaced, and a name that
// another process took meanwhile is not used.
func TestD9BackupsBeforeChanges(t *testing.T) {
	dir := t.TempDir()
	files := []NewFile{{filepath.Join(dir, "k.pem"), secret.New("new key"), OwnerOnly}, {filepath.Join(dir, "c.pem"), secret.New("new certificate"), Readable}}
	for _, f := range files {
		if err := os.WriteFile(f.Path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			return err.Error()
		}
		return string(data)
	}
	told := 0
	s := Set{Files: files, Replace: true, BackedUp: func(backups []string) {
		told++
		for i, b := range backups {
			if read(b) != "old" || read(files[i].Path) != "old" {
				t.Errorf("%s: %q, %s: %q", b, read(b), files[i].Path, read(files[i].Path))
			}
		}
	}}
	w := writing{Set: s, backups: make([]string, len(files))}
	w.link = func(file, name string) error {
		if filepath.Base(name) == "c.bak.pem" {
			if err := os.WriteFile(name, []byte("another backup"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return os.Link(file, name)
	}
	backups, err := w.write(t.Context())
	if err != nil || told != 1 || filepath.Base(backups[0]) != "k.bak2.pem" || filepath.Base(backups[1]) != "c.bak2.pem" {
		t.Errorf("%q, told %d times, %v", backups, told, err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 5 || read(files[0].Path) != "new key" || read(filepath.Join(dir, "c.bak.pem")) != "another backup" {
		t.Errorf("%v", entries)
	}
}

// What a killed run left is removed and named; what another run is writing stays, and so
// does every other file.
func TestD9Leftovers(t *testing.T) {
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	dead, alive := strconv.Itoa(ended.Process.Pid)+"-", strconv.Itoa(os.Getppid())+"-"
	dir := t.TempDir()
	random := rand.Text()
	gone := []string{".nsauth-" + dead + random + ".tmp.pem", ".nsauth-" + random + ".tmp.pem", ".nsauth-" + dead + random + ".tmp",
		".c.yaml." + dead + "123", ".c.yaml.123"}
	stay := []string{".nsauth-" + alive + random + ".tmp.pem", ".nsauth-mine.tmp.pem", "nsauth-" + random + ".tmp.pem", ".c.yaml." + alive + "1",
		".c.yaml.lock", ".c.yaml.swp", ".d.yaml.123", "c.yaml.1"}
	for _, name := range append(gone, stay...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var swept []string
	s := Set{Files: []NewFile{{filepath.Join(dir, "k.pem"), secret.New("key"), OwnerOnly}}, Swept: func(path string) { swept = append(swept, filepath.Base(path)) }}
	if _, err := s.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := Replace(filepath.Join(dir, "c.yaml"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	slices.Sort(swept)
	if want := slices.Sorted(slices.Values(gone[:3])); !slices.Equal(swept, want) {
		t.Errorf("named %q, want %q", swept, want)
	}
	for _, name := range gone {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	for _, name := range append(stay, "k.pem", "c.yaml") {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
