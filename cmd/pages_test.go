package cmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
)

var (
	console = regexp.MustCompile("(?ms)^(?:<!-- not run: [^\n]+ -->\n\n?)?```console\n(.*?)^```$")
	// plain is a command that needs no shell.
	plain = regexp.MustCompile(`^nsauth [^|<>$&;'"\\~*]+$`)
	// varies is what differs from run to run: times, IDs, ports.
	varies = []struct {
		pattern *regexp.Regexp
		as      string
	}{
		{regexp.MustCompile(`\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d)?`), "DATE"},
		{regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`), "TIME"},
		{regexp.MustCompile(`\b[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d\d:\d\d`), "DATE"},
		{regexp.MustCompile(`in \d+ days|\d+ years`), "LATER"},
		{regexp.MustCompile(`[A-Za-z0-9_-]{43}`), "CERTIFICATE-ID"},
		{regexp.MustCompile(`[0-9a-f]{6}…[0-9a-f]{4}`), "CLIENT-ID"},
		{regexp.MustCompile(`\d+(\.\d+)? m?s\b`), "SECONDS"},
		{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ADDRESS"},
	}
)

func steady(output string) string {
	for _, v := range varies {
		output = v.pattern.ReplaceAllString(output, v.as)
	}
	return output
}

// The transcripts of README.md and the pages match what the commands print. This test runs the
// pages whose transcripts need no shell. internal/e2e runs the others, and all other blocks.
// go test ./cmd -run TestPages -update writes what differs.
func TestPages(t *testing.T) {
	files := []string{"../README.md"}
	for _, pattern := range []string{"../docs/*.md", "../docs/fix/*.md", "../docs/do/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	transcripts := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(string(data), "\r\n", "\n")
			blocks := console.FindAllStringSubmatch(text, -1)
			for _, b := range blocks {
				if !withoutShell(b[1]) {
					return
				}
			}
			s := setup{dir: t.TempDir()}
			printed := text
			for _, b := range blocks {
				if strings.HasPrefix(b[0], "<!--") {
					continue
				}
				transcripts++
				got := ""
				for _, command := range commands(b[1]) {
					got += "$ " + command + "\n" + nsauth(t, s, strings.Fields(command)[1:]...).stdout
				}
				if steady(got) == steady(b[1]) {
					continue
				}
				if !*update {
					t.Errorf("printed is\n%s\nand %s says\n%s", steady(got), file, steady(b[1]))
				}
				printed = strings.Replace(printed, b[0], "```console\n"+got+"```", 1)
			}
			if printed != text && *update {
				if err := os.WriteFile(file, []byte(printed), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if transcripts < 15 {
		t.Errorf("only %d transcripts", transcripts)
	}
}

// commands are what follows "$ " in a transcript.
func commands(block string) []string {
	var found []string
	for line := range strings.Lines(block) {
		if command, is := strings.CutPrefix(strings.TrimSpace(line), "$ "); is {
			found = append(found, command)
		}
	}
	return found
}

func withoutShell(block string) bool {
	found := commands(block)
	for _, command := range found {
		if !plain.MatchString(command) {
			return false
		}
	}
	return len(found) > 0
}

// The commands and flags that the text of a page names exist.
func TestCommandsInText(t *testing.T) {
	inline := regexp.MustCompile("`(nsauth [a-z][^`\n]*)`")
	fenced := regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	found := 0
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(string(data), ""), -1) {
				found++
				command, _, _ := strings.Cut(m[1], " |")
				words := strings.Fields(command)[1:]
				c, rest, err := newRoot(cli.New(System(), tool(), words)).Find(words)
				if err == nil && !strings.Contains(command, "...") {
					err = c.ParseFlags(rest)
				}
				if err != nil && regexp.MustCompile("needs an argument|help requested|--nosuch").MatchString(err.Error()) {
					continue
				}
				if err != nil || !c.Runnable() && len(rest) > 0 {
					t.Errorf("%s: %s: %v", file, m[1], err)
				}
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d commands", found)
	}
}
