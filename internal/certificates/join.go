package certificates

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/rotation"
	"github.com/nsauth/nsauth/internal/text"
)

// Policy is what a certificate is judged by.
type Policy struct {
	Now        time.Time
	WithinDays int
	// KeyMonths and KeyDays are how old a key may be; both 0 for no limit.
	KeyMonths, KeyDays int
}

// subject is a profile as the join needs it.
type subject struct {
	Profile
	given bool // the profile of this run
	p     *profile.Profile
}

// list is NetSuite's list of a Client ID; rows is nil if it was not read.
type list struct {
	account, clientID string
	readBy            string
	rows              []mapping.Mapping
}

// files are the certificates that were found, by Certificate ID.
type files map[string]*held

type held struct {
	*keys.Certificate
	key   string // the fingerprint of its public key; "" for a type that Go does not know
	paths []string
}

func (f files) add(c *keys.Certificate, path string) {
	id := c.ID()
	if f[id] == nil {
		f[id] = &held{Certificate: c, key: c.SPKISHA256()}
	}
	if path != "" && !slices.Contains(f[id].paths, path) {
		f[id].paths = append(f[id].paths, path)
		slices.Sort(f[id].paths)
	}
}

// evidence is all that was read.
type evidence struct {
	subjects []*subject
	lists    []*list
	files    files
	since    map[string]time.Time // by the fingerprint of a key
	noted    []rotation.Noted
}

// join makes the rows of each list, most urgent first: what it has, and what its profiles
// sign with and it does not have.
func (e *evidence) join(p Policy) []Row {
	e.addAges()
	rows := []Row{}
	for _, l := range e.lists {
		var own []Row
		for _, m := range l.rows {
			own = append(own, e.listed(l, m, p))
		}
		for _, s := range e.subjects {
			if !l.isOf(s) {
				continue
			}
			same := func(r Row) bool {
				return equal(r.CertificateID, s.CertificateID) && (s.CertificateID != nil || slices.Equal(r.SignedBy, []string{s.Name}))
			}
			if i := slices.IndexFunc(own, same); i >= 0 {
				for ; i < len(own); i++ {
					if same(own[i]) && !slices.Contains(own[i].SignedBy, s.Name) {
						own[i].SignedBy = append(own[i].SignedBy, s.Name)
					}
				}
				continue
			}
			own = append(own, e.unlisted(l, s, p))
		}
		sortRows(own)
		rows = append(rows, own...)
	}
	return rows
}

// isOf reports whether the list has what the profile signs with.
func (l *list) isOf(s *subject) bool {
	return s.State != LeftOut && equal(&l.account, s.Account) && equal(&l.clientID, s.ClientID)
}

// strays are the rows of profiles that have no list to ask for.
func (e *evidence) strays(p Policy) []Row {
	var rows []Row
	for _, s := range e.subjects {
		if s.State != LeftOut && !slices.ContainsFunc(e.lists, func(l *list) bool { return l.isOf(s) }) {
			rows = append(rows, e.unlisted(nil, s, p))
		}
	}
	return rows
}

func (e *evidence) listed(l *list, m mapping.Mapping, p Policy) Row {
	yes := true
	r := Row{Account: &l.account, ClientID: &l.clientID, CertificateID: &m.CertificateID, Listed: &yes, Revoked: &m.Revoked,
		Integration: finding.Optional(m.Application.Name), ApplicationID: finding.Optional(m.ApplicationID),
		RoleID: finding.Optional(m.Role.ID), Role: finding.Optional(m.Role.Name), EntityID: finding.Optional(m.Entity.ID), Entity: finding.Optional(m.Entity.Name),
		Algorithm: finding.Optional(m.Algorithm), Created: finding.Optional(m.Created), ValidFrom: finding.Optional(m.ValidFrom), ValidUntil: finding.Optional(m.ValidUntil)}
	e.addFile(&r)
	_, until, dated := m.Ends()
	if !dated && r.File != nil {
		until, dated = e.files[m.CertificateID].X509.NotAfter, true
	}
	if dated {
		r.expires(until, p)
	}
	switch state := m.State(p.Now); {
	case state == mapping.Revoked:
		r.State, r.DaysLeft = Revoked, nil
	case state == mapping.Expired, dated && !until.After(p.Now):
		r.State = Expired
	case !dated:
		r.State, r.Message = Unknown, finding.Optional("NetSuite's Valid until cannot be read")
	case *r.DaysLeft <= p.WithinDays:
		r.State = Due
	default:
		r.State = Active
	}
	for _, n := range e.noted {
		if r.live() && n.CertificateID == m.CertificateID && n.Account == l.account && n.ClientID == l.clientID {
			r.RevokeAfter = new(text.UTC(n.At))
		}
	}
	return r
}

// unlisted is the row of a profile whose certificate is not in its list, or whose list was
// not read. NetSuite's date is never after the file's, so a file that is expired settles it.
func (e *evidence) unlisted(l *list, s *subject, p Policy) Row {
	r := Row{Account: s.Account, ClientID: s.ClientID, CertificateID: s.CertificateID, SignedBy: []string{s.Name}}
	e.addFile(&r)
	if r.File != nil {
		r.expires(e.files[*r.CertificateID].X509.NotAfter, p)
	}
	switch {
	case s.CertificateID == nil:
		r.State, r.Message = Unknown, finding.Optional(cmp.Or(deref(s.Message), "the profile has no Certificate ID"))
	case l != nil && l.rows != nil:
		r.Listed, r.State = new(bool), NotListed
	case r.DaysLeft != nil && *r.DaysLeft < 0:
		r.State, r.Message = Expired, s.Message
	default:
		r.State, r.Message = Unknown, s.Message
	}
	return r
}

// unmapped are the certificates of files that are in no row, without those of an authority,
// which NetSuite never gets.
func (e *evidence) unmapped(rows []Row, p Policy) []Row {
	var list []Row
	for id, h := range e.files {
		if authority := h.X509.IsCA && h.X509.KeyUsage&x509.KeyUsageCertSign != 0; authority || slices.ContainsFunc(rows, func(r Row) bool { return r.CertificateID != nil && *r.CertificateID == id }) {
			continue
		}
		r := Row{CertificateID: &id, State: NotMapped, SignedBy: []string{}}
		e.addFile(&r)
		r.expires(e.files[id].X509.NotAfter, p)
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Row) int {
		return cmp.Or(slices.Compare(a.Files, b.Files), strings.Compare(*a.CertificateID, *b.CertificateID))
	})
	return list
}

func (r *Row) expires(at time.Time, p Policy) {
	days := keys.WholeDays(p.Now, at)
	r.ExpiresAt, r.DaysLeft = new(text.UTC(at)), &days
}

func (e *evidence) addFile(r *Row) {
	r.Files, r.SignedBy = []string{}, append([]string{}, r.SignedBy...)
	if r.CertificateID == nil || e.files[*r.CertificateID] == nil {
		return
	}
	h := e.files[*r.CertificateID]
	r.Files = append(r.Files, h.paths...)
	r.File = &File{Subject: h.Subject(), KeyType: keyType(h.Certificate), SHA256: h.SHA256(), KeySHA256: finding.Optional(h.key),
		NotBefore: text.UTC(h.X509.NotBefore), NotAfter: text.UTC(h.X509.NotAfter), KeySince: text.UTC(e.since[h.key])}
}

// addAges notes the oldest date that is known of each key.
func (e *evidence) addAges() {
	e.since = map[string]time.Time{}
	note := func(h *held, at time.Time) {
		if old, ok := e.since[h.key]; !ok || at.Before(old) {
			e.since[h.key] = at
		}
	}
	for _, h := range e.files {
		note(h, h.X509.NotBefore)
	}
	for _, l := range e.lists {
		for _, m := range l.rows {
			if h := e.files[m.CertificateID]; h != nil {
				if at, ok := mapping.Time(m.Created); ok {
					note(h, at)
				}
			}
		}
	}
}

func keyType(c *keys.Certificate) string {
	switch {
	case c.Curve != "":
		return c.Type + " " + c.Curve
	case c.Bits > 0:
		return fmt.Sprintf("%s %d bits", c.Type, c.Bits)
	}
	return c.Type
}

// urgency is the place of a row among those of its list.
func urgency(r Row) int {
	if len(r.SignedBy) > 0 {
		return map[State]int{Revoked: 0, Expired: 1, NotListed: 2, Unknown: 3, Due: 4, Active: 5}[r.State]
	}
	return 6 + map[State]int{Due: 0, Active: 1, Unknown: 2, Expired: 3, Revoked: 4, NotListed: 5, NotMapped: 6}[r.State]
}

// sortRows sorts by urgency, then by the end: what is over, newest first.
func sortRows(rows []Row) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		ends := strings.Compare(deref(a.ExpiresAt), deref(b.ExpiresAt))
		if a.State == Expired || a.State == Revoked {
			ends = -ends
		}
		return cmp.Or(urgency(a)-urgency(b), ends, strings.Compare(deref(a.CertificateID), deref(b.CertificateID)))
	})
}

func equal(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
