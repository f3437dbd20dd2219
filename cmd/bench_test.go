package cmd

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// What every command pays before it does anything.
func BenchmarkStart(b *testing.B) {
	w := System()
	w.Stdout, w.Stderr = io.Discard, io.Discard
	b.ReportAllocs()
	for b.Loop() {
		if code := Main([]string{"version"}, w); code != 0 {
			b.Fatal(code)
		}
	}
}

// What a token from the cache costs beyond that: the profile, the key and a file.
func BenchmarkTokenFromCache(b *testing.B) {
	served := emulator.Serve(b, "healthy", keypool.Generate)
	dir := filepath.Join(b.TempDir(), "emulator")
	if err := served.Prepared.Files(dir); err != nil {
		b.Fatal(err)
	}
	w := System()
	w.Stdout, w.Stderr, w.CacheDir, w.StateDir = io.Discard, io.Discard, b.TempDir(), ""
	args := []string{"token", "--config", filepath.Join(dir, scenario.FileConfig)}
	if code := Main(args, w); code != 0 {
		b.Fatal(code)
	}
	if err := served.Close(); err != nil { // from here on there is nobody to ask
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if code := Main(args, w); code != 0 {
			b.Fatal(code)
		}
	}
}
