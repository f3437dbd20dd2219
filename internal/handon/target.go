// Package handon hands a credential on to another program: in a file that stays valid, or
// in the environment of a command.
package handon

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// Target is the file of --out. Only its owner can read it, and it is replaced as a whole.
type Target struct {
	Name string // as it was given
	path string
}

// NewTarget checks that the file can be written, before anything is requested for it. The
// error is a *cli.Failure.
func NewTarget(a *cli.App, name string) (*Target, error) {
	if name == "-" {
		return nil, cli.Fail(finding.UsageFlag, "--out needs the name of a file", "omit --out to print to standard output")
	}
	t := &Target{Name: name, path: name}
	if a.Dir != "" && !filepath.IsAbs(name) {
		t.path = filepath.Join(a.Dir, name)
		if strings.HasSuffix(name, "/") || strings.HasSuffix(name, string(filepath.Separator)) {
			t.path += string(filepath.Separator) // which Join takes off
		}
	}
	exists, err := atomicfile.CheckOwn(t.path)
	if err == nil {
		err = atomicfile.Writable(t.path)
	}
	if err != nil {
		return nil, t.cannot(err)
	}
	if !exists {
		return t, nil
	}
	data, err := text.ReadFileAtMost(t.path, maxHanded)
	switch {
	case err != nil:
		return nil, t.cannot(err)
	case len(data) > maxHanded || !handed(string(data)):
		return nil, cli.Fail(finding.IOExists, name+" has other content than a credential of nsauth; not replaced",
			"give another name, or remove the file", "if it is a token, but not a JWT, write it with --header or -o json")
	}
	return t, nil
}

// Write replaces the file. If it fails, the file is as it was. The error is a *cli.Failure.
func (t *Target) Write(content string) error {
	if err := atomicfile.ReplaceOwn(t.path, []byte(content)); err != nil {
		return t.cannot(err)
	}
	return nil
}

// cannot words why the file is not written.
func (t *Target) cannot(err error) error {
	for _, r := range []struct {
		is        error
		why, hint string
	}{
		{atomicfile.ErrLink, "is a link", "give the path of the file itself"},
		{atomicfile.ErrFolder, "is a folder", "give the path of a file in it"},
		{atomicfile.ErrNotAFile, "is not a regular file", "omit --out to print to standard output"},
		{atomicfile.ErrOtherOwner, "belongs to another user", "give the path of a file of your own"},
	} {
		if errors.Is(err, r.is) {
			return cli.Fail(finding.IOExists, t.Name+" "+r.why+"; not replaced", r.hint)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return cli.Fail(finding.IOWrite, t.Name+" cannot be written: its folder does not exist", "create the folder first")
	case errors.Is(err, fs.ErrPermission):
		return cli.Fail(finding.IOWrite, t.Name+" cannot be written: "+text.WithoutPath(err).Error(),
			"its folder must be writable too: the file is replaced by a new one")
	}
	return cli.Fail(finding.IOWrite, t.Name+" cannot be written: "+text.WithoutPath(err).Error())
}

// maxHanded is longer than any token or assertion, in bytes.
const maxHanded = 2 << 20

// The beginnings of a line of nsauth token, and of its documents. What else has several
// content, such as a key, a password or a .env file, belongs to someone.
var (
	lineBegins    = []string{"Authorization: Bearer ", "export NETSUITE_ACCESS_TOKEN=", "$env:NETSUITE_ACCESS_TOKEN = ", `set "NETSUITE_ACCESS_TOKEN=`, "NETSUITE_ACCESS_TOKEN="}
	documentMarks = []string{`"kind": "nsauth.token"`, `"kind": "nsauth.assertion"`}
	jwt           = text.Regexp(`^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)
)

// handed reports whether a file has what nsauth wrote, a bare JWT, or nothing. A token of
// another kind cannot be told from a password.
func handed(content string) bool {
	content = strings.TrimSpace(text.UTF8(content))
	if strings.HasPrefix(content, "{") {
		for _, mark := range documentMarks {
			if strings.Contains(content, mark) {
				return true
			}
		}
		return false
	}
	for _, begin := range lineBegins {
		if rest, ok := strings.CutPrefix(content, begin); ok {
			return !strings.ContainsAny(rest, " \t\r\n")
		}
	}
	return content == "" || jwt().MatchString(content)
}
