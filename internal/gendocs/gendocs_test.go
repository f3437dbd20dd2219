package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/cmd"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

var update = flag.Bool("update", false, "write docs/commands and docs/pictures/doctor.svg")

const pagesDir = "../../docs/commands"

// docs/commands is what the commands say: go test ./internal/gendocs -update.
func TestCommandPagesAreUpToDate(t *testing.T) {
	want, err := commandPages(cmd.Root())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.RemoveAll(pagesDir); err != nil {
			t.Fatal(err)
		}
		if err := want.write(pagesDir); err != nil {
			t.Fatal(err)
		}
	}
	const remedy = "run go test ./internal/gendocs -update"
	for name, page := range want {
		got, err := os.ReadFile(filepath.Join(pagesDir, name))
		if err != nil {
			t.Errorf("%v; %s", err, remedy)
		} else if got = bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, page) {
			t.Errorf("docs/commands/%s is not what the command says; %s", name, remedy)
		}
	}
	entries, err := os.ReadDir(pagesDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if want[e.Name()] == nil {
			t.Errorf("docs/commands/%s is the page of no command; %s", e.Name(), remedy)
		}
	}
}

// docs/pictures/doctor.svg is what the command prints: go test ./internal/gendocs -update.
func init() { generateKey = keypool.Generate }

func TestRecordingIsUpToDate(t *testing.T) {
	made, err := recording(nil)
	if err != nil {
		t.Fatal(err)
	}
	const dir = "../../docs/pictures"
	if *update {
		if err := made.write(dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(filepath.Join(dir, "doctor.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if got = bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, made["doctor.svg"]) {
		t.Error("docs/pictures/doctor.svg is not what nsauth prints; run go test ./internal/gendocs -update")
	}
	if !bytes.Contains(got, []byte(`class="r b">fail<`)) {
		t.Error("the recording has no colours")
	}
}

// sample is a small tree with everything that makes a page difficult.
func sample() *cobra.Command {
	root := &cobra.Command{Use: "tool", Short: "Do things", Run: func(*cobra.Command, []string) {}}
	root.PersistentFlags().StringP("output", "o", "text", "output `FORMAT`")
	sub := &cobra.Command{
		Use: "sub ARG", Short: "Do one *thing*",
		Long:    "First line\n.second 'line' with a back\\slash, ~ ^ ` and é <x>.\n\n  indented  as it is\n  .too\n\nLast.",
		Example: "  tool sub 'a b'\n  tool sub --days 3",
		Run:     func(*cobra.Command, []string) {},
	}
	sub.Flags().Int("days", 7, "number of `DAYS`")
	sub.Flags().Bool("force", false, "do it")
	sub.Flags().String("secret", "", "not for everyone")
	_ = sub.Flags().MarkHidden("secret")
	// The same name as a flag of every command, and another meaning.
	other := &cobra.Command{Use: "other", Short: "Do another", Run: func(*cobra.Command, []string) {}}
	other.Flags().StringP("output", "o", "", "write to `FILE`")
	hidden := &cobra.Command{Use: "hidden", Short: "Not shown", Hidden: true, Run: func(*cobra.Command, []string) {}}
	root.AddCommand(sub, other, hidden)
	return root
}

func TestManPage(t *testing.T) {
	pages, err := manPages(sample())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(pages)), []string{"tool-other.1.gz", "tool-sub.1.gz", "tool.1.gz"}; !slices.Equal(got, want) {
		t.Fatalf("pages %v, want %v", got, want)
	}
	const want = `.TH TOOL\-SUB 1 "" "nsauth" "nsauth manual"
.SH NAME
tool\-sub \- Do one *thing*
.SH SYNOPSIS
.B tool sub ARG [flags]
.SH DESCRIPTION
First line
\&.second \(aqline\(aq with a back\eslash, \(ti \(ha \(ga and \[u00E9] <x>.
.PP
.nf
  indented  as it is
  .too
.fi
.PP
Last.
.SH OPTIONS
.TP
\fB\-\-days\fR \fIDAYS\fR
number of DAYS (default 7)
.TP
\fB\-\-force\fR
do it
.TP
\fB\-h\fR, \fB\-\-help\fR
help for sub
.SH OPTIONS OF EVERY COMMAND
.TP
\fB\-o\fR, \fB\-\-output\fR \fIFORMAT\fR
output FORMAT (default text)
.SH EXAMPLES
.nf
tool sub \(aqa b\(aq
tool sub \-\-days 3
.fi
.SH SEE ALSO
.BR tool (1),
\(lahttps://github.com/nsauth/nsauth\(ra
`
	if got := unzip(t, pages["tool-sub.1.gz"]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := unzip(t, pages["tool-other.1.gz"]); !strings.Contains(got, `\fIFILE\fR`) {
		t.Errorf("the command's own --output is not in\n%s", got)
	}
	root := unzip(t, pages["tool.1.gz"])
	for _, want := range []string{".B tool [flags]\n.br\n.B tool COMMAND\n", ".B tool sub\nDo one *thing*\n", ".BR tool\\-sub (1),\n"} {
		if !strings.Contains(root, want) {
			t.Errorf("no %q in\n%s", want, root)
		}
	}
}

func TestCommandPage(t *testing.T) {
	pages, err := commandPages(sample())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(pages)), []string{"README.md", "other.md", "sub.md"}; !slices.Equal(got, want) {
		t.Fatalf("pages %v, want %v", got, want)
	}
	const want = `# tool sub

<!-- Made from the commands themselves: go test ./internal/gendocs -update -->

Do one \*thing\*.

` + "```text\ntool sub ARG [flags]\n```" + `

First line
.second 'line' with a back\\slash, ~ ^ ` + "\\`" + ` and é \<x>.

` + "```text\n  indented  as it is\n  .too\n```" + `

Last.

## Examples

` + "```sh\ntool sub 'a b'\ntool sub --days 3\n```" + `

## Options

` + "```text\n      --days DAYS   number of DAYS (default 7)\n      --force       do it\n  -h, --help        help for sub\n```" + `

And the [options of every command](README.md#options-of-every-command).
`
	if got := string(pages["sub.md"]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Nothing of this machine, this user or this moment is in what is made.
func TestSameBytes(t *testing.T) {
	generate := func() map[string]files {
		made := map[string]files{}
		for name, kind := range kinds {
			if name == "licenses" {
				continue // needs the source of nsauth; TestLicensesOfEveryLinkedModule
			}
			dir := t.TempDir()
			if err := run([]string{name, dir}); err != nil {
				t.Fatal(err)
			}
			var err error
			if made[name], err = kind(cmd.Root()); err != nil {
				t.Fatal(err)
			}
			for file, want := range made[name] {
				if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s %s: %v, %d bytes, want %d", name, file, err, len(got), len(want))
				}
			}
		}
		return made
	}
	first := generate()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "APPDATA", "USER", "TZ", "LANG", "LC_ALL"} {
		t.Setenv(name, home)
	}
	t.Chdir(home)
	for name, second := range generate() {
		for file, data := range second {
			if !bytes.Equal(data, first[name][file]) {
				t.Errorf("%s %s depends on the environment", name, file)
			}
		}
	}
	if got := slices.Sorted(maps.Keys(first["completions"])); !slices.Equal(got, []string{"_nsauth", "nsauth.bash", "nsauth.fish", "nsauth.ps1"}) {
		t.Errorf("completions %v", got)
	}
	if len(first["man"]) < 10 || len(first["man"]) != len(first["commands"]) {
		t.Errorf("%d man pages and %d Markdown pages", len(first["man"]), len(first["commands"]))
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"man"}, {"nosuch", t.TempDir()}, {"man", "a", "b"}} {
		if err := run(args); err == nil || !strings.HasPrefix(err.Error(), "usage: ") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func unzip(t *testing.T, data []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
