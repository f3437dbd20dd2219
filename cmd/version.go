package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// The release build sets these with -ldflags -X; nothing else writes them.
var version, commit, date string

// buildVersion says which nsauth this is: what the release build was told, else
// what the Go toolchain recorded.
func buildVersion() report.VersionDocument {
	doc := report.VersionDocument{Head: report.HeadOf(report.KindVersion)}
	doc.Version, doc.Go = version, runtime.Version()
	revision, when := commit, date
	if info, ok := debug.ReadBuildInfo(); ok {
		if doc.Version == "" && info.Main.Version != "" && info.Main.Version != "(devel)" {
			doc.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && revision == "":
				revision = s.Value
			case s.Key == "vcs.time" && when == "":
				when = s.Value
			}
		}
	}
	if doc.Version == "" {
		doc.Version = "devel"
	}
	if revision != "" {
		doc.Commit = &revision
	}
	if when != "" {
		doc.Date = &when
	}
	return doc
}

func tool() finding.Tool { return finding.Tool{Name: "nsauth", Version: buildVersion().Version} }

func newVersion(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return printVersion(a) },
	}
}

func printVersion(a *cli.App) error {
	doc := buildVersion()
	if a.JSON() {
		return a.PrintJSON(doc)
	}
	_, err := fmt.Fprintln(a.Stdout, versionLine(doc))
	return err
}

func versionLine(doc report.VersionDocument) string {
	line := "nsauth " + doc.Version
	if doc.Commit != nil {
		line += " (" + shorten(*doc.Commit, 12)
		if doc.Date != nil {
			line += ", " + *doc.Date
		}
		line += ")"
	}
	return line + " " + doc.Go
}

func shorten(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
