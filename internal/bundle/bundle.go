// Package bundle puts what another person needs of a run into one ZIP file, without secrets.
package bundle

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
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
	// Text writes the run of several profiles as text.
	Text func(w io.Writer, all *finding.Reports) error
	// HAR returns the requests and answers of report i, without secrets. m replaces their IDs;
	// nil shows them.
	HAR func(i int, m *report.Masker) ([]byte, error)
	// Versions are of nsauth and the system.
	Versions []byte
	// EnvNames are the names of the environment's variables.
	EnvNames []string
	// Mask replaces an ID by the same placeholder in every file.
	Mask bool
	At   time.Time

	masker *report.Masker
}

// File is a file of a bundle, and what it holds.
type File struct {
	Name, Holds string
	whole       bool // is about a run over several profiles as well
	alone       bool // is about the machine, not about a profile
	write       func(w io.Writer, p Parts, i int) error
}

var files = []File{
	{"report.html", "the report as a page, with the flowchart", true, true, written(formats.HTML)},
	{"report.txt", "the report as text, with every check", true, false, asText},
	{"report.json", "the report for programs; nsauth render prints it again", true, false, written(formats.JSON)},
	{"exchange.har", "each request and its answer as an HTTP Archive, without assertion and token", false, false, exchange},
	{"versions.json", "the versions of nsauth, Go and the system", true, true, func(w io.Writer, p Parts, _ int) error { return put(w, p.Versions) }},
	{"environment.txt", "the names of the environment variables that nsauth reads, without values", true, true, environment},
	{"message-admin.txt", "the case for the administrator", false, false, message(report.ReaderAdmin)},
	{"message-developer.txt", "the case for the developer", false, false, message(report.ReaderDeveloper)},
	{"message-support.txt", "the case for NetSuite's support", false, false, message(report.ReaderSupport)},
}

// Files lists the files of every bundle, or of one of several profiles.
func Files(several bool) []File {
	if !several {
		return slices.Clone(files)
	}
	var list, each []File
	for _, f := range files {
		if f.whole {
			list = append(list, f)
		}
		if !f.alone {
			f.Name = Folder(0, "NAME") + f.Name
			each = append(each, f)
		}
	}
	return append(list, each...)
}

// Folder is the folder of profile number i in a bundle of several. The number makes it unique.
// Of the name it has letters, digits, "-" and "_", and "_" for everything else.
func Folder(i int, name string) string {
	const most = 40
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && (text.Alphanumeric(byte(r)) || r == '-') {
			return r
		}
		return '_'
	}, name)
	return fmt.Sprintf("profiles/%03d-%s/", i+1, safe[:min(len(safe), most)])
}

// Make makes a bundle.
func Make(p Parts) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if p.Mask {
		p.masker = report.NewMasker()
		p.Run = p.Run.Masked(p.masker)
	}
	several := p.Run.All() != nil
	err := add(z, "", p, 0, func(f File) bool { return f.whole || !several })
	if several {
		for i, r := range p.Run.Reports {
			one := p
			one.Run = formats.One(r)
			err = errors.Join(err, add(z, Folder(i, nameOf(r)), one, i, func(f File) bool { return !f.alone }))
		}
	}
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// add writes the files that belong into a folder. i is the number of the profile.
func add(z *zip.Writer, folder string, p Parts, i int, belongs func(File) bool) error {
	for _, f := range files {
		if !belongs(f) {
			continue
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: folder + f.Name, Method: zip.Deflate, Modified: p.At.UTC()})
		if err == nil {
			err = f.write(w, p, i)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", folder+f.Name, err)
		}
	}
	return nil
}

// nameOf is the profile of a report.
func nameOf(r *finding.Report) string {
	if r.Profile == nil || r.Profile.Name == nil {
		return "profile"
	}
	return *r.Profile.Name
}

func put(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}

func written(format string) func(io.Writer, Parts, int) error {
	return func(w io.Writer, p Parts, _ int) error {
		return formats.Write(w, format, p.Run, formats.Options{ShowIDs: true}) // it is masked already
	}
}

func asText(w io.Writer, p Parts, _ int) error {
	if all := p.Run.All(); all != nil {
		return p.Text(w, all)
	}
	return report.Text(w, p.Run.Reports[0], report.TextOptions{Verbose: true})
}

func exchange(w io.Writer, p Parts, i int) error {
	data, err := p.HAR(i, p.masker)
	if err != nil {
		return err
	}
	return put(w, data)
}

func message(reader string) func(io.Writer, Parts, int) error {
	return func(w io.Writer, p Parts, _ int) error {
		return report.Message(w, p.Run.Reports[0], reader, report.TextOptions{})
	}
}

// read are the variables that nsauth, Go or OpenSSL reads, besides NSAUTH_... and ..._PROXY.
var read = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG", "TZ", "CI", "GITHUB_ACTIONS", "NO_COLOR", "TERM", "LANG", "LC_ALL",
	"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"}

// environment writes the names of variables that are set, and nothing of their values.
func environment(w io.Writer, p Parts, _ int) error {
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
