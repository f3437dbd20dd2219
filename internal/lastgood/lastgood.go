// Package lastgood keeps a record of the last successful run of each profile. After a
// failure the record tells since when it fails, and which values have changed. It holds
// only identifiers, a time, and the fingerprint of the public key.
package lastgood

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/text"
)

// Record is the last good run of one profile.
type Record struct {
	Version int `json:"version"`
	// Profile is the name, for people who open the file; "" without one.
	Profile string    `json:"profile"`
	At      time.Time `json:"at"` // of the token
	// Identifiers are by name; unknown ones are absent.
	Identifiers map[string]string `json:"identifiers"`
	// ValidUntil is when the certificate expires in NetSuite's own list; null if that
	// was not read.
	ValidUntil *time.Time `json:"valid_until"`
}

// version is the version of the file format. Records of other versions are not used.
const version = 1

// maxBytes bounds what is read. A record has less than a kilobyte.
const maxBytes = 64 << 10

// Store is the folder with the records. The zero value keeps nothing. Missing says that there should
// be a folder, and the user has none.
type Store struct {
	Dir     string
	Missing bool
}

// ErrMissing is the error of a store without a folder.
var ErrMissing = errors.New("this user has no folder for it: set HOME, or LocalAppData on Windows")

// ID names a record: the profile of a file, or the account without one. Route is "", or
// what leads to a server in place of the account's.
type ID struct{ File, Profile, Account, Route string }

// DamagedError says that a record cannot be used.
type DamagedError struct {
	Path string
	Why  string
}

func (e *DamagedError) Error() string {
	return "the record of the last good run, " + e.Path + ", is not used: " + e.Why
}

// maxAhead is how far in the future a record may be: clocks differ, but not by a day.
const maxAhead = 24 * time.Hour

// Load returns the record of id, nil if there is none. The error is a *DamagedError,
// also for a record from the future.
func (s Store) Load(id ID, now time.Time) (*Record, error) {
	path, ok := s.path(id)
	if !ok {
		return nil, nil
	}
	damaged := func(why string) (*Record, error) { return nil, &DamagedError{Path: path, Why: why} }
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return damaged(text.WithoutPath(err).Error())
	case !info.Mode().IsRegular(): // reading a pipe would wait
		return damaged("it is not a file")
	}
	data, err := text.ReadFileAtMost(path, maxBytes)
	switch {
	case err != nil:
		return damaged(text.WithoutPath(err).Error())
	case len(data) > maxBytes:
		return damaged("it is too large for a record")
	}
	r, why := parse(data)
	if why == "" && r.At.After(now.Add(maxAhead)) {
		why = "its time is in the future by this machine's clock"
	}
	if why != "" {
		return damaged(why)
	}
	return r, nil
}

// parse reads a record; why says what is wrong with it, without quoting it.
func parse(data []byte) (r *Record, why string) {
	if err := json.Unmarshal(data, &r); err != nil || r == nil {
		return nil, "it is not a record"
	}
	if r.Version != version {
		return nil, fmt.Sprintf("its version is not %d", version)
	}
	if r.At.IsZero() || len(r.Identifiers) == 0 {
		return nil, "it is not complete"
	}
	return r, ""
}

// Save writes r. The error is that of the operating system.
func (s Store) Save(id ID, r Record) error {
	path, ok := s.path(id)
	if !ok {
		return nil
	}
	r.Version, r.Profile, r.At = version, id.Profile, r.At.UTC().Truncate(time.Second)
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Replace(path, append(data, '\n'))
}

// path is the file of a record. Two profile files may use the same name, so a digest
// of the file's path is part of it.
func (s Store) path(id ID) (string, bool) {
	if s.Dir == "" || id.Profile == "" && id.Account == "" {
		return "", false
	}
	name, whose := id.Profile, id.File+"\x00"+id.Profile
	if id.Profile == "" {
		name, whose = id.Account, "\x00"+id.Account
	}
	if id.Route != "" {
		whose += "\x00" + id.Route
	}
	return filepath.Join(s.Dir, fmt.Sprintf("%s-%x.json", readable(name), digest(whose))), true
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:6]
}

// maxName keeps file names short; the digest beside the name tells them apart.
const maxName = 40

// readable is name without the characters that are unsafe in a file name.
func readable(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, name)
	return "last-" + safe[:min(len(safe), maxName)]
}
