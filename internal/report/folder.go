package report

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
)

// maxFolderRows bounds the rows of a folder as text; JSON has all.
const maxFolderRows = 100

// folder shows the certificates and keys in a folder, each Certificate ID in full, to be
// compared or copied. If one certificate was asked for, it shows only that and, without
// a configured Certificate ID, the others of its key.
func (t *textReport) folder(ids finding.CertificateIDFacts) {
	f := *ids.Folder
	if ids.Computed != nil {
		f = withOnly(f, *ids.Computed, ids.Configured == nil)
	}
	room := block{statusColumns, 4}
	name := func(path string) string {
		if rel, err := filepath.Rel(f.Path, path); err == nil {
			return rel
		}
		return path
	}
	matched := map[string]bool{}
	for i, c := range f.Certificates {
		for _, k := range c.Keys {
			matched[k] = true
		}
		if i >= maxFolderRows {
			continue
		}
		about := aboutCertificate(c, len(ids.Folder.Keys) > 0, name)
		t.row(room.indent, nil, room.hang(), span{name(c.Path), strong}, span{": " + about, plain})
		t.whole(room.hang(), nil, room.hang(), span{c.CertificateID, plain})
	}
	if more := len(f.Certificates) - maxFolderRows; more > 0 {
		t.row(room.indent, nil, room.hang(), span{fmt.Sprintf("and %d more, with -o json", more), faint})
	}
	var alone []string
	for _, k := range f.Keys {
		if !matched[k.Path] {
			alone = append(alone, k.Path)
		}
	}
	list := func(label string, paths []string) {
		if len(paths) > 0 {
			t.row(room.indent, nil, room.hang(), span{label + ": " + firstNames(paths, name), plain})
		}
	}
	list("keys without a certificate here", alone)
	list("encrypted, not opened", f.Locked)
	list("cannot be read", f.Unreadable)
	list("not examined", f.SkippedPaths())
	if f.Incomplete != nil {
		t.row(room.indent, nil, room.hang(), span{"The folder is too large; not all of it was examined (" + *f.Incomplete + ").", caution})
	}
}

// aboutCertificate says when it expires and, if the folder has keys, which is its own.
func aboutCertificate(c finding.FolderCertificate, hasKeys bool, name func(string) string) string {
	about := "expires " + c.NotAfter[:len(time.DateOnly)]
	if c.DaysLeft < 0 {
		about = "expired " + c.NotAfter[:len(time.DateOnly)]
	}
	switch {
	case len(c.Keys) > 0:
		about += ", key " + firstNames(c.Keys, name)
	case hasKeys:
		about += ", key not in the folder"
	}
	return about
}

// firstNames lists at most maxFolderRows of paths.
func firstNames(paths []string, name func(string) string) string {
	var names []string
	for _, path := range paths[:min(len(paths), maxFolderRows)] {
		names = append(names, name(path))
	}
	shown := strings.Join(names, ", ")
	if more := len(paths) - maxFolderRows; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return shown
}

// withOnly drops all but the certificate with this ID and, with sameKey, the others of
// its key.
func withOnly(f finding.FolderFacts, id string, sameKey bool) finding.FolderFacts {
	var spki string
	for _, c := range f.Certificates {
		if c.CertificateID == id && c.SPKISHA256 != nil {
			spki = *c.SPKISHA256
		}
	}
	var left []finding.FolderCertificate
	paired := false
	for _, c := range f.Certificates {
		if c.CertificateID == id || sameKey && spki != "" && c.SPKISHA256 != nil && *c.SPKISHA256 == spki {
			left = append(left, c)
			paired = paired || len(c.Keys) > 0
		}
	}
	if f.Certificates, f.Keys = left, nil; paired && !sameKey {
		f.Locked, f.Unreadable = nil, nil // the key is not among them
	}
	return f
}
