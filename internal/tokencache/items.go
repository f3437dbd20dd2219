package tokencache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
)

// Item describes a kept token, without the token itself.
type Item struct {
	File string
	Subject
	Received, Expiry time.Time
	Trouble          error // why it cannot be used; then only File is set
}

// List describes the kept tokens, by file name. A missing folder is an empty cache; any
// other error is a [*Trouble].
func (c *Cache) List() ([]Item, error) {
	if err := c.check(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	names, err := c.files(tokenEnding)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, path := range names {
		r, err := c.readRecord(path)
		switch {
		case errors.Is(err, fs.ErrNotExist): // cleared meanwhile
		case err != nil:
			items = append(items, Item{File: path, Trouble: err})
		default:
			items = append(items, Item{File: path, Subject: r.Subject, Received: r.Received, Expiry: r.token().Expiry()})
		}
	}
	return items, nil
}

// Clear removes every file of the cache, but no other file. It returns the number of
// tokens. It also clears a cache that is not private: that needs it most. The error is
// a [*Trouble].
func (c *Cache) Clear() (tokens int, err error) {
	if c.dir == "" {
		return 0, nil
	}
	info, err := os.Lstat(c.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, ioTrouble(c.dir, err)
	case !info.IsDir():
		return 0, &Trouble{Path: c.dir, Reason: "not-a-file"}
	}
	paths, err := c.files("")
	for _, path := range paths {
		remove := os.Remove
		if strings.HasSuffix(path, lockEnding) {
			remove = removeUnlocked
		}
		switch err2 := remove(path); {
		case err2 == nil && strings.HasSuffix(path, tokenEnding):
			tokens++
		case err2 != nil && !errors.Is(err2, fs.ErrNotExist) && err == nil:
			err = ioTrouble(path, err2)
		}
	}
	return tokens, err
}

// files are the files of this package with an ending, sorted by name.
func (c *Cache) files(ending string) ([]string, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, ioTrouble(c.dir, err)
	}
	var paths []string
	for _, e := range entries {
		if ownName().MatchString(e.Name()) && strings.HasSuffix(e.Name(), ending) {
			paths = append(paths, filepath.Join(c.dir, e.Name()))
		}
	}
	return paths, nil
}

// removeUnlocked removes a lock that no process holds.
func removeUnlocked(path string) error {
	if l, err := atomicfile.TryLock(path); err == nil && l != nil {
		l.Remove()
	}
	return nil
}
