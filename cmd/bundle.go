package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/bundle"
	"github.com/nsauth/nsauth/internal/call"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
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
	if _, err := os.Lstat(a.PathOf(o.bundle)); err == nil && !o.dryRun {
		return cli.Fail(finding.IOExists, o.bundle+" already exists; not overwritten", "give a new file with --bundle")
	}
	return nil
}

// listBundle prints what a bundle would hold.
func listBundle(a *cli.App) error {
	rows := [][]string{}
	for _, f := range bundle.Files() {
		rows = append(rows, []string{f.Name, f.Holds})
	}
	if err := report.Table(a.Stdout, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.Stdout, "\nNothing was sent or written. IDs are masked; --no-mask-ids shows them.")
	return err
}

// prepareBundle has the bundle written with the report.
func (o doctorOptions) prepareBundle(a *cli.App, p *profile.Profile) *call.Recorder {
	if o.bundle == "" {
		return nil
	}
	recorder := call.NewRecorder(a.Now)
	a.Bundle = func(run formats.Run) error {
		err := o.writeBundle(a, p, recorder, run)
		switch {
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("%s already exists; not overwritten", o.bundle)
		case err != nil:
			return fmt.Errorf("cannot write --bundle %s: %w", o.bundle, text.WithoutPath(err))
		}
		return nil
	}
	return recorder
}

func (o doctorOptions) writeBundle(a *cli.App, p *profile.Profile, recorder *call.Recorder, run formats.Run) error {
	masked := !a.ShowIDs
	har, err := recorder.Archive(a.Tool, p, masked)
	if err != nil {
		return err
	}
	versions, err := json.MarshalIndent(struct {
		report.VersionDocument
		OS   string `json:"os"`
		Arch string `json:"arch"`
	}{buildVersion(), runtime.GOOS, runtime.GOARCH}, "", "  ")
	if err != nil {
		return err
	}
	parts := bundle.Parts{Run: run, HAR: har, Versions: append(versions, '\n'), Mask: masked, At: a.Started}
	if a.EnvNames != nil {
		parts.EnvNames = a.EnvNames()
	}
	data, err := bundle.Make(parts)
	if err != nil {
		return err
	}
	return atomicfile.WriteNew(a.PathOf(o.bundle), data, atomicfile.OwnerOnly)
}
