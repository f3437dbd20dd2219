package cmd

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// sink is standard output, remembering its first error and whether its last line
// is still open. It keeps being seen as a terminal where it is one.
type sink struct {
	io.Writer
	err  error
	open bool
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if n > 0 {
		s.open = p[n-1] != '\n'
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

// formatOf finds the output format before flags are parsed, so that an error in
// them comes in the format that was asked for.
func formatOf(args []string) string {
	format := "text"
	for i, arg := range args {
		switch {
		case arg == "--":
			return format
		case (arg == "-o" || arg == "--output") && i+1 < len(args):
			format = args[i+1]
		case strings.HasPrefix(arg, "--output="):
			format = strings.TrimPrefix(arg, "--output=")
		case strings.HasPrefix(arg, "-o") && !strings.HasPrefix(arg, "--"):
			format = strings.TrimPrefix(strings.TrimPrefix(arg, "-o"), "=")
		}
	}
	return format
}

// endLine ends the open line of standard output where standard error follows it in
// the same file, as after 2>&1. Otherwise what was handed over stays as it came.
func (a *app) endLine() {
	type file interface{ Stat() (fs.FileInfo, error) }
	out, ok := a.Stdout.(*sink)
	if !ok || !out.open {
		return
	}
	one, isFile := out.Writer.(file)
	other, both := a.Stderr.(file)
	if !isFile || !both {
		return
	}
	first, err1 := one.Stat()
	second, err2 := other.Stat()
	if err1 == nil && err2 == nil && os.SameFile(first, second) {
		fmt.Fprintln(a.Stderr)
	}
}

func (a *app) json() bool { return a.format == "json" }

func (a *app) printJSON(doc any) error {
	if a.maskIDs {
		doc = report.Mask(doc)
	}
	return report.JSON(a.Stdout, doc)
}

// printReport writes a report to standard output in the format asked for and
// returns its exit code as the command's error.
func (a *app) printReport(r *finding.Report) error {
	if a.omit != nil {
		report.OmitCommands(r, a.omit)
	}
	var err error
	if a.json() {
		err = a.printJSON(r)
	} else {
		err = a.printText(a.Stdout, r)
	}
	if err != nil {
		return err
	}
	return exit(r.ExitCode)
}

func (a *app) printText(w io.Writer, r *finding.Report) error {
	return report.Text(w, r, a.textOptions(w))
}

// textOptions is how text is written to w.
func (a *app) textOptions(w io.Writer) report.TextOptions {
	width, tty := a.Width(unwrap(w))
	return report.TextOptions{
		Color: a.colored(tty), Width: min(width, maxWidth), Quiet: a.quiet, MaskIDs: a.maskIDs, ASCII: a.ascii(), Omit: a.omit,
	}
}

// maxWidth keeps lines readable on a wide terminal.
const maxWidth = 120

// unwrap is the writer behind a sink.
func unwrap(w io.Writer) io.Writer {
	if s, ok := w.(*sink); ok {
		return s.Writer
	}
	return w
}

func (a *app) colored(tty bool) bool {
	if a.color != "auto" {
		return a.color == "always"
	}
	if no, set := a.LookupEnv("NO_COLOR"); set && no != "" {
		return false
	}
	kind, _ := a.LookupEnv("TERM")
	return tty && kind != "dumb"
}

// ascii reports whether the terminal cannot be trusted with more than ASCII. A
// locale that is not set at all says nothing: Windows has none.
func (a *app) ascii() bool {
	if kind, _ := a.LookupEnv("TERM"); kind == "dumb" || kind == "linux" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale, _ := a.LookupEnv(name); locale != "" {
			locale = strings.ToLower(locale)
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}
