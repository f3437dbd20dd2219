package report

import (
	"fmt"
	"slices"
	"strings"

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
func Mask[T any](doc T) T {
	m := &masker{seen: map[string]string{}, count: map[string]int{}, byStart: map[string][]string{}}
	clone(doc, func(name, s string) string {
		m.collect(name, s)
		return s
	})
	slices.SortStableFunc(m.known, func(a, b string) int { return len(b) - len(a) })
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

// vocabulary lists the JSON keys whose strings are words of the format, never IDs.
var vocabulary = []string{
	"schema_version", "kind", "command", "started_at", "code",
	"version", "title", "reason", "signature", "made_by", "by", "same", "changed",
	"form", "use", "stripped", "state", "page",
}

type masker struct {
	known []string          // IDs by their place, longest first
	seen  map[string]string // canonical ID to placeholder
	count map[string]int    // placeholders given out, by kind

	byStart map[string][]string // known by their first letters: there may be thousands
}

// collect notes an ID by its JSON key, whatever its shape. It ignores very short ones.
func (m *masker) collect(name, s string) {
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

func (m *masker) learn(kind, s string) {
	if !slices.Contains(m.known, s) {
		m.known = append(m.known, s)
	}
	m.placeholder(kind, s)
}

// placeholder returns what replaces an ID.
func (m *masker) placeholder(kind, id string) string {
	canonical := id
	if !isCertificateID(id) {
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
func (m *masker) mask(s string) string {
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
			if kind := kindOf(s[i:j], s[j:]); kind != "" {
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
func (m *masker) knownAt(s string, i int) string {
	if i > 0 && text.Alphanumeric(s[i-1]) || len(s)-i < minID {
		return ""
	}
	for _, id := range m.byStart[strings.ToLower(s[i:i+minID])] {
		end := i + len(id)
		if end > len(s) || end < len(s) && text.Alphanumeric(s[end]) {
			continue
		}
		if s[i:end] == id || !isCertificateID(id) && strings.EqualFold(s[i:end], id) {
			return id
		}
	}
	return ""
}

var (
	accountShape = text.Regexp(`^(?i:[0-9]{5,}[_-](SB|RP)[0-9]*|TSTDRV[0-9]+|TD[0-9]{5,})$`)
	uuidShape    = text.Regexp(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	accountHost  = text.Regexp(`^(?i:\.(suitetalk\.api|restlets\.api|connect\.api|app|extforms|shop)\.netsuite\.com)`)
)

// kindOf returns the kind of ID by the shape of token and by what follows it; or "".
func kindOf(token, after string) string {
	switch {
	case token == "":
		return ""
	case isCertificateID(token):
		return "certificate-id"
	case len(token) == 64 && isHex(token):
		return "fingerprint"
	case uuidShape().MatchString(token):
		return "uuid"
	case accountShape().MatchString(token):
		return "account"
	case text.Alphanumeric(token[0]) && accountHost().MatchString(after) && !strings.EqualFold(token, "system"):
		return "account"
	}
	return ""
}
