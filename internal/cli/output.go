package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// sink is standard output or standard error, remembering its first error and whether its
// last line is still open. It keeps being seen as a terminal where it is one.
type sink struct {
	io.Writer
	tty  bool
	live *live      // erased before a write
	mu   sync.Mutex // queries that run side by side are told as they end
	err  error
	open bool
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.live.yield(s.tty)()
	n, err := s.Writer.Write(p)
	if n > 0 {
		s.open = p[n-1] != '\n'
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

// failed returns the first error of a write.
func (s *sink) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// FormatOf finds the output format before flags are parsed, so that an error in
// them comes in the format that was asked for.
func FormatOf(args []string) string {
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

// EndLine ends the open line of standard output where standard error follows it in
// the same file, as after 2>&1. Otherwise what was handed over stays as it came.
func (a *App) EndLine() {
	type file interface{ Stat() (fs.FileInfo, error) }
	out, ok := a.Stdout.(*sink)
	if !ok || !out.open {
		return
	}
	one, isFile := out.Writer.(file)
	other, both := unwrapped(a.Stderr).(file)
	if !isFile || !both {
		return
	}
	first, err1 := one.Stat()
	second, err2 := other.Stat()
	if err1 == nil && err2 == nil && os.SameFile(first, second) {
		fmt.Fprintln(a.Stderr)
	}
}

// JSON reports whether output is one JSON document.
func (a *App) JSON() bool { return a.Format == "json" }

// PrintJSON writes a document to standard output.
func (a *App) PrintJSON(doc any) error {
	return report.JSON(a.Stdout, Masked(a, doc))
}

// TextOfJSON is what PrintJSON writes.
func (a *App) TextOfJSON(doc any) (string, error) {
	var b strings.Builder
	err := report.JSON(&b, Masked(a, doc))
	return b.String(), err
}

// Masked is a document as --mask-ids wants it.
func Masked[T any](a *App, doc T) T {
	if a.MaskIDs {
		return report.Mask(doc)
	}
	return doc
}

// MaskedText is a text as --mask-ids wants it: without what has the shape of an ID, or of
// a host name with an account.
func (a *App) MaskedText(s string) string {
	return Masked(a, struct{ Text string }{s}).Text
}

// writeMessage writes a report for the reader of --message, with a hint that IDs are
// masked.
func (a *App) writeMessage(r *finding.Report) error {
	if a.Quiet && r.Outcome == finding.OutcomePass {
		return nil
	}
	if !a.ShowIDs && !a.Quiet {
		fmt.Fprintln(a.Stderr, "nsauth: hint: IDs are left out of the message: fill them in, or add --no-mask-ids")
	}
	return report.Message(a.Stdout, r, a.Message, report.TextOptions{MaskIDs: !a.ShowIDs})
}

// PrintText writes a report as text to w.
func (a *App) PrintText(w io.Writer, r *finding.Report) error {
	return report.Text(w, r, a.TextOptions(w))
}

// TextOptions is how text is written to w.
func (a *App) TextOptions(w io.Writer) report.TextOptions {
	width, tty := a.TerminalWidth(w)
	return report.TextOptions{
		Color: a.colored(tty), Width: min(width, maxWidth), Verbose: a.Verbose, Quiet: a.Quiet, MaskIDs: a.MaskIDs, ASCII: a.ascii(w), Omit: a.Omit,
	}
}

// maxWidth keeps lines readable on a wide terminal.
const maxWidth = 120

// TerminalWidth is the width in columns of the terminal behind w; false when w is
// not a terminal.
func (a *App) TerminalWidth(w io.Writer) (int, bool) {
	return a.Width(unwrapped(w))
}

// unwrapped is the stream of the world that w writes to.
func unwrapped(w io.Writer) io.Writer {
	if s, ok := w.(*sink); ok {
		return s.Writer
	}
	return w
}

func (a *App) colored(tty bool) bool {
	if a.Color != "auto" {
		return a.Color == "always"
	}
	if no, set := a.LookupEnv("NO_COLOR"); set && no != "" {
		return false
	}
	kind, _ := a.LookupEnv("TERM")
	return tty && kind != "dumb"
}

// utf8Page is the code page of UTF-8 on Windows.
const utf8Page = 65001

// ascii reports whether w cannot be trusted with more than ASCII. A locale that is not
// set at all is the C locale, except on Windows, where the console decides.
func (a *App) ascii(w io.Writer) bool {
	kind, _ := a.LookupEnv("TERM")
	if a.ASCII || kind == "dumb" || kind == "linux" {
		return true
	}
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value, _ := a.LookupEnv(name); value != "" && locale == "" {
			locale = strings.ToLower(value)
		}
	}
	switch {
	case strings.Contains(locale, "utf-8"), strings.Contains(locale, "utf8"):
	case locale != "", a.CodePage == nil:
		return true
	}
	if a.CodePage == nil {
		return false
	}
	page, console := a.CodePage(unwrapped(w))
	terminal, _ := a.LookupEnv("WT_SESSION") // of Windows Terminal
	return console && terminal == "" && page != utf8Page
}
