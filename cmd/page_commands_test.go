package cmd

import (
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
)

// The commands and flags in the blocks of these pages exist. Other pages have transcripts,
// which the end-to-end tests run.
func TestCommandsOnPages(t *testing.T) {
	for page, least := range map[string]int{"emulator.md": 3, "diagnosis.md": 1} {
		text, err := os.ReadFile("../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, line := range strings.Split(string(text), "\n") {
			line, _, _ = strings.Cut(line, " #")
			words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "$ "))
			if len(words) < 2 || words[0] != "nsauth" {
				continue
			}
			found++
			w := System()
			c, rest, err := newRoot(cli.New(w, tool(), words[1:])).Find(words[1:])
			if err == nil {
				err = c.ParseFlags(rest)
			}
			if err != nil || !c.Runnable() {
				t.Errorf("%s: %s: %v", page, line, err)
			}
		}
		if found < least {
			t.Errorf("%s: %d commands found", page, found)
		}
	}
}
