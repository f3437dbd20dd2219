// Package tokencache keeps access tokens in files, so that the next run of nsauth
// does not log in again. It is a folder that only its user may enter, with one
// file a token, named by a digest of what the token was asked for with: a token
// is never handed to another account, integration, certificate, set of scopes,
// key or way to the server.
//
// A file is written beside its place and renamed, so it is there whole or not at
// all, whatever ends the process. A lock, which is a file of its own because
// Windows lets nobody rename a file that is locked, lets one process at a time ask
// for a token. Whatever is wrong with folder, file or lock is a miss and a
// [*Trouble]: a token can always be asked for.
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
	uid int // whose files are believed
}

// New makes the cache that lies below the platform's cache folder; with "" for
// that every use of it is a Trouble.
func New(cacheDir string, now func() time.Time) *Cache {
	c := &Cache{now: now, uid: os.Geteuid()}
	if cacheDir != "" {
		c.dir = filepath.Join(cacheDir, "nsauth", "tokens")
	}
	return c
}

// Dir is the folder, "" if there is no place for one.
func (c *Cache) Dir() string { return c.dir }

// Trouble is why the cache could not be used.
type Trouble struct {
	Path string // "" if there is no folder
	// Reason is one of
	//	no-folder    the platform has no cache folder
	//	not-private  others may read it, or change what is in it; Mode says how
	//	foreign      it belongs to another user
	//	not-a-file   a folder, link or device where a file belongs, or the other way round
	//	damaged      it does not hold a whole token of this cache
	//	locked       another process holds the lock and does not let go
	//	io           the operating system's error, Err
	Reason string
	Mode   fs.FileMode
	Err    error
}

func (t *Trouble) Error() string {
	words := map[string]string{
		"no-folder":   "there is no folder for it",
		"not-private": fmt.Sprintf("others may use it (mode %04o)", t.Mode),
		"foreign":     "it belongs to another user",
		"not-a-file":  "it is a link or device, or a file in place of a folder or the reverse",
		"damaged":     "it holds no whole token",
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

// Subject is all that decides which token an exchange brings.
type Subject struct {
	TokenURL                string
	ClientID, CertificateID string
	Scope                   []string
	Key                     string // names the key, such as a digest of its file
	// Other is what else changes the request, or leads it to another server of the
	// same name, such as an emulator: the audience, an address to connect to, a
	// certificate authority of one's own.
	Other []string
}

// digest names the subject. Each part is preceded by its length, so that no two
// subjects read the same.
func (s Subject) digest() string {
	h := sha256.New()
	for _, parts := range [][]string{{s.TokenURL, s.ClientID, s.CertificateID, s.Key}, s.scope(), s.Other} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(parts)))
		for _, p := range parts {
			_ = binary.Write(h, binary.BigEndian, uint64(len(p)))
			_, _ = io.WriteString(h, p)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// scope is the scopes as a set.
func (s Subject) scope() []string { return slices.Compact(slices.Sorted(slices.Values(s.Scope))) }

// Entry is the place of one subject's token.
type Entry struct {
	cache   *Cache
	subject Subject
	name    string // the digest
}

// Entry is the place for a subject's token.
func (c *Cache) Entry(s Subject) *Entry { return &Entry{cache: c, subject: s, name: s.digest()} }

func (e *Entry) path(ending string) string { return filepath.Join(e.cache.dir, e.name+ending) }

// The endings of the files, and how all names of this package look.
const (
	tokenEnding = ".json"
	lockEnding  = ".lock"
)

var ownName = text.Regexp(`^([0-9a-f]{64}\.(json|lock)|\.[0-9a-f]{64}\.json\.[0-9]+)$`)

// Load returns the token that is kept, nil if there is none, it has ended, or the
// clock was set back since. The error is a [*Trouble] and always a miss.
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
	case r.subject().digest() != e.name:
		return nil, &Trouble{Path: e.path(tokenEnding), Reason: "damaged"}
	}
	t, now := r.token(), e.cache.now()
	if t.Received.After(now) || !now.Before(t.Expiry()) {
		return nil, nil
	}
	return t, nil
}

// check looks at the folders. The error is a [*Trouble].
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

// judge looks at a file or folder of the cache.
func (c *Cache) judge(path string, info fs.FileInfo, right bool) *Trouble {
	switch {
	case !right:
		return &Trouble{Path: path, Reason: "not-a-file"}
	case !owned(info, c.uid):
		return &Trouble{Path: path, Reason: "foreign"}
	case exposed(info):
		return &Trouble{Path: path, Reason: "not-private", Mode: info.Mode().Perm()}
	}
	return nil
}

// prepare makes the folders that are missing and looks at them.
func (c *Cache) prepare() error {
	if c.dir == "" {
		return &Trouble{Reason: "no-folder"}
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return ioTrouble(c.dir, err)
	}
	return c.check()
}
