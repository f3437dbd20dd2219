// Package lastgood remembers, for each profile, the last run in which a token was
// issued and everything worked. When it stops working, the record tells since when,
// and what is another value now. There is no secret in it: identifiers, a time, and
// the fingerprint of the public key.
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

// Record is what is remembered of one profile.
type Record struct {
	Version int `json:"version"`
	// Profile is the name, for whoever opens the file; "" without one.
	Profile string    `json:"profile"`
	At      time.Time `json:"at"` // of the token
	// Identifiers by name; a value that was not known is absent.
	Identifiers map[string]string `json:"identifiers"`
	// ValidUntil is the certificate's end by NetSuite's own list; null if it was not read.
	ValidUntil *time.Time `json:"valid_until"`
}

// version of the file's format. A record of another one is damaged.
const version = 1

// maxBytes bounds what is read: a record has less than a kilobyte.
const maxBytes = 64 << 10

// Store is the folder with the records. The zero value remembers nothing.
type Store struct{ Dir string }

// ID says whose record it is: the profile of a file, or the account without one.
type ID struct{ File, Profile, Account string }

// DamagedError is a record that cannot be used, and is as good as none.
type DamagedError struct {
	Path string
	Why  string
}

func (e *DamagedError) Error() string {
	return "the record of the last good run, " + e.Path + ", is not used: " + e.Why
}

// ahead is how much later than this machine's clock a record may be: clocks are off,
// but by no day. A record of a later time says nothing of since when.
const ahead = 24 * time.Hour

// Load returns the record of id, nil if there is none. The error is a *DamagedError,
// also where the record is of a time that is still to come.
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
	case !info.Mode().IsRegular(): // a pipe would be waited for
		return damaged("it is not a file")
	}
	data, err := text.ReadFileAtMost(path, maxBytes)
	switch {
	case err != nil:
		return damaged(text.WithoutPath(err).Error())
	case len(data) > maxBytes:
		return damaged("it is larger than a record")
	}
	r, why := parse(data)
	if why == "" && r.At.After(now.Add(ahead)) {
		why = "by this machine's clock its time is still to come"
	}
	if why != "" {
		return damaged(why)
	}
	return r, nil
}

// parse reads a record; why says what is wrong with it. Nothing of it is quoted.
func parse(data []byte) (r *Record, why string) {
	if err := json.Unmarshal(data, &r); err != nil || r == nil {
		return nil, "it is not a record"
	}
	if r.Version != version {
		return nil, fmt.Sprintf("its version is not %d", version)
	}
	if r.At.IsZero() || len(r.Identifiers) == 0 {
		return nil, "it is not whole"
	}
	return r, ""
}

// Save remembers r. The error is that of the operating system.
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

// path is where the record of id lies. Two files may have profiles of one name, so
// the file's path is part of it, as a digest.
func (s Store) path(id ID) (string, bool) {
	if s.Dir == "" || id.Profile == "" && id.Account == "" {
		return "", false
	}
	name, whose := id.Profile, id.File+"\x00"+id.Profile
	if id.Profile == "" {
		name, whose = id.Account, "\x00"+id.Account
	}
	return filepath.Join(s.Dir, fmt.Sprintf("%s-%x.json", readable(name), digest(whose))), true
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:6]
}

// maxName keeps file names short; the digest beside the name tells them apart.
const maxName = 40

// readable is name with what may not stand in a file's name left out.
func readable(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, name)
	return "last-" + safe[:min(len(safe), maxName)]
}
