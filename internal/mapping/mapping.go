// Package mapping lists, adds and revokes the certificates that are mapped to a Client
// ID, at NetSuite's certificate rotation endpoint (Oracle NetSuite Help, page
// article_92130837826).
package mapping

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/nsid"
)

// Mapping is one row of OAuth 2.0 Client Credentials (M2M) Setup: a certificate for one
// combination of integration, role and entity. Times are as NetSuite sent them.
type Mapping struct {
	CertificateID string
	Application   Record
	ApplicationID string // a UUID; "" if the answer has none
	Role, Entity  Record
	Created       string
	ValidFrom     string
	ValidUntil    string
	Revoked       bool
	Algorithm     string // RSA or EC
}

// Record is a record of NetSuite. Either may be "".
type Record struct {
	ID   string // the internal ID
	Name string
}

// ActiveLimit is how many certificates one integration record may have active, over all
// its roles and entities (Oracle NetSuite Help, page section_162686838198).
const ActiveLimit = 5

// listed is a row of the list (Oracle NetSuite Help, page article_11111634165).
type listed struct {
	Application struct {
		listedRecord
		ApplicationID json.RawMessage `json:"application_id"` // a UUID; a number in some answers
	} `json:"application"`
	Entity        listedRecord `json:"entity"`
	Role          listedRecord `json:"role"`
	Created       string       `json:"created"`
	ValidFrom     string       `json:"valid_from"`
	ValidUntil    string       `json:"valid_until"`
	Revoked       bool         `json:"revoked"`
	CertificateID string       `json:"certificate_id"`
	Algorithm     string       `json:"algorithm"`
}

type listedRecord struct {
	ID   json.RawMessage `json:"id"` // a number, or a text
	Name string          `json:"name"`
}

func (r listedRecord) record() Record { return Record{ID: internalID(r.ID), Name: r.Name} }

// errNoList says that an answer is JSON of another kind.
var errNoList = errors.New("it is not a list of certificates")

// ReadList reads the answer to a list request. A row without a Certificate ID is an
// error: what follows from such a list would be wrong.
func ReadList(body []byte) ([]Mapping, error) {
	var rows []listed
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, err
	}
	if rows == nil { // null
		return nil, errNoList
	}
	list := make([]Mapping, 0, len(rows))
	for _, r := range rows {
		if r.CertificateID == "" {
			return nil, errNoList
		}
		list = append(list, Mapping{
			CertificateID: r.CertificateID, Application: r.Application.record(), ApplicationID: applicationID(r.Application.ApplicationID),
			Role: r.Role.record(), Entity: r.Entity.record(), Created: r.Created, ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil,
			Revoked: r.Revoked, Algorithm: r.Algorithm,
		})
	}
	return list, nil
}

// ReadAdded reads the answer to a request that added a certificate. Its members have
// other names than in the list (Oracle NetSuite Help, page article_0209112025).
func ReadAdded(body []byte) (Mapping, error) {
	var a struct {
		EntityRole struct {
			Entity json.RawMessage `json:"ent"`
			Role   json.RawMessage `json:"rol"`
		} `json:"entity_role_id"`
		ApplicationID json.RawMessage `json:"application_id"`
		CertificateID string          `json:"certificate_id"`
		Algorithm     string          `json:"algorithm"`
		CreatedAt     string          `json:"created_at"`
		ValidFrom     string          `json:"valid_from"`
		ValidUntil    string          `json:"valid_until"`
		Invalidated   bool            `json:"invalidated"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return Mapping{}, err
	}
	if a.CertificateID == "" {
		return Mapping{}, errors.New("it has no certificate_id")
	}
	return Mapping{
		CertificateID: a.CertificateID, Application: Record{ID: internalID(a.ApplicationID)}, ApplicationID: applicationID(a.ApplicationID),
		Role: Record{ID: internalID(a.EntityRole.Role)}, Entity: Record{ID: internalID(a.EntityRole.Entity)},
		Created: a.CreatedAt, ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil, Revoked: a.Invalidated, Algorithm: a.Algorithm,
	}, nil
}

// internalID is an internal ID that is a number or a text, "" if it is neither.
func internalID(raw json.RawMessage) string {
	if id := strings.Trim(string(raw), `"`); nsid.IsInternalID(id) {
		return id
	}
	return ""
}

// applicationID is an Application ID, "" for the number that some answers have.
func applicationID(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) != nil || nsid.IsInternalID(id) {
		return ""
	}
	return id
}

// State is what became of a certificate, by NetSuite's list.
type State string

// The states. A certificate of which no end can be read is Active unless it is revoked.
const (
	Active  State = "active"
	Expired State = "expired"
	Revoked State = "revoked"
)

// State is the state of m at a time.
func (m Mapping) State(now time.Time) State {
	_, last, dated := m.Ends()
	switch {
	case m.Revoked:
		return Revoked
	case dated && !last.After(now):
		return Expired
	}
	return Active
}

// CountActive is the number of active certificates in a list, which may be partial.
func CountActive(list []Mapping, now time.Time) int {
	n := 0
	for _, m := range list {
		if m.State(now) == Active {
			n++
		}
	}
	return n
}

// Find is the mapping of a certificate, and whether the list has it.
func Find(list []Mapping, certificateID string) (Mapping, bool) {
	i := slices.IndexFunc(list, func(m Mapping) bool { return m.CertificateID == certificateID })
	if i < 0 {
		return Mapping{}, false
	}
	return list[i], true
}

// Match finds the Certificate IDs that s stands for: the one that it is, else those that it
// shortens, at the end or in the middle, as in a table. With fewer than least characters, or
// without the first four, s is too short and stands for none.
func Match(ids []string, s string, least int) (found []string, tooShort bool) {
	if slices.Contains(ids, s) {
		return []string{s}, false
	}
	head, tail, _ := strings.Cut(strings.ReplaceAll(s, "...", "…"), "…")
	if len(head) < 4 || len(head+tail) < least {
		return nil, true
	}
	for _, id := range ids {
		if strings.HasPrefix(id, head) && strings.HasSuffix(id, tail) && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	return found, false
}

// Ends are the ends of the mapping's Valid until. See [Ends].
func (m Mapping) Ends() (utc, last time.Time, ok bool) { return Ends(m.ValidUntil) }

// westmost is how long after UTC a day ends in the westmost time zone, UTC-12.
const westmost = 12 * time.Hour

// Ends are the end of a Valid until in UTC, and in the westmost time zone. Oracle's
// samples have bare dates: a certificate is valid to the end of its last day, and the
// time zone of the list is not known.
func Ends(validUntil string) (utc, last time.Time, ok bool) {
	utc, ok = Time(validUntil)
	if _, err := time.Parse(time.RFC3339, validUntil); err == nil || !ok {
		return utc, utc, ok
	}
	if utc.Equal(utc.Truncate(24 * time.Hour)) {
		utc = utc.AddDate(0, 0, 1)
	}
	return utc, utc.Add(westmost), true
}

// Time parses a time in the list. Without a zone, which Oracle's samples lack, it is
// taken as UTC.
func Time(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
