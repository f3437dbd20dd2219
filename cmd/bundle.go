package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/bundle"
	"github.com/nsauth/nsauth/internal/call"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/fleet"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// checkBundle refuses a bundle that could not be written, before anything is sent.
func (o doctorOptions) checkBundle(a *cli.App) error {
	switch {
	case o.dryRun && o.bundle == "":
		return cli.Fail(finding.UsageFlag, "--dry-run has no effect without --bundle", "nsauth doctor --bundle case.zip --dry-run lists what the file would hold")
	case o.bundle == "":
		return nil
	case o.curl || o.compare != "":
		return cli.Fail(finding.UsageFlag, "--bundle cannot be combined with --curl or --compare")
	case o.dryRun && (a.Document() || a.Files != nil || a.Message != ""):
		return cli.Fail(finding.UsageFlag, "--dry-run prints no report: it cannot be combined with -o, --report or --message")
	}
	if _, err := os.Lstat(a.PathOf(o.bundle)); err == nil {
		return cli.Fail(finding.IOExists, o.bundle+" already exists; not overwritten", "give a new file with --bundle")
	}
	for _, f := range a.Files {
		if a.SameFile(o.bundle, f.Path) {
			return cli.Fail(finding.UsageFlag, "--bundle and --report have the same file "+cli.Quoted(f.Path), "give each a file of its own")
		}
	}
	return nil
}

// listBundle prints what a bundle would hold, of one profile or of several.
func listBundle(a *cli.App, profiles ...finding.Subject) error {
	rows := [][]string{}
	for _, f := range bundle.Files(len(profiles) > 0) {
		rows = append(rows, []string{f.Name, f.Holds})
	}
	if err := report.Table(a.Stdout, rows); err != nil {
		return err
	}
	if len(profiles) > 0 {
		if !a.ShowIDs {
			profiles = report.Mask(profiles)
		}
		var folders []string
		for i, p := range profiles {
			folders = append(folders, bundle.Folder(i, *p.Name))
		}
		fmt.Fprintln(a.Stdout, "\n"+text.Counted(len(profiles), "profile")+", each with a folder: "+strings.Join(folders, ", "))
	}
	_, err := fmt.Fprintln(a.Stdout, "\nNothing was sent or written. IDs are masked; --no-mask-ids shows them.")
	return err
}

// recorded is what a bundle needs of the examination of one profile.
type recorded struct {
	*call.Recorder
	profile *profile.Profile // nil if it cannot be resolved
}

// prepareBundle has the bundle of n profiles written with the report. It returns who is told
// of the requests of profile i; nil without a bundle.
func (o doctorOptions) prepareBundle(a *cli.App, n int) func(i int, p *profile.Profile) doctor.Recorder {
	if o.bundle == "" {
		return nil
	}
	all := make([]recorded, n)
	for i := range all {
		all[i].Recorder = call.NewRecorder(a.Now)
	}
	a.Bundle = func(run formats.Run) error {
		err := o.writeBundle(a, all, run)
		switch {
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("%s already exists; not overwritten", o.bundle)
		case err != nil:
			return fmt.Errorf("cannot write --bundle %s: %w", o.bundle, text.WithoutPath(err))
		}
		return nil
	}
	return func(i int, p *profile.Profile) doctor.Recorder {
		all[i].profile = p
		return all[i]
	}
}

func (o doctorOptions) writeBundle(a *cli.App, all []recorded, run formats.Run) error {
	versions, err := json.MarshalIndent(struct {
		report.VersionDocument
		OS   string `json:"os"`
		Arch string `json:"arch"`
	}{buildVersion(), runtime.GOOS, runtime.GOARCH}, "", "  ")
	if err != nil {
		return err
	}
	har := func(i int, m *report.Masker) ([]byte, error) { return all[i].Archive(a.Tool, all[i].profile, m) }
	asText := func(w io.Writer, doc *finding.Reports) error {
		return fleet.Text(w, doc, report.TextOptions{Verbose: true}, a)
	}
	parts := bundle.Parts{Run: run, Text: asText, HAR: har, Versions: append(versions, '\n'), Mask: !a.ShowIDs, At: a.Started}
	if a.EnvNames != nil {
		parts.EnvNames = a.EnvNames()
	}
	data, err := bundle.Make(parts)
	if err != nil {
		return err
	}
	return atomicfile.WriteNew(a.PathOf(o.bundle), data, atomicfile.OwnerOnly)
}
