package keys_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// load calls LoadKey and LoadCertificate, which read files in the same way.
var load = map[keys.Object]func(string) error{
	keys.ObjectKey:         func(path string) error { _, err := keys.LoadKey(path); return err },
	keys.ObjectCertificate: func(path string) error { _, err := keys.LoadCertificate(path); return err },
}

func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	small := write("small", 1)
	tests := []struct {
		name, path, reason string
		is                 error
	}{
		{"missing", filepath.Join(dir, "nosuch"), "missing", fs.ErrNotExist},
		{"no path", "", "missing", fs.ErrNotExist},
		{"below a file", filepath.Join(small, "key.pem"), "missing", nil},
		{"a folder", dir, "is-directory", nil},
		{"too large", write("large", keys.MaxFileBytes+1), "too-large", nil},
		{"a device", os.DevNull, "not-a-regular-file", nil},
	}
	for object, load := range load {
		for _, tt := range tests {
			t.Run(string(object)+" "+tt.name, func(t *testing.T) {
				err := load(tt.path)
				fault := wantFault(t, err, object, keys.KindUnreadable, tt.reason)
				if fault.Evidence["path"] != tt.path {
					t.Errorf("evidence is %v", fault.Evidence)
				}
				if tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("%v is not %v", err, tt.is)
				}
			})
		}
		// The largest file is read; a megabyte of zeros is no key.
		wantFault(t, load(write("largest", keys.MaxFileBytes)), object, keys.KindUnparsable, "no-pem")
		wantFault(t, load(write("empty", 0)), object, keys.KindUnparsable, "empty")
	}
}

// A key where the path should be never gets into an error.
func TestContentForPath(t *testing.T) {
	text := string(content(t, file("ec-p256.pem")))
	body := strings.Join(strings.Split(strings.TrimSpace(text), "\n")[1:4], "")
	for name, path := range map[string]string{
		"the file":             text,
		"on one line":          strings.ReplaceAll(text, "\n", `\n`),
		"its body":             body,
		"a line and a newline": body[:40] + "\n" + body[40:80],
		"a NUL":                "key\x00.pem",
		"much text":            strings.Repeat("x/", 4096),
	} {
		for object, load := range load {
			fault := wantFault(t, load(path), object, keys.KindUnreadable, "content-not-path")
			if fault.Evidence["path"] != nil || fault.Err != nil || strings.Contains(fault.Error(), path) {
				t.Errorf("%s: the fault quotes it: %v %v", name, fault, fault.Evidence)
			}
		}
	}
}

func TestFault(t *testing.T) {
	_, err := keys.LoadKey("nosuch.pem")
	if got, want := err.Error(), "key.unreadable (missing): nosuch.pem"; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	fault := &keys.Fault{Object: keys.ObjectCertificate, Kind: keys.KindExpired}
	if got, want := fault.Error(), "certificate.expired"; got != want || fault.Unwrap() != nil {
		t.Errorf("error is %q, want %q", got, want)
	}
}
