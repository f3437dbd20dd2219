package main

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The most lines of Go that is not a test, nor only there for tests.
const (
	mostInFile    = 450
	mostInPackage = 4500
	mostInCmd     = 4900
	mostInAll     = 80_000
)

// TestSizes holds the house small. What grows over a limit is split by what it
// does, or something goes.
func TestSizes(t *testing.T) {
	all, packages := 0, map[string]int{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			if base := path.Base(name); name != "." && strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if slices.Contains(free, path.Dir(name)) {
			return nil
		}
		lines := bytes.Count(data, []byte("\n"))
		if lines > mostInFile {
			t.Errorf("%s has %d lines; the most is %d", name, lines, mostInFile)
		}
		packages[path.Dir(name)] += lines
		all += lines
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, lines := range packages {
		most := mostInPackage
		if name == "cmd" {
			most = mostInCmd
		}
		if lines > most {
			t.Errorf("package %s has %d lines; the most is %d", name, lines, most)
		}
	}
	if all > mostInAll {
		t.Errorf("%d lines of Go; the most is %d", all, mostInAll)
	}
}
