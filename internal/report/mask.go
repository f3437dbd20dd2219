package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/text"
)

// minID is how many bytes an ID has at least; shorter ones occur in ordinary words.
const minID = 4

// maskedAccount replaces the account that a document is about.
const maskedAccount = "<account>"

// Mask returns a copy of a document in which account, client, application and
// certificate IDs, and fingerprints, are replaced in every string. Equal IDs get
// equal placeholders and different ones different placeholders ("<client-id>",
// "<client-id-2>"), so that a mismatch remains visible. Codes, statuses and the
// other words that scripts match on stay as they are.
func Mask[T any](doc T) T { return MaskWith(NewMasker(), doc) }

// MaskWith is Mask for several documents: an ID has one placeholder in all of them.
func MaskWith[T any](m *Masker, doc T) T {
	clone(doc, func(name, s string) string {
		m.collect(name, s)
		return s
	})
	for _, name := range m.names { // last, so that they take no number of an account
		for _, id := range nsid.AccountsIn(name) {
			m.collect("account", id)
		}
	}
	m.names = nil
	slices.SortStableFunc(m.known, func(a, b string) int { return len(b) - len(a) })
	clear(m.byStart)
	for _, id := range m.known {
		start := strings.ToLower(id[:minID])
		m.byStart[start] = append(m.byStart[start], id)
	}
	return clone(doc, func(name, s string) string {
		if slices.Contains(vocabulary, name) {
			return s
		}
		return m.mask(s)
	})
}

// identifies maps a JSON key to the kind of ID in it.
var identifies = map[string]string{
	"account":        "account",
	"realm":          "account",
	"client_id":      "client-id",
	"iss":            "client-id",
	"certificate_id": "certificate-id",
	"kid":            "certificate-id",
	"configured":     "certificate-id",
	"computed":       "certificate-id",
	"application_id": "application-id",
}

// naming lists the JSON keys of names of profiles, alone or in a text.
var naming = []string{"name", "profile", "profiles", "hints"}

// vocabulary lists the JSON keys whose strings are words of the format, never IDs.
var vocabulary = []string{
	"schema_version", "kind", "command", "started_at", "code",
	"version", "title", "reason", "signature", "made_by", "by", "same", "changed",
	"form", "use", "stripped", "state", "page",
}

// Masker replaces IDs.
type Masker struct {
	known []string          // IDs by their place, longest first
	names []string          // of profiles, which may have an account ID in them
	seen  map[string]string // canonical ID to placeholder
	count map[string]int    // placeholders given out, by kind

	byStart map[string][]string // known by their first letters: there may be thousands
}

// NewMasker returns a Masker that knows no ID.
func NewMasker() *Masker {
	return &Masker{seen: map[string]string{}, count: map[string]int{}, byStart: map[string][]string{}}
}

// collect notes an ID by its JSON key, whatever its shape. It ignores very short ones.
func (m *Masker) collect(name, s string) {
	if slices.Contains(naming, name) {
		m.names = append(m.names, s)
	}
	kind, ok := identifies[name]
	if !ok || len(s) < minID || strings.ContainsAny(s, "/<>") || slices.Contains(m.known, s) {
		return
	}
	m.learn(kind, s)
	i := strings.IndexAny(s, "_-")
	if kind != "account" || i < 0 {
		return
	}
	// Both renderings, and the production account that a sandbox belongs to.
	for _, sep := range []string{"_", "-"} {
		m.learn("account", s[:i]+sep+s[i+1:])
	}
	if i >= 4 {
		m.learn("production-account", s[:i])
	}
}

func (m *Masker) learn(kind, s string) {
	if !slices.Contains(m.known, s) {
		m.known = append(m.known, s)
	}
	m.placeholder(kind, s)
}

// placeholder returns what replaces an ID.
func (m *Masker) placeholder(kind, id string) string {
	canonical := id
	if !nsid.IsCertificateID(id) {
		canonical = strings.ReplaceAll(strings.ToLower(id), "_", "-")
	}
	if p, ok := m.seen[canonical]; ok {
		return p
	}
	m.count[kind]++
	p := "<" + kind + ">"
	if n := m.count[kind]; n > 1 {
		p = fmt.Sprintf("<%s-%d>", kind, n)
	}
	m.seen[canonical] = p
	return p
}

// mask replaces the known IDs in a text, unless letters or digits surround them, and
// what has the shape of an ID.
func (m *Masker) mask(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if id := m.knownAt(s, i); id != "" {
			b.WriteString(m.placeholder("id", id))
			i += len(id)
			continue
		}
		if i == 0 || !tokenByte(s[i-1]) {
			j := i
			for j < len(s) && tokenByte(s[j]) {
				j++
			}
			if kind := nsid.KindOf(s[i:j], s[j:]); kind != "" {
				b.WriteString(m.placeholder(kind, s[i:j]))
				i = j
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	if b.Len() == len(s) && b.String() == s {
		return s // most texts have no ID, and then both documents share them
	}
	return b.String()
}

// knownAt is the known ID in s at i. Only Certificate IDs are case-sensitive.
func (m *Masker) knownAt(s string, i int) string {
	if i > 0 && text.Alphanumeric(s[i-1]) || len(s)-i < minID {
		return ""
	}
	for _, id := range m.byStart[strings.ToLower(s[i:i+minID])] {
		end := i + len(id)
		if end > len(s) || end < len(s) && text.Alphanumeric(s[end]) {
			continue
		}
		if s[i:end] == id || !nsid.IsCertificateID(id) && strings.EqualFold(s[i:end], id) {
			return id
		}
	}
	return ""
}
