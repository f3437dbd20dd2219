package explain

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// entry is one name with its explanation.
type entry catalog.Name

// names are the name and its other spellings.
func (e *entry) names() []string { return append([]string{e.Name}, e.Also...) }

// all returns every entry: the catalog's names, and its findings.
var all = sync.OnceValue(func() []*entry {
	var list []*entry
	oauthErrors := map[finding.Code]*entry{} // by the finding for the same error
	for _, n := range catalog.Names() {
		e := new(entry(n))
		list = append(list, e)
		if n.Family == catalog.FamilyOAuth && len(n.Causes) > 0 && strings.HasPrefix(string(n.Causes[0]), "token.") {
			oauthErrors[n.Causes[0]] = e
		}
	}
	for _, f := range catalog.All() {
		n := catalog.Name{Name: string(f.Code), Family: catalog.FamilyFinding, Title: f.Title, Meaning: catalog.Fill(f.Meaning, nil),
			Causes: []finding.Code{f.Code}}
		if e := oauthErrors[f.Code]; e != nil {
			n.Causes, n.Confirm, n.Remedy = e.Causes, e.Confirm, e.Remedy
		}
		if len(f.AuditDetails) > 0 {
			n.Readings = []finding.Reading{{Where: "Login Audit Trail", Basis: finding.Official,
				Meaning: "NetSuite does not always log it. If there is an entry, its Detail is " + strings.Join(f.AuditDetails, " or ") + "."}}
		}
		list = append(list, new(entry(n)))
	}
	return list
})

// explain makes the explanation of an entry. The readings for places in context come
// first.
func (e *entry) explain(context map[string]bool) finding.Explanation {
	x := finding.Explanation{Name: e.Name, Family: e.Family, Title: e.Title, Meaning: e.Meaning, Confirm: e.Confirm,
		Remedy: e.Remedy, Basis: e.Basis, Source: e.Source, Fields: e.Fields, Sample: e.Sample}
	for _, r := range e.Readings {
		r.Applies = context[r.Where]
		x.Readings = append(x.Readings, r)
	}
	slices.SortStableFunc(x.Readings, func(a, b finding.Reading) int { return boolInt(b.Applies) - boolInt(a.Applies) })
	causes := e.Causes
	if len(causes) > 0 {
		own, _ := catalog.Lookup(causes[0])
		f := catalog.New(causes[0], nil)
		x.Confirm = cmp.Or(x.Confirm, catalog.Fill(own.Confirm, nil))
		if x.Remedy.Summary == "" {
			x.Remedy = f.Remedy
		}
		x.Basis = cmp.Or(x.Basis, f.Basis)
		x.Source = cmp.Or(x.Source, own.Source)
		if e.Family == catalog.FamilyFinding || e.Family == catalog.FamilyOAuth && strings.HasPrefix(string(causes[0]), "token.") {
			causes = causes[1:] // the cause is this entry under another name
		}
	}
	for _, code := range causes {
		c, _ := catalog.Lookup(code)
		x.Causes = append(x.Causes, finding.PossibleCause{Code: code, Title: c.Title, Confirm: catalog.Fill(c.Confirm, nil),
			Remedy: catalog.New(code, nil).Remedy.Summary})
	}
	return x
}

func boolInt(b bool) int { return map[bool]int{true: 1}[b] }
