package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
)

// The picture of a block of Mermaid was made from it, and no picture is large.
// bash .ci/pictures makes them.
func TestPictures(t *testing.T) {
	blocks := 0
	for name, p := range pages(t) {
		for _, m := range regexp.MustCompile("(?ms)^```mermaid\n(.*?\n)```$").FindAllStringSubmatch(p.text, -1) {
			blocks++
			file := filepath.Join("docs", "pictures", strings.TrimSuffix(filepath.Base(name), ".md")+".svg")
			svg, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(m[1]))); !strings.Contains(string(svg), sum) {
				t.Errorf("%s is not made from the block in %s: bash .ci/pictures", file, name)
			}
		}
	}
	if blocks < 2 {
		t.Errorf("only %d blocks of Mermaid", blocks)
	}
	files, err := filepath.Glob("docs/pictures/*")
	if err != nil || len(files) < 5 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Size() > 300_000 {
			t.Errorf("%s: %v, over 300 kB", file, err)
		}
	}
}

// The basis of a cause on the pages of docs/fix is that of its finding.
func TestBasisOfCauses(t *testing.T) {
	basis := map[string]string{}
	for _, e := range catalog.All() {
		basis[anchor(string(e.Code))] = string(e.Basis)
	}
	found := 0
	for name, p := range pages(t) {
		if !strings.HasPrefix(name, "docs/fix/") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^\|[^\n]*?findings\.md#([a-z-]+)\)[^\n]*\| (official|observed|inferred) \|$`).FindAllStringSubmatch(p.text, -1) {
			found++
			if basis[m[1]] != m[2] {
				t.Errorf("%s: the basis of %s is %s, not %s", name, m[1], basis[m[1]], m[2])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d causes with a basis", found)
	}
}

// docs/README.md has a row for each page outside docs/commands, because the site's menu is
// made from its rows.
func TestIndexHasEveryPage(t *testing.T) {
	all := pages(t)
	for name := range all {
		below, is := strings.CutPrefix(name, "docs/")
		if !is || below == "README.md" || strings.HasPrefix(below, "commands/") && below != "commands/README.md" {
			continue
		}
		if !regexp.MustCompile(`(?m)^\| \[[^\]]+\]\(` + regexp.QuoteMeta(below) + `\) \|`).MatchString(all["docs/README.md"].text) {
			t.Errorf("docs/README.md has no row for %s", below)
		}
	}
}
