package diagnosis

import (
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// Worked is what is known about the last token that the set-up got.
type Worked struct {
	At  time.Time // of the token; zero if unknown
	Day bool      // At is a day, not a second
	By  finding.WorkedBy
	// Identifiers as they were then and as they are now.
	Identifiers []Identifier
	// ValidUntil is the certificate's Valid until in NetSuite's own list, as read then;
	// zero if it was not read.
	ValidUntil time.Time
	// Now is when the run began.
	Now time.Time
}

// Identifier is one value that a token depends on; "" is unknown.
type Identifier struct{ Name, Was, Is string }

// The names of identifiers, as in a profile. The key's value is its fingerprint.
const (
	IDAccount     = "account"
	IDClient      = "client_id"
	IDCertificate = "certificate_id"
	IDKey         = "key"
	IDRole        = "role_id"
	IDEntity      = "entity_id"
)

// identifierWords are the identifiers' names in a sentence, in its order.
var identifierWords = []struct{ name, words string }{
	{IDKey, "key"}, {IDClient, "Client ID"}, {IDCertificate, "Certificate ID"}, {IDAccount, "account"},
	{IDRole, "role"}, {IDEntity, "entity"},
}

// same and changed list the names of the identifiers that were compared.
func (w *Worked) same() []string {
	return w.compared(func(id Identifier) bool { return id.Was == id.Is })
}
func (w *Worked) changed() []string {
	return w.compared(func(id Identifier) bool { return id.Was != id.Is })
}

func (w *Worked) compared(is func(Identifier) bool) []string {
	names := []string{}
	for _, word := range identifierWords {
		if slices.ContainsFunc(w.Identifiers, func(id Identifier) bool {
			return id.Name == word.name && id.Was != "" && id.Is != "" && is(id)
		}) {
			names = append(names, word.name)
		}
	}
	return names
}

// kept reports whether all of names are known and unchanged.
func (w *Worked) kept(names ...string) bool {
	if w == nil {
		return false
	}
	same := w.same()
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(same, name) })
}

// lastRole names the role and the entity of the last token.
func (w *Worked) lastRole() string {
	if w == nil {
		return ""
	}
	of := map[string]string{}
	for _, id := range w.Identifiers {
		of[id.Name] = id.Was
	}
	return catalog.Fill("[ (the last token was of role {role_id}, entity {entity_id})]", finding.Evidence{IDRole: of[IDRole], IDEntity: of[IDEntity]})
}

// when is At in words, with the year unless it is the current one.
func (w *Worked) when() string {
	layout := "Mon 2 Jan"
	if w.At.Year() != w.Now.Year() {
		layout += " 2006"
	}
	if !w.Day {
		layout += " 15:04 UTC"
	}
	return w.At.UTC().Format(layout)
}

// order is the order of the set, by what is known about the last token.
func (w *Worked) order() []finding.Code {
	if w == nil {
		return tables().PriorOrder
	}
	changed := w.changed()
	if len(changed) == 0 {
		return tables().WhenItWorked
	}
	var first []finding.Code
	for _, name := range changed {
		first = append(first, tables().WhenChanged[name]...)
	}
	return byRank(tables().PriorOrder, first)
}

// revocableFirst puts the members first that change when a person leaves or a
// certificate expires, if it worked before.
func (o *observations) revocableFirst(set []finding.Code) []finding.Code {
	if o.context.Worked == nil {
		return set
	}
	return byRank(set, tables().WhenItWorked[:2])
}

// byRank returns set with the members of first in front, in their order.
func byRank(set, first []finding.Code) []finding.Code {
	var out []finding.Code
	for _, code := range slices.Concat(first, set) {
		if slices.Contains(set, code) && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// workedWith reports whether a token was issued although code was true of the same
// identifiers, and which they are.
func (o *observations) workedWith(code finding.Code) (finding.Evidence, bool) {
	names := tables().Disproved[code]
	if len(names) == 0 || !o.context.Worked.kept(names...) {
		return nil, false
	}
	return finding.Evidence{"when": o.context.Worked.when(), "identifiers": inWords(names)}, true
}

// expiredByRecord reports whether the certificate is past the Valid until that
// NetSuite's own list showed when it was last read, and says so.
func (o *observations) expiredByRecord() (string, bool) {
	w := o.context.Worked
	if w == nil || w.ValidUntil.IsZero() || !w.kept(IDCertificate) || w.ValidUntil.After(w.Now) {
		return "", false
	}
	return catalog.Because("ended-by-record", finding.Evidence{"when": w.when(), "until": text.TimeToMinute(w.ValidUntil)}), true
}

// worked is what the report says about the last token.
func (o *observations) worked(causes []finding.Cause) *finding.Worked {
	w := o.context.Worked
	if w == nil {
		return nil
	}
	out := &finding.Worked{By: w.By, Same: w.same(), Changed: w.changed(), Was: map[string]string{}}
	if !w.At.IsZero() {
		layout := time.RFC3339
		if w.Day {
			layout = time.DateOnly
		}
		at := w.At.UTC().Format(layout)
		out.At = &at
	}
	for _, id := range w.Identifiers {
		if slices.Contains(out.Changed, id.Name) {
			out.Was[id.Name] = id.Was
		}
	}
	proven := o.refused == nil && !o.callRefused() || slices.ContainsFunc(causes, func(c finding.Cause) bool { return c.Confidence == finding.Certain })
	out.Summary = w.summary(o.inAccount(causes), proven)
	return out
}

// inAccount reports whether all causes left of a refusal, of a token or of a call, are
// in the account.
func (o *observations) inAccount(causes []finding.Cause) bool {
	switch {
	case o.context.Foreign:
		return false
	case o.refused == nil:
		return o.callRefused() && !slices.ContainsFunc(causes, func(c finding.Cause) bool { return catalog.BehindCall()[c.Code] == "" })
	}
	return !slices.ContainsFunc(causes, func(c finding.Cause) bool {
		_, worked := o.workedWith(c.Code)
		return c.ConsequenceOf == nil && catalog.Unseen()[c.Code] == "" && !worked
	})
}

// summary says when it worked, what is the same, what changed, and what follows.
func (w *Worked) summary(inAccount, proven bool) string {
	var s strings.Builder
	switch {
	case w.At.IsZero():
		s.WriteString("It worked before")
	case w.By == finding.WorkedByRecord:
		s.WriteString("Last token: " + w.when())
	default:
		s.WriteString("It worked until " + w.when())
	}
	same, changed := w.same(), w.changed()
	switch {
	case len(changed) > 0:
		s.WriteString("; changed since: " + inWords(changed))
		if !proven {
			s.WriteString(". Look there first")
		}
	case len(same) > 0:
		s.WriteString(", same " + inWords(same))
		if inAccount && w.kept(IDKey, IDClient, IDCertificate) {
			s.WriteString(": so the change is in the account")
		}
	}
	return s.String()
}

// inWords lists identifiers in a sentence.
func inWords(names []string) string {
	var words []string
	for _, word := range identifierWords {
		if slices.Contains(names, word.name) {
			words = append(words, word.words)
		}
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
