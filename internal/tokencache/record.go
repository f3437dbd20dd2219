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

// maxRecord bounds what is read of a file, in bytes: far more than a token's
// answer may have.
const maxRecord = 2 << 20

// formatVersion changes with the meaning of the members.
const formatVersion = 1

// record is a file of the cache.
type record struct {
	Version       int       `json:"version"`
	TokenURL      string    `json:"token_url"`
	ClientID      string    `json:"client_id"`
	CertificateID string    `json:"certificate_id"`
	Scope         []string  `json:"scope"`
	Key           string    `json:"key"`
	Other         []string  `json:"other"`
	AccessToken   string    `json:"access_token"`
	TokenType     string    `json:"token_type"`
	Granted       []string  `json:"granted_scope"`
	Received      time.Time `json:"received_at"`
	ExpiresIn     float64   `json:"expires_in"` // seconds
}

func newRecord(s Subject, t *netsuite.Token) *record {
	return &record{Version: formatVersion, TokenURL: s.TokenURL, ClientID: s.ClientID, CertificateID: s.CertificateID,
		Scope: s.Scope, Key: s.Key, Other: s.Other, AccessToken: t.AccessToken.Reveal(), TokenType: t.TokenType,
		Granted: t.Scope, Received: t.Received.UTC(), ExpiresIn: t.ExpiresIn.Seconds()}
}

func (r *record) subject() Subject {
	return Subject{TokenURL: r.TokenURL, ClientID: r.ClientID, CertificateID: r.CertificateID, Scope: r.Scope, Key: r.Key, Other: r.Other}
}

func (r *record) token() *netsuite.Token {
	return &netsuite.Token{AccessToken: netsuite.NewSecret(r.AccessToken), TokenType: r.TokenType, Scope: r.Granted,
		Received: r.Received, ExpiresIn: time.Duration(r.ExpiresIn * float64(time.Second))}
}

// maxLifetime is beyond any token's; more is damage.
const maxLifetime = 10 * 365 * 24 * time.Hour

// decode reads a whole record and nothing behind it.
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

// write puts a record in its place, whole or not at all. The error is a [*Trouble].
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

// sweep removes what processes left behind that ended while they wrote. Who holds
// the lock knows that nobody writes now.
func (e *Entry) sweep() {
	left, _ := filepath.Glob(filepath.Join(e.cache.dir, "."+e.name+tokenEnding+".*"))
	for _, path := range left {
		_ = os.Remove(path)
	}
}
