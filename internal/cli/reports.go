package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// SetReports takes the values of --report. inputs are the files that the command reads.
func (a *App) SetReports(values, inputs []string) error {
	files, bad := formats.Files(values)
	a.Files = nil
	var refused error
	for _, f := range files {
		err := replaceable(a.PathOf(f.Path), f.Format)
		if a.reads(inputs, f) {
			err = Fail(finding.IOExists, f.Path+" is the input of this command; not replaced", "give another name to --report")
		} else if err != nil {
			err = Fail(finding.IOExists, fmt.Sprintf("cannot write --report %s=%s: %v", f.Format, f.Path, text.WithoutPath(err)), hintForeign)
		} else if slices.ContainsFunc(a.Files, func(other formats.File) bool { return a.SameFile(other.Path, f.Path) }) {
			err = twoReports(f.Path)
		}
		if err == nil {
			a.Files = append(a.Files, f)
		}
		refused = cmp.Or(refused, err)
	}
	if bad == nil {
		return refused
	}
	switch bad.Reason {
	case formats.BadFormat:
		return Fail(finding.UsageFlag, "invalid --report: unknown format "+Quoted(bad.Format),
			text.DidYouMean(bad.Format, formats.Names(), "one of "+strings.Join(formats.Names(), ", "))...)
	case formats.BadStdout:
		return Fail(finding.UsageFlag, "--report needs a file, not -", "to print it: -o "+bad.Format)
	case formats.BadTwice:
		return twoReports(bad.Path)
	}
	return Fail(finding.UsageFlag, "invalid --report: want FORMAT=FILE", "such as --report junit=nsauth.xml")
}

// reads reports whether f is one of the inputs of a command: no report is written there, not even
// one of a wrong flag.
func (a *App) reads(inputs []string, f formats.File) bool {
	return slices.ContainsFunc(inputs, func(input string) bool {
		if name, value, given := strings.Cut(input, "="); given && strings.HasPrefix(name, "--") {
			input = value
		}
		return input != "-" && a.SameFile(input, f.Path)
	})
}

func twoReports(path string) error {
	return Fail(finding.UsageFlag, "two reports have the same file "+Quoted(path), "give each --report a file of its own")
}

// errForeign means that a file may be someone's key, profile file or anything else.
var errForeign = errors.New("the file has other content than an earlier report of this format; not replaced")

const hintForeign = "give another name, or remove the file if you do not need it"

// replaceable refuses a file that has something else than an earlier report of this format. It
// leaves to the write what is not a regular file.
func replaceable(path, format string) error {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	head, err := text.ReadFileAtMost(path, formats.HeadSize)
	if err == nil && !formats.Earlier(format, head) {
		err = errForeign
	}
	return err
}

// SameFile reports whether two paths lead to the same file, also one that does not exist yet. What
// is not a regular file, such as a terminal, has room for several writers.
func (a *App) SameFile(p, q string) bool {
	p, q = target(a.PathOf(p)), target(a.PathOf(q))
	info, err := os.Stat(p)
	return p == q && (err != nil || info.Mode().IsRegular())
}

// maxLinks is how many links in a row a path may have.
const maxLinks = 40

// target is where a path leads, with the last part as it is if it does not exist.
func target(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	for range maxLinks {
		link, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	return path
}

// Follow begins the JSON lines of this run: on standard output and in each file of --report
// with this format. The result is [formats.Stream.Tell] for all of them. It is nil if there are
// none, and if IDs are masked: which texts are IDs is known at the end.
func (a *App) Follow() func(number int, r *finding.Report, ended bool) {
	if a.MaskIDs {
		return nil
	}
	a.streams = map[string]*formats.Stream{}
	if a.Format == formats.JSONL && a.Message == "" {
		a.streams[""] = formats.NewStream(a.Stdout)
	}
	for _, f := range a.Files {
		if f.Format == formats.JSONL {
			a.streams[f.Path] = formats.NewStream(atomicfile.NewGrowing(a.PathOf(f.Path)))
		}
	}
	if len(a.streams) == 0 {
		return nil
	}
	return func(number int, r *finding.Report, ended bool) {
		if a.Omit != nil { // of the check that is new: the others may be on their way to a file
			newest := *r
			newest.Checks = r.Checks[max(0, len(r.Checks)-1):]
			finding.OmitCommands(&newest, a.Omit)
		}
		for _, s := range a.streams {
			s.Tell(number, r, ended)
		}
	}
}

// PrintReport writes a report to standard output in the format asked for, and to every
// other place. It returns the report's exit code as the command's error.
func (a *App) PrintReport(r *finding.Report) error {
	if a.Omit != nil {
		finding.OmitCommands(r, a.Omit)
	}
	return a.PrintRun(formats.One(r), r.ExitCode, func() error { return a.WriteReport(r) })
}

// PrintRun writes a run as PrintReport does, with text for what people read. It returns this
// exit code, or that of a file that cannot be written.
func (a *App) PrintRun(run formats.Run, code int, text func() error) error {
	a.warnUncounted(run)
	trouble := a.writeFiles(run)
	shown := run
	if trouble != nil && a.Document() {
		shown = run.Failed(*trouble.Error)
	}
	var err error
	if a.Format == "text" || a.Message != "" {
		err = text()
	} else {
		err = a.writeFormat(shown)
	}
	if err != nil {
		return err
	}
	a.annotate(run, a.Format != "text" || a.Message != "")
	if trouble != nil {
		a.tell(*trouble)
		return Exit(finding.ExitUsage)
	}
	return Exit(code)
}

// metrics reports whether this run writes metrics.
func (a *App) metrics() bool {
	return a.Format == formats.Prom || slices.ContainsFunc(a.Files, func(f formats.File) bool { return f.Format == formats.Prom })
}

// warnUncounted says once that refusals were not counted: alerts on metrics are then silent. The
// report of one profile says it itself, the table of several does not.
func (a *App) warnUncounted(run formats.Run) {
	if !a.metrics() && (run.All() == nil || a.Quiet) {
		return
	}
	for _, r := range run.Reports {
		for _, note := range r.Notes {
			if strings.HasPrefix(note, finding.NoteUncounted) {
				fmt.Fprintln(a.Stderr, "nsauth: warning: "+strings.ToLower(note[:1])+strings.TrimSuffix(note[1:], "."))
				return
			}
		}
	}
}

// RenderRun prints a saved run again, with several for the text of several profiles. It
// annotates nothing: the run did.
func (a *App) RenderRun(run formats.Run, several func(*finding.Reports) error) error {
	a.OnGitHub = false
	if len(run.Reports) > 1 && a.Message != "" {
		return Fail(finding.UsageFlag, "--message cannot be combined with a report of several profiles",
			`for one profile: jq '.reports[] | select(.profile.name == "NAME")' REPORT | nsauth render - --message `+a.Message)
	}
	return a.PrintRun(run, finding.ExitOK, func() error {
		if all := run.All(); all != nil && a.Message == "" {
			return several(all)
		}
		for _, r := range run.Reports {
			if err := a.WriteReport(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *App) writeFormat(run formats.Run) error {
	if s := a.streams[""]; s != nil {
		return s.End(run)
	}
	return formats.Write(a.Stdout, a.Format, run, a.formatOptions(a.ascii(a.Stdout)))
}

// WriteReport writes a report to standard output as text or as a message.
func (a *App) WriteReport(r *finding.Report) error {
	if a.Message != "" {
		return a.writeMessage(r)
	}
	return a.PrintText(a.Stdout, r)
}

func (a *App) formatOptions(ascii bool) formats.Options {
	return formats.Options{MaskIDs: a.MaskIDs, ShowIDs: a.ShowIDs, ASCII: ascii}
}

// Document reports whether standard output is for a program: nothing else may be written there.
func (a *App) Document() bool {
	return a.Format != formats.Short && formats.Known(a.Format)
}

// writeFiles writes the files of --report. It tries each, and returns what to tell of those
// that cannot be written.
func (a *App) writeFiles(run formats.Run) *finding.Report {
	trouble := finding.ErrorInfo{Code: finding.IOWrite}
	for _, f := range a.Files {
		err := a.writeFile(f, run)
		if err == nil {
			continue
		}
		if trouble.Message != "" {
			trouble.Message += "; "
		}
		if errors.Is(err, errForeign) {
			trouble.Hints = []string{hintForeign}
		}
		trouble.Message += fmt.Sprintf("cannot write --report %s=%s: %s", f.Format, f.Path, text.WithoutPath(err))
	}
	if a.Bundle != nil {
		if err := a.Bundle(run); err != nil {
			trouble.Message = strings.TrimPrefix(trouble.Message+"; "+err.Error(), "; ")
		}
	}
	if trouble.Message == "" {
		return nil
	}
	return &finding.Report{Tool: a.Tool, Outcome: finding.OutcomeError, ExitCode: finding.ExitUsage, Error: &trouble}
}

func (a *App) writeFile(f formats.File, run formats.Run) error {
	if s := a.streams[f.Path]; s != nil {
		return s.End(run)
	}
	if err := replaceable(a.PathOf(f.Path), f.Format); err != nil { // again: flags may have been wrong
		return err
	}
	return atomicfile.ReplaceShared(a.PathOf(f.Path), func(w io.Writer) error {
		return formats.Write(w, f.Format, run, a.formatOptions(false))
	})
}

// PathOf is a path in the working folder of the run.
func (a *App) PathOf(path string) string {
	if filepath.IsAbs(path) || a.Dir == "" {
		return path
	}
	return filepath.Join(a.Dir, path)
}

// tell writes the error of a report to standard error, whatever the format.
func (a *App) tell(r finding.Report) {
	r.Checks = nil // nothing was examined: the error is all there is to read
	_ = a.PrintText(a.Stderr, &r)
}

// maxSummary is the size up to which GitHub shows the summary of a step.
const maxSummary = 1 << 20

// annotate tells GitHub Actions about a run: an annotation for each problem, on standard error
// if standard output is for something else, and a summary of the step. Without GitHub, in a
// demo and after an explicit -o github it does nothing.
func (a *App) annotate(run formats.Run, elsewhere bool) {
	if on, _ := a.LookupEnv("GITHUB_ACTIONS"); on != "true" || !a.OnGitHub {
		return
	}
	w := a.Stdout
	if elsewhere {
		w = a.Stderr
	}
	o := a.formatOptions(false)
	if a.Format != formats.GitHub {
		_ = formats.Write(w, formats.GitHub, run, o)
	}
	if path, _ := a.LookupEnv("GITHUB_STEP_SUMMARY"); path != "" {
		if err := appendSummary(a.PathOf(path), run, o); err != nil {
			fmt.Fprintf(a.Stderr, "nsauth: cannot write the summary of the step to %s: %s\n", report.Clean(path), text.WithoutPath(err))
		}
	}
}

// appendSummary appends Markdown to the summary of a step, as far as there is room.
func appendSummary(path string, run formats.Run, o formats.Options) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0) // the runner made it
	if err != nil {
		return err
	}
	var b bytes.Buffer
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		o.Limit = max(1, maxSummary-int(min(size, maxSummary)))
		err = formats.Write(&b, formats.Markdown, run, o)
	}
	if err == nil && b.Len() <= o.Limit {
		_, err = f.Write(b.Bytes())
	}
	return errors.Join(err, f.Close())
}
