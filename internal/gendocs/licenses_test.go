package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestLicensesOfEveryLinkedModule(t *testing.T) {
	if testing.Short() {
		t.Skip("runs go list for three systems")
	}
	made, err := licenses(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := string(made[licensesName])
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test has no build information")
	}
	for _, dep := range info.Deps {
		if !strings.Contains(text, "\n==== "+dep.Path+" "+dep.Version+": ") {
			t.Errorf("no license of %s %s", dep.Path, dep.Version)
		}
	}
	// Linked on Windows only; a NOTICE beside a LICENSE; and Go itself.
	for _, want := range []string{"github.com/inconshreveable/mousetrap v", ": NOTICE\n", "\n==== Go standard library go1.", "The Go Authors"} {
		if !strings.Contains(text, want) {
			t.Errorf("the file lacks %q", want)
		}
	}
	for _, dir := range []string{os.TempDir(), filepath.Dir(filepath.Dir(mustAbs(t)))} {
		if strings.Contains(text, dir+string(filepath.Separator)) {
			t.Errorf("the file names the folder %s", dir)
		}
	}
}

func mustAbs(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLicenseFilesOfAModule(t *testing.T) {
	root := t.TempDir()
	inner := filepath.Join(root, "third", "party")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	err := writeLicenses(&text, "example.com/m v1.0.0", root, []string{inner})
	if err == nil || !strings.Contains(err.Error(), "example.com/m v1.0.0 has no license file") {
		t.Errorf("a module without a license: %v", err)
	}
	for name, content := range map[string]string{
		"third/party/COPYING": "inner\r\nlines\n", "LICENCE.md": "outer\n", "third/license.go": "package third\n", "README": "read me\n",
	} {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeLicenses(&text, "example.com/m v1.0.0", root, []string{inner, root}); err != nil {
		t.Fatal(err)
	}
	want := "\n==== example.com/m v1.0.0: LICENCE.md\n\nouter\n\n==== example.com/m v1.0.0: third/party/COPYING\n\ninner\nlines\n"
	if text.String() != want {
		t.Errorf("got %q, want %q", text.String(), want)
	}
}
