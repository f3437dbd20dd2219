package jwtgen

import (
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
)

// placeholder is the fault of a member, or of an item of its array, that has no value
// but what stands for one; else nil. Another server's identifiers may be any words.
func (e Expect) placeholder(name string, v any) *Fault {
	items, isArray := v.([]any)
	if !isArray {
		items = []any{v}
	}
	for _, item := range items {
		s, _ := item.(string)
		shown := s
		switch {
		case !e.Rules.NetSuite, s == "", name == "alg" && strings.EqualFold(s, "none"):
			continue
		case name != "aud" && nsid.IsPlaceholder(s):
		case name != "aud":
			continue
		case nsid.PlaceholderIn(s) != "":
			shown = nsid.PlaceholderIn(s)
		case !strings.ContainsAny(s, "<>{}"): // as in a path
			continue
		}
		reason := ""
		if name == "kid" || name == "iss" || name == "aud" { // each has its own fix
			reason = name
		}
		return fault(KindPlaceholder, reason, evidence{"member": name, "actual": short(s), "placeholder": short(shown)})
	}
	return nil
}

// placeholderIn returns the fault of a member of m as a list, nil if it has none.
func (e Expect) placeholderIn(m map[string]any, name string) []*Fault {
	if f := e.placeholder(name, m[name]); f != nil {
		return []*Fault{f}
	}
	return nil
}
