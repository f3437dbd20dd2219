package lastgood

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/text"
)

// History is what the runs of one profile have seen, good and bad. It holds counts and times,
// and the ID of the certificate that NetSuite's list has.
type History struct {
	Version int            `json:"version"`
	Profile string         `json:"profile"`
	Since   time.Time      `json:"since"` // when the count began
	Refused map[string]int `json:"refused"`
	// FileEnd and ListedEnd are when the certificate expires: by its file, and by NetSuite's
	// list for the certificate ListedID.
	FileEnd   *time.Time `json:"file_end"`
	ListedEnd *time.Time `json:"listed_end"`
	ListedID  string     `json:"listed_id"`
}

// maxCodes bounds what a file may count.
const maxCodes = 100

// Record changes the history of id, and returns it. It writes nothing if nothing changed. A
// history that cannot be read begins again. Without a store it returns nil.
func (s Store) Record(id ID, now time.Time, change func(*History)) (*History, error) {
	if s.Missing {
		return nil, ErrMissing
	}
	path, ok := s.path(id)
	if !ok {
		return nil, nil
	}
	path = filepath.Join(s.Dir, "seen-"+strings.TrimPrefix(filepath.Base(path), "last-"))
	var h History
	err := atomicfile.Change(path, func() error {
		old, known, err := readHistory(path)
		if err != nil {
			return err
		}
		h = old
		h.Refused = maps.Clone(old.Refused)
		if !known {
			h = History{Version: version, Profile: id.Profile, Since: now.UTC().Truncate(time.Second), Refused: map[string]int{}}
		}
		change(&h)
		if known && same(old, h) {
			return nil
		}
		data, err := json.MarshalIndent(h, "", "  ")
		if err != nil {
			return err
		}
		return atomicfile.Replace(path, append(data, '\n'))
	})
	if err != nil {
		return nil, err
	}
	return &h, nil
}

// readHistory reads a history; known is false if there is none that can be used.
func readHistory(path string) (h History, known bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return History{}, false, nil
	case err != nil:
		return History{}, false, err
	case !info.Mode().IsRegular(): // reading a pipe would wait
		return History{}, false, atomicfile.ErrNotAFile
	}
	data, err := text.ReadFileAtMost(path, maxBytes)
	if err != nil {
		return History{}, false, err
	}
	h, known = parseHistory(data)
	return h, known, nil
}

func parseHistory(data []byte) (History, bool) {
	var h History
	if len(data) > maxBytes || json.Unmarshal(data, &h) != nil || h.Version != version || h.Since.IsZero() || h.Refused == nil || len(h.Refused) > maxCodes {
		return History{}, false
	}
	for _, n := range h.Refused {
		if n < 0 {
			return History{}, false
		}
	}
	return h, true
}

func same(a, b History) bool {
	equal := func(x, y *time.Time) bool { return x == nil && y == nil || x != nil && y != nil && x.Equal(*y) }
	return maps.Equal(a.Refused, b.Refused) && equal(a.FileEnd, b.FileEnd) && equal(a.ListedEnd, b.ListedEnd) && a.ListedID == b.ListedID
}
