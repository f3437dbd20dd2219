package keys_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/keys"
)

func names[T any](list []T, name func(T) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, filepath.Base(name(v)))
	}
	return out
}

func certificateNames(list []*keys.Certificate) []string {
	return names(list, func(c *keys.Certificate) string { return c.Path })
}

func keyNames(list []*keys.Key) []string {
	return names(list, func(k *keys.Key) string { return k.Path })
}

func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFolder(t *testing.T, path string, look keys.Limits) *keys.Folder {
	t.Helper()
	f, err := keys.ReadFolder(t.Context(), path, look)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The throwaway files of every kind: which certificate has an ID, and which
// belongs to which key.
func TestReadFolder(t *testing.T) {
	f := readFolder(t, file("."), keys.FullScan())
	id := loadCertificate(t, "ec-p256-cert.pem").ID()
	if got, want := certificateNames(f.ByID(id)), []string{"ec-p256-bundle.pem", "ec-p256-cert.der", "ec-p256-cert.pem"}; !slices.Equal(got, want) {
		t.Errorf("with the ID: %q, want %q", got, want)
	}
	other := loadCertificate(t, "ec-p256-other-cert.pem")
	if got, want := certificateNames(f.ByID(other.ID())), []string{"ec-p256-bundle.pem", "ec-p256-other-cert.pem"}; !slices.Equal(got, want) {
		t.Errorf("the second of a bundle: %q, want %q", got, want)
	}
	if got, want := keyNames(f.KeysOf(other)), []string{"ec-p256-other.pem"}; !slices.Equal(got, want) {
		t.Errorf("keys: %q, want %q", got, want)
	}
	// An RSA-PSS key and a plain certificate of the same numbers are a pair.
	if got, want := keyNames(f.KeysOf(loadCertificate(t, "rsa-pss-3072-cert.pem"))), []string{"rsa-pss-3072.pem"}; !slices.Equal(got, want) {
		t.Errorf("keys: %q, want %q", got, want)
	}
	// The future one begins last.
	got := certificateNames(f.CertificatesOf(loadKey(t, "ec-p256.pem")))
	if got[0] != "ec-p256-future-cert.pem" || !slices.Contains(got, "ec-p256-expired-cert.pem") || slices.Contains(got, "ec-p256-other-cert.pem") {
		t.Errorf("certificates of the key: %q", got)
	}
	if len(f.ByID("nosuch")) != 0 || f.Incomplete != "" || f.Files < 50 {
		t.Errorf("%d with no ID, %q, %d files", len(f.ByID("nosuch")), f.Incomplete, f.Files)
	}
	if locked := names(f.Locked, func(s string) string { return s }); !slices.Contains(locked, "ec-p256-encrypted-pkcs8.pem") {
		t.Errorf("encrypted: %q", locked)
	}
	only := readFolder(t, file("."), keys.QuickScan())
	if len(only.Keys) != 0 || len(only.Locked) != 0 || len(only.Certificates) != len(f.Certificates) {
		t.Errorf("%d keys, %d certificates of %d", len(only.Keys), len(only.Certificates), len(f.Certificates))
	}
}

// The bounds hold, and what they cut off is said.
func TestReadFolderBounds(t *testing.T) {
	dir := t.TempDir()
	cert := content(t, file("ec-p256-cert.pem"))
	put(t, filepath.Join(dir, "a.pem"), cert)
	put(t, filepath.Join(dir, "b.pem"), append(slices.Clone(cert), strings.Repeat("x", 5000)...))
	put(t, filepath.Join(dir, "sub/deep/c.pem"), cert)
	put(t, filepath.Join(dir, ".git/d.pem"), cert)
	put(t, filepath.Join(dir, "node_modules/x/e.pem"), cert)
	put(t, filepath.Join(dir, "z.txt"), []byte("notes\n"))
	for _, tt := range []struct {
		name       string
		look       keys.Limits
		want       []string
		incomplete string
		skipped    []string // and why
	}{
		{"the whole", keys.FullScan(), []string{"a.pem", "b.pem", "c.pem"}, "", []string{".git software", "node_modules software"}},
		{"beside", keys.QuickScan(), []string{"a.pem", "b.pem"}, "", []string{".git software", "node_modules software"}},
		{"two files", keys.Limits{Files: 2, Bytes: 1 << 20, FileBytes: 1 << 20, Depth: 4}, []string{"a.pem", "b.pem"}, "files", []string{".git software", "node_modules software"}},
		{"few bytes", keys.Limits{Files: 9, Bytes: 100, FileBytes: 1 << 20, Depth: 4}, []string{"a.pem"}, "bytes", []string{".git software"}},
		{"no time", keys.Limits{Files: 9, Bytes: 1 << 20, FileBytes: 1 << 20, Depth: 4, Until: time.Unix(1, 0)}, nil, "time", nil},
		{"short files", keys.Limits{Files: 9, Bytes: 1 << 20, FileBytes: 4000, Depth: 4}, []string{"a.pem", "c.pem"}, "", []string{".git software", "b.pem large", "node_modules software"}},
		{"one folder down", keys.Limits{Files: 9, Bytes: 1 << 20, FileBytes: 1 << 20, Depth: 1}, []string{"a.pem", "b.pem"}, "depth", []string{".git software", "node_modules software", "deep depth"}},
	} {
		f := readFolder(t, dir, tt.look)
		if got := certificateNames(f.Certificates); !slices.Equal(got, tt.want) || f.Incomplete != tt.incomplete {
			t.Errorf("%s: %q, incomplete %q, want %q, %q", tt.name, got, f.Incomplete, tt.want, tt.incomplete)
		}
		var skipped []string
		for _, s := range f.Skipped {
			skipped = append(skipped, filepath.Base(s.Path)+" "+s.Why)
		}
		if !slices.Equal(skipped, tt.skipped) || f.Unjudged() != (tt.incomplete != "") {
			t.Errorf("%s: skipped %q, want %q; unjudged %t", tt.name, skipped, tt.skipped, f.Unjudged())
		}
	}
}

// What is no folder, or is none any more, is said; what is odd in it is passed over.
func TestReadFolderHostile(t *testing.T) {
	_, err := keys.ReadFolder(t.Context(), filepath.Join(t.TempDir(), "nosuch"), keys.FullScan())
	wantFault(t, err, keys.ObjectCertificate, keys.KindUnreadable, "missing")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := keys.ReadFolder(ended, file("."), keys.FullScan()); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "empty"), nil)
	put(t, filepath.Join(dir, "zeros"), make([]byte, 1000))
	put(t, filepath.Join(dir, "binary"), []byte("\x30\x82\xff\xff\x00\xfe-----BEGIN CERTIFICATE-----"))
	put(t, filepath.Join(dir, "half.pem"), content(t, file("ec-p256-cert.pem"))[:200])
	put(t, filepath.Join(dir, "many.pem"), []byte(strings.Repeat("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", 500)))
	if runtime.GOOS != "windows" {
		for link, to := range map[string]string{"loop": dir, "self": filepath.Join(dir, "self"), "away": "/nonexistent/x"} {
			if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
		put(t, filepath.Join(dir, "away2/real.pem"), content(t, file("ec-p256-cert.pem")))
		if err := os.Symlink(filepath.Join(dir, "away2/real.pem"), filepath.Join(dir, "link.pem")); err != nil {
			t.Fatal(err)
		}
	}
	f := readFolder(t, dir, keys.FullScan())
	skipped := []keys.Skipped{{filepath.Join(dir, "loop"), "link"}}
	want := []string{"real.pem", "link.pem"}
	if runtime.GOOS != "windows" { // the folder itself may be a link, and the paths begin with its name
		link := filepath.Join(t.TempDir(), "folder")
		if err := os.Symlink(filepath.Join(dir, "away2"), link); err != nil {
			t.Fatal(err)
		}
		if f := readFolder(t, link, keys.QuickScan()); len(f.Certificates) != 1 || f.Certificates[0].Path != filepath.Join(link, "real.pem") {
			t.Errorf("through a link: %q", certificateNames(f.Certificates))
		}
	}
	unreadable := []string{filepath.Join(dir, "self")}
	if runtime.GOOS == "windows" {
		want, unreadable, skipped = nil, nil, nil
	}
	if !slices.Equal(f.Skipped, skipped) || f.Unjudged() != (runtime.GOOS != "windows") {
		t.Errorf("skipped %q, unjudged %t", f.Skipped, f.Unjudged())
	}
	if !slices.Equal(f.Unreadable, unreadable) { // a link to nowhere is nothing to read
		t.Errorf("could not read %q, want %q", f.Unreadable, unreadable)
	}
	if got := certificateNames(f.Certificates); !slices.Equal(got, want) || len(f.Keys) != 0 {
		t.Errorf("found %q, %q", got, keyNames(f.Keys))
	}
}

func TestCertificateBeside(t *testing.T) {
	other := loadCertificate(t, "ec-p384-cert.pem")
	got := keys.CertificateInFolderOf(t.Context(), file("ec-p256-cert.pem"), other.ID())
	if got == nil || filepath.Base(got.Path) != "ec-p384-cert.pem" {
		t.Errorf("%v", got)
	}
	if got := keys.CertificateInFolderOf(t.Context(), file("nosuch/cert.pem"), other.ID()); got != nil {
		t.Errorf("%v", got.Path)
	}
}

// A folder of 1,000 certificates, RSA and EC, and 20 keys. The goal is less than
// a second of CPU.
func BenchmarkReadFolder(b *testing.B) {
	dir := b.TempDir()
	for i, name := range []string{"ec-p256", "ec-p384", "rsa-3072", "rsa-4096"} {
		key := loadKey(b, name+".pem")
		for n := range 250 {
			cert, err := certgen.SelfSign(key, certgen.CertificateTemplate{Subject: fmt.Sprint(n), NotBefore: now, Days: 730}, nil)
			if err != nil {
				b.Fatal(err)
			}
			put(b, filepath.Join(dir, fmt.Sprintf("%d-%d.pem", i, n)), cert.PEM())
		}
		for n := range 5 {
			put(b, filepath.Join(dir, fmt.Sprintf("%s-%d-key.pem", name, n)), content(b, file(name+".pem")))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		f, err := keys.ReadFolder(b.Context(), dir, keys.FullScan())
		if err != nil || len(f.Certificates) != 1000 || len(f.Keys) != 20 {
			b.Fatal(err, len(f.Certificates), len(f.Keys))
		}
	}
}

// A tree without an end, such as that of a whole machine, is read up to a bound, and the
// result says so.
func TestD12FolderHasABound(t *testing.T) {
	dir := t.TempDir()
	for i := range 30 {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprintf("d%02d", i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	limits := keys.Limits{Files: 2, Bytes: 1 << 20, FileBytes: 1 << 20, Depth: 4}
	if f, err := keys.ReadFolder(t.Context(), dir, limits); err != nil || f.Incomplete != "files" {
		t.Errorf("%+v, %v", f, err)
	}
	limits.Files = 9
	if f, err := keys.ReadFolder(t.Context(), dir, limits); err != nil || f.Incomplete != "" {
		t.Errorf("%+v, %v", f, err)
	}
}
