package finding

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Entry is one row of the catalogue: everything that is said about a code.
// Message, Remedy and Confirm hold placeholders that Fill replaces by evidence.
type Entry struct {
	Code     Code
	Owner    CheckID  // the check that reports it; empty for internal.*, which any check may raise
	Severity Severity // by itself; a Variant or Finding.With may change it
	Status   Status   // of the check that holds it: fail, warn, pass, or unknown
	Title    string   // a short noun phrase
	Message  string   // one clause, no full stop
	Meaning  string   // why it matters, in whole sentences
	Remedy   Remedy
	// Confirm is the look or command that settles whether this is the cause.
	Confirm string
	// AuditDetails are the values of the Login Audit Trail's Detail column that
	// Oracle documents for this fault (Oracle NetSuite Help, subsect_158324637123).
	AuditDetails []string
	// Variants are other words for the same code, by evidence["reason"].
	Variants map[string]Variant
	Basis    Basis
	Source   string
	// Refused says that an error of this code rules out a token by itself:
	// Oracle documents the refusal or the rule, or nothing can be signed or sent.
	// Only such an error may be called a certain cause.
	Refused bool
}

// Variant replaces the parts of an Entry that it sets.
type Variant struct {
	Severity Severity
	Title    string
	Message  string
	Meaning  string
	Remedy   *Remedy
	Confirm  string
	Basis    Basis
}

// All returns the whole catalogue, by family, in the order in which faults are
// best mended. Each call returns fresh values.
func All() []Entry {
	var all []Entry
	for _, f := range families() {
		all = append(all, f.load()...)
	}
	return all
}

// Lookup returns the catalogue's entry for code. Each call returns fresh values.
func Lookup(code Code) (Entry, bool) {
	prefix, _, _ := strings.Cut(string(code), ".")
	for _, f := range families() {
		if f.prefix != prefix {
			continue
		}
		for _, e := range f.load() {
			if e.Code == code {
				return e, true
			}
		}
	}
	return Entry{}, false
}

// shelf has each family once made, for those who only read: a finding is made many
// times in a run, and a family is made of some forty entries.
var shelf = sync.OnceValue(func() map[string]func() []Entry {
	m := map[string]func() []Entry{}
	for _, f := range families() {
		m[f.prefix] = sync.OnceValue(f.load)
	}
	return m
})

// read is Lookup for readers: what it returns must not be changed.
func read(code Code) (Entry, bool) {
	prefix, _, _ := strings.Cut(string(code), ".")
	entries, ok := shelf()[prefix]
	if !ok {
		return Entry{}, false
	}
	for _, e := range entries() {
		if e.Code == code {
			return e, true
		}
	}
	return Entry{}, false
}

// Place is where a code stands in the catalogue, to put codes in its order; those
// that it does not have come last. Only the code's own family is made for it.
func Place(code Code) int {
	const most = 1000 // entries of one family
	prefix, _, _ := strings.Cut(string(code), ".")
	of := families()
	for i, f := range of {
		if f.prefix != prefix {
			continue
		}
		if at := slices.IndexFunc(shelf()[prefix](), func(e Entry) bool { return e.Code == code }); at >= 0 {
			return i*most + at
		}
	}
	return len(of) * most
}

// Said is the catalogue's entry for a finding with this evidence: that of its
// variant. What it returns must not be changed.
func Said(code Code, ev Evidence) (Entry, bool) {
	e, ok := read(code)
	if reason, is := ev["reason"].(string); is {
		e = e.variant(reason)
	}
	return e, ok
}

// New makes the finding for code with the catalogue's words, filled from ev. The
// string under ev["reason"] chooses the variant; a reason without a variant gets
// the entry's own words. New panics when the catalogue has no such code, which is
// a mistake in the program and never one of its input.
func New(code Code, ev Evidence) Finding {
	e, ok := Said(code, ev)
	if !ok {
		panic(fmt.Sprintf("finding: code %q is not in the catalogue", code))
	}
	evidence := maps.Clone(ev)
	if evidence == nil {
		evidence = Evidence{}
	}
	return Finding{
		Code:     code,
		Severity: e.Severity,
		Message:  Fill(e.Message, ev),
		Evidence: evidence,
		Basis:    e.Basis,
		Remedy:   e.Remedy.fill(ev),
	}
}

// variant returns e with the parts replaced that the variant for reason sets.
func (e Entry) variant(reason string) Entry {
	v, ok := e.Variants[reason]
	if !ok {
		return e
	}
	if v.Severity != "" {
		e.Severity = v.Severity
	}
	if v.Title != "" {
		e.Title = v.Title
	}
	if v.Message != "" {
		e.Message = v.Message
	}
	if v.Meaning != "" {
		e.Meaning = v.Meaning
	}
	if v.Remedy != nil {
		e.Remedy = *v.Remedy
	}
	if v.Confirm != "" {
		e.Confirm = v.Confirm
	}
	if v.Basis != "" {
		e.Basis = v.Basis
	}
	return e
}

// With returns f with another severity. NetSuite's yes outranks our rules: what it
// accepted today is shown as a warning or as information, whatever the catalogue says.
func (f Finding) With(sev Severity) Finding {
	f.Severity = sev
	return f
}

// StatusOf is the status of a check that found findings: the worst of them, in the
// order fail, unknown, warn, pass. Accepted findings do not count.
func StatusOf(findings []Finding) Status {
	status := Pass
	for _, f := range findings {
		if s := f.status(); rank(s) > rank(status) {
			status = s
		}
	}
	return status
}

// status is what f alone makes of its check. A code that can only say "could not
// be verified" gives unknown, unless it was lowered to information.
func (f Finding) status() Status {
	if f.Accepted || f.Severity == Info {
		return Pass
	}
	if e, ok := read(f.Code); ok && e.Status == Unknown {
		return Unknown
	}
	return statusFor(f.Severity)
}

func statusFor(s Severity) Status {
	switch s {
	case Error:
		return Fail
	case Warning:
		return Warn
	}
	return Pass
}

func rank(s Status) int {
	switch s {
	case Fail:
		return 3
	case Unknown:
		return 2
	case Warn:
		return 1
	}
	return 0
}

// family is the part of the catalogue whose codes begin with prefix.
type family struct {
	prefix  string
	owner   CheckID // of its entries that name none
	entries func() []Entry
}

// load returns the family's entries with the columns filled that follow from others.
func (f family) load() []Entry {
	entries := f.entries()
	for i := range entries {
		e := &entries[i]
		if e.Owner == "" {
			e.Owner = f.owner
		}
		if e.Status == "" {
			e.Status = statusFor(e.Severity)
		}
	}
	return entries
}
