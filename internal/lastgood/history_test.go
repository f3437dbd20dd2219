package lastgood

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func count(code string) func(*History) { return func(h *History) { h.Refused[code]++ } }

// Runs at the same time lose no count, and a run that changes nothing writes nothing.
func TestHistory(t *testing.T) {
	s := Store{Dir: filepath.Join(t.TempDir(), "nsauth")}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.Record(prod, later, count("token.server-error")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	files, err := filepath.Glob(filepath.Join(s.Dir, "seen-prod-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	h, err := s.Record(prod, later.AddDate(0, 0, 1), func(*History) {})
	if err != nil || h.Refused["token.server-error"] != 8 || !h.Since.Equal(later.Truncate(time.Second)) || h.Profile != "prod" {
		t.Errorf("%+v, %v", h, err)
	}
	if info, err := os.Stat(files[0]); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("it was written again: %v", err)
	}
	if h, err := s.Record(ID{File: prod.File, Profile: "other"}, later, func(*History) {}); err != nil || len(h.Refused) != 0 {
		t.Errorf("%+v, %v", h, err)
	}
	if h, err := (Store{}).Record(prod, later, count("x")); h != nil || err != nil {
		t.Errorf("a store of nothing: %+v, %v", h, err)
	}
	if r, err := s.Load(prod, later); r != nil || err != nil {
		t.Errorf("a history is not a good run: %v, %v", r, err)
	}
}

func TestDamagedHistory(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	if _, err := s.Record(prod, later, count("a")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.Dir, "seen-*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	for _, content := range []string{"", "null", "[]", `{"version":2}`, `{"version":1,"since":"2026-11-20T17:42:03Z"}`,
		`{"version":1,"since":"2026-11-20T17:42:03Z","refused":{"a":-1}}`} {
		if err := os.WriteFile(files[0], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if h, err := s.Record(prod, later, count("a")); err != nil || h.Refused["a"] != 1 {
			t.Errorf("%q: %+v, %v", content, h, err)
		}
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(files[0], 0o700); err != nil {
		t.Fatal(err)
	}
	if h, err := s.Record(prod, later, count("a")); h != nil || err == nil {
		t.Errorf("a folder: %+v, %v", h, err)
	}
}
