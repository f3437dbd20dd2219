// Package bundle puts what another person needs of a run into one ZIP file, without secrets.
package bundle

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// Parts are what a bundle is made of.
type Parts struct {
	Run formats.Run
	// HAR are the requests and answers, without secrets. Versions are of nsauth and the system.
	HAR, Versions []byte
	// EnvNames are the names of the environment's variables.
	EnvNames []string
	// Mask masks IDs in the report and the messages; HAR is as the caller wants it.
	Mask bool
	At   time.Time
}

// File is a file of a bundle, and what it holds.
type File struct {
	Name, Holds string
	write       func(w io.Writer, p Parts) error
}

var files = []File{
	{"report.html", "the report as a page, with the flowchart", written(formats.HTML)},
	{"report.txt", "the report as text, with every check", perReport(func(w io.Writer, r *finding.Report) error {
		return report.Text(w, r, report.TextOptions{Verbose: true})
	})},
	{"report.json", "the report for programs; nsauth render prints it again", written(formats.JSON)},
	{"exchange.har", "each request and its answer as an HTTP Archive, without assertion and token", func(w io.Writer, p Parts) error { return put(w, p.HAR) }},
	{"versions.json", "the versions of nsauth, Go and the system", func(w io.Writer, p Parts) error { return put(w, p.Versions) }},
	{"environment.txt", "the names of the environment variables that nsauth reads, without values", environment},
	{"message-admin.txt", "the case for the administrator", message(report.ReaderAdmin)},
	{"message-developer.txt", "the case for the developer", message(report.ReaderDeveloper)},
	{"message-support.txt", "the case for NetSuite's support", message(report.ReaderSupport)},
}

// Files lists the files of every bundle.
func Files() []File { return slices.Clone(files) }

// Make makes a bundle.
func Make(p Parts) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: p.At.UTC()})
		if err == nil {
			err = f.write(w, p)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

func put(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}

func written(format string) func(io.Writer, Parts) error {
	return func(w io.Writer, p Parts) error {
		return formats.Write(w, format, p.Run, formats.Options{MaskIDs: p.Mask, ShowIDs: !p.Mask})
	}
}

// perReport writes the reports of a run one after the other.
func perReport(write func(w io.Writer, r *finding.Report) error) func(io.Writer, Parts) error {
	return func(w io.Writer, p Parts) error {
		for i, r := range p.Run.Reports {
			if p.Mask {
				r = report.Mask(r)
			}
			if i > 0 {
				if _, err := io.WriteString(w, "\n"+strings.Repeat("-", 72)+"\n\n"); err != nil {
					return err
				}
			}
			if err := write(w, r); err != nil {
				return err
			}
		}
		return nil
	}
}

func message(reader string) func(io.Writer, Parts) error {
	return perReport(func(w io.Writer, r *finding.Report) error {
		return report.Message(w, r, reader, report.TextOptions{})
	})
}

// read are the variables that nsauth, Go or OpenSSL reads, besides NSAUTH_... and ..._PROXY.
var read = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG", "TZ", "CI", "GITHUB_ACTIONS", "NO_COLOR", "TERM", "LANG", "LC_ALL",
	"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"}

// environment writes the names of variables that are set, and nothing of their values.
func environment(w io.Writer, p Parts) error {
	var names []string
	for _, name := range p.EnvNames {
		upper := strings.ToUpper(name)
		if text.NameLike(name) && (strings.HasPrefix(upper, "NSAUTH_") || strings.HasSuffix(upper, "_PROXY") || slices.Contains(read, upper)) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	return put(w, []byte(strings.Join(append(slices.Compact(names), ""), "\n")))
}
