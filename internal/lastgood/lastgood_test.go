package lastgood

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	prod    = ID{File: "/home/ada/.config/nsauth/config.yaml", Profile: "prod", Account: "1234567"}
	example = Record{At: time.Date(2026, 11, 20, 17, 42, 3, 999, time.UTC), ValidUntil: new(time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)),
		Identifiers: map[string]string{"client_id": "1c34", "key": "ab"}}
	later = example.At.AddDate(0, 0, 4) // when it is read
)

func TestSaveThenLoad(t *testing.T) {
	s := Store{Dir: filepath.Join(t.TempDir(), "nsauth")}
	if r, err := s.Load(prod, later); r != nil || err != nil {
		t.Fatalf("before anything was saved: %v, %v", r, err)
	}
	if err := s.Save(prod, example); err != nil {
		t.Fatal(err)
	}
	want := example
	want.Version, want.Profile, want.At = 1, "prod", example.At.Truncate(time.Second)
	got, err := s.Load(prod, later)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Error(diff)
	}
	for _, other := range []ID{
		{File: "/elsewhere.yaml", Profile: "prod"}, {File: prod.File, Profile: "prod2"}, {Account: "1234567"}, {Account: "prod"}, {},
	} {
		if r, err := s.Load(other, later); r != nil || err != nil {
			t.Errorf("%v has a record: %v, %v", other, r, err)
		}
	}
	if err := s.Save(ID{}, example); err != nil {
		t.Error(err)
	}
	if err := (Store{}).Save(prod, example); err != nil {
		t.Errorf("a store of nothing: %v", err)
	}
	path, _ := s.path(prod)
	if runtime.GOOS != "windows" {
		for name, mode := range map[string]os.FileMode{path: 0o600, s.Dir: 0o700} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v, %v", name, info.Mode().Perm(), err)
			}
		}
	}
}

// A name is no path, and hostile ones stay apart all the same.
func TestNames(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	seen := map[string]string{}
	for _, name := range []string{"prod", "../../etc/passwd", "..", "/", "a/b", `a\b`, "PROD", "con", strings.Repeat("x", 500), strings.Repeat("x", 501), "\x00", "鍵", "鍵鍵"} {
		path, ok := s.path(ID{File: "f", Profile: name})
		if !ok || filepath.Dir(path) != s.Dir || len(filepath.Base(path)) > 80 {
			t.Errorf("%q lies in %q", name, path)
		}
		if other, taken := seen[path]; taken {
			t.Errorf("%q and %q share %s", name, other, path)
		}
		seen[path] = name
		if err := s.Save(ID{File: "f", Profile: name}, example); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestDamagedRecords(t *testing.T) {
	const planted = "planted"
	for content, why := range map[string]string{
		"":             "not a record",
		"null":         "not a record",
		"[1]":          "not a record",
		planted:        "not a record",
		`{"version":1`: "not a record",
		`{"version":2,"at":"2026-11-20T17:42:03Z","identifiers":{"key":"a"}}`: "its version",
		`{"version":1,"at":"planted"}`:                                        "not a record",
		`{"version":1,"identifiers":{"key":"planted"}}`:                       "not complete",
		`{"version":1,"at":"2026-11-20T17:42:03Z"}`:                           "not complete",
		`{"version":1,"at":"2027-11-20T17:42:03Z","identifiers":{"key":"a"}}`: "in the future",
		strings.Repeat(" ", maxBytes+1):                                       "too large",
	} {
		s := Store{Dir: t.TempDir()}
		path, _ := s.path(prod)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := s.Load(prod, later)
		var damaged *DamagedError
		if r != nil || !errors.As(err, &damaged) || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), planted) {
			t.Errorf("%.40q: %v, %v", content, r, err)
		}
		if err := s.Save(prod, example); err != nil { // it is replaced by a good one
			t.Error(err)
		} else if r, err := s.Load(prod, later); err != nil || r == nil {
			t.Errorf("after a save: %v, %v", r, err)
		}
	}
	s := Store{Dir: t.TempDir()}
	path, _ := s.path(prod)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(prod, later); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a folder: %v", err)
	}
	if err := s.Save(prod, example); err == nil {
		t.Error("a folder was replaced")
	}
	if _, err := (Store{Dir: filepath.Join(path, "x\x00y")}).Load(prod, later); err == nil {
		t.Error("an impossible path")
	}
}

// No file makes it panic, and what it takes is whole.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"version":1,"at":"2026-11-20T17:42:03Z","identifiers":{"key":"a"},"valid_until":null}`, `{}`, `null`, `{"version":1,"at":"2026-11-20T17:42:03Z","identifiers":{"key":1}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, why := parse(data)
		if (r == nil) != (why != "") {
			t.Fatalf("%v, %q", r, why)
		}
		if r != nil && (r.At.IsZero() || len(r.Identifiers) == 0 || r.Version != version) {
			t.Fatalf("%+v is not whole", r)
		}
	})
}

// BenchmarkSave is what one recorded token costs.
func BenchmarkSave(b *testing.B) {
	s := Store{Dir: b.TempDir()}
	for b.Loop() {
		if err := s.Save(prod, example); err != nil {
			b.Fatal(err)
		}
	}
}
