package tokencache

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// maxRecord bounds what is read of a file, in bytes. Real records are far smaller.
const maxRecord = 2 << 20

// formatVersion changes with the meaning of the members.
const formatVersion = 1

// record is a file of the cache.
type record struct {
	Version int `json:"version"`
	Subject
	AccessToken string    `json:"access_token"`
	TokenType   string    `json:"token_type"`
	Granted     []string  `json:"granted_scope"`
	Received    time.Time `json:"received_at"`
	ExpiresIn   float64   `json:"expires_in"` // seconds
}

func newRecord(s Subject, t *netsuite.Token) *record {
	return &record{Version: formatVersion, Subject: s, AccessToken: t.AccessToken.Reveal(), TokenType: t.TokenType,
		Granted: t.Scope, Received: t.Received.UTC(), ExpiresIn: t.ExpiresIn.Seconds()}
}

func (r *record) token() *netsuite.Token {
	return &netsuite.Token{AccessToken: netsuite.NewSecret(r.AccessToken), TokenType: r.TokenType, Scope: r.Granted,
		Received: r.Received, ExpiresIn: time.Duration(r.ExpiresIn * float64(time.Second))}
}

// maxLifetime is longer than any token's; a longer one means a damaged file.
const maxLifetime = 10 * 365 * 24 * time.Hour

// decode reads exactly one complete record.
func decode(data []byte) (*record, bool) {
	var r record
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if d.Decode(&r) != nil || r.Version != formatVersion || r.AccessToken == "" || r.Received.IsZero() ||
		!(r.ExpiresIn > 0 && r.ExpiresIn <= maxLifetime.Seconds()) {
		return nil, false
	}
	_, err := d.Token()
	return &r, err == io.EOF
}

// readRecord reads a file of the cache. The error is a [*Trouble].
func (c *Cache) readRecord(path string) (*record, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		if info, stat := os.Lstat(path); stat == nil && !info.Mode().IsRegular() {
			return nil, &Trouble{Path: path, Reason: "not-a-file"}
		}
		return nil, ioTrouble(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, ioTrouble(path, err)
	}
	if t := c.judge(path, info, info.Mode().IsRegular()); t != nil {
		return nil, t
	}
	data, err := text.ReadAtMost(f, maxRecord)
	if err != nil {
		return nil, ioTrouble(path, err)
	}
	r, ok := decode(data)
	if !ok || len(data) > maxRecord {
		return nil, &Trouble{Path: path, Reason: "damaged"}
	}
	return r, nil
}

// write writes a record completely or not at all. The error is a [*Trouble].
func (e *Entry) write(r *record) error {
	data, err := json.Marshal(r)
	if err == nil {
		err = atomicfile.Replace(e.path(tokenEnding), data)
	}
	if err != nil {
		return ioTrouble(e.path(tokenEnding), err)
	}
	return nil
}

// removeTemporary removes the temporary files of processes that stopped while they
// wrote. The caller holds the lock, so no process is writing.
func (e *Entry) removeTemporary() {
	left, _ := filepath.Glob(filepath.Join(e.cache.dir, "."+e.name+tokenEnding+".*"))
	for _, path := range left {
		_ = os.Remove(path)
	}
}
