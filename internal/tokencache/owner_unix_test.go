//go:build unix

package tokencache

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
)

const exposedIsKnown = true

// What others may have touched is not believed.
func TestNotPrivate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, e *Entry)
		reason string
		mended bool
	}{
		{"file 0640", func(t *testing.T, e *Entry) { try(t, os.Chmod(e.path(tokenEnding), 0o640)) }, "not-private", true},
		{"file 0602", func(t *testing.T, e *Entry) { try(t, os.Chmod(e.path(tokenEnding), 0o602)) }, "not-private", true},
		{"folder 0750", func(t *testing.T, e *Entry) { try(t, os.Chmod(e.cache.dir, 0o750)) }, "not-private", false},
		{"folder above 0777", func(t *testing.T, e *Entry) { try(t, os.Chmod(filepath.Dir(e.cache.dir), 0o777)) }, "not-private", false},
		{"link to a file", func(t *testing.T, e *Entry) {
			try(t, os.Rename(e.path(tokenEnding), e.path(".elsewhere")))
			try(t, os.Symlink(e.path(".elsewhere"), e.path(tokenEnding)))
		}, "not-a-file", true},
		{"link to a folder", func(t *testing.T, e *Entry) {
			try(t, os.Rename(e.cache.dir, e.cache.dir+"2"))
			try(t, os.Symlink(e.cache.dir+"2", e.cache.dir))
		}, "not-a-file", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fill(t, t.TempDir())
			tt.change(t, e)
			kept, err := e.Load()
			var is *Trouble
			if kept != nil || !errors.As(err, &is) || is.Reason != tt.reason {
				t.Errorf("Load: %q, %v, want %s", textOf(kept), err, tt.reason)
			}
			got, trouble, err := e.Renew(t.Context(), netsuite.Secret{}, issue("two", start))
			if textOf(got) != "two" || err != nil || !errors.As(trouble, &is) || is.Reason != tt.reason {
				t.Errorf("Renew: %q, %v, %v, want %s", textOf(got), trouble, err, tt.reason)
			}
			kept, _ = e.Load()
			if got := textOf(kept); tt.mended && got != "two" || !tt.mended && got != "" {
				t.Errorf("the next run finds %q", got)
			}
		})
	}
}

// Another user's folder and files are not believed either, whatever their modes.
func TestForeign(t *testing.T) {
	e := fill(t, t.TempDir())
	e.cache.uid++
	kept, err := e.Load()
	var is *Trouble
	if kept != nil || !errors.As(err, &is) || is.Reason != "foreign" {
		t.Errorf("Load: %q, %v", textOf(kept), err)
	}
	got, trouble, err := e.Renew(t.Context(), netsuite.Secret{}, issue("two", start))
	if textOf(got) != "two" || err != nil || !errors.As(trouble, &is) || is.Reason != "foreign" {
		t.Errorf("Renew: %q, %v, %v", textOf(got), trouble, err)
	}
	if r, err := e.cache.readRecord(e.path(tokenEnding)); r != nil || !errors.As(err, &is) || is.Reason != "foreign" {
		t.Errorf("the file alone: %v", err)
	}
	e.cache.uid--
	if kept, err := e.Load(); textOf(kept) != "one" || err != nil {
		t.Errorf("it was written to: %q, %v", textOf(kept), err)
	}
}
