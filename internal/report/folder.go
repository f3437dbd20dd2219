package report

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// maxFolderRows bounds what text shows of a folder; JSON has all of it.
const maxFolderRows = 100

// folder shows what a folder holds: below each certificate its ID, whole, since
// it is there to be compared or copied. If one of them was asked for, it shows
// that, and without a Certificate ID the others of the same key.
func (t *textReport) folder(ids finding.CertificateIDFacts) {
	f := *ids.Folder
	if ids.Computed != nil {
		f = chosen(f, *ids.Computed, ids.Configured == nil)
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
		about := "until " + c.NotAfter[:len("2026-11-23")]
		if c.DaysLeft < 0 {
			about = "ended on " + c.NotAfter[:len("2026-11-23")]
		}
		keys := make([]string, len(c.Keys))
		for i, k := range c.Keys {
			keys[i] = name(k)
		}
		switch {
		case len(keys) == 0 && len(ids.Folder.Keys) == 0:
		case len(keys) == 0:
			about += ", its key is not here"
		default:
			about += ", key " + strings.Join(keys, ", ")
		}
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
	for _, list := range []struct {
		label string
		paths []string
	}{{"keys without a certificate here", alone}, {"behind a passphrase, not opened", f.Locked}, {"cannot be read", f.Unreadable}} {
		if n := len(list.paths); n > 0 {
			var names []string
			for _, path := range list.paths[:min(n, maxFolderRows)] {
				names = append(names, name(path))
			}
			shown := strings.Join(names, ", ")
			if n > maxFolderRows {
				shown += fmt.Sprintf(" and %d more", n-maxFolderRows)
			}
			t.row(room.indent, nil, room.hang(), span{list.label + ": " + shown, plain})
		}
	}
	if f.Incomplete != nil {
		t.row(room.indent, nil, room.hang(), span{"Not all of the folder was looked at: it holds too much (" + *f.Incomplete + ").", caution})
	}
}

// chosen leaves what was asked for of a folder.
func chosen(f finding.FolderFacts, id string, sameKey bool) finding.FolderFacts {
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
	if f.Certificates, f.Keys = left, nil; paired {
		f.Locked, f.Unreadable = nil, nil // what is looked for is not among them
	}
	return f
}
