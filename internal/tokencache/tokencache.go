// Package tokencache keeps access tokens in files, so that the next run of nsauth
// does not sign in again. Only the user may enter its folder. Each token has a file
// that is named by a digest of its request, so that it is never used for another
// account, integration, certificate, set of scopes, key or route to the server.
//
// A file is written under a temporary name and renamed, so it is always complete. A lock
// lets one process at a time request a token. The lock is a separate file, because
// Windows does not rename a locked file. Every problem with folder, file or lock is a
// miss and a [*Trouble]: a new token can always be requested.
package tokencache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Cache is a folder of tokens. It need not exist.
type Cache struct {
	dir string
	now func() time.Time
	uid int // the owner of valid files
}

// New makes a cache below the platform's cache folder. If that is "", every use of the
// cache is a Trouble.
func New(cacheDir string, now func() time.Time) *Cache {
	c := &Cache{now: now, uid: os.Geteuid()}
	if cacheDir != "" {
		c.dir = filepath.Join(cacheDir, "nsauth", "tokens")
	}
	return c
}

// Dir is the folder, "" if the platform has no cache folder.
func (c *Cache) Dir() string { return c.dir }

// Trouble is why the cache could not be used.
type Trouble struct {
	Path string // "" for no-folder
	// Reason is one of
	//	no-folder    the platform has no cache folder
	//	not-private  other users may read or change it; Mode says how
	//	foreign      it belongs to another user
	//	not-a-file   a folder, link or device instead of a file, or a file instead of a folder
	//	damaged      it does not hold a complete token of this cache
	//	locked       another process holds the lock for too long
	//	io           the operating system's error, Err
	Reason string
	Mode   fs.FileMode
	Err    error
}

func (t *Trouble) Error() string {
	words := map[string]string{
		"no-folder":   "the platform has no cache folder",
		"not-private": fmt.Sprintf("other users have access to it (mode %04o)", t.Mode),
		"foreign":     "it belongs to another user",
		"not-a-file":  "it is a link or device, or a file instead of a folder, or a folder instead of a file",
		"damaged":     "it does not hold a complete token",
		"locked":      "another process holds its lock",
	}[t.Reason]
	if t.Err != nil {
		words = text.WithoutPath(t.Err).Error()
	}
	if t.Path == "" {
		return words
	}
	return t.Path + ": " + words
}

func (t *Trouble) Unwrap() error { return t.Err }

func ioTrouble(path string, err error) *Trouble { return &Trouble{Path: path, Reason: "io", Err: err} }

// Subject is everything that decides which token an exchange returns.
type Subject struct {
	TokenURL      string   `json:"token_url"`
	ClientID      string   `json:"client_id"`
	CertificateID string   `json:"certificate_id"`
	Scope         []string `json:"scope"`
	Key           string   `json:"key"` // names the key, such as a digest of its file
	// Other is everything else that changes the request or its server, which may be an
	// emulator: the audience, the address to connect to, an extra certificate
	// authority.
	Other []string `json:"other"`
}

// digest names the subject. The length before each part keeps the names of different
// subjects different.
func (s Subject) digest() string {
	h := sha256.New()
	for _, parts := range [][]string{{s.TokenURL, s.ClientID, s.CertificateID, s.Key}, s.scopes(), s.Other} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(parts)))
		for _, p := range parts {
			_ = binary.Write(h, binary.BigEndian, uint64(len(p)))
			_, _ = io.WriteString(h, p)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// scopes are the scopes as a set.
func (s Subject) scopes() []string { return slices.Compact(slices.Sorted(slices.Values(s.Scope))) }

// Entry is one subject's place in the cache.
type Entry struct {
	// Keep says whether a new token is kept; nil keeps all.
	Keep func(*netsuite.Token) bool
	// Fresh says of a kept token that is not due whether it is fresh enough; nil says yes.
	Fresh func(*netsuite.Token) bool

	cache   *Cache
	subject Subject
	name    string // the digest
}

// Entry is the place for a subject's token.
func (c *Cache) Entry(s Subject) *Entry { return &Entry{cache: c, subject: s, name: s.digest()} }

func (e *Entry) path(ending string) string { return filepath.Join(e.cache.dir, e.name+ending) }

// The endings of the files.
const (
	tokenEnding = ".json"
	lockEnding  = ".lock"
)

// ownName matches all file names of this package.
var ownName = text.Regexp(`^([0-9a-f]{64}\.(json|lock)|\.[0-9a-f]{64}\.json\.([0-9]+-)?[0-9]+)$`)

// Load returns the kept token. It is nil if there is none, if it has expired, or if
// the clock was set back. The error is a [*Trouble].
func (e *Entry) Load() (*netsuite.Token, error) {
	if err := e.cache.check(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	return e.read()
}

func (e *Entry) read() (*netsuite.Token, error) {
	r, err := e.cache.readRecord(e.path(tokenEnding))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case r.digest() != e.name:
		return nil, &Trouble{Path: e.path(tokenEnding), Reason: "damaged"}
	}
	t, now := r.token(), e.cache.now()
	if t.Received.After(now) || !now.Before(t.Expiry()) {
		return nil, nil
	}
	return t, nil
}

// check checks the folders. The error is a [*Trouble].
func (c *Cache) check() error {
	if c.dir == "" {
		return &Trouble{Reason: "no-folder"}
	}
	for _, dir := range []string{filepath.Dir(c.dir), c.dir} {
		info, err := os.Lstat(dir)
		if err != nil {
			return ioTrouble(dir, err)
		}
		if t := c.judge(dir, info, info.IsDir()); t != nil {
			return t
		}
	}
	return nil
}

// judge checks a file or folder of the cache. rightType says that it is what is expected.
func (c *Cache) judge(path string, info fs.FileInfo, rightType bool) *Trouble {
	switch {
	case !rightType:
		return &Trouble{Path: path, Reason: "not-a-file"}
	case !owned(info, c.uid):
		return &Trouble{Path: path, Reason: "foreign"}
	case exposed(info):
		return &Trouble{Path: path, Reason: "not-private", Mode: info.Mode().Perm()}
	}
	return nil
}

// prepare makes missing folders and checks all.
func (c *Cache) prepare() error {
	if c.dir == "" {
		return &Trouble{Reason: "no-folder"}
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return ioTrouble(c.dir, err)
	}
	return c.check()
}
