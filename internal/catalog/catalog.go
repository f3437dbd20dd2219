// Package catalog holds the words of every finding: what each code, Detail and
// menu of NetSuite means and what to do about it.
package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// Entry is one row of the catalog: everything that is said about a code.
// Message, Remedy and Confirm hold placeholders that Fill replaces by evidence.
type Entry struct {
	Code finding.Code
	// Owner is the check that reports it; empty for internal.*, which any check may raise.
	Owner    finding.CheckID  `yaml:"check"`
	Severity finding.Severity // by itself; a Variant or Finding.With may change it
	Status   finding.Status   // of the check that holds it: fail, warn, pass, or unknown
	Title    string           // a short noun phrase
	Message  string           // one clause, no full stop
	Meaning  string           // why it matters, in whole sentences
	Remedy   finding.Remedy   `yaml:"-"`
	Question string           // what to look for on the page of the remedy, if only NetSuite shows it
	// Confirm is the look or command that settles whether this is the cause.
	Confirm string
	// AuditDetails are the values of the Login Audit Trail's Detail column that
	// Oracle documents for this fault (Oracle NetSuite Help, subsect_158324637123).
	AuditDetails []string `yaml:"details"`
	// Variants are other words for the same code, by evidence["reason"].
	Variants map[string]Variant `yaml:"-"`
	Basis    finding.Basis
	Source   string
	// Refused says that an error of this code rules out a token by itself:
	// Oracle documents the refusal or the rule, or nothing can be signed or sent.
	// Only such an error may be called a certain cause.
	Refused bool
}

// Variant replaces the parts of an Entry that it sets.
type Variant struct {
	Severity finding.Severity
	Title    string
	Message  string
	Meaning  string
	Remedy   *finding.Remedy `yaml:"-"`
	Confirm  string
	Basis    finding.Basis
}

// ConfirmByInspecting sends a reader to jwt inspect, from wherever else an assertion
// was judged.
const ConfirmByInspecting = "nsauth jwt inspect shows every part of the assertion"

// All returns the whole catalog, by family, in the order in which faults are best
// fixed. What it returns must not be changed.
func All() []Entry {
	var all []Entry
	for _, name := range families {
		all = append(all, byFamily[name]()...)
	}
	return all
}

// Lookup returns the entry for code. What it returns must not be changed.
func Lookup(code finding.Code) (Entry, bool) {
	family, _, _ := strings.Cut(string(code), ".")
	entries, ok := byFamily[family]
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

// Said is the entry for a finding with this evidence: that of its variant. What it
// returns must not be changed.
func Said(code finding.Code, ev finding.Evidence) (Entry, bool) {
	e, ok := Lookup(code)
	if reason, is := ev["reason"].(string); is {
		e = e.variant(reason)
	}
	return e, ok
}

// New makes the finding for code with the catalog's words, filled from ev. The
// string under ev["reason"] chooses the variant; a reason without a variant gets
// the entry's own words. New panics when the catalog has no such code, which is
// a mistake in the program and never one of its input.
func New(code finding.Code, ev finding.Evidence) finding.Finding {
	e, ok := Said(code, ev)
	if !ok {
		panic(fmt.Sprintf("catalog: code %q is not in the catalog", code))
	}
	evidence := maps.Clone(ev)
	if evidence == nil {
		evidence = finding.Evidence{}
	}
	return finding.Finding{
		Code:       code,
		Severity:   e.Severity,
		Message:    Fill(e.Message, ev),
		Evidence:   evidence,
		Basis:      e.Basis,
		Remedy:     fillRemedy(e.Remedy, ev),
		Unverified: e.Status == finding.Unknown,
	}
}

// variant returns e with the parts replaced that the variant for reason sets.
func (e Entry) variant(reason string) Entry {
	v := e.Variants[reason]
	e.Severity = cmp.Or(v.Severity, e.Severity)
	e.Title = cmp.Or(v.Title, e.Title)
	e.Message = cmp.Or(v.Message, e.Message)
	e.Meaning = cmp.Or(v.Meaning, e.Meaning)
	e.Confirm = cmp.Or(v.Confirm, e.Confirm)
	e.Basis = cmp.Or(v.Basis, e.Basis)
	if v.Remedy != nil {
		e.Remedy = *v.Remedy
	}
	return e
}
