package catalog

import (
	"bytes"
	"cmp"
	"sync"

	"github.com/nsauth/nsauth/internal/finding"
)

// families lists the families of codes in the order in which faults are best fixed.
var families = []string{"profile", "key", "certificate", "certificate-id", "assertion", "request", "network", "clock",
	"token", "setup", "role", "api", "mapping", "audit-trail", "auditor", "internal"}

// byFamily has the entries of each family, parsed when first asked for.
var byFamily = func() map[string]func() []Entry {
	m := make(map[string]func() []Entry, len(families))
	for _, name := range families {
		m[name] = sync.OnceValue(func() []Entry { return file[familyFile]("findings/" + name + ".yaml")().entries() })
	}
	return m
}()

// familyFile is a file of findings.
type familyFile struct {
	Check    finding.CheckID // of the entries that name none
	Findings []struct {
		Entry    `yaml:",inline"`
		Remedy   remedy
		Variants map[string]struct {
			Variant `yaml:",inline"`
			Remedy  *remedy
		}
	}
}

func (f familyFile) entries() []Entry {
	entries := make([]Entry, len(f.Findings))
	for i, row := range f.Findings {
		e := row.Entry
		e.Owner = cmp.Or(e.Owner, f.Check)
		e.Status = cmp.Or(e.Status, e.Severity.Status())
		e.Source = pageIDs().Replace(e.Source)
		e.Remedy = row.Remedy.written()
		e.Variants = make(map[string]Variant, len(row.Variants))
		for reason, v := range row.Variants {
			variant := v.Variant
			if v.Remedy != nil {
				variant.Remedy = new(v.Remedy.written())
			}
			e.Variants[reason] = variant
		}
		entries[i] = e
	}
	return entries
}

// places has the place of every code in the catalog. Codes begin a line of their
// file, so that no file has to be parsed for them.
var places = sync.OnceValue(func() map[finding.Code]int {
	m := map[finding.Code]int{}
	for _, name := range families {
		data, _ := words.ReadFile("words/findings/" + name + ".yaml")
		for line := range bytes.Lines(data) {
			if code, ok := bytes.CutPrefix(line, []byte("- code: ")); ok {
				m[finding.Code(bytes.TrimSpace(code))] = len(m)
			}
		}
	}
	return m
})

// Known reports whether the catalog has a code.
func Known(code finding.Code) bool {
	_, ok := places()[code]
	return ok
}

// Place is where a code stands in the catalog, to put codes in its order; those
// that it does not have come last.
func Place(code finding.Code) int {
	if at, ok := places()[code]; ok {
		return at
	}
	return len(places())
}
