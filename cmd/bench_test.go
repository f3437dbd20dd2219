package cmd

import (
	"io"
	"testing"
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
